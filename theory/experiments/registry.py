"""The experiments by name, as the command takes them."""

from collections.abc import Callable

from theory.experiments.approximation import approximation
from theory.experiments.bounds import bounds
from theory.experiments.curse import curse
from theory.experiments.double_descent import double_descent
from theory.experiments.numerics import numerics
from theory.experiments.regularised import regularised
from theory.experiments.resonance import resonance
from theory.experiments.result import Result

EXPERIMENTS: dict[str, Callable[..., Result]] = {
    "curse": curse,
    "approximation": approximation,
    "double-descent": double_descent,
    "resonance": resonance,
    "regularised": regularised,
    "bounds": bounds,
    "numerics": numerics,
}
