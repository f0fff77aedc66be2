"""The mean of the last steps as PyTorch's average pooling, padded with zeros before the sequence."""

from torch.nn import functional as F

# (options, (batch, time, width)): every option, one step, a window longer than the sequence, and the default left out.
CASES = [
    ({}, (2, 11, 4)),
    ({}, (1, 1, 3)),
    ({"window": 1}, (3, 7, 3)),
    ({"window": 3}, (2, 9, 4)),
    ({"window": 40}, (2, 5, 4)),
]


def reference(x, p, window=8):
    padded = F.pad(x.transpose(1, 2), (window - 1, 0))  # F.avg_pool1d takes (batch, feature, time).
    return p["gain"] * F.avg_pool1d(padded, window, stride=1).transpose(1, 2)


def shapes(time, width, window=8):
    return {"gain": (width,)}
