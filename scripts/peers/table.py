"""The rows of peers.csv: read, ordered, written in one piece."""

import csv
import os

import client

SECONDS = ["seconds_median", "seconds_low", "seconds_high"]
RATIOS = ["ratio_median", "ratio_low", "ratio_high"]
CALIBRATION = ["peak_gflops_before", "peak_gflops_after"]
COLUMNS = ["work", "threads", "implementation", "version", "pairs", *SECONDS, *RATIOS, *CALIBRATION, "note"]


def key(row):
    return row["work"], int(row["threads"]), row["implementation"]


def read(path):
    """Rows by their key; none if there is no file yet."""
    if not path.exists():
        return {}
    with open(path, newline="") as file:
        reader = csv.DictReader(file)
        if reader.fieldnames != COLUMNS:
            raise client.Refused(f"{path} has other columns; move it away, or leave --resume out")
        return {key(row): row for row in reader}


def write(path, rows):
    """Beside its place first: a reader never sees half a table."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(path.name + ".part")
    with open(beside, "w", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows[place] for place in sorted(rows))
    os.replace(beside, path)
