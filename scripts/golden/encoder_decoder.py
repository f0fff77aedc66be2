"""The encoder and decoder of Vaswani et al. 2017 in PyTorch's own modules, source and target side by side in time."""

import torch
from torch import nn
from torch.func import functional_call

from layers import affine, attend, draw, norm, relu, sinusoids
from writing import normal, stream


def transformer(
    x, p, source, heads=4, depth=2, expansion=4, positions=True, residual=True, mask=True, norm_at="pre"
):
    width = x.shape[-1]

    def sublayer(x, name, inside):
        def part(key):
            return {k.removeprefix(f"{name}.{key}"): v for k, v in p.items() if k.startswith(f"{name}.{key}")}

        def f(x):
            return inside(x, part(""))

        gains = part("norm.")
        if norm_at == "pre":
            return x + f(norm(x, gains)) if residual else f(norm(x, gains))
        return norm(x + f(x) if residual else f(x), gains)

    def hinge(x, q):
        return affine(relu(affine(x, q["up.weight"], q["up.bias"])), q["down.weight"], q["down.bias"])

    def last(x, half):
        return norm(x, {k: p[f"{half}.norm.{k}"] for k in ("gain", "bias")}) if norm_at == "pre" else x

    halves = [x[:, :source], x[:, source:]]
    if positions:
        halves = [half + sinusoids(half.shape[1], width, 10000.0) for half in halves]
    memory, y = halves
    for block in range(depth):
        memory = sublayer(memory, f"encoder.{block}.self", lambda x, q: attend(x, x, q, heads, False))
        memory = sublayer(memory, f"encoder.{block}.mlp", hinge)
    memory = last(memory, "encoder")
    for block in range(depth):
        y = sublayer(y, f"decoder.{block}.self", lambda x, q: attend(x, x, q, heads, mask))
        y = sublayer(y, f"decoder.{block}.cross", lambda x, q: attend(x, memory, q, heads, False))
        y = sublayer(y, f"decoder.{block}.mlp", hinge)
    return torch.cat([memory, last(y, "decoder")], dim=1)


def transformer_shapes(time, width, depth=2, expansion=4, norm_at="pre", **_):
    hidden = expansion * width
    gains = {"norm.gain": (width,), "norm.bias": (width,)}
    match = {f"{name}.weight": (width, width) for name in ("query", "key", "value", "output")}
    match |= {f"{name}.bias": (width,) for name in ("query", "key", "value", "output")}
    hinge = {"up.weight": (width, hidden), "up.bias": (hidden,), "down.weight": (hidden, width), "down.bias": (width,)}
    shapes = {}
    for half, parts in (("encoder", ("self", "mlp")), ("decoder", ("self", "cross", "mlp"))):
        for block in range(depth):
            for part in parts:
                inside = gains | (hinge if part == "mlp" else match)
                shapes |= {f"{half}.{block}.{part}.{key}": shape for key, shape in inside.items()}
        if norm_at == "pre":
            shapes |= {f"{half}.{key}": shape for key, shape in gains.items()}
    return shapes


def hold_against_transformer():
    """Written out as above, it is nn.Transformer without dropout, where that has the option."""
    for source, heads, depth, mask, norm_at in [(3, 2, 2, True, "pre"), (4, 4, 1, True, "post"), (2, 1, 2, False, "post")]:
        generator = stream(f"nn.Transformer {source} {heads} {depth} {mask} {norm_at}")
        x = normal(generator, 2, 7, 8)
        options = {"depth": depth, "expansion": 2, "norm_at": norm_at}
        p = draw(generator, transformer_shapes(7, 8, **options))
        module = nn.Transformer(
            8, heads, depth, depth, 16, dropout=0.0, batch_first=True, norm_first=norm_at == "pre", dtype=torch.float64
        )
        if norm_at == "post":
            # nn.Transformer ends in a norm of its own even there; the paper does not.
            module.encoder.norm = module.decoder.norm = None
        given = {}
        for half, parts in (("encoder", ("self", "mlp")), ("decoder", ("self", "cross", "mlp"))):
            for block in range(depth):
                for place, part in enumerate(parts):
                    ours, theirs = f"{half}.{block}.{part}", f"{half}.layers.{block}"
                    given[f"{theirs}.norm{place + 1}.weight"] = p[f"{ours}.norm.gain"]
                    given[f"{theirs}.norm{place + 1}.bias"] = p[f"{ours}.norm.bias"]
                    if part == "mlp":
                        for one, key in (("linear1", "up"), ("linear2", "down")):
                            given[f"{theirs}.{one}.weight"] = p[f"{ours}.{key}.weight"].T
                            given[f"{theirs}.{one}.bias"] = p[f"{ours}.{key}.bias"]
                        continue
                    name = f"{theirs}." + {"self": "self_attn", "cross": "multihead_attn"}[part]
                    names = ("query", "key", "value")
                    given[f"{name}.in_proj_weight"] = torch.cat([p[f"{ours}.{key}.weight"].T for key in names])
                    given[f"{name}.in_proj_bias"] = torch.cat([p[f"{ours}.{key}.bias"] for key in names])
                    given[f"{name}.out_proj.weight"] = p[f"{ours}.output.weight"].T
                    given[f"{name}.out_proj.bias"] = p[f"{ours}.output.bias"]
            if norm_at == "pre":
                given[f"{half}.norm.weight"], given[f"{half}.norm.bias"] = p[f"{half}.norm.gain"], p[f"{half}.norm.bias"]
        target = 7 - source
        later = torch.ones(target, target, dtype=torch.bool).triu(1) if mask else None
        expected = functional_call(module, given, (x[:, :source], x[:, source:]), {"tgt_mask": later})
        made = transformer(x, p, source, heads=heads, positions=False, mask=mask, **options)
        torch.testing.assert_close(made[:, source:], expected)
