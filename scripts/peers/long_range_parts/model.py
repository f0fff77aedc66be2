"""The lab's layers and the shell around them, each written the way that PyTorch runs fastest on one core.

Weights start as in the lab, which starts them as PyTorch does.
"""

import torch
import torch.nn.functional as F
from torch import nn

from .plan import Refused


class OverTime(nn.Linear):
    """A linear layer on the steps of each feature: (batch, time, width) to the same."""

    def forward(self, x):
        # No transpose is needed, and faster here than nn.Linear between two of them.
        return torch.baddbmm(self.bias[:, None], self.weight.expand(len(x), -1, -1), x)


class CausalConv(nn.Conv2d):
    """A causal convolution over time, as one of height 1: the layout (batch, time, width) then is channels-last as it
    stands, and oneDNN takes it without a copy. nn.Conv1d would transpose."""

    def __init__(self, width, kernel, dilation):
        super().__init__(width, width, (1, kernel), dilation=(1, dilation))
        self.past = (kernel - 1) * dilation

    def forward(self, x):
        padded = F.pad(x, (0, 0, self.past, 0))
        return super().forward(padded.transpose(1, 2).unsqueeze(2)).squeeze(2).transpose(1, 2)


class Attention(nn.Module):
    """Causal multi-head attention with one projection for queries, keys and values."""

    def __init__(self, time, width, heads, positions, base):
        super().__init__()
        self.heads = heads
        self.inward = nn.Linear(width, 3 * width)
        self.outward = nn.Linear(width, width)
        self.added = self.turns = None
        step = torch.arange(time, dtype=torch.float64)[:, None]
        if positions == "sinusoidal":
            angles = step * base ** (-torch.arange(0, width, 2, dtype=torch.float64) / width)
            self.added = torch.stack((angles.sin(), angles.cos()), -1).flatten(1).float()
        elif positions == "rotary":
            size = width // heads
            angles = step * base ** (-torch.arange(0, size, 2, dtype=torch.float64) / size)
            self.turns = torch.polar(torch.ones_like(angles), angles).to(torch.complex64)[:, None, None, :]

    def forward(self, x):
        if self.added is not None:
            x = x + self.added
        batch, time, width = x.shape
        qkv = self.inward(x).view(batch, time, 3, self.heads, width // self.heads)
        if self.turns is None:
            query, key, value = qkv.permute(2, 0, 3, 1, 4)
        else:
            # As complex numbers a pair is two neighbours, in the lab two columns half a head apart: the same model
            # with columns in another order, and several times faster than slices of halves.
            pairs = torch.view_as_complex(qkv[:, :, :2].unflatten(-1, (-1, 2)))
            query, key = torch.view_as_real(pairs * self.turns).flatten(-2).permute(2, 0, 3, 1, 4)
            value = qkv[:, :, 2].transpose(1, 2)
        mixed = F.scaled_dot_product_attention(query, key, value, is_causal=True)
        return self.outward(mixed.transpose(1, 2).reshape(batch, time, width))


def _fixed(options, **only):
    """Refuses what the long-range run does not have and so nobody compared."""
    for key, value in only.items():
        if options[key] != value:
            raise Refused(f"the twin knows {key} = {value!r} only, not {options[key]!r}; name another --results")


def mixer(layer, options, time, width):
    """A layer, and whether it is affine."""
    linear, size = (OverTime, time) if options.get("over") == "time" else (nn.Linear, width)
    if layer == "none":
        return nn.Identity(), True
    if layer == "linear" and options["over"] != "flattened":
        _fixed(options, bias=True, causal=False)
        return linear(size, size), True
    if layer == "mlp":
        hidden = options["expansion"] * size
        return nn.Sequential(linear(size, hidden), nn.ReLU(), linear(hidden, size)), False
    if layer == "conv":
        _fixed(options, padding="causal", final_relu=True)
        convs = [CausalConv(width, options["kernel"], dilation) for dilation in options["dilations"]]
        return nn.Sequential(*(part for conv in convs for part in (conv, nn.ReLU()))), False
    if layer == "attention" and options["positions"] != "learned":
        _fixed(options, mask="causal", scale="inverse-sqrt")
        return Attention(time, width, options["heads"], options["positions"], options["base"]), False
    raise Refused(f"the twin has no layer {layer} with {options}; name another --results")


class Model(nn.Module):
    """Embedding, blocks x + mixer(norm(x)), norm, read-out; without norms where all mixers are affine."""

    def __init__(self, cell, task):
        super().__init__()
        mixers = [mixer(cell.layer, options, task.n, cell.width) for options in cell.blocks]
        affine = all(is_affine for _, is_affine in mixers)
        norm = nn.Identity if affine else lambda: nn.LayerNorm(cell.width)
        self.first = task.first
        self.tables = nn.ParameterList(torch.randn(size, cell.width) for size in task.vocabularies)
        self.blocks = nn.ModuleList(nn.Sequential(norm(), part) for part, _ in mixers)
        self.norm = norm()
        self.readout = nn.Linear(cell.width, task.classes)
        count = sum(parameter.numel() for parameter in self.parameters())
        if count != cell.parameters:
            raise Refused(f"{cell.name}: {count} parameters, {cell.parameters} in the lab, so no twin; mend model.py")

    def forward(self, tokens):
        """Logits (batch · supervised steps, classes) of tokens, (batch, time) for each channel."""
        # index_select, since the backward of F.embedding takes twice as long.
        rows = [table.index_select(0, channel.reshape(-1)) for table, channel in zip(self.tables, tokens)]
        x = sum(rows[1:], rows[0]).view(*tokens[0].shape, -1)
        for block in self.blocks:
            x = x + block(x)
        # Only supervised steps are normed and read out.
        return self.readout(self.norm(x[:, self.first :].flatten(0, 1)))
