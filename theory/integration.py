"""sup_h |I(h) - I_n(h)|, I(h) = E h(X), I_n(h) = mean_i h(x_i): what n points can be wrong by, over a class."""

import math
from typing import Any

import numpy as np

from theory.classes.ball import Ball
from theory.classes.lipschitz import DENSE
from theory.estimate import Estimate, exactly
from theory.points import Array, checked
from trainer.errors import UserError

REFERENCE = 2000  # points that stand for the cube, where there is no closed form


def integration_error(ball: Ball, x: Any, reference: Any = None, radius: float = 1.0, seed: int = 0) -> Estimate:
    """x: [n, d]; reference: [N, d] independent points of the measure, or None for the uniform one on [0, 1]^d.

    With a reference the upper end is sup |I_N - I_n|: in the mean over references, no less than the truth (Jensen). A
    function that is learned from half of them and tested on the other half is the lower end. Raises UserError
    for bad data or radius, and for points outside of the cube where that is the measure."""
    x = checked(x)
    if not 0 <= radius < math.inf:
        raise UserError(f"expected radius >= 0, got {radius}")
    name = f"sup |I - I_n|, {ball.name} ball"
    if reference is None:
        if x.min() < 0 or x.max() > 1:
            raise UserError("expected points of [0, 1]^d, or a reference sample of their measure")
        closed = ball.cube_error(x)
        if closed is not None:
            return exactly(name, closed, "closed form", ("the measure is uniform on [0, 1]^d",)).scaled(radius)
        reference = np.random.default_rng(seed).random((REFERENCE, x.shape[1]))
    y = checked(reference, "reference")
    if y.shape[1] != x.shape[1]:
        raise UserError(f"reference: expected points in {x.shape[1]} dimensions, got {y.shape[1]}")
    return against(ball, x, y, name).scaled(radius)


def against(ball: Ball, x: Array, y: Array, name: str) -> Estimate:
    """The measure of y in the place of the true one, and a test of the extremal function on fresh points."""
    points, w = signed(x, y)
    high, words = float(ball.supremum(points, w[None]).upper[0]), f"{len(y)} reference points: {ball.method(points)}"
    larger = ball.within(points) if len(points) <= DENSE else None
    if larger is not None and high > (other := float(larger.supremum(points, w[None]).upper[0])):
        high, words = other, f"{words}; the {larger.name} ball, from above"
    low, error = tested(ball, x, y)
    given = (f"the {len(y)} reference points are independent draws of the measure (upper end: in their mean)",)
    return Estimate(name, min(low, high), high, words, error, 0.0, given)


def signed(x: Array, y: Array) -> tuple[Array, Array]:
    """Points and weights of I_N - I_n; x is repeated where all weights then have one size, for an assignment."""
    times = len(y) // len(x) if len(y) % len(x) == 0 else 1
    x = np.repeat(x, times, axis=0)
    w = np.concatenate([np.full(len(x), -1 / len(x)), np.full(len(y), 1 / len(y))])
    return np.concatenate([x, y]), w


def tested(ball: Ball, x: Array, y: Array) -> tuple[float, float]:
    """A function of the ball, by one half of y: its mean over the other half, less its mean over x, and the standard
    error of that; 0 where it is none."""
    half = len(y) // 2
    if half < 2:
        return 0.0, 0.0
    h = ball.witness(*signed(x, y[:half]))
    on_data, fresh = h(x), h(y[half:])
    found = float(fresh.mean() - on_data.mean())
    return (found, float(fresh.std(ddof=1)) / len(fresh) ** 0.5) if found > 0 else (0.0, 0.0)
