"""JAX's worker: every work is one compiled function, on the CPU."""

import functools
import os

import worker
from worker import BATCH, BLOCKS, HEADS, LONG_WIDTH, TIME, VOCABULARY, WIDTH, Cannot

THREADS = worker.threads()
# XLA sizes its thread pool by the cores that it may use, and does so once, when it is imported.
os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[-THREADS:])
os.environ["JAX_PLATFORMS"] = "cpu"

import jax  # noqa: E402
from jax import numpy as jnp  # noqa: E402

# On the CPU, attention writes its scores out.
MEMORY = 4 * 2**30
draw = functools.partial(jax.random.normal, dtype=jnp.float32)


def keys(count):
    return jax.random.split(jax.random.key(0), count)


def affine_parameters(key, inputs, outputs):
    return {"weight": draw(key, (inputs, outputs)) / inputs**0.5, "bias": jnp.zeros(outputs)}


def affine(p, x):
    return x @ p["weight"] + p["bias"]


def mlp_parameters(key, width):
    up, down = jax.random.split(key)
    return {"up": affine_parameters(up, width, 4 * width), "down": affine_parameters(down, 4 * width, width)}


def mlp(p, x):
    return affine(p["down"], jax.nn.relu(affine(p["up"], x)))


def conv_parameters(key, width, kernel):
    return {"weight": draw(key, (kernel, width, width)) / width**0.5, "bias": jnp.zeros(width)}


def conv(p, x):
    past = p["weight"].shape[0] - 1
    layout = ("NWC", "WIO", "NWC")
    return jax.lax.conv_general_dilated(x, p["weight"], (1,), [(past, 0)], dimension_numbers=layout) + p["bias"]


def mix(query, key, value):
    """Softmax attention on (batch, time, heads, head width).

    Written out: on a CPU jax.nn.dot_product_attention is as fast with one thread and slower with two.
    """
    time, head_width = query.shape[1], query.shape[3]
    scores = jnp.einsum("bthd,bshd->bhts", query, key) / head_width**0.5
    scores = jnp.where(jnp.tril(jnp.ones((time, time), bool)), scores, -jnp.inf)
    return jnp.einsum("bhts,bshd->bthd", jax.nn.softmax(scores), value)


def attention_parameters(key, width):
    inner, output = jax.random.split(key)
    return {"inner": affine_parameters(inner, width, 3 * width), "output": affine_parameters(output, width, width)}


def attention(p, x):
    batch, time, width = x.shape
    inner = affine(p["inner"], x).reshape(batch, time, 3, HEADS, width // HEADS)
    return affine(p["output"], mix(*jnp.moveaxis(inner, 2, 0)).reshape(batch, time, width))


LAYERS = {
    "linear": (lambda key, width: affine_parameters(key, width, width), affine),
    "mlp": (mlp_parameters, mlp),
    "conv3": (lambda key, width: conv_parameters(key, width, 3), conv),
    "conv7": (lambda key, width: conv_parameters(key, width, 7), conv),
    "attention": (attention_parameters, attention),
}


def refuse_beyond_memory(scores, copies):
    """`copies` is how many tensors of that many scores are alive at once, as measured."""
    needed = 4 * scores * copies
    if needed > MEMORY:
        raise Cannot(f"writes out all scores: {needed / 2**30:.0f} GiB, above the {MEMORY // 2**30} it may have")


def repeatable(function, *inputs):
    return lambda: jax.block_until_ready(function(*inputs))


def layer(name, shape, gradients):
    if name not in LAYERS:
        raise Cannot(f"knows no layer {name}")
    batch, time, width = shape
    if name == "attention":
        refuse_beyond_memory(batch * HEADS * time * time, 5 if gradients else 2)
    make, apply = LAYERS[name]
    for_parameters, for_x, for_d_y = keys(3)
    if not gradients:
        return repeatable(jax.jit(apply), make(for_parameters, width), draw(for_x, shape))

    @jax.jit
    def both(p, x, d_y):
        y, backward = jax.vjp(apply, p, x)
        return y, backward(d_y)

    return repeatable(both, make(for_parameters, width), draw(for_x, shape), draw(for_d_y, shape))


def long(steps, gradients):
    refuse_beyond_memory(steps * steps, 5 if gradients else 2)
    *asked, d_y = [draw(key, (1, steps, 1, LONG_WIDTH)) for key in keys(4)]
    if not gradients:
        return repeatable(jax.jit(mix), *asked)

    @jax.jit
    def both(d_y, *asked):
        y, backward = jax.vjp(mix, *asked)
        return y, backward(d_y)

    return repeatable(both, d_y, *asked)


def norm_parameters():
    return {"gain": jnp.ones(WIDTH), "bias": jnp.zeros(WIDTH)}


def norm(p, x):
    return jax.nn.standardize(x, epsilon=1e-5) * p["gain"] + p["bias"]


def block_parameters(key):
    first, second = jax.random.split(key)
    norms = [norm_parameters(), norm_parameters()]
    return {"norms": norms, "attention": attention_parameters(first, WIDTH), "mlp": mlp_parameters(second, WIDTH)}


def loss(p, tokens, targets):
    x = p["embedding"][tokens]
    for block in p["blocks"]:
        x = x + attention(block["attention"], norm(block["norms"][0], x))
        x = x + mlp(block["mlp"], norm(block["norms"][1], x))
    logits = jax.nn.log_softmax(affine(p["read-out"], norm(p["norm"], x)))
    return -jnp.take_along_axis(logits, targets[..., None], axis=-1).mean()


def adamw(p, gradient, mean, square, count, learning_rate=1e-3, decay=0.01, beta1=0.9, beta2=0.999, epsilon=1e-8):
    mean = beta1 * mean + (1 - beta1) * gradient
    square = beta2 * square + (1 - beta2) * gradient**2
    move = mean / (1 - beta1**count) / (jnp.sqrt(square / (1 - beta2**count)) + epsilon)
    return p - learning_rate * (move + decay * p), mean, square


@functools.partial(jax.jit, donate_argnums=0)
def updated(state, tokens, targets):
    """The next state, written over the last one."""
    count = state["count"] + 1
    parameters, tree = jax.tree.flatten(state["parameters"])
    value, gradients = jax.value_and_grad(loss)(state["parameters"], tokens, targets)
    gradients = jax.tree.leaves(gradients)
    size = jnp.sqrt(sum((gradient**2).sum() for gradient in gradients))
    clipped = [gradient * jnp.minimum(1.0, 1.0 / (size + 1e-6)) for gradient in gradients]
    moved = [adamw(*each, count) for each in zip(parameters, clipped, state["means"], state["squares"], strict=True)]
    parameters, means, squares = (list(part) for part in zip(*moved))
    parameters = jax.tree.unflatten(tree, parameters)
    return {"parameters": parameters, "means": means, "squares": squares, "count": count}, value


def step():
    embedding, read_out, for_tokens, for_targets, *for_blocks = keys(4 + BLOCKS)
    parameters = {
        "embedding": draw(embedding, (VOCABULARY, WIDTH)),
        "blocks": [block_parameters(key) for key in for_blocks],
        "norm": norm_parameters(),
        "read-out": affine_parameters(read_out, WIDTH, VOCABULARY),
    }
    tokens, targets = (jax.random.randint(key, (BATCH, TIME), 0, VOCABULARY) for key in (for_tokens, for_targets))
    means, squares = ([jnp.zeros_like(p) for p in jax.tree.leaves(parameters)] for _ in range(2))
    state = {"parameters": parameters, "means": means, "squares": squares, "count": jnp.zeros((), jnp.float32)}

    def run():
        nonlocal state
        state, value = updated(state, tokens, targets)
        jax.block_until_ready((state, value))

    return run


if __name__ == "__main__":
    worker.serve(f"jax {jax.__version__}", lambda work: worker.prepared(work, {"step": step}, layer, long))
