"""What every worker in Python needs: the command line, the protocol loop, the names of works.

A worker prepares and times works; README.md has the protocol. Nothing here imports a framework, so that a worker can
set threads before it does.
"""

import argparse
import math
import sys
import time

WARM_UPS = 3
HEADS = 4
# An input of more, 1 GiB, is refused, as in the lab.
NUMBERS = 2**28
# The model of `step`.
WIDTH, VOCABULARY, BLOCKS, BATCH, TIME = 64, 64, 2, 32, 64
LONG_WIDTH = 64


class Cannot(Exception):
    """This implementation does not do this work, or not within the memory it may have."""


def threads():
    parser = argparse.ArgumentParser(description="Time works, told on stdin: prepare WORK, time REPS, rss, about.")
    parser.add_argument("--threads", type=int, required=True)
    count = parser.parse_args().threads
    if count < 1:
        refuse("--threads takes 1 or more")
    return count


def layer_of(parts):
    """`linear/32x128x64` as a layer's name, (batch, time, width) and whether gradients are wanted: not with `/forward`."""
    name, size, *behind = parts if len(parts) > 1 else (None, None)
    if name is None or behind not in ([], ["forward"]):
        raise Cannot("a layer is named as layer/NAME/BxTxD or layer/NAME/BxTxD/forward")
    try:
        shape = tuple(int(side) for side in size.split("x"))
    except ValueError:
        shape = ()
    if len(shape) != 3 or min(shape) < 1 or math.prod(shape) > NUMBERS:
        raise Cannot(f"{size} is no shape of 1 to 2^28 numbers; write BxTxD, as in 32x128x64")
    if name == "attention" and shape[2] % HEADS:
        raise Cannot(f"{HEADS} heads do not divide a width of {shape[2]}")
    return name, shape, not behind


def long_of(parts):
    """`4096/both` as the number of steps and whether gradients are wanted."""
    if len(parts) != 2 or not parts[0].isdecimal() or parts[1] not in ("forward", "both"):
        raise Cannot("long attention is named as long/N/forward or long/N/both")
    return int(parts[0]), parts[1] == "both"


def prepared(work, steps, layer, long):
    """The function that does `work` once. `steps` (by the name of the work), `layer` and `long` make it."""
    if work in steps:
        return steps[work]()
    kind, *parts = work.split("/")
    if kind == "layer":
        return layer(*layer_of(parts))
    if kind == "long":
        return long(*long_of(parts))
    raise Cannot("knows no such work")


def peak_memory():
    """Linux's own account of this process: getrusage would count what the parent had when it forked."""
    with open("/proc/self/status") as status:
        line = next(line for line in status if line.startswith("VmHWM:"))
    return int(line.split()[1]) * 1024


def answer(words):
    print(words, flush=True)


def refuse(reason):
    print(reason, file=sys.stderr)
    sys.exit(2)


def serve(about, prepare):
    """Reads commands to the end of input. `prepare` takes a work's name and returns the function that does it once."""
    run = None
    for line in sys.stdin:
        match line.split():
            case ["prepare", work]:
                # What the last work holds is given back first.
                run = None
                try:
                    run = prepare(work)
                    for _ in range(WARM_UPS):
                        run()
                    answer("ready")
                except Cannot as reason:
                    answer(f"cannot {reason}")
            case ["time", count] if count.isdecimal() and run is not None:
                start = time.perf_counter()
                for _ in range(int(count)):
                    run()
                answer(f"took {time.perf_counter() - start:.9f}")
            case ["rss"]:
                answer(f"rss {peak_memory()}")
            case ["about"]:
                answer(f"about {about}")
            case _:
                refuse(f"{line.strip()!r} is no command; send prepare WORK, then time REPS, or rss, or about")
