"""The two tasks, many sequences at a time: the same distribution as the lab's, other random bits."""

import torch


class CopyAtLag:
    """y[t] = x[t - lag], symbols uniform; every step from `lag` on is supervised."""

    def __init__(self, n, lag, vocabulary=8):
        self.n, self.lag, self.classes = n, lag, vocabulary
        self.vocabularies = [vocabulary]
        self.first = lag
        self.lags = [lag]

    def draw(self, count, generator, stratified=False):
        """Tokens, (count, n) for each channel; classes (count, supervised steps); index of the lag of each sequence."""
        tokens = torch.randint(self.classes, (count, self.n), generator=generator)
        return [tokens], tokens[:, : self.n - self.lag], torch.zeros(count, dtype=torch.long)


class RecallAtLag:
    """K steps carry a key and a value, the last step one of the keys; its value is asked for."""

    def __init__(self, n, k, keys=32, values=32):
        self.n, self.k, self.keys, self.classes = n, k, keys, values
        self.vocabularies = [keys + 1, values + 1]  # 0 is the blank
        self.first = n - 1
        self.lags = sorted({round(2 ** (i / 2)) for i in range(64) if round(2 ** (i / 2)) < n - 1} | {n - 1})

    def draw(self, count, generator, stratified=False):
        """As in CopyAtLag. Stratified: equally many targets at each lag, as on validation and test data."""
        # The places of the largest of independent random numbers are a draw without replacement in random order.
        order = torch.rand(count, len(self.lags), generator=generator)
        if stratified:
            sequence = torch.arange(count)
            order[sequence, sequence % len(self.lags)] = 2.0
        chosen = order.topk(self.k).indices
        keys = torch.rand(count, self.keys, generator=generator).topk(self.k).indices
        values = torch.rand(count, self.classes, generator=generator).topk(self.k).indices
        steps = self.n - 1 - torch.tensor(self.lags)[chosen]
        key_tokens = torch.zeros(count, self.n, dtype=torch.long).scatter_(1, steps, keys + 1)
        value_tokens = torch.zeros(count, self.n, dtype=torch.long).scatter_(1, steps, values + 1)
        key_tokens[:, -1] = keys[:, 0] + 1
        return [key_tokens, value_tokens], values[:, :1], chosen[:, 0]


TASKS = {"copy-at-lag": CopyAtLag, "recall-at-lag": RecallAtLag}
