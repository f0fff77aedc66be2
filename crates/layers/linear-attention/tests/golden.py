"""The n × n form: all weights at once, which the lab's layer never makes."""

import torch
from torch import nn
from torch.func import functional_call
from torch.nn import functional as F

CASES = [
    ({}, (2, 5, 8)),
    ({}, (1, 1, 4)),
    ({"heads": 1}, (3, 7, 4)),
    ({"heads": 1}, (1, 5, 3)),
    ({"heads": 2}, (2, 9, 6)),
    ({"mask": "none"}, (2, 5, 8)),
    ({"heads": 1, "mask": "none"}, (2, 1, 4)),
    ({"heads": 2, "mask": "none"}, (3, 7, 4)),
    ({"heads": 3, "mask": "causal"}, (1, 4, 15)),
    # Chunks are of 32 steps: one full, one more step, several.
    ({"heads": 2}, (1, 32, 4)),
    ({"heads": 2}, (1, 33, 4)),
    ({"heads": 1}, (2, 150, 4)),
    ({"heads": 2, "mask": "none"}, (1, 70, 4)),
]


def linear(x, p, name):
    weight = p[f"{name}.weight"]
    module = nn.Linear(*weight.shape, dtype=torch.float64)
    return functional_call(module, {"weight": weight.T, "bias": p[f"{name}.bias"]}, (x,))


def reference(x, p, heads=4, mask="causal"):
    def split(y):
        return y.unflatten(-1, (heads, -1)).transpose(1, 2)

    query, key = (F.elu(split(linear(x, p, name))) + 1 for name in ("query", "key"))
    weights = query @ key.transpose(-1, -2)
    if mask == "causal":
        weights = weights.tril()
    weights = weights / weights.sum(-1, keepdim=True)
    mixed = weights @ split(linear(x, p, "value"))
    return linear(mixed.transpose(1, 2).flatten(2), p, "output")


def shapes(time, width, **_):
    shapes = {}
    for name in ("query", "key", "value", "output"):
        shapes |= {f"{name}.weight": (width, width), f"{name}.bias": (width,)}
    return shapes
