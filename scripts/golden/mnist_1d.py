"""Writes crates/tasks/tests/mnist_1d.json: what the package mnist1d makes, to hold the task `mnist-1d` against.

"sets": [{"seed", "positions",
          "x_first", "x_last" (the first training sample and the last one of the test, 40 numbers each),
          "y_first" (labels of the first 60 training samples), "y_test_counts" (of each digit),
          "sum_of_squares" (of all numbers; their sum is 0),
          "digest_x", "digest_y"}]
  digest = sum over k of (k + 1) * numbers[k], modulo 2^64, as text; of x, numbers are round(1e6 * x).
  positions "shuffled" is what the paper's notebook mnist1d-classification.ipynb does:
  np.random.seed(42), then x[:, np.random.permutation(40)].
"""

import argparse
import json
import pathlib
import sys
from importlib.metadata import version

import numpy as np
from mnist1d.data import get_dataset_args, make_dataset

TARGET = pathlib.Path(__file__).resolve().parents[2] / "crates/tasks/tests/mnist_1d.json"
SETS = [(42, "plain"), (42, "shuffled"), (0, "plain"), (0, "shuffled"), (7, "plain")]


def digest(numbers):
    weights = np.arange(1, numbers.size + 1, dtype=np.uint64)
    return str((numbers.astype(np.int64).view(np.uint64).ravel() * weights).sum(dtype=np.uint64))


def numbers(values):
    return [float(f"{value:.12g}") for value in values]


def made(seed, positions):
    args = get_dataset_args()
    args.seed = seed
    data = make_dataset(args)
    x = np.concatenate([data["x"], data["x_test"]])
    y = np.concatenate([data["y"], data["y_test"]])
    if positions == "shuffled":
        np.random.seed(42)
        x = np.ascontiguousarray(x[:, np.random.permutation(x.shape[1])])
    return {
        "seed": seed,
        "positions": positions,
        "x_first": numbers(x[0]),
        "x_last": numbers(x[-1]),
        "y_first": y[:60].tolist(),
        "y_test_counts": np.bincount(data["y_test"], minlength=10).tolist(),
        "sum_of_squares": float(f"{np.square(x).sum():.12g}"),
        "digest_x": digest(np.rint(1e6 * x)),
        "digest_y": digest(y),
    }


def main():
    arguments = argparse.ArgumentParser(description="Write the golden numbers of mnist-1d.")
    arguments.add_argument("--check", action="store_true", help="write nothing; fail if the file differs")
    check = arguments.parse_args().check
    head = {"made_by": "scripts/golden/mnist_1d.py"} | {name: version(name) for name in ("mnist1d", "numpy", "scipy")}
    parts = [f"{json.dumps(key)}: {json.dumps(value)}" for key, value in head.items()]
    sets = ",\n".join(json.dumps(made(*which), allow_nan=False) for which in SETS)
    text = "{\n" + ",\n".join(parts) + f',\n"sets": [\n{sets}\n]\n}}\n'
    if not check:
        TARGET.write_text(text)
    elif TARGET.read_text() != text:
        sys.exit(f"{TARGET.name} differs from what the package makes")


if __name__ == "__main__":
    main()
