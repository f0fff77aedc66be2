"""Runs that are killed, stopped, or meet another on the same folder."""

import signal
import time

from sweep import CELLS, must


def killed(sweeps, dice, times):
    """kill -9 at a random moment, again and again; a sweep that got to its end makes room for a new one."""
    sweep, before, done = sweeps.new(), set(), 0
    while done < times:
        process = sweep.start("--threads", "2")
        # Early as well as late: what starts, what writes, and what ends.
        time.sleep(dice.random() ** 2 * 0.5 * sweeps.seconds)
        process.kill()
        process.communicate()
        if process.returncode == 0:
            must(sweep.scores() == sweeps.scores, "scores.csv differs")
            sweep, before = sweeps.new(), set()
            continue
        done += 1
        must(before <= sweep.cells(), f"after kill {done} finished cells are gone: {before - sweep.cells()}")
        before = sweep.cells()
        if len(before) == CELLS:
            sweep.ends_like_an_undisturbed_one(before)
            sweep, before = sweeps.new(), set()
    sweep.ends_like_an_undisturbed_one(before)
    return done


def stopped(sweeps, dice, times):
    """SIGINT and SIGTERM: a clean stop, the exit code of the signal, and finished cells kept."""
    done = 0
    while done < times:
        which = [signal.SIGINT, signal.SIGTERM][done % 2]
        sweep = sweeps.new()
        process = sweep.start()
        # Before its handlers are there a signal ends any program: what is promised begins with the first cell.
        while not sweep.cells() and process.poll() is None:
            time.sleep(0.002)
        time.sleep(dice.random() * 0.6 * sweeps.seconds)
        process.send_signal(which)
        _, said = process.communicate()
        if process.returncode == 0:
            continue
        done += 1
        must(process.returncode == 128 + which, f"exit code {process.returncode} after {which.name}")
        must("finished and kept" in said, f"it says nothing of what is kept: {said[-200:]}")
        sweep.ends_like_an_undisturbed_one(sweep.cells())
    return done


def two_runs(sweeps, dice, times):
    """A second run on a folder that another one holds is refused, and neither loses anything."""
    for _ in range(times):
        sweep = sweeps.new()
        first = sweep.start()
        while not sweep.cells():
            must(first.poll() is None, "it ended before its first cell")
            time.sleep(0.002)
        code, said = sweep.run()
        if first.poll() is None:
            must(code == 2 and "another run is writing" in said, f"exit code {code}: {said[:200]}")
        first.communicate()
        must(first.returncode == 0, f"the first run ended with {first.returncode}")
        sweep.is_whole()
    return times
