"""The model of language at the command line."""

import argparse
from pathlib import Path
from typing import Any


def add_arguments(kinds: Any) -> None:
    """kinds: of argparse's subparsers."""
    subject = kinds.add_parser(
        "topics",
        help="what a text is about, by the waiting times of its words alone",
        description="Topical words of a text, its Markov chain of words, and how far that is from detailed balance.",
    )
    subject.add_argument("text", type=Path, help="a book or a long article, plain text in UTF-8 or Latin-1")
    subject.add_argument("--fewest", type=int, default=20, help="times that a word has to come (default: 20)")
    translation = kinds.add_parser(
        "translate",
        help="a dictionary from one book in two languages, without any other",
        description="Words of two translations matched by the spectra of their semantic fields, and the chapters.",
    )
    translation.add_argument("first", type=Path)
    translation.add_argument("second", type=Path)
    translation.add_argument("--fewest", type=int, default=20, help="times that a word has to come (default: 20)")
    translation.add_argument("-o", "--output", type=Path, help="the dictionary as a .csv file, too")


def topics(a: argparse.Namespace) -> int:
    from theory.languages.table import table
    from theory.languages.text import read_text

    print(table(read_text(a.text, a.fewest)))
    return 0


def translate(a: argparse.Namespace) -> int:
    from theory.languages import translation
    from theory.languages.table import dictionary
    from theory.languages.text import read_text
    from trainer.files import writable, write_atomically

    if a.output is not None:
        writable(a.output)
    found = translation.translate(read_text(a.first, a.fewest), read_text(a.second, a.fewest))
    for match in found:
        print(f"{match.first:20} {match.second:20} {match.similarity:.3f}")
    print(f"{len(found)} pairs")
    if a.output is not None:
        write_atomically(a.output, dictionary(found))
    return 0


KINDS = {"topics": topics, "translate": translate}
