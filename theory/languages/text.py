"""A text as a stream of word patterns. Time runs in letters: a word begins and ends at offsets of characters."""

import re
from collections import Counter, defaultdict
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from theory.points import Array
from trainer.errors import UserError
from trainer.files import read_bytes

Index = npt.NDArray[np.int64]
WORD = re.compile(r"[^\W\d_]+")  # what stands behind an apostrophe is a short word of its own
HEADING = re.compile(r"(?<=\n\n)[ \t]*(?:\w+\.?[ \t]+)?(?:[IVXLC]+|\d+)\.?(?:[ \t]+\w+\.?)?[ \t]*(?=\n)")
GUTENBERG = re.compile(r"\*\*\* ?START OF.*?\*\*\*(.*)\*\*\* ?END OF", re.DOTALL)
SHORTEST, STEM, FEWEST = 4, 5, 20  # letters of a word; of what stands for it; occurrences of a pattern


@dataclass(frozen=True)
class Pattern:
    """Words with one stem, as one."""

    name: str  # the most frequent of them
    start: Index  # [count] offset of its first letter, increasing
    end: Index  # [count] and behind its last one
    longest: int  # letters of the longest of them

    @property
    def count(self) -> int:
        return len(self.start)


@dataclass(frozen=True)
class Text:
    patterns: tuple[Pattern, ...]  # the most frequent first
    chapters: Index  # offsets of headings
    length: int  # characters

    def counts(self) -> Array:
        """In every chapter, and before the first heading: [patterns, chapters + 1]"""
        edges = np.concatenate([[0], self.chapters, [self.length + 1]])
        return np.array([np.histogram(p.start, edges)[0] for p in self.patterns], dtype=np.float64)


def analysed(text: str, fewest: int = FEWEST) -> Text:
    """Patterns with `fewest` occurrences or more. Words of less than four letters stand for those of grammar and are
    left out; words with the same first five letters are one pattern."""
    text = text.replace("\r\n", "\n")
    found = GUTENBERG.search(text)
    text = found.group(1) if found else text
    places: dict[str, list[tuple[int, int]]] = defaultdict(list)
    forms: dict[str, Counter[str]] = defaultdict(Counter)
    for match in WORD.finditer(text):
        word = match.group().lower()
        if len(word) >= SHORTEST:
            places[word[:STEM]].append(match.span())
            forms[word[:STEM]][word] += 1
    patterns = []
    for stem, spans in places.items():
        if len(spans) >= fewest:
            start, end = np.array(spans, dtype=np.int64).T
            patterns.append(Pattern(forms[stem].most_common(1)[0][0], start, end, max(map(len, forms[stem]))))
    patterns.sort(key=lambda p: (-p.count, p.name))
    chapters = np.array([match.start() for match in HEADING.finditer(text)], dtype=np.int64)
    return Text(tuple(patterns), chapters, len(text))


def read_text(path: Path, fewest: int = FEWEST) -> Text:
    """UTF-8, or else Latin-1. Raises UserError for a file without patterns."""
    content = read_bytes(path)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("latin-1")
    found = analysed(text, fewest)
    if len(found.patterns) < 2:
        raise UserError(
            f"{path}: expected a text with two words or more that come {fewest} times, got {len(text)} letters"
        )
    return found
