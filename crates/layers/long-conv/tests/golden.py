"""A convolution over the whole length: PyTorch's conv1d, one group for each feature, which sums lag by lag."""

import torch
from torch.nn import functional as F

from layers import affine, relu

# (options, (batch, time, width)). Blocks are 64 steps long, and transforms 128, 256, … : the longer sequences have seams.
CASES = [
    ({}, (2, 5, 4)),
    ({}, (1, 1, 6)),
    ({}, (3, 2, 3)),
    ({}, (2, 64, 2)),
    ({}, (2, 65, 2)),
    ({}, (1, 131, 3)),
    ({}, (2, 200, 2)),
    ({}, (1, 300, 1)),
    ({}, (2, 3, 17)),
    ({"final_relu": True}, (2, 5, 4)),
    ({"final_relu": True}, (1, 70, 3)),
    ({"padding": "centred"}, (2, 5, 4)),
    ({"padding": "centred"}, (2, 1, 3)),
    ({"padding": "centred"}, (1, 64, 2)),
    ({"padding": "centred"}, (1, 131, 2)),
    ({"padding": "centred", "final_relu": True}, (3, 7, 3)),
]


def reference(x, p, padding="causal", final_relu=False):
    time, width = x.shape[1:]
    # conv1d is a correlation: its last tap is the latest step, so lag 0 comes last.
    padded = F.pad(x.transpose(1, 2), (time - 1, time - 1 if padding == "centred" else 0))
    filtered = F.conv1d(padded, p["filter"].flip(1)[:, None], groups=width)
    y = affine(filtered.transpose(1, 2), p["output.weight"], p["output.bias"])
    return relu(y) if final_relu else y


def shapes(time, width, padding="causal", final_relu=False):
    lags = 2 * time - 1 if padding == "centred" else time
    return {"filter": (width, lags), "output.weight": (width, width), "output.bias": (width,)}
