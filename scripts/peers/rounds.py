"""Times several workers in turn, so that whatever disturbs the machine disturbs all of them alike."""

import statistics
import time

import client

SAMPLE_SECONDS = 0.15
# OpenMP's threads spin for a while after a parallel region, and would take the next worker's cores.
PAUSE_SECONDS = 0.03
# What `peak` does in one run with each of its threads.
PEAK_FLOP = 2**36


# A work whose runs are long is timed in fewer rounds: as many as fit, at least three.
SECONDS_OF_A_WORK = 40


class Lost(Exception):
    """A worker ended while it was timed; args are its name and the reason."""


def timed(name, workers, runs):
    try:
        return workers[name].time(runs)
    except client.Gone as reason:
        raise Lost(name, reason) from reason


def runs_in_a_sample(name, workers):
    """As many as take about SAMPLE_SECONDS, at least one."""
    runs, seconds = 1, timed(name, workers, 1)
    while seconds < SAMPLE_SECONDS / 3:
        runs *= 2
        seconds = timed(name, workers, runs)
    return max(1, round(SAMPLE_SECONDS * runs / seconds))


def peak_gflops(worker):
    return worker.threads * PEAK_FLOP / worker.time(1) / 1e9


def interleaved(workers, runs, rounds):
    """Seconds of one run, for each worker a list with one entry a round."""
    names = list(workers)
    seconds = {name: [] for name in names}
    start = time.monotonic()
    for turn in range(rounds):
        if turn >= 3 and time.monotonic() - start > SECONDS_OF_A_WORK:
            break
        first = turn % len(names)
        for name in names[first:] + names[:first]:
            time.sleep(PAUSE_SECONDS)
            seconds[name].append(timed(name, workers, runs[name]) / runs[name])
    return seconds


def spread(values):
    """Median, 10th and 90th percentile."""
    ordered = sorted(values)

    def at(share):
        place = share * (len(ordered) - 1)
        below = int(place)
        above = min(below + 1, len(ordered) - 1)
        return ordered[below] + (place - below) * (ordered[above] - ordered[below])

    return statistics.median(ordered), at(0.1), at(0.9)
