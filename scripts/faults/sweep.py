"""A small sweep in a folder of its own, and what is left of it."""

import pathlib
import shutil
import subprocess
import tempfile
import time

SETTINGS = """
question = "What is left after a bad night?"
seeds = 2
tasks = [
    { name = "copy-at-lag", n = 16, lag = [1, 15] },
    { name = "recall-at-lag", n = 16, k = 2, keys = 8, values = 8 },
]
[model]
width = 8
depth = 1
mlp = false
positions = "none"
[training]
steps = 150
warmup = 2
batch = 8
learning_rates = [1e-2, 3e-3]
last_rate = 0.1
weight_decay = 0.0
clip = 1.0
evaluate_every = 50
solved = 1.0
validation = 32
test = 64
[[layers]]
label = "none"
layer = "none"
[[layers]]
label = "line"
layer = "linear"
options = { over = "time" }
[[layers]]
label = "conv"
layer = "conv"
[[layers]]
label = "attention"
layer = "attention"
[[figures]]
id = "copy"
kind = "accuracy-by-lag"
task = "copy-at-lag"
title = "Copy"
"""
CELLS = 24
# Longer than any sweep of this size on any machine: a run that takes it hangs.
PATIENCE = 300


class Lost(Exception):
    """Something that was promised is not there."""


def must(good, what):
    """Says what was promised and is not so."""
    if not good:
        raise Lost(what)


def begins(said, cells):
    """Whether a run says that so many cells are to run."""
    return f" {cells} cells to run" in f" {said}"


class Sweeps:
    """Where sweeps run, and what an undisturbed one gives."""

    def __init__(self, lab, root):
        self.lab, self.root = lab, root
        self.base = pathlib.Path(tempfile.mkdtemp(prefix="lab-faults-"))
        self.settings = self.base / "tiny.toml"
        self.settings.write_text(SETTINGS)
        self.count = 0
        calm = self.new()
        start = time.monotonic()
        calm.finish()
        self.seconds = time.monotonic() - start
        self.calm = calm
        self.scores = calm.scores()

    def new(self, folder=None, settings=None):
        """A sweep that has not begun."""
        self.count += 1
        return Sweep(self, folder or self.base / f"run-{self.count}", settings or self.settings)

    def copy(self):
        """A finished one."""
        sweep = self.new()
        shutil.copytree(self.calm.folder, sweep.folder)
        return sweep

    def remove(self):
        """Everything that was made here."""
        shutil.rmtree(self.base, ignore_errors=True)


class Sweep:
    """One sweep in one folder."""

    def __init__(self, sweeps, folder, settings):
        self.sweeps, self.folder, self.settings = sweeps, folder, settings

    def command(self, *more):
        """What is typed."""
        lab, root = self.sweeps.lab, self.sweeps.root
        return [lab, "--root", root, "run", self.settings, "--out", self.folder, *more]

    def start(self, *more, **how):
        """A run in the background."""
        pipes = {"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE, "text": True}
        return subprocess.Popen(self.command(*more), **pipes, **how)

    def run(self, *more, **how):
        """A run to its end: exit code and what it said."""
        process = self.start(*more, **how)
        _, said = process.communicate(timeout=PATIENCE)
        return process.returncode, " ".join(said.replace("│", " ").split())

    def finish(self, *more, **how):
        """A run that must succeed; what it said."""
        code, said = self.run(*more, **how)
        must(code == 0, f"exit code {code} where 0 was promised: {said[-300:]}")
        return said

    def cells(self):
        """Names of the finished cells."""
        return {path.name for path in (self.folder / "cells").glob("*.json")}

    def scores(self):
        """The bytes of the result."""
        return (self.folder / "scores.csv").read_bytes()

    def ends_like_an_undisturbed_one(self, kept):
        """Runs to the end; all of `kept` was still good, and the scores are the same to the byte."""
        must(kept <= self.cells(), f"{len(kept - self.cells())} finished cells are gone")
        said = self.finish()
        must(begins(said, CELLS - len(kept)), f"not all of {len(kept)} cells were taken: {said[:300]}")
        self.is_whole()
        return said

    def is_whole(self):
        """The result is that of an undisturbed sweep."""
        must(self.scores() == self.sweeps.scores, "scores.csv differs from that of an undisturbed sweep")
        torn = [path.name for path in self.folder.rglob(".tmp*")]
        must(not torn, f"half-written files are left: {torn}")
