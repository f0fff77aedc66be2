"""The layers in PyTorch's own modules.

Parameters are in the lab's layout and are handed to PyTorch's modules by views of them, so
that autograd gives the gradients in that layout without a formula of ours.
"""

import torch
from torch import nn
from torch.func import functional_call
from torch.nn import functional as F

from writing import normal, stream


class NearKink(Exception):
    """A ReLU input so near to 0 that float32 rounding could put it on the other side."""


def relu(x):
    if x.abs().min() < 1e-4:
        raise NearKink
    return F.relu(x)


def affine(x, weight, bias=None):
    """nn.Linear, with `weight` (input, output)."""
    module = nn.Linear(*weight.shape, bias=bias is not None, dtype=torch.float64)
    given = {"weight": weight.T} if bias is None else {"weight": weight.T, "bias": bias}
    return functional_call(module, given, (x,))


# Each reference: (x, parameters, **options) to y, and the shapes of its parameters.


def linear(x, p, over="step", causal=False, bias=True):
    if over == "mean":
        time = x.shape[1]
        if causal:
            return x.cumsum(1) / torch.arange(1, time + 1, dtype=x.dtype)[:, None]
        return F.adaptive_avg_pool1d(x.transpose(1, 2), 1).transpose(1, 2).expand_as(x)
    bias = p["bias"] if bias else None
    if over == "step":
        return affine(x, p["weight"], bias)
    if over == "flattened":
        return affine(x.flatten(1), p["weight"], bias).view_as(x)
    weight = p["weight"].tril() if causal else p["weight"]
    return affine(x.transpose(1, 2), weight.T, bias).transpose(1, 2)


def linear_shapes(time, width, over="step", causal=False, bias=True):
    if over == "mean":
        return {}
    size = {"step": width, "time": time, "flattened": time * width}[over]
    return {"weight": (size, size)} | ({"bias": (size,)} if bias else {})


def mlp(x, p, over="step", expansion=4):
    if over == "time":
        return mlp(x.transpose(1, 2), p).transpose(1, 2)
    hidden = relu(affine(x, p["up.weight"], p["up.bias"]))
    return affine(hidden, p["down.weight"], p["down.bias"])


def mlp_shapes(time, width, over="step", expansion=4):
    size = {"step": width, "time": time}[over]
    hidden = expansion * size
    return {"up.weight": (size, hidden), "up.bias": (hidden,), "down.weight": (hidden, size), "down.bias": (size,)}


def conv(x, p, kernel=3, dilations=(1,), final_relu=False, padding="causal"):
    x = x.transpose(1, 2)  # nn.Conv1d takes (batch, feature, time).
    width = x.shape[1]
    for i, dilation in enumerate(dilations):
        x = relu(x) if i > 0 else x
        reach = (kernel - 1) * dilation
        centred = padding == "centred"
        module = nn.Conv1d(
            width, width, kernel, dilation=dilation, padding=reach // 2 if centred else 0, dtype=torch.float64
        )
        # Ours is (lag, input, output); nn.Conv1d's last tap is the latest step, and it wants (output, input, tap).
        weight = p[f"convs.{i}.weight"].flip(0).permute(2, 1, 0)
        padded = x if centred else F.pad(x, (reach, 0))
        x = functional_call(module, {"weight": weight, "bias": p[f"convs.{i}.bias"]}, (padded,))
    return (relu(x) if final_relu else x).transpose(1, 2)


def conv_shapes(time, width, kernel=3, dilations=(1,), final_relu=False, padding="causal"):
    shapes = {}
    for i in range(len(dilations)):
        shapes |= {f"convs.{i}.weight": (kernel, width, width), f"convs.{i}.bias": (width,)}
    return shapes


def attention(x, p, heads=4, mask="causal", scale="inverse-sqrt", positions="none", base=10000.0):
    batch, time, width = x.shape
    head_width = width // heads
    if positions == "sinusoidal":
        x = x + sinusoids(time, width, base)
    if positions == "learned":
        x = x + p["positions"]

    def project(name):
        return affine(x, p[f"{name}.weight"], p[f"{name}.bias"]).view(batch, time, heads, head_width).transpose(1, 2)

    query, key, value = project("query"), project("key"), project("value")
    if positions == "rotary":
        query, key = rotate(query, base), rotate(key, base)
    # None is PyTorch's own default, 1/√(head width).
    factor = {"inverse-sqrt": None, "inverse": 1 / head_width, "none": 1.0}[scale]
    mixed = F.scaled_dot_product_attention(query, key, value, is_causal=mask == "causal", scale=factor)
    return affine(mixed.transpose(1, 2).reshape(batch, time, width), p["output.weight"], p["output.bias"])


def sinusoids(time, width, base):
    """Vaswani et al. 2017, section 3.5: feature 2i is sin(t / base^(2i/width)), feature 2i + 1 its cosine."""
    table = torch.zeros(time, width, dtype=torch.float64)
    for t in range(time):
        for feature in range(width):
            angle = torch.tensor(t / base ** ((feature - feature % 2) / width), dtype=torch.float64)
            table[t, feature] = angle.sin() if feature % 2 == 0 else angle.cos()
    return table


def rotate(x, base):
    """Su et al. 2021, section 3.2: the pair (a_i, b_i) as a + ib, times e^(i·t·θ_i), θ_i = base^(-2i/width).

    a and b are the halves of the vector, as in GPT-NeoX.
    """
    time, width = x.shape[-2:]
    pairs = torch.view_as_complex(torch.stack(x.chunk(2, dim=-1), dim=-1).contiguous())
    theta = base ** (-torch.arange(0, width, 2, dtype=torch.float64) / width)
    angle = torch.arange(time, dtype=torch.float64).outer(theta)
    turned = torch.view_as_real(pairs * torch.polar(torch.ones_like(angle), angle))
    return torch.cat(turned.unbind(-1), dim=-1)


def attention_shapes(time, width, positions="none", **_):
    shapes = {"positions": (time, width)} if positions == "learned" else {}
    for name in ("query", "key", "value", "output"):
        shapes |= {f"{name}.weight": (width, width), f"{name}.bias": (width,)}
    return shapes


def norm(x, p):
    module = nn.LayerNorm(x.shape[-1], dtype=torch.float64)
    return functional_call(module, {"weight": p["gain"], "bias": p["bias"]}, (x,))


def norm_shapes(time, width):
    return {"gain": (width,), "bias": (width,)}


# Name to (reference, shapes of its parameters).
LAYERS = {
    "linear": (linear, linear_shapes),
    "mlp": (mlp, mlp_shapes),
    "conv": (conv, conv_shapes),
    "attention": (attention, attention_shapes),
    "norm": (norm, norm_shapes),
}


def draw(generator, shapes):
    """Weights of deviation 1/√rows, so that outputs stay near 1; vectors large enough to be missed."""
    parameters = {}
    for name, shape in shapes.items():
        fan_in = shape[0] * shape[1] if len(shape) == 3 else shape[0]
        vector = len(shape) == 1 or name == "positions"
        parameters[name] = normal(
            generator, *shape, deviation=0.5 if vector else fan_in**-0.5, mean=1.0 if name.endswith("gain") else 0.0
        )
    return parameters


def hold_against_multihead_attention():
    """Our use of scaled_dot_product_attention is nn.MultiheadAttention, where that has the option."""
    for heads, mask in [(1, "causal"), (2, "none"), (4, "causal")]:
        generator = stream(f"multi-head {heads} {mask}")
        x = normal(generator, 2, 5, 8)
        p = draw(generator, attention_shapes(5, 8))
        module = nn.MultiheadAttention(8, heads, batch_first=True, dtype=torch.float64)
        names = ("query", "key", "value")
        given = {
            "in_proj_weight": torch.cat([p[f"{name}.weight"].T for name in names]),
            "in_proj_bias": torch.cat([p[f"{name}.bias"] for name in names]),
            "out_proj.weight": p["output.weight"].T,
            "out_proj.bias": p["output.bias"],
        }
        later = torch.ones(5, 5, dtype=torch.bool).triu(1) if mask == "causal" else None
        expected, _ = functional_call(module, given, (x, x, x), {"attn_mask": later, "need_weights": False})
        torch.testing.assert_close(attention(x, p, heads=heads, mask=mask), expected)
