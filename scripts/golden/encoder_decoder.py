"""The encoder and decoder of Vaswani et al. 2017 in PyTorch's own modules, source and target side by side in time."""

import warnings

import torch
from torch import nn
from torch.func import functional_call
from torch.nn import functional as F

import layers
from layers import NearKink, affine
from writing import normal, stream

PARTS = {"encoder": ("self", "mlp"), "decoder": ("self", "cross", "mlp")}
ATTENTION = ("query", "key", "value", "output")


def attend(x, z, p, heads, causal):
    """x asks z."""
    batch, _, width = x.shape

    def project(x, name):
        y = affine(x, p[f"{name}.weight"], p[f"{name}.bias"])
        return y.view(batch, x.shape[1], heads, width // heads).transpose(1, 2)

    query, key, value = project(x, "query"), project(z, "key"), project(z, "value")
    mixed = F.scaled_dot_product_attention(query, key, value, is_causal=causal)
    return affine(mixed.transpose(1, 2).reshape(x.shape), p["output.weight"], p["output.bias"])


def below(p, name):
    """The parameters whose names begin with `name.`, without it."""
    return {key.removeprefix(f"{name}."): value for key, value in p.items() if key.startswith(f"{name}.")}


def transformer(x, p, source, heads=4, depth=2, expansion=4, positions=True, residual=True, mask=True, norm="pre"):
    width = x.shape[-1]

    def sublayer(x, name, inside):
        q = below(p, name)
        if norm == "pre":
            y = inside(layers.norm(x, below(q, "norm")), q)
            return x + y if residual else y
        y = inside(x, q)
        return layers.norm(x + y if residual else y, below(q, "norm"))

    def last(x, half):
        return layers.norm(x, below(p, f"{half}.norm")) if norm == "pre" else x

    halves = [x[:, :source], x[:, source:]]
    if positions:
        halves = [half + layers.sinusoids(half.shape[1], width, 10000.0) for half in halves]
    memory, y = halves
    for block in range(depth):
        memory = sublayer(memory, f"encoder.{block}.self", lambda x, q: attend(x, x, q, heads, False))
        memory = sublayer(memory, f"encoder.{block}.mlp", layers.mlp)
    memory = last(memory, "encoder")
    for block in range(depth):
        y = sublayer(y, f"decoder.{block}.self", lambda x, q: attend(x, x, q, heads, mask))
        y = sublayer(y, f"decoder.{block}.cross", lambda x, q: attend(x, memory, q, heads, False))
        y = sublayer(y, f"decoder.{block}.mlp", layers.mlp)
    return torch.cat([memory, last(y, "decoder")], dim=1)


def transformer_shapes(time, width, depth=2, expansion=4, norm="pre", **_):
    gains = {"norm.gain": (width,), "norm.bias": (width,)}
    hinge = layers.mlp_shapes(time, width, expansion=expansion)
    match = layers.attention_shapes(time, width)
    shapes = {}
    for half, parts in PARTS.items():
        for block in range(depth):
            for part in parts:
                inside = gains | (hinge if part == "mlp" else match)
                shapes |= {f"{half}.{block}.{part}.{key}": shape for key, shape in inside.items()}
        if norm == "pre":
            shapes |= {f"{half}.{key}": shape for key, shape in gains.items()}
    return shapes


def as_transformer(p, depth):
    """Our parameters under the names of nn.Transformer."""
    given = {}
    for half, parts in PARTS.items():
        for block in range(depth):
            for place, part in enumerate(parts):
                q, theirs = below(p, f"{half}.{block}.{part}"), f"{half}.layers.{block}"
                given[f"{theirs}.norm{place + 1}.weight"] = q["norm.gain"]
                given[f"{theirs}.norm{place + 1}.bias"] = q["norm.bias"]
                if part == "mlp":
                    for name, ours in (("linear1", "up"), ("linear2", "down")):
                        given[f"{theirs}.{name}.weight"] = q[f"{ours}.weight"].T
                        given[f"{theirs}.{name}.bias"] = q[f"{ours}.bias"]
                    continue
                name = f"{theirs}." + {"self": "self_attn", "cross": "multihead_attn"}[part]
                given[f"{name}.in_proj_weight"] = torch.cat([q[f"{key}.weight"].T for key in ATTENTION[:3]])
                given[f"{name}.in_proj_bias"] = torch.cat([q[f"{key}.bias"] for key in ATTENTION[:3]])
                given[f"{name}.out_proj.weight"] = q["output.weight"].T
                given[f"{name}.out_proj.bias"] = q["output.bias"]
        if f"{half}.norm.gain" in p:
            given[f"{half}.norm.weight"], given[f"{half}.norm.bias"] = p[f"{half}.norm.gain"], p[f"{half}.norm.bias"]
    return given


def hold_against_transformer():
    """Written out as above, it is nn.Transformer without dropout, where that has the option."""
    # It says which of its fast paths it does not take.
    warnings.filterwarnings("ignore", message="enable_nested_tensor")
    for source, heads, depth, mask, norm in [
        (3, 2, 2, True, "pre"),
        (4, 4, 1, True, "post"),
        (2, 1, 2, False, "post"),
        (4, 2, 1, False, "pre"),
    ]:
        generator = stream(f"nn.Transformer {source} {heads} {depth} {mask} {norm}")
        options = {"depth": depth, "expansion": 2, "norm": norm}
        module = nn.Transformer(
            8, heads, depth, depth, 16, dropout=0.0, batch_first=True, norm_first=norm == "pre", dtype=torch.float64
        )
        if norm == "post":
            # nn.Transformer has a last norm even here; the paper has none.
            module.encoder.norm = module.decoder.norm = None
        target = 7 - source
        later = torch.ones(target, target, dtype=torch.bool).triu(1) if mask else None
        while True:
            p = layers.draw(generator, transformer_shapes(7, 8, **options))
            x = normal(generator, 2, 7, 8)
            try:
                made = transformer(x, p, source, heads=heads, positions=False, mask=mask, **options)
                break
            except NearKink:
                continue
        given = as_transformer(p, depth)
        assert given.keys() == dict(module.named_parameters()).keys()
        memory = functional_call(module.encoder, below(given, "encoder"), (x[:, :source],))
        decoded = functional_call(module, given, (x[:, :source], x[:, source:]), {"tgt_mask": later})
        torch.testing.assert_close(made, torch.cat([memory, decoded], dim=1))
