#!/usr/bin/env python3
"""perf.data to flame graph, beside the peers, in one run: bench/flame.py [WORK [ROUNDS]]

WORK (default build-bench/flame) keeps the inputs: a recording of node type-checking
the typescript compiler's own bundle at 4,999 Hz, and a synthetic one of 20,000
functions. Needs perf, npm and, for the peers: SAMPLY, FLAMEGRAPH (the folder of
stackcollapse-perf.pl and flamegraph.pl), INFERNO (folder of its two programs); those
that are missing are left out. jitney and perf script take turns, ROUNDS times, and the
median counts; slower peers run once. Times are elapsed and CPU (user + system) seconds.
perf script gets what it needs to do the same work: the map where it looks for it.
"""
import filecmp
import glob
import os
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
    return folder


def lay_out_maps(folder):
    """perf reads a map from /tmp alone, and only one's own."""
    for path in glob.glob(os.path.join(folder, "perf-*.map")):
        place = os.path.join("/tmp", os.path.basename(path))
        if not os.path.exists(place) or not filecmp.cmp(path, place, shallow=False):
            shutil.copy(path, place)
        assert os.stat(place).st_uid == os.geteuid() and os.path.getsize(place) > 0, place


def check_perf(folder):
    """perf script must name JIT code, or it would do less work than jitney."""
    text = subprocess.run("perf script -i perf.data 2>/dev/null | head -200000 | grep -c '(/tmp/perf-[0-9]*.map)'",
                          shell=True, cwd=folder, capture_output=True, text=True).stdout
    assert int(text) > 1000, f"perf script finds no map for {folder}"


def measure(command, folder):
    """Elapsed and CPU seconds and peak MB (of the largest process) of a shell command."""
    script = ("import resource,subprocess,sys,time;"
              "t=time.monotonic();"
              "r=subprocess.run(['bash','-o','pipefail','-c',sys.argv[1]],stdout=subprocess.DEVNULL,stderr=subprocess.DEVNULL).returncode;"
              "t=time.monotonic()-t;"
              "u=resource.getrusage(resource.RUSAGE_CHILDREN);"
              "print(r,t,u.ru_utime+u.ru_stime,u.ru_maxrss/1024)")
    out = subprocess.run([sys.executable, "-c", script, command], cwd=folder, check=True,
                         capture_output=True, text=True).stdout.split()
    if out[0] != "0":
        return None
    return float(out[1]), float(out[2]), float(out[3])


def in_turn():
    rows = [("jitney flame", f"{JITNEY} flame perf.data -o jitney.html"),
            ("jitney fold", f"{JITNEY} fold perf.data -o jitney.folded")]
    if shutil.which("perf"):
        rows.append(("perf script", "perf script -i perf.data"))
        rows.append(("perf script, kept in a file", "perf script -i perf.data > perf.txt; rm perf.txt"))
    return rows


def once():
    rows = []
    samply = os.environ.get("SAMPLY") or shutil.which("samply")
    if samply:
        rows.append(("samply import", f"{samply} import --save-only -o samply.json.gz perf.data"))
    if not shutil.which("perf"):
        return rows
    graph = os.environ.get("FLAMEGRAPH")
    if graph:
        rows.append(("perf script + FlameGraph",
                     f"perf script -i perf.data | {graph}/stackcollapse-perf.pl | {graph}/flamegraph.pl"))
    inferno = os.environ.get("INFERNO")
    if inferno:
        rows.append(("perf script + inferno", f"perf script -i perf.data | {inferno}/inferno-collapse-perf"
                     f" | {inferno}/inferno-flamegraph"))
    return rows


def show(name, runs, base):
    runs = [run for run in runs if run]
    if not runs:
        print(f"| {name} | failed | | | | |")
        return base
    elapsed, cpu = (statistics.median(run[i] for run in runs) for i in (0, 1))
    base = base or (elapsed, cpu)
    print(f"| {name} | {elapsed:.2f} | {elapsed / base[0]:.1f} | {cpu:.2f} | {cpu / base[1]:.1f} |"
          f" {max(run[2] for run in runs):.0f} |", flush=True)
    return base


def main():
    build()
    for folder in (prepare_node(), prepare_synthetic()):
        lay_out_maps(folder)
        if shutil.which("perf"):
            check_perf(folder)
        print(f"## {os.path.basename(folder)}: {os.path.getsize(os.path.join(folder, 'perf.data')) >> 20} MB")
        print("| program | elapsed s | times | CPU s | times | MB |")
        print("|---|---|---|---|---|---|")
        turns = [[measure(command, folder) for _, command in in_turn()] for _ in range(ROUNDS)]
        base = None
        for i, (name, _) in enumerate(in_turn()):
            base = show(name, [turn[i] for turn in turns], base)
        for name, command in once():
            show(name, [measure(command, folder)], base)


main()
