"""Draws, tensors as JSON, and files that come out the same each time."""

import json
import zlib

import torch

# Sums in one fixed order: the last digits do not depend on the number of cores.
torch.set_num_threads(1)
torch.use_deterministic_algorithms(True)


def stream(name):
    """The random stream of a case. Each has its own, so that a new case changes no other."""
    return torch.Generator().manual_seed(zlib.crc32(name.encode()))


def single(tensor):
    """Rounded to float32, kept as float64: an input that a float32 program reads without loss."""
    return tensor.float().double()


def normal(generator, *shape, deviation=1.0, mean=0.0):
    """Normal draws, rounded to float32."""
    return single(torch.randn(*shape, generator=generator, dtype=torch.float64) * deviation + mean)


def number(value):
    """Nine significant digits: enough to give every float32 back."""
    return float(f"{value:.9g}")


def tensor(value):
    """A tensor as JSON, row-major."""
    value = value.detach()
    return {"shape": list(value.shape), "values": [number(v) for v in value.flatten().tolist()]}


def integers(value):
    """An integer tensor as JSON, row-major."""
    return {"shape": list(value.shape), "values": value.flatten().tolist()}


def document(sections):
    """The text of a file: a head, then one case on each line. `sections`: name to list of cases."""
    head = {"made_by": "scripts/golden/make.py", "torch": torch.__version__.split("+")[0], "dtype": "float64"}
    parts = [f"{json.dumps(key)}: {json.dumps(value)}" for key, value in head.items()]
    for key, cases in sections.items():
        # A NaN would be no JSON, and an infinity no reference.
        lines = ",\n".join(json.dumps(case, allow_nan=False) for case in cases)
        parts.append(f"{json.dumps(key)}: [\n{lines}\n]")
    return "{\n" + ",\n".join(parts) + "\n}\n"
