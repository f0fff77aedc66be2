"""Writes the golden numbers: what PyTorch gives, in float64, for the lab's layers and training parts.

Every input is rounded to float32 first. Numbers have nine significant digits. A tensor is
{"shape": [...], "values": [...]}, row-major.

Every file begins {"made_by", "torch", "dtype"}.

crates/layers/<layer>/tests/golden.json, crates/layer/tests/golden.json (norm),
crates/layer-template/tests/golden.json, crates/transformer/tests/golden.json:
  "cases": [{"name", "options" (TOML text), "batch", "time", "width",
             "parameters": {name: tensor}, "x", "d_y", "y", "d_x", "d_parameters": {name: tensor}}]
  d_x and d_parameters are the gradients of sum(d_y * y).

crates/train/tests/golden.json:
  "softmax_cross_entropy": [{"name", "logits" (rows, classes), "targets": [row's class],
                             "loss" (mean over rows), "d_logits" (gradient of loss)}]
  "adamw": [{"name", "beta1", "beta2", "epsilon",
             "parameters": {name: {"weight_decay", "initial": tensor}},
             "steps": [{"learning_rate", "gradients": {name: tensor}, "parameters": {name: tensor, after the step}}]}]
  "clip_by_global_norm": [{"name", "max_norm", "gradients": {name: tensor},
                           "norm" (before), "clipped": {name: tensor}}]
      clipped = gradients * min(1, max_norm / (norm + 1e-6)), the 1e-6 being PyTorch's.
  "schedule": [{"name", "learning_rate" (peak), "warmup_steps", "steps", "floor" (share of the peak),
                "values": [learning rate of step 0, 1, ... steps - 1]}]
      step < warmup_steps: peak * (step + 1) / warmup_steps; after it, with
      progress = (step - warmup_steps) / (steps - warmup_steps):
      peak * (floor + (1 - floor) * (1 + cos(pi * progress)) / 2).
  "embedding": [{"name", "channels": [{"table" (vocabulary, width), "tokens" (batch, time) of integers, "d_table"}],
                 "y" (batch, time, width), "d_y"}]
      y is the sum over channels of the rows looked up; d_table is the gradient of sum(d_y * y).
"""

import argparse
import sys

import cases
import encoder_decoder
import layers
import training
from cases import ROOT
from writing import document


def files():
    """Path from the root to text."""
    for name, folder in cases.FOLDERS.items():
        yield f"{folder}/tests/golden.json", document({"cases": cases.of(name)})
    yield "crates/train/tests/golden.json", document(training.sections())


def main():
    arguments = argparse.ArgumentParser(description="Write every golden.json.")
    arguments.add_argument("--check", action="store_true", help="write nothing; fail if a file differs")
    check = arguments.parse_args().check
    layers.hold_against_multihead_attention()
    encoder_decoder.hold_against_transformer()
    differing = []
    for path, text in files():
        target = ROOT / path
        if check:
            if not target.exists() or target.read_text() != text:
                differing.append(path)
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
        print(f"{path}: {len(text) // 1000} kB")
    if differing:
        sys.exit("differ from what make.py computes: " + ", ".join(differing))


if __name__ == "__main__":
    main()
