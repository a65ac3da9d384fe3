"""Runs scanners over source trees and prints what they cost, as tables for docs/performance.md.

Each run is a child process; its processor time and its peak memory are what the operating
system says of it when it ends (`wait4`), its wall time is measured around it. Runs of the
tools take turns, so that what disturbs one disturbs all; medians are shown, and ratios are
those of the medians of one invocation.
"""

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path


def measured(command, environment):
    """User CPU seconds, wall seconds and peak resident megabytes of one run."""
    with open(os.devnull, "w") as nowhere:
        start = time.monotonic()
        child = subprocess.Popen(command, stdout=nowhere, stderr=nowhere, env={**os.environ, **environment})
        _, status, usage = os.wait4(child.pid, 0)
        wall = time.monotonic() - start
    child.returncode = os.waitstatus_to_exitcode(status)
    # 0 says that nothing was found, 1 that something was; anything else is a failed run.
    if child.returncode not in (0, 1):
        sys.exit(f"{' '.join(map(str, command))} ended with {child.returncode}")
    return usage.ru_utime, wall, usage.ru_maxrss / 1024


def medians(tools, runs):
    """Runs the tools in turn; the medians of each."""
    taken = {name: [] for name in tools}
    for _ in range(runs):
        for name, (command, environment, most) in tools.items():
            if len(taken[name]) < most:
                taken[name].append(measured(command, environment))
    return {name: [statistics.median(column) for column in zip(*rows)] for name, rows in taken.items()}


def python_bytes(tree):
    return sum(path.stat().st_size for path in tree.rglob("*.py") if path.is_file())


def commands(arguments, tree):
    """What is run over a tree: name, command, environment, the most runs of it."""
    airlock = [arguments.airlock, "scan", "--format", "json"]
    ruff = [arguments.ruff, "check", "--select", "S", "--isolated", "--no-cache", "--quiet", "--no-respect-gitignore"]
    one, all_cores = {"RAYON_NUM_THREADS": "1"}, {}
    return {
        "airlock, 1 thread": ([*airlock, "--jobs", "1", tree], one, arguments.runs),
        "ruff S, 1 thread": ([*ruff, tree], one, arguments.runs),
        "airlock, all cores": ([*airlock, tree], all_cores, arguments.runs),
        "ruff S, all cores": ([*ruff, tree], all_cores, arguments.runs),
        # It takes minutes, so that chance matters little.
        "bandit": ([arguments.bandit, "-r", "-q", "-f", "json", tree], one, arguments.bandit_runs),
    }


def compare(arguments, tree):
    figures = medians(commands(arguments, tree), arguments.runs)
    size = python_bytes(tree) / 1e6
    print(f"\n{tree.name}: {size:.1f} MB of Python, medians of {arguments.runs} runs\n")
    print("| what | user CPU | wall | peak memory |\n|---|---|---|---|")
    for name, (user, wall, memory) in figures.items():
        print(f"| {name} | {user:.2f} s | {wall:.2f} s | {memory:.0f} MB |")
    ours, theirs = figures["airlock, 1 thread"], figures["ruff S, 1 thread"]
    ours_all, theirs_all = figures["airlock, all cores"], figures["ruff S, all cores"]
    bandit = figures["bandit"]
    print(f"\nuser CPU against ruff, 1 thread: {ours[0] / theirs[0]:.2f} times")
    print(f"wall time against ruff, all cores: {ours_all[1] / theirs_all[1]:.2f} times")
    print(f"as fast as bandit, 1 thread, user CPU: {bandit[0] / ours[0]:.0f} times")
    together = figures["airlock, all cores"]
    print(f"as fast as bandit, all cores, wall time: {bandit[1] / together[1]:.0f} times")


def grow(arguments, tree):
    """The same files once, four and sixteen times."""
    print(f"\n{tree.name}, copied\n\n| input | user CPU | MB a second | peak memory |\n|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        whole = Path(folder) / "whole"
        for copies in (1, 4, 16):
            for number in range(copies):
                copy = whole / f"copy{number}"
                if not copy.exists():
                    ignore = lambda at, names: [n for n in names if Path(at, n).is_file() and not n.endswith(".py")]
                    shutil.copytree(tree, copy, ignore=ignore)
            command = [arguments.airlock, "scan", "--format", "json", "--jobs", "1", whole]
            once = {"x": (command, {"RAYON_NUM_THREADS": "1"}, arguments.runs)}
            user, _, memory = medians(once, arguments.runs)["x"]
            speed = python_bytes(whole) / 1e6 / user
            print(f"| {copies} times | {user:.2f} s | {speed:.1f} | {memory:.0f} MB |")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    for tool in ("airlock", "ruff", "bandit"):
        parser.add_argument(f"--{tool}", required=True, type=Path)
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--bandit-runs", type=int, default=1)
    parser.add_argument("--grow", type=Path, help="the tree that is copied to show how the time grows")
    parser.add_argument("trees", nargs="+", type=Path)
    arguments = parser.parse_args()
    for tree in arguments.trees:
        compare(arguments, tree)
    if arguments.grow:
        grow(arguments, arguments.grow)


if __name__ == "__main__":
    main()
