"""The parts of training in PyTorch: loss, optimiser, clipping, schedule, embedding."""

import math

import torch
from torch.nn import functional as F

from writing import integers, normal, number, single, stream, tensor


def sections():
    """Name of the section to its cases."""
    return {
        "softmax_cross_entropy": [
            cross_entropy("rows", 6, 5),
            cross_entropy("one row", 1, 4),
            cross_entropy("many classes", 3, 33),
            cross_entropy("logits of ±1e4", 4, 3, extremes=True),
        ],
        "adamw": [adamw()],
        "clip_by_global_norm": [clip("above", 1.0, 3.0), clip("below", 5.0, 0.1), clip("all zero", 1.0, 0.0)],
        "schedule": [
            schedule("warm-up, then cosine", 3e-3, 4, 20, 0.1),
            schedule("no warm-up, to zero", 1e-2, 0, 7, 0.0),
            schedule("floor of the peak: constant after warm-up", 1e-3, 3, 8, 1.0),
            schedule("one step", 1e-3, 0, 1, 0.1),
        ],
        "embedding": [embedding("one channel", [5], (2, 7), 4), embedding("sum of two channels", [3, 9], (3, 5), 6)],
    }


def cross_entropy(name, rows, classes, extremes=False):
    generator = stream(f"cross-entropy: {name}")
    logits = normal(generator, rows, classes, deviation=2.0)
    targets = torch.randint(classes, (rows,), generator=generator)
    if extremes:
        # Sure and right, sure and wrong, a tie at the top, and all equally low.
        logits = single(torch.tensor([[1e4, 0, -1e4], [1e4, 0, -1e4], [1e4, 1e4, -1e4], [-1e4, -1e4, -1e4]]).double())
        targets = torch.tensor([0, 2, 1, 0])
    logits.requires_grad_()
    loss = F.cross_entropy(logits, targets)
    (d_logits,) = torch.autograd.grad(loss, logits)
    return {
        "name": name,
        "logits": tensor(logits),
        "targets": targets.tolist(),
        "loss": number(loss.item()),
        "d_logits": tensor(d_logits),
    }


def adamw(beta1=0.9, beta2=0.999, epsilon=1e-8):
    generator = stream("adamw")
    parameters = {"weight": normal(generator, 3, 4), "bias": normal(generator, 5)}
    weight_decay = {"weight": 0.01, "bias": 0.0}
    initial = {
        name: {"weight_decay": weight_decay[name], "initial": tensor(value)} for name, value in parameters.items()
    }
    groups = [{"params": [p], "weight_decay": weight_decay[name]} for name, p in parameters.items()]
    optimiser = torch.optim.AdamW(groups, betas=(beta1, beta2), eps=epsilon)
    steps = []
    # The gradients differ in size by 1e6. The first entry's is always 0: it moves by its decay alone. The second's is
    # as small as epsilon, which is else too small to be seen.
    for rate, deviation in [(1e-3, 1.0), (3e-3, 1e-3), (1e-2, 1e3), (1e-2, 1.0), (5e-3, 1.0), (1e-4, 0.1)]:
        rate = single(torch.tensor(rate, dtype=torch.float64)).item()
        for group in optimiser.param_groups:
            group["lr"] = rate
        for p in parameters.values():
            p.grad = normal(generator, *p.shape, deviation=deviation)
            p.grad.view(-1)[0] = 0.0
            p.grad.view(-1)[1] *= 1e-8
            p.grad = single(p.grad)
        gradients = {name: tensor(p.grad) for name, p in parameters.items()}
        optimiser.step()
        steps.append({
            "learning_rate": number(rate),
            "gradients": gradients,
            "parameters": {name: tensor(p) for name, p in parameters.items()},
        })
    return {
        "name": "six steps, decay on the matrix only",
        "beta1": beta1,
        "beta2": beta2,
        "epsilon": epsilon,
        "parameters": initial,
        "steps": steps,
    }


def clip(name, max_norm, deviation):
    generator = stream(f"clip: {name}")
    parameters = {"weight": torch.zeros(3, 4).double(), "bias": torch.zeros(5).double()}
    for p in parameters.values():
        p.grad = normal(generator, *p.shape, deviation=deviation)
    gradients = {key: tensor(p.grad) for key, p in parameters.items()}
    norm = torch.nn.utils.clip_grad_norm_(parameters.values(), max_norm)
    return {
        "name": name,
        "max_norm": max_norm,
        "gradients": gradients,
        "norm": number(norm.item()),
        "clipped": {key: tensor(p.grad) for key, p in parameters.items()},
    }


def schedule(name, peak, warmup_steps, steps, floor):
    values = []
    for step in range(steps):
        if step < warmup_steps:
            rate = peak * (step + 1) / warmup_steps
        else:
            progress = (step - warmup_steps) / (steps - warmup_steps)
            rate = peak * (floor + (1 - floor) * (1 + math.cos(math.pi * progress)) / 2)
        values.append(number(rate))
    return {
        "name": name,
        "learning_rate": peak,
        "warmup_steps": warmup_steps,
        "steps": steps,
        "floor": floor,
        "values": values,
    }


def embedding(name, vocabularies, shape, width):
    generator = stream(f"embedding: {name}")
    tables = [normal(generator, size, width).requires_grad_() for size in vocabularies]
    # More steps than words: some tokens must repeat. The last word never comes, and its gradient is 0.
    tokens = [torch.randint(size - 1, shape, generator=generator) for size in vocabularies]
    d_y = normal(generator, *shape, width)
    y = sum(F.embedding(t, table) for t, table in zip(tokens, tables))
    d_tables = torch.autograd.grad(y, tables, d_y)
    channels = [
        {"table": tensor(table), "tokens": integers(t), "d_table": tensor(d)}
        for table, t, d in zip(tables, tokens, d_tables)
    ]
    return {"name": name, "channels": channels, "y": tensor(y), "d_y": tensor(d_y)}
