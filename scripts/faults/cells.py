"""Cells that fail by themselves: a row with the error, and the rest goes on."""

import csv
import os
import pathlib
import signal
import time

from sweep import CELLS, SETTINGS, must

LARGE = '{ name = "recall-at-lag", as = "large", n = 16, k = 2, keys = 50000, values = 50000 },'
LONG = '{ name = "copy-at-lag", as = "long", n = 16, lag = 1, training = { steps = 16000000, evaluate_every = 16000000 } },'
WILD = '{ name = "copy-at-lag", as = "wild", n = 16, lag = 1, training = { learning_rates = [1e30], clip = 1e38 } },'


def beside(sweeps, task, limit, error):
    """A task whose cells fail beside the others, which have the scores that they have alone; all is well without the limit."""
    settings = sweeps.base / f"{error.split()[0].strip('-')}.toml"
    settings.write_text(SETTINGS.replace("tasks = [", f"tasks = [\n    {task}"))
    sweep = sweeps.new(settings=settings)
    code, said = sweep.run(*limit)
    must(code == 1, f"exit code {code} where cells fail: {said[-300:]}")
    rows = list(csv.DictReader((sweep.folder / "scores.csv").read_text().splitlines()))
    failed = [row for row in rows if row["error"]]
    cells = {(row["label"], row["seed"]) for row in failed}
    must(len(cells) == 8, f"{len(cells)} cells of 8 are rows with an error")
    must(all(error in row["error"] for row in failed), f"another error: {failed[0]['error']}")
    name = task.split('as = "')[1].split('"')[0]
    own = [row for row in rows if row["task"] == name]
    must(all(row in own for row in failed), "cells of other tasks failed")
    calm = list(csv.DictReader(sweeps.scores.decode().splitlines()))
    rest = [{**row, "experiment": ""} for row in rows if row["task"] != name]
    must(rest == [{**row, "experiment": ""} for row in calm], "the other cells have other scores")
    return sweep, len(cells)


def too_long(sweeps, _, times):
    """Longer than `--cell-timeout`; the next run tries those again, and those alone."""
    for _ in range(times):
        limit = ("--cell-timeout", str(max(1.0, sweeps.seconds)))
        sweep, _ = beside(sweeps, LONG, limit, "took longer than --cell-timeout")
        must(len(sweep.cells()) == CELLS, "finished cells are not kept")
    return 8 * times


def too_much_memory(sweeps, _, times):
    """More than `--cell-memory`: the process of that cell is ended by its allocator, as by that of a full machine."""
    for _ in range(times):
        sweep, _ = beside(sweeps, LARGE, ("--cell-memory", "0.01"), "needs more than --cell-memory")
        must(len(sweep.cells()) == CELLS, "finished cells are not kept")
    return 8 * times


def killed_children(sweeps, dice, times):
    """Somebody, such as a system without memory, kills the process of one cell: a row with the error, and the next run does it."""
    done = 0
    while done < times:
        sweep = sweeps.new()
        process = sweep.start("--cell-timeout", "600", "--threads", "2")
        killed = 0
        while killed == 0 and process.poll() is None:
            time.sleep(dice.random() * 0.05)
            for children in pathlib.Path(f"/proc/{process.pid}/task").glob("*/children"):
                for child in children.read_text().split()[:1]:
                    killed = killed or _kill(int(child))
        _, said = process.communicate()
        if process.returncode == 0:
            # It had told its result already.
            continue
        done += 1
        must(process.returncode == 1 and f"1 of {CELLS} cells failed" in said, f"{process.returncode}: {said[-300:]}")
        sweep.ends_like_an_undisturbed_one(sweep.cells())
    return times


def _kill(pid):
    # A run has other children, too, such as a git that is asked for the revision.
    try:
        if b"\0cell" not in pathlib.Path(f"/proc/{pid}/cmdline").read_bytes():
            return 0
        os.kill(pid, signal.SIGKILL)
    except (ProcessLookupError, FileNotFoundError):
        return 0
    return 1


def diverges(sweeps, _, times):
    """A loss that is no number."""
    for _ in range(times):
        beside(sweeps, WILD, (), "diverged")
    return 8 * times
