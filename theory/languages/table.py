"""A text as the command shows it."""

import csv
import io
from collections.abc import Sequence

from theory.languages.markov import chain, imbalance
from theory.languages.recurrence import recurrences, score, topicality
from theory.languages.text import Text
from theory.languages.translation import Match, is_topical

SHOWN, POWERS = 30, 5
LARGEST = 100  # patterns of the chain whose balance is measured


def table(text: Text) -> str:
    """Topical words by their score, and the imbalance of the chain of the most frequent words."""
    topical = [p for p in text.patterns if is_topical(p)]
    scored = sorted(((score(recurrences(p), text.length), p) for p in topical), key=lambda pair: -pair[0])
    lines = [
        f"{text.length} letters, {len(text.chapters)} chapters, {len(text.patterns)} word patterns, "
        f"{len(topical)} of them topical",
        f"{'word':20} {'times':>6} {'score':>8} {'delta':>7} {'error':>7}",
    ]
    for value, p in scored[:SHOWN]:
        t = topicality(recurrences(p))
        lines.append(f"{p.name:20} {p.count:6} {value:8.1f} {t.delta:7.3f} {t.error:7.3f}")
    P = chain(text.patterns[:LARGEST], text.length).P
    balance = ", ".join(f"{imbalance(P, k):.2e}" for k in range(1, POWERS + 1))
    lines.append(f"imbalance of P^k, the {len(P)} most frequent, k = 1 to {POWERS}: {balance}")
    return "\n".join(lines)


def dictionary(found: Sequence[Match]) -> bytes:
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(Match._fields)
    writer.writerows([m.first, m.second, f"{m.similarity:.4f}"] for m in found)
    return stream.getvalue().encode()
