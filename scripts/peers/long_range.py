#!/usr/bin/env python3
"""The PyTorch twin of `cargo run -p lab -- run long-range --quick`: the same work, timed.

It trains every cell (task, layer, seed) that the lab trained: the same models, batches, optimiser and schedule, as many
steps at each learning rate that was tried, as many validations and test sequences. All of that is read from
settings.toml and scores.csv of the lab's run. Random bits differ, so scores agree in distribution only; each cell's are
printed beside the lab's, and a model with another number of parameters is refused. wall_seconds holds start_seconds,
in which the workers import torch; cpu_seconds is of all processes.

Written to be fast: one process for each core with one thread each, long cells first; fused AdamW, fused attention;
for each layer the fastest of several spellings that were timed; data drawn in bulk; a malloc that keeps its pages.
No torch.compile: each of some 20 kinds of cell would compile a graph to train and one to score, at 10 s and more a
graph where most cells take a second or two, and the two kinds that were tried gained 0 and 20 % a step.
Needs torch (2.15 was used) and Python 3.11 or later, on Linux. `--limit 10` is a trial of half a minute.
"""

import argparse
import csv
import fnmatch
import importlib.metadata
import multiprocessing
import os
import pathlib
import platform
import resource
import sys
import threading
import time

from long_range_parts import plan

RESULTS = pathlib.Path(__file__).resolve().parents[2] / "results" / "long-range"

# Seconds that a worker may take to import torch.
PATIENCE = 120

# glibc returns large freed blocks to the kernel, which then faults them in again at every step. The lab's allocator
# keeps them; so shall the twin's. Read when a worker starts.
MALLOC = {"MALLOC_MMAP_THRESHOLD_": str(1 << 28), "MALLOC_TRIM_THRESHOLD_": str(1 << 29)}


def ready(barrier):
    """What a worker does first: import torch, and wait until all have."""
    try:
        import torch
    except ImportError:
        # Else the pool would start new workers for ever.
        barrier.abort()
        raise
    torch.set_num_threads(1)
    barrier.wait()


def train(cell):
    """One cell, in a worker."""
    from long_range_parts import training

    try:
        return training.run(cell)
    except plan.Refused as refused:
        return refused


def asked():
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--results", type=pathlib.Path, default=RESULTS, metavar="DIR", help="the lab's run")
    parser.add_argument("--workers", type=int, default=len(os.sched_getaffinity(0)), metavar="N")
    parser.add_argument("--only", default="*", metavar="GLOB", help="labels of layers to train, such as 'conv*'")
    parser.add_argument("--limit", type=int, metavar="K", help="a trial: K cells, spread evenly over long and short")
    parser.add_argument("--scores", type=pathlib.Path, metavar="FILE", help="accuracies as CSV, the lab's beside them")
    return parser.parse_args()


def chosen(options):
    """Cells, the longest first."""
    if options.workers < 1:
        raise plan.Refused(f"--workers {options.workers} trains nothing; give 1 or more")
    if options.scores and not options.scores.parent.is_dir():
        raise plan.Refused(f"--scores {options.scores}: there is no folder {options.scores.parent}; make it first")
    cells = [cell for cell in plan.read(options.results) if fnmatch.fnmatchcase(cell.label, options.only)]
    cells.sort(key=lambda cell: -cell.weight)
    if options.limit is not None:
        if not 1 <= options.limit <= len(cells):
            raise plan.Refused(f"--limit {options.limit} is outside 1 … {len(cells)}, the cells that there are")
        cells = [cells[i * len(cells) // options.limit] for i in range(options.limit)]
    if not cells:
        raise plan.Refused(f"no layer has a label like {options.only!r}; see the column label of scores.csv")
    return cells


def train_all(cells, workers):
    """The outcome of every cell, and the seconds until all workers had torch."""
    started = time.perf_counter()
    context = multiprocessing.get_context("spawn")
    barrier = context.Barrier(workers + 1)
    outcomes = []
    with context.Pool(workers, ready, [barrier]) as pool:
        barrier.wait(PATIENCE)
        start_seconds = time.perf_counter() - started
        for outcome in pool.imap_unordered(train, cells):
            if isinstance(outcome, plan.Refused):
                raise outcome
            cell, accuracy, _, seconds = outcome
            pairs = ", ".join(f"{lag}: {value:.2f} ({cell.accuracy[lag]:.2f})" for lag, value in accuracy.items())
            print(f"{seconds:6.2f} s  {cell.name}; accuracy by lag (the lab's): {pairs}", file=sys.stderr, flush=True)
            outcomes.append(outcome)
        pool.close()
        pool.join()
    return outcomes, start_seconds


def write_scores(path, outcomes):
    """One row for each cell and lag."""
    with open(path, "w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        columns = ["task", "label", "n", "k", "lag", "seed", "learning_rate", "accuracy", "lab_accuracy", "seconds"]
        writer.writerow(columns)
        for cell, accuracy, rate, seconds in sorted(outcomes, key=lambda outcome: outcome[0].name):
            for lag, value in accuracy.items():
                fixed = [cell.task, cell.label, cell.settings["n"], cell.settings.get("k"), lag, cell.seed, rate]
                writer.writerow([*fixed, round(value, 6), round(cell.accuracy[lag], 6), round(seconds, 3)])


def main():
    started = time.perf_counter()
    options = asked()
    try:
        version = importlib.metadata.version("torch")
        cells = chosen(options)
        os.environ.update(MALLOC)
        outcomes, start_seconds = train_all(cells, options.workers)
    except importlib.metadata.PackageNotFoundError:
        sys.exit(refuse("torch is not installed for this Python; pip install torch"))
    except threading.BrokenBarrierError:
        sys.exit(refuse(f"workers could not import torch within {PATIENCE} s; see what they say above"))
    except plan.Refused as refused:
        sys.exit(refuse(refused))
    wall = time.perf_counter() - started
    if options.scores:
        write_scores(options.scores, outcomes)
    usage = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    cpu = sum(one.ru_utime + one.ru_stime for one in usage)
    steps = sum(steps for cell in cells for _, steps in cell.tries)
    print("cells,workers,steps,wall_seconds,start_seconds,cpu_seconds,torch,python")
    fixed = f"{len(cells)},{options.workers},{steps}"
    print(f"{fixed},{wall:.2f},{start_seconds:.2f},{cpu:.2f},{version},{platform.python_version()}")


def refuse(reason):
    """Says why; gives the exit code."""
    print(f"long_range.py: {reason}", file=sys.stderr)
    return 2


if __name__ == "__main__":
    main()
