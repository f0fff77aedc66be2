"""The cases: which options and shapes, and the numbers of each."""

import importlib.util
import pathlib

import torch

from encoder_decoder import transformer, transformer_shapes
from layers import LAYERS, NearKink, draw
from writing import normal, stream, tensor

FOLDERS = {
    "linear": "crates/layers/linear",
    "mlp": "crates/layers/mlp",
    "conv": "crates/layers/conv",
    "attention": "crates/layers/attention",
    "norm": "crates/layer",
    "transformer": "crates/transformer",
}

REFERENCES = LAYERS | {"transformer": (transformer, transformer_shapes)}

# (options, (batch, time, width)). Every value of every option, time 1, odd sizes, and the defaults left out.
CASES = {
    "linear": [
        ({}, (2, 5, 4)),
        ({}, (1, 1, 6)),
        ({"bias": False}, (3, 7, 3)),
        ({"over": "step"}, (2, 3, 8)),
        ({"over": "time"}, (2, 5, 4)),
        ({"over": "time"}, (3, 1, 6)),
        ({"over": "time", "bias": False}, (1, 9, 3)),
        ({"over": "time", "causal": True}, (2, 5, 4)),
        ({"over": "time", "causal": True}, (3, 9, 8)),
        ({"over": "time", "causal": True, "bias": False}, (2, 7, 6)),
        ({"over": "time", "causal": True}, (2, 70, 3)),
        ({"over": "flattened"}, (2, 5, 4)),
        ({"over": "flattened"}, (1, 1, 8)),
        ({"over": "flattened", "bias": False}, (3, 7, 3)),
        ({"over": "mean"}, (2, 5, 4)),
        ({"over": "mean"}, (3, 1, 6)),
        ({"over": "mean", "causal": True}, (2, 7, 3)),
        ({"over": "mean", "causal": True}, (1, 70, 2)),
    ],
    "mlp": [
        ({}, (2, 5, 4)),
        ({}, (1, 1, 6)),
        ({"expansion": 1}, (3, 7, 8)),
        ({"over": "step", "expansion": 2}, (2, 9, 3)),
        ({"over": "time"}, (2, 5, 4)),
        ({"over": "time"}, (3, 1, 6)),
        ({"over": "time", "expansion": 1}, (1, 9, 8)),
        ({"over": "time", "expansion": 2}, (3, 7, 3)),
    ],
    "conv": [
        ({}, (2, 5, 4)),
        ({}, (1, 1, 6)),
        ({"kernel": 1}, (3, 7, 3)),
        ({"kernel": 2}, (2, 5, 8)),
        ({"kernel": 2, "dilations": [1, 3]}, (2, 9, 4)),
        ({"kernel": 2, "dilations": [1, 2, 4]}, (1, 9, 6)),
        ({"kernel": 3, "dilations": [1, 2, 4]}, (2, 9, 4)),
        ({"kernel": 3, "dilations": [3]}, (3, 7, 4)),
        ({"kernel": 3, "dilations": [3]}, (2, 1, 4)),
        ({"kernel": 5}, (2, 7, 4)),
        ({"kernel": 5, "dilations": [1, 3], "padding": "causal"}, (1, 9, 4)),
        ({"padding": "centred"}, (2, 5, 4)),
        ({"padding": "centred"}, (3, 1, 3)),
        ({"kernel": 1, "dilations": [1, 3], "padding": "centred"}, (2, 5, 6)),
        ({"kernel": 3, "dilations": [3], "padding": "centred"}, (3, 7, 4)),
        ({"kernel": 3, "dilations": [1, 2, 4], "padding": "centred"}, (2, 9, 4)),
        ({"kernel": 5, "padding": "centred"}, (1, 9, 8)),
        ({"kernel": 5, "dilations": [1, 3], "padding": "centred"}, (2, 7, 4)),
        ({"final_relu": True}, (2, 5, 4)),
        ({"dilations": [1, 2], "final_relu": True}, (3, 7, 3)),
    ],
    "attention": [
        ({}, (2, 5, 8)),
        ({}, (1, 1, 4)),
        ({"heads": 1}, (3, 7, 4)),
        ({"heads": 1}, (1, 5, 3)),
        ({"heads": 2}, (2, 9, 6)),
        ({"heads": 1, "mask": "none"}, (2, 5, 6)),
        ({"heads": 2, "mask": "none"}, (3, 7, 4)),
        ({"heads": 4, "mask": "none"}, (1, 9, 8)),
        ({"heads": 2, "scale": "inverse"}, (2, 5, 6)),
        ({"heads": 2, "scale": "inverse", "mask": "none"}, (1, 7, 8)),
        ({"heads": 1, "scale": "none"}, (2, 5, 4)),
        ({"heads": 4, "scale": "none", "mask": "none"}, (2, 5, 8)),
        ({"heads": 2, "positions": "sinusoidal"}, (2, 7, 6)),
        ({"heads": 1, "positions": "sinusoidal", "mask": "none", "scale": "inverse"}, (1, 9, 4)),
        ({"heads": 4, "positions": "sinusoidal", "base": 100.0}, (1, 5, 8)),
        ({"heads": 2, "positions": "learned"}, (2, 7, 4)),
        ({"heads": 1, "positions": "learned", "mask": "none", "scale": "none"}, (3, 5, 6)),
        ({"heads": 2, "positions": "learned"}, (2, 1, 4)),
        ({"heads": 1, "positions": "rotary"}, (2, 9, 4)),
        ({"heads": 2, "positions": "rotary"}, (2, 7, 8)),
        ({"heads": 4, "positions": "rotary", "mask": "none"}, (1, 5, 8)),
        ({"heads": 1, "positions": "rotary", "base": 9.0}, (1, 9, 6)),
        ({"heads": 2, "positions": "rotary", "base": 64.5, "scale": "none", "mask": "none"}, (3, 5, 8)),
        ({"heads": 2, "positions": "rotary", "scale": "inverse"}, (2, 1, 4)),
        ({"heads": 32}, (1, 3, 32)),
        # More queries than one block of 64 holds: seams between blocks.
        ({"heads": 2}, (2, 70, 4)),
        ({"heads": 1, "mask": "none", "positions": "rotary"}, (1, 130, 4)),
    ],
    "transformer": [
        ({"source": 3}, (1, 5, 4)),
        ({"source": 4, "norm": "post"}, (1, 7, 4)),
        ({"source": 3, "heads": 2, "depth": 1}, (2, 7, 6)),
        ({"source": 4, "heads": 2, "depth": 1, "norm": "post"}, (2, 7, 6)),
        ({"source": 1, "heads": 1, "depth": 1, "expansion": 1}, (2, 2, 4)),
        ({"source": 3, "heads": 1, "depth": 3, "expansion": 1, "norm": "post", "positions": False}, (1, 6, 4)),
        ({"source": 2, "heads": 2, "depth": 1, "expansion": 2, "mask": False}, (2, 6, 4)),
        ({"source": 3, "heads": 2, "depth": 1, "expansion": 2, "mask": False, "norm": "post"}, (1, 5, 4)),
        ({"source": 3, "heads": 1, "depth": 2, "expansion": 1, "residual": False}, (2, 5, 4)),
        ({"source": 2, "heads": 2, "depth": 1, "expansion": 2, "residual": False, "norm": "post"}, (2, 5, 4)),
        ({"source": 4, "heads": 4, "depth": 1, "expansion": 1, "positions": False}, (2, 6, 8)),
        # More target steps than a block of 64 queries holds, and more keys than queries on the other side of it.
        ({"source": 3, "heads": 2, "depth": 1, "expansion": 1}, (1, 70, 4)),
        ({"source": 66, "heads": 1, "depth": 1, "expansion": 1, "norm": "post"}, (1, 70, 4)),
    ],
    "norm": [
        ({}, (2, 5, 4)),
        ({}, (1, 1, 6)),
        ({}, (3, 7, 3)),
        ({}, (2, 9, 17)),
        ({}, (2, 3, 1)),
    ],
}

# Norm only: (name, mean, deviation, step of the grid that x is rounded to, shape). On the grid the sum of a row and,
# at a power of two features, its mean are exact in float32: an error left over is the method's, not the input's.
NORM_DRAWS = [
    ("mean 100", 100.0, 1.0, None, (2, 5, 6)),
    ("mean 10000 on a grid of 1/64", 1e4, 1.0, 1 / 64, (3, 5, 8)),
    ("mean -60000 on a grid of 1/16", -6e4, 2.0, 1 / 16, (1, 7, 4)),
    ("deviation 0.001, so that epsilon counts", 0.0, 1e-3, None, (2, 5, 8)),
    ("deviation 1000", 0.0, 1e3, None, (2, 5, 8)),
]


ROOT = pathlib.Path(__file__).resolve().parents[2]


def bring_their_own():
    """Layers whose folder holds tests/golden.py: CASES, reference(x, p, **options), shapes(time, width, **options)."""
    for path in sorted(ROOT.glob("crates/layers/*/tests/golden.py")) + [ROOT / "crates/layer-template/tests/golden.py"]:
        folder = path.parents[1]
        spec = importlib.util.spec_from_file_location(folder.name.replace("-", "_") + "_golden", path)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        FOLDERS[folder.name] = folder.relative_to(ROOT).as_posix()
        REFERENCES[folder.name] = (module.reference, module.shapes)
        CASES[folder.name] = module.CASES


bring_their_own()


def toml(options):
    """Options as TOML lines."""

    def value(v):
        if isinstance(v, bool):
            return str(v).lower()
        return f'"{v}"' if isinstance(v, str) else str(v)

    return "\n".join(f"{key} = {value(v)}" for key, v in options.items())


def case(layer, name, options, shape, inputs=normal):
    """One case; drawn anew from the same stream while a ReLU stands near its kink."""
    generator = stream(f"{layer}: {name}")
    batch, time, width = shape
    reference, shapes = REFERENCES[layer]
    while True:
        parameters = draw(generator, shapes(time, width, **options))
        x, d_y = inputs(generator, *shape), normal(generator, *shape)
        leaves = [leaf.requires_grad_() for leaf in (x, *parameters.values())]
        try:
            y = reference(x, parameters, **options)
            break
        except NearKink:
            continue
    d_x, *d_parameters = torch.autograd.grad(y, leaves, d_y)
    return {
        "name": name,
        "options": toml(options),
        "batch": batch,
        "time": time,
        "width": width,
        "parameters": {key: tensor(p) for key, p in parameters.items()},
        "x": tensor(x),
        "d_y": tensor(d_y),
        "y": tensor(y),
        "d_x": tensor(d_x),
        "d_parameters": {key: tensor(d) for key, d in zip(parameters, d_parameters)},
    }


def of(layer):
    """Every case of a layer."""
    made = []
    for options, shape in CASES[layer]:
        name = f"{toml(options).replace(chr(10), ', ') or 'defaults'}, shape {shape}"
        made.append(case(layer, name, options, shape))
    for name, mean, deviation, grid, shape in NORM_DRAWS if layer == "norm" else []:

        def inputs(generator, *shape):
            x = normal(generator, *shape, mean=mean, deviation=deviation)
            return x if grid is None else (x / grid).round() * grid

        made.append(case(layer, f"{name}, shape {shape}", {}, shape, inputs))
    return made
