"""nn.GRU, whose second bias is ours in its last third and 0 in the rest."""

import torch
from torch import nn
from torch.func import functional_call

CASES = [
    ({}, (2, 5, 4)),
    ({}, (1, 1, 6)),
    ({}, (3, 1, 4)),
    ({}, (1, 2, 5)),
    ({"memory": 3}, (3, 7, 3)),
    ({"memory": 200}, (2, 9, 8)),
    ({}, (1, 6, 17)),
    ({}, (2, 70, 4)),
    ({}, (1, 300, 3)),
]


def reference(x, p, memory=0):
    width = x.shape[-1]
    given = {
        "weight_ih_l0": p["input.weight"].T,
        "bias_ih_l0": p["input.bias"],
        "weight_hh_l0": p["hidden.weight"].T,
        "bias_hh_l0": torch.cat([torch.zeros(2 * width, dtype=torch.float64), p["hidden.bias"]]),
    }
    module = nn.GRU(width, width, batch_first=True, dtype=torch.float64)
    return functional_call(module, given, (x,))[0]


def shapes(time, width, memory=0):
    return {
        "input.weight": (width, 3 * width),
        "input.bias": (3 * width,),
        "hidden.weight": (width, 3 * width),
        "hidden.bias": (width,),
    }
