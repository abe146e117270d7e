"""Waiting times: how many letters until a word comes again, or another one."""

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from theory.languages.text import Index, Pattern
from theory.points import Array

Waiting = Array  # positive letters, one for each time


class Topicality(NamedTuple):
    """delta = log<L> - gamma - <log L> + 1/(2n): 0 in the mean for words that come at random, with exponential L."""

    delta: float
    error: float  # its standard deviation there
    waits: int  # n

    @property
    def kind(self) -> str:
        """What |delta| > 2 errors says: "topical" words come in clusters, "regular" ones avoid it."""
        if abs(self.delta) <= 2 * self.error:
            return "banal"
        return "topical" if self.delta > 0 else "regular"


def recurrences(pattern: Pattern) -> Waiting:
    """L_ii = start of the next - end of this + 1 - longest, those that are positive."""
    L = pattern.start[1:] - pattern.end[:-1] + 1 - pattern.longest
    return np.asarray(L[L > 0], dtype=np.float64)


def transitions(first: Pattern, second: Pattern) -> Waiting:
    """L_ij: from an occurrence of i to the next of j, with no other of i and j between."""
    if first is second:
        return recurrences(first)
    following = np.searchsorted(second.start, first.start, side="right")
    again = np.append(first.start[1:], np.iinfo(np.int64).max)
    there = following < second.count
    begin, end = second.start[following[there]], first.end[there]
    return waits(begin - end, second, begin < again[there])


def ages(first: Pattern, second: Pattern) -> Waiting:
    """A_ij: from the last i before it to an occurrence of j, for every j."""
    last = np.searchsorted(first.start, second.start) - 1
    return waits(second.start - first.end[last], second, last >= 0)


def waits(gap: Index, second: Pattern, there: npt.NDArray[np.bool_]) -> Waiting:
    L = (gap + 1 - second.longest)[there]
    return np.asarray(L[L > 0], dtype=np.float64)


def score(L: Waiting, length: int) -> float:
    """exp(log length - <log L> - gamma): how often the word would come if it were everywhere as it is in clusters."""
    return math.exp(math.log(length) - float(np.log(L).mean()) - float(np.euler_gamma))


def topicality(L: Waiting) -> Topicality:
    """L: two waits or more. sd = sqrt((pi^2/6 - 1 - 1/(2n)) / n)."""
    n = len(L)
    delta = math.log(L.mean()) - float(np.log(L).mean()) - float(np.euler_gamma) + 1 / (2 * n)
    return Topicality(delta, math.sqrt(max(0.0, math.pi**2 / 6 - 1 - 1 / (2 * n)) / n), n)
