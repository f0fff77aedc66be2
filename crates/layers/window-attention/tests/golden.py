"""Attention within a sliding window: PyTorch's scaled_dot_product_attention, with the band as its mask."""

import torch
from torch.nn import functional as F

from layers import affine, attention_shapes

# (options, (batch, time, width)). Blocks of queries are 32 … 64 steps long: the longer sequences have seams.
CASES = [
    ({}, (2, 5, 8)),
    ({}, (1, 1, 4)),
    ({"heads": 2}, (2, 40, 4)),
    ({"window": 1, "heads": 1}, (2, 5, 3)),
    ({"window": 2, "heads": 1}, (3, 7, 4)),
    ({"window": 3, "heads": 2}, (1, 70, 4)),
    ({"window": 9, "heads": 2}, (2, 9, 6)),
    ({"window": 40, "heads": 1}, (1, 90, 4)),
    ({"window": 70, "heads": 1}, (1, 150, 2)),
    ({"window": 1000000, "heads": 2}, (1, 70, 4)),
    ({"mask": "centred"}, (2, 7, 8)),
    ({"mask": "centred", "window": 1, "heads": 2}, (2, 5, 4)),
    ({"mask": "centred", "window": 2, "heads": 1}, (3, 1, 3)),
    ({"mask": "centred", "window": 3, "heads": 2}, (2, 9, 6)),
    ({"mask": "centred", "window": 4, "heads": 1}, (1, 70, 4)),
    ({"mask": "centred", "window": 40, "heads": 2}, (1, 100, 4)),
    ({"mask": "centred", "window": 1000000, "heads": 1}, (1, 70, 2)),
]


def reference(x, p, window=16, heads=4, mask="causal"):
    batch, time, width = x.shape

    def project(name):
        return affine(x, p[f"{name}.weight"], p[f"{name}.bias"]).view(batch, time, heads, -1).transpose(1, 2)

    lag = torch.arange(time)[:, None] - torch.arange(time)
    seen = lag.abs() < window if mask == "centred" else (lag >= 0) & (lag < window)
    mixed = F.scaled_dot_product_attention(project("query"), project("key"), project("value"), attn_mask=seen)
    return affine(mixed.transpose(1, 2).reshape(x.shape), p["output.weight"], p["output.bias"])


def shapes(time, width, **_):
    return attention_shapes(time, width)
