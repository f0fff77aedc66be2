"""How each implementation is started, the lab's own among them, and whether it is there."""

import json
import pathlib
import subprocess
import sys

import client

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
LAB = "lab"
PEERS = ["pytorch", "jax", "candle", "burn"]


def target(folder):
    """Where cargo puts what it builds for the project in `folder`."""
    asked = ["cargo", "metadata", "--no-deps", "--format-version", "1", "--manifest-path", folder / "Cargo.toml"]
    return pathlib.Path(json.loads(subprocess.check_output(asked, cwd=folder))["target_directory"])


def lab():
    """Built once, not through `cargo run`: the dev profile is the optimised one."""
    built = subprocess.run(["cargo", "build", "--quiet", "--package", "workloads"], cwd=ROOT)
    if built.returncode != 0:
        raise client.Refused("the lab's own worker does not build; see `cargo build -p workloads`")
    return [target(ROOT) / "debug" / "workloads", "serve"]


def command(peer, python):
    if peer in ("candle", "burn"):
        return [target(HERE / peer) / "release" / f"{peer}-worker"]
    return [python, HERE / {"pytorch": "pytorch.py", "jax": "jax_worker.py"}[peer]]


def found(peers, python):
    """Name to (command, version) of the lab and of every peer that is installed; the others are named once."""
    there = {}
    for name in [LAB, *peers]:
        started = lab() if name == LAB else command(name, python)
        try:
            with client.Worker(started, 1, stderr=subprocess.DEVNULL) as worker:
                there[name] = started, worker.version()
        except client.Gone as reason:
            if name == LAB:
                raise client.Refused(f"the lab's own worker {reason}") from reason
            print(f"{name} is left out: it {reason}; scripts/peers/README.md says how to install it", file=sys.stderr)
    return there
