"""Weights in a row: which matrices can follow one another, which vectors are their biases, what is between them."""

import itertools
from collections.abc import Callable, Iterator, Sequence

import numpy as np

from theory.norms.activations import ACTIVATIONS
from theory.norms.network import Layer
from theory.points import Array

MOST = 50  # orders that are tried
LONGEST = 6  # matrices, beyond which they have to be in their order
NAMES = (("weight", "bias"), ("kernel", "bias"), ("W", "b"), ("w", "b"), ("A", "b"))


def chains(arrays: dict[str, Array]) -> Iterator[tuple[Layer, ...]]:
    """All matrices, as [out, in] or [in, out], in the order in which they were registered first; a vector that is no
    bias may be a last layer with one output."""
    matrices = {name: v for name, v in arrays.items() if v.ndim == 2 and v.size}
    vectors = {name: v.reshape(-1) for name, v in arrays.items() if v.ndim < 2}
    for order in itertools.islice(orders(list(matrices), matrices), MOST):
        yield from layered(order, vectors)


def orders(
    names: list[str], matrices: dict[str, Array], before: tuple[tuple[str, Array], ...] = ()
) -> Iterator[tuple[tuple[str, Array], ...]]:
    if not names:
        if before:
            yield before
        return
    for name in names if len(names) + len(before) <= LONGEST else names[:1]:
        for W in (matrices[name], matrices[name].T):
            if not before or W.shape[1] == len(before[-1][1]):
                yield from orders([other for other in names if other != name], matrices, (*before, (name, W)))


def layered(order: tuple[tuple[str, Array], ...], vectors: dict[str, Array]) -> Iterator[tuple[Layer, ...]]:
    """With biases by name, else by size and order, else 0."""
    left = dict(vectors)
    named = [bias_name(name, len(W), left) for name, W in order]
    for name in named:
        left.pop(name, None)
    layers = tuple(Layer(W, vectors.get(bias, np.zeros(len(W)))) for (_, W), bias in zip(order, named, strict=True))
    for name, v in left.items():
        if len(v) == len(order[-1][1]):
            rest = [u for other, u in left.items() if other != name and len(u) == 1]
            yield (*layers, Layer(v[None], rest[0] if rest else np.zeros(1)))
    yield layers
    if not any(named) and left:
        yield tuple(by_size(order, list(left.values())))


def bias_name(name: str, size: int, vectors: dict[str, Array]) -> str:
    """Of the matrix of this name; "" where there is none."""
    for matrix, vector in NAMES:
        head, found, tail = name.rpartition(matrix)
        other = f"{head}{vector}{tail}"
        if found and len(vectors.get(other, ())) == size:
            return other
    return ""


def by_size(order: tuple[tuple[str, Array], ...], vectors: list[Array]) -> Iterator[Layer]:
    for _, W in order:
        fitting = next((k for k, v in enumerate(vectors) if len(v) == len(W)), None)
        yield Layer(W, np.zeros(len(W)) if fitting is None else vectors.pop(fitting))


def told_apart(layers: Sequence[Layer], h: Array, agrees: Callable[[Array], bool]) -> tuple[str, ...] | None:
    """The activations, one after each hidden layer, with which `layers` make of h [n, d] what `agrees` [n, out]; None
    where none do."""
    t = h @ layers[0].W.T + layers[0].b
    if len(layers) == 1:
        return () if agrees(t) else None
    for name, s in ACTIVATIONS.items():
        rest = told_apart(layers[1:], s.f(t), agrees)
        if rest is not None:
            return (name, *rest)
    return None
