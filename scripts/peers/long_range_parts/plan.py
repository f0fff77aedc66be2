"""What to train, from the committed files of the lab's run alone: settings.toml and scores.csv."""

import csv
import dataclasses
import tomllib


class Refused(Exception):
    """Input that the twin cannot work with; the text names the fix."""


@dataclasses.dataclass(frozen=True)
class Cell:
    """One triple of task, layer and seed, as the lab trained it."""

    task: str
    label: str
    layer: str
    blocks: list  # the options of each block
    settings: dict  # of the task: n, lag, k and the like
    training: dict
    width: int
    seed: int
    parameters: int
    tries: list  # (learning rate, steps done), in order
    accuracy: dict  # what the lab scored on test data, by lag

    @property
    def name(self):
        settings = ", ".join(f"{key} {value}" for key, value in self.settings.items())
        return f"{self.task} ({settings}), {self.label}, seed {self.seed}"

    @property
    def weight(self):
        """A guess at its share of the time, to hand out long cells first."""
        sequences = self.training["batch"] * sum(steps for _, steps in self.tries)
        return sequences * (1 + len(self.blocks) + self.parameters / 1e4)


def read(folder):
    """Every cell of the run whose results are in `folder`."""
    try:
        settings = tomllib.loads((folder / "settings.toml").read_text())
        with open(folder / "scores.csv", newline="") as file:
            rows = [row for row in csv.DictReader(file) if row["layer"]]
    except FileNotFoundError as error:
        raise Refused(f"{error.filename} is not there; name the folder of a finished run with --results") from error
    model = settings["model"]
    if model["mlp"] or model["positions"] != "none":
        raise Refused("the twin knows shells with mlp = false and positions = \"none\" only; name another --results")
    groups = {}
    for row in rows:
        if row["error"]:
            raise Refused(f"{row['label']}, seed {row['seed']} failed in that run; name another --results")
        # In recall-at-lag the rows of one cell differ in their lag.
        lag = row["lag"] if row["task"] == "copy-at-lag" else ""
        key = (row["task"], row["n"], row["k"], lag, row["label"], row["seed"])
        groups.setdefault(key, []).append(row)
    return [_cell(settings, rows) for rows in groups.values()]


def _cell(settings, rows):
    first = rows[0]
    keys = ("n", "lag") if first["task"] == "copy-at-lag" else ("n", "k")
    task = {key: int(first[key]) for key in keys}
    table = _table(settings, first["task"], task)
    training = settings["training"] | table.get("training", {})
    number = {row["metric"]: float(row["value"]) for row in rows if row["split"] != "test"}
    return Cell(
        task=first["task"],
        label=first["label"],
        layer=first["layer"],
        blocks=_blocks(first["options"], int(first["depth"])),
        settings={key: value for key, value in table.items() if key not in ("name", "training", "layers")} | task,
        training=training,
        width=settings["model"]["width"],
        seed=int(first["seed"]),
        parameters=int(first["params"]),
        tries=_tries(training, number),
        accuracy={
            int(row["lag"]): float(row["value"])
            for row in rows
            if (row["metric"], row["split"]) == ("accuracy", "test")
        },
    )


def _table(settings, name, values):
    """The table of a task in settings.toml."""
    for task in settings["tasks"]:
        if task["name"] != name:
            continue
        # A list is an axis of the grid.
        axes = {key: task[key] if isinstance(task[key], list) else [task[key]] for key in values}
        if all(value in axes[key] for key, value in values.items()):
            return task
    raise Refused(f"settings.toml has no task {name} with {values}; is scores.csv of the same run?")


def _tries(training, number):
    """Rates are tried in order until one solves validation; one that does not takes all steps. (One that diverged would
    take fewer, which scores.csv does not tell; in the committed run none did.)"""
    tries = []
    for rate in training["learning_rates"]:
        if number["solved"] and rate == number["learning_rate"]:
            return tries + [(rate, int(number["steps"]))]
        tries.append((rate, training["steps"]))
    return tries


def _blocks(text, depth):
    """`a = 1, b = [2]` for blocks that are alike, else `[a = 1, b = [2]] [a = 2, b = [2]]`."""
    alike = not text.startswith("[")
    parts = [text] * depth if alike else text[1:-1].split("] [")
    return [tomllib.loads(f"options = {{{part}}}")["options"] for part in parts]
