"""Trains one cell: as many steps, validations and test sequences as the lab took for it."""

import math
import time

import torch
import torch.nn.functional as F

from .data import TASKS
from .model import Model

# Sequences of one forward without gradients.
CHUNK = 60


def schedule(training, step):
    """Factor on the peak learning rate: linear warm-up, then a cosine."""
    warmup, last = training["warmup"], training["last_rate"]
    if step < warmup:
        return (step + 1) / warmup
    done = (step - warmup) / max(training["steps"] - warmup, 1)
    return last + (1 - last) * 0.5 * (1 + math.cos(math.pi * done))


@torch.inference_mode()
def evaluate(model, task, data):
    """Accuracy at each lag, and mean loss."""
    tokens, classes, lags = data
    parts = range(0, len(classes), CHUNK)
    logits = torch.cat([model([channel[start : start + CHUNK] for channel in tokens]) for start in parts])
    loss = F.cross_entropy(logits, classes.flatten()).item()
    right = (logits.argmax(1) == classes.flatten()).view(classes.shape).double().mean(1)
    asked = torch.bincount(lags, minlength=len(task.lags))
    accuracy = torch.bincount(lags, weights=right, minlength=len(task.lags)) / asked
    return dict(zip(task.lags, accuracy.tolist())), loss


def fit(cell, task, validation, rate, steps):
    """A model trained for `steps` at one learning rate, and its last scores on validation data."""
    training = cell.training
    batch, every = training["batch"], training["evaluate_every"]
    torch.manual_seed(cell.seed)
    model = Model(cell, task)
    parameters = list(model.parameters())
    optimiser = torch.optim.AdamW(parameters, lr=rate, weight_decay=0.0, fused=True)
    generator = torch.Generator().manual_seed(3 * cell.seed)
    for start in range(0, steps, every):
        count = min(every, steps - start)
        # The data of all steps up to the next validation at once.
        tokens, classes, _ = task.draw(count * batch, generator)
        tokens = [channel.view(count, batch, -1) for channel in tokens]
        classes = classes.reshape(count, -1)
        for step in range(count):
            loss = F.cross_entropy(model([channel[step] for channel in tokens]), classes[step])
            loss.backward()
            torch.nn.utils.clip_grad_norm_(parameters, training["clip"], foreach=True)
            optimiser.param_groups[0]["lr"] = rate * schedule(training, start + step)
            optimiser.step()
            optimiser.zero_grad()
        scores = evaluate(model, task, validation)
    return model, scores


def run(cell):
    """The cell, its scores on test data by lag, the rate that validation picked, and seconds."""
    started = time.perf_counter()
    task = TASKS[cell.task](**cell.settings)
    # Drawn once for the cell; the lab draws it anew at each validation.
    validation = task.draw(
        cell.training["validation"], torch.Generator().manual_seed(3 * cell.seed + 1), stratified=True
    )
    best = None
    for rate, steps in cell.tries:
        model, (accuracy, loss) = fit(cell, task, validation, rate, steps)
        rank = (sum(accuracy.values()), -loss)
        if best is None or rank > best[0]:
            best = (rank, rate, model)
    _, rate, model = best
    test = task.draw(cell.training["test"], torch.Generator().manual_seed(3 * cell.seed + 2), stratified=True)
    accuracy, _ = evaluate(model, task, test)
    return cell, accuracy, rate, time.perf_counter() - started
