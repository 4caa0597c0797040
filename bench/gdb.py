#!/usr/bin/env python3
"""What the GDB sink costs under gdb, beside one registration for each function.

usage: bench/gdb.py PROGRAM    (PROGRAM: bench/gdb of the build)
"""
import re
import subprocess
import sys


def milliseconds(program, way, functions, under_gdb=True):
    command = [program, way, str(functions)]
    if under_gdb:
        command = ["gdb", "-nx", "-q", "-batch", "-ex", "set debuginfod enabled off", "-ex", "run", "--args"] + command
    out = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=600).stdout
    found = re.search(r"milliseconds ([\d.]+)", out)
    if not found:
        sys.exit(f"no figure from {' '.join(command)}:\n{out}")
    return float(found.group(1))


def best(rounds, *arguments, **named):
    return min(milliseconds(*arguments, **named) for _ in range(rounds))


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    program = sys.argv[1]
    for functions in (1000, 4000):
        each = milliseconds(program, "each", functions)
        ours = best(3, program, "session", functions)
        print(f"{functions} functions under gdb: one registration each {each:.0f} ms, jitney {ours:.0f} ms, ratio 1/{each / ours:.0f}")
    many = best(3, program, "session", 20000)
    print(f"20000 functions under gdb: {many:.0f} ms")
    alone = best(3, program, "session", 20000, under_gdb=False)
    always = best(3, program, "always", 20000, under_gdb=False)
    print(f"20000 functions without a debugger: {alone / 20:.2f} us each, always described {always / 20:.2f} us each")


if __name__ == "__main__":
    main()
