"""Files of finished cells that are not what was written."""

import os

from sweep import CELLS, begins, must


def damaged(spoil):
    """A fault that spoils one file of a finished sweep: named, done again, and the result is the same."""

    def fault(sweeps, dice, times):
        for _ in range(times):
            sweep = sweeps.copy()
            names = sorted(path for path in (sweep.folder / "cells").iterdir() if path.suffix in (".json", ".safetensors"))
            wrong = spoil(dice, names)
            said = sweep.finish()
            must(said.count("is damaged and is done again") == wrong, f"{wrong} damaged cells, and it says: {said[:300]}")
            sweep.is_whole()
        return times

    return fault


def truncate(dice, paths):
    """Cuts a file short, to nothing at the worst."""
    path = dice.choice(paths)
    os.truncate(path, dice.randrange(path.stat().st_size))
    return 1


def flip(dice, paths):
    """Turns one bit."""
    path = dice.choice(paths)
    data = bytearray(path.read_bytes())
    data[dice.randrange(len(data))] ^= 1 << dice.randrange(8)
    path.write_bytes(data)
    return 1


def swap(dice, paths):
    """Two cells under each other's names."""
    one, other = dice.sample([path for path in paths if path.suffix == ".json"], 2)
    held = one.read_bytes()
    one.write_bytes(other.read_bytes())
    other.write_bytes(held)
    return 2


def foreign(sweeps, _, times):
    """Cells that other code has made, here for another instruction set: never taken, and the result is that of this code."""
    for _ in range(times):
        sweep = sweeps.new()
        code, said = sweep.run(env={**os.environ, "LAB_ISA": "portable"})
        must(code == 0, f"the portable kernels: exit code {code}: {said[-200:]}")
        said = sweep.finish()
        must(begins(said, CELLS), f"it took cells of other code: {said[:200]}")
        must(len(sweep.cells()) == 2 * CELLS, "cells of the other code are kept beside")
        must(sweep.scores() == sweeps.scores, "scores.csv differs")
    return times
