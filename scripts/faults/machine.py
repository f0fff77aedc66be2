"""What the machine can do to a run: a full disk, a read-only one, a clock that runs backwards."""

import contextlib
import os
import shutil
import subprocess

from sweep import begins, must

# Each look at either clock is earlier than the one before, by a second.
CLOCK = """
#define _GNU_SOURCE
#include <stdatomic.h>
#include <time.h>
static atomic_long looks;
int clock_gettime(clockid_t clock, struct timespec *now) {
    (void)clock;
    now->tv_sec = 2000000000 - atomic_fetch_add(&looks, 1);
    now->tv_nsec = 0;
    return 0;
}
"""


class Skipped(Exception):
    """This machine does not let it happen."""


@contextlib.contextmanager
def small_disk(folder, size):
    """A file system of so many bytes."""
    folder.mkdir()
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", folder], capture_output=True, check=False)
    if made.returncode != 0:
        raise Skipped("mounting needs root")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", folder], check=False)


def disk_full(sweeps, dice, times):
    """The disk is full after some cells: a reason, nothing half-written, and what was finished is taken once there is room."""
    for done in range(times):
        place = sweeps.base / f"disk-{done}"
        with small_disk(place, f"{dice.randrange(32, 160)}k"):
            sweep = sweeps.new(folder=place / "run")
            code, said = sweep.run()
            must(code in (1, 2), f"exit code {code} on a full disk: {said[-200:]}")
            must("No space left" in said, f"it does not say that the disk is full: {said[-300:]}")
            kept = sweep.cells()
            subprocess.run(["mount", "-o", "remount,size=64m", place], check=True)
            sweep.ends_like_an_undisturbed_one(kept)
    return times


def read_only(sweeps, dice, times):
    """A folder that cannot be written any more: refused before anything is run, and what is there stays."""
    for done in range(times):
        place = sweeps.base / f"read-only-{done}"
        with small_disk(place, "64m"):
            sweep = sweeps.new(folder=place / "run")
            process = sweep.start()
            while len(sweep.cells()) < 1 + dice.randrange(8) and process.poll() is None:
                pass
            process.kill()
            process.communicate()
            kept = sweep.cells()
            subprocess.run(["mount", "-o", "remount,ro", place], check=True)
            code, said = sweep.run()
            must(code == 2 and "Read-only" in said, f"exit code {code}: {said[-200:]}")
            subprocess.run(["mount", "-o", "remount,rw", place], check=True)
            sweep.ends_like_an_undisturbed_one(kept)
    return times


def clock_backwards(sweeps, _, times):
    """Both clocks run backwards: the scores do not know."""
    if shutil.which("cc") is None:
        raise Skipped("no C compiler")
    source, library = sweeps.base / "clock.c", sweeps.base / "clock.so"
    source.write_text(CLOCK)
    subprocess.run(["cc", "-shared", "-fPIC", "-o", library, source], check=True)
    back = {**os.environ, "LD_PRELOAD": str(library)}
    seen = subprocess.run(["date", "+%Y"], env=back, capture_output=True, text=True, check=True)
    must(seen.stdout.strip() == "2033", f"the clock was not replaced: {seen.stdout}")
    for _ in range(times):
        sweep = sweeps.new()
        sweep.finish(env=back)
        sweep.is_whole()
        must(begins(sweep.finish(), 0), "cells are done again")
    return times
