"""PyTorch's worker: eager mode, on the CPU, each work in the fastest of the ways that PyTorch offers for it."""

import torch
from torch import nn
from torch.nn import functional as F

import worker
from worker import BATCH, BLOCKS, HEADS, LONG_WIDTH, TIME, VOCABULARY, WIDTH, Cannot


class Linear(nn.Linear):
    def __init__(self, width):
        super().__init__(width, width)


class Mlp(nn.Sequential):
    def __init__(self, width):
        super().__init__(nn.Linear(width, 4 * width), nn.ReLU(inplace=True), nn.Linear(4 * width, width))


class Attention(nn.Module):
    """One product makes queries, keys and values; scaled_dot_product_attention takes PyTorch's flash kernel."""

    def __init__(self, width):
        super().__init__()
        self.inner, self.output = nn.Linear(width, 3 * width), nn.Linear(width, width)

    def forward(self, x):
        batch, time, width = x.shape
        query, key, value = self.inner(x).view(batch, time, 3, HEADS, width // HEADS).permute(2, 0, 3, 1, 4)
        mixed = F.scaled_dot_product_attention(query, key, value, is_causal=True)
        return self.output(mixed.transpose(1, 2).reshape(batch, time, width))


class Conv(nn.Module):
    """A convolution of height 1 in channels-last layout, which is (batch, time, feature): nothing is moved.

    Faster than conv1d on transposed tensors, than a product per tap, and than one product with the taps side by side.
    """

    def __init__(self, width, kernel):
        super().__init__()
        conv = nn.Conv2d(width, width, (1, kernel)).to(memory_format=torch.channels_last)
        self.conv, self.past = conv, kernel - 1

    def forward(self, x):
        padded = F.pad(x, (0, 0, self.past, 0)).transpose(1, 2).unsqueeze(2)
        return self.conv(padded).squeeze(2).transpose(1, 2)


LAYERS = {
    "linear": Linear,
    "mlp": Mlp,
    "conv3": lambda width: Conv(width, 3),
    "conv7": lambda width: Conv(width, 7),
    "attention": Attention,
}


def layer(name, shape, gradients):
    if name not in LAYERS:
        raise Cannot(f"knows no layer {name}")
    made = LAYERS[name](shape[-1])
    if not gradients:
        x = torch.randn(shape)
        return torch.inference_mode()(lambda: made(x))
    x, d_y = torch.randn(shape, requires_grad=True), torch.randn(shape)
    asked = [x, *made.parameters()]
    return lambda: torch.autograd.grad(made(x), asked, d_y)


def long(steps, gradients):
    shape = (1, 1, steps, LONG_WIDTH)
    query, key, value = asked = [torch.randn(shape, requires_grad=gradients) for _ in range(3)]
    d_y = torch.randn(shape)

    def run():
        mixed = F.scaled_dot_product_attention(query, key, value, is_causal=True)
        return torch.autograd.grad(mixed, asked, d_y) if gradients else mixed

    return run


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.norms = nn.ModuleList([nn.LayerNorm(WIDTH), nn.LayerNorm(WIDTH)])
        self.attention = Attention(WIDTH)
        self.mlp = Mlp(WIDTH)

    def forward(self, x):
        x = x + self.attention(self.norms[0](x))
        return x + self.mlp(self.norms[1](x))


def step(**options):
    blocks = [Block() for _ in range(BLOCKS)]
    model = nn.Sequential(
        nn.Embedding(VOCABULARY, WIDTH), *blocks, nn.LayerNorm(WIDTH), nn.Linear(WIDTH, VOCABULARY)
    )
    tokens, targets = torch.randint(VOCABULARY, (2, BATCH, TIME))
    adamw = torch.optim.AdamW(model.parameters(), lr=1e-3, weight_decay=0.01, **options)

    def run():
        adamw.zero_grad()
        F.cross_entropy(model(tokens).flatten(0, 1), targets.flatten()).backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        adamw.step()

    return run


def main():
    torch.set_num_threads(worker.threads())
    torch.manual_seed(0)
    version = torch.__version__.split("+")[0]
    # The fused AdamW is the faster one; `step/eager` has what one gets without asking.
    steps = {"step": lambda: step(fused=True), "step/eager": step}
    worker.serve(f"pytorch {version}", lambda work: worker.prepared(work, steps, layer, long))


if __name__ == "__main__":
    main()
