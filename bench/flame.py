#!/usr/bin/env python3
"""perf.data to flame graph, beside the peers, in one run: bench/flame.py [WORK [ROUNDS]]

WORK (default build-bench/flame) keeps the inputs: a recording of node type-checking
the typescript compiler's own bundle at 4,999 Hz, and a synthetic one of 20,000
functions. Needs perf, npm and, for the peers: SAMPLY, FLAMEGRAPH (the folder of
stackcollapse-perf.pl and flamegraph.pl), INFERNO (folder of its two programs); those
that are missing are left out. Times are CPU seconds (user + system), medians.
"""
import os
import resource
import shutil
import statistics
import subprocess
import sys

SOURCE = os.path.realpath(os.path.join(os.path.dirname(__file__), ".."))
BUILD = os.path.join(SOURCE, "build-bench")
WORK = os.path.realpath(sys.argv[1] if len(sys.argv) > 1 else os.path.join(BUILD, "flame"))
ROUNDS = int(sys.argv[2]) if len(sys.argv) > 2 else 3
JITNEY = os.path.join(BUILD, "src/cli/jitney")

LOAD = """
const ts = require('typescript');
const file = require.resolve('typescript/lib/_tsc.js');
for (let i = 0; i < Number(process.env.ROUNDS || 4); i++) {
  const program = ts.createProgram([file], { allowJs: true, checkJs: true, noEmit: true, noLib: true });
  for (const f of program.getSourceFiles()) program.getSemanticDiagnostics(f);
}
"""


def build():
    if not os.path.exists(os.path.join(BUILD, "build.ninja")):
        subprocess.run(["meson", "setup", BUILD, "-Dbench=true", "-Dtests=true"], cwd=SOURCE,
                       check=True, stdout=subprocess.DEVNULL)
    subprocess.run(["ninja", "-C", BUILD, "src/cli/jitney", "bench/synthetic"], check=True,
                   stdout=subprocess.DEVNULL)


def prepare_node():
    folder = os.path.join(WORK, "node")
    if os.path.exists(os.path.join(folder, "perf.data")):
        return folder
    os.makedirs(folder, exist_ok=True)
    subprocess.run(["npm", "install", "--silent", "--prefix", folder, "typescript@5"], check=True)
    with open(os.path.join(folder, "load.js"), "w") as file:
        file.write(LOAD)
    subprocess.run(["perf", "record", "-q", "-e", "cpu-clock:u", "-F", "4999", "-g", "-k", "mono", "-o",
                    "perf.data", "--", "node", "--perf-prof", "--perf-basic-prof",
                    "--interpreted-frames-native-stack", "load.js"], cwd=folder, check=True)
    return folder


def prepare_synthetic():
    folder = os.path.join(WORK, "synthetic")
    if not os.path.exists(os.path.join(folder, "perf.data")):
        os.makedirs(folder, exist_ok=True)
        subprocess.run([os.path.join(BUILD, "bench/synthetic"), folder], check=True)
        shutil.copy(os.path.join(folder, "perf-4242.map"), "/tmp/perf-4242.map")
    return folder


def measure(command, folder):
    """CPU seconds and peak MB (of the largest process) of a shell command."""
    script = ("import resource,subprocess,sys;"
              "r=subprocess.run(['bash','-o','pipefail','-c',sys.argv[1]],stdout=subprocess.DEVNULL,stderr=subprocess.DEVNULL).returncode;"
              "u=resource.getrusage(resource.RUSAGE_CHILDREN);"
              "print(r,u.ru_utime+u.ru_stime,u.ru_maxrss/1024)")
    out = subprocess.run([sys.executable, "-c", script, command], cwd=folder, check=True,
                         capture_output=True, text=True).stdout.split()
    if out[0] != "0":
        return None
    return float(out[1]), float(out[2])


def peers():
    rows = [("jitney flame", f"{JITNEY} flame perf.data -o jitney.html", ROUNDS),
            ("jitney fold", f"{JITNEY} fold perf.data -o jitney.folded", ROUNDS)]
    samply = os.environ.get("SAMPLY") or shutil.which("samply")
    if samply:
        rows.append(("samply import", f"{samply} import --save-only -o samply.json.gz perf.data", ROUNDS))
    if shutil.which("perf"):
        rows.append(("perf script", "perf script -i perf.data", 1))
        graph = os.environ.get("FLAMEGRAPH")
        if graph:
            rows.append(("perf script + FlameGraph",
                         f"perf script -i perf.data | {graph}/stackcollapse-perf.pl | {graph}/flamegraph.pl", 1))
        inferno = os.environ.get("INFERNO")
        if inferno:
            rows.append(("perf script + inferno", f"perf script -i perf.data | {inferno}/inferno-collapse-perf"
                         f" | {inferno}/inferno-flamegraph", 1))
    return rows


def main():
    build()
    for folder in (prepare_node(), prepare_synthetic()):
        print(f"## {os.path.basename(folder)}: {os.path.getsize(os.path.join(folder, 'perf.data')) >> 20} MB")
        print("| program | CPU s | peak MB | times jitney flame |")
        print("|---|---|---|---|")
        base = None
        for name, command, rounds in peers():
            runs = [r for r in (measure(command, folder) for _ in range(rounds)) if r]
            if not runs:
                print(f"| {name} | failed | | |")
                continue
            cpu = statistics.median(r[0] for r in runs)
            base = base or cpu
            print(f"| {name} | {cpu:.2f} | {max(r[1] for r in runs):.0f} | {cpu / base:.1f} |", flush=True)


main()
