"""A dictionary from one book in two languages, without any other: words whose fields have the same spectrum."""

import math
from typing import NamedTuple

import numpy as np
from scipy.optimize import linear_sum_assignment

from theory.languages.markov import Chain, chain
from theory.languages.recurrence import recurrences, topicality
from theory.languages.semantics import fingerprint, similarity
from theory.languages.text import Pattern, Text
from theory.points import Array
from trainer.errors import UserError

LEAST = 0.7  # similarity of fingerprints that are matched


class Match(NamedTuple):
    first: str
    second: str
    similarity: float


class Topics(NamedTuple):
    """The topical patterns of a text and what is known of them."""

    patterns: list[Pattern]
    counts: Array  # [N, chapters + 1]
    chain: Chain
    fingerprints: list[Array]


def topics(text: Text) -> Topics:
    """Raises UserError when there are none."""
    kept = [k for k, p in enumerate(text.patterns) if is_topical(p)]
    if not kept:
        raise UserError("expected a text with topical words: all of its words come at random or regularly")
    patterns = [text.patterns[k] for k in kept]
    found = chain(patterns, text.length)
    prints = [fingerprint(found, field, i) for i, field in enumerate(found.fields())]
    return Topics(patterns, text.counts()[kept], found, prints)


def is_topical(pattern: Pattern) -> bool:
    L = recurrences(pattern)
    return len(L) > 1 and topicality(L).kind == "topical"


def translate(one: Text, other: Text) -> list[Match]:
    """One-to-one, with the largest sum of similarities of at least 0.7, among pairs whose counts in the chapters agree;
    the surest first. Raises UserError unless both have the same chapters, two or more."""
    if len(one.chapters) != len(other.chapters) or len(one.chapters) < 2:
        raise UserError(
            f"expected two texts with the same chapters, two or more, got {len(one.chapters)} and "
            f"{len(other.chapters)} headings (a number in a line of its own, with a word at most)"
        )
    a, b = topics(one), topics(other)
    table = np.zeros((len(a.patterns), len(b.patterns)))
    for i, u in enumerate(a.fingerprints):
        for j, v in enumerate(b.fingerprints):
            if agree(a.counts[i, 1:], b.counts[j, 1:]):
                table[i, j] = similarity(u, v)
    table[table < LEAST] = 0.0
    rows, columns = linear_sum_assignment(table, maximize=True)
    pairs = [(i, j) for i, j in zip(rows, columns, strict=True) if table[i, j] > 0]
    found = [Match(a.patterns[i].name, b.patterns[j].name, float(table[i, j])) for i, j in pairs]
    return sorted(found, key=lambda match: -match.similarity)


def agree(u: Array, v: Array) -> bool:
    """s(u, v) >= max(1 - 0.07 sqrt(C), 1 - sqrt(#{both > 0} / sum max)), of the counts in C chapters."""
    most = float(np.maximum(u, v).sum())
    if most == 0:
        return False
    both = int(((u > 0) & (v > 0)).sum())
    return similarity(u, v) >= max(1 - 0.07 * math.sqrt(len(u)), 1 - math.sqrt(both / most))
