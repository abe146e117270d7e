"""The reference page is what the code says."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from trainer.commands.reference import text
from trainer.reference import page


def test_the_page_is_up_to_date():
    docs = Path(__file__).parents[2] / "docs"
    for command, name in (("train", "input"), ("explore", "project")):
        assert (docs / f"{name}.md").read_text() == text(command), f"henrici reference {command} > docs/{name}.md"


@dataclass
class Table:
    """A table.

    a, b: two numbers | of a kind
        that <is> stated.
    """

    a: float
    b: int | None = None


@dataclass
class Root:
    """An input.

    word: any.
    """

    table: Table
    word: str = "x"


def test_every_key_has_a_row():
    with pytest.raises(ValueError, match="Root: its docstring has no entry 'table: meaning'"):
        page("Input", Root)
    Root.__doc__ = str(Root.__doc__) + "\n    table: of numbers.\n"
    lines = page("Input", Root).splitlines()
    assert '| `word` | string | `"x"` | any. |' in lines
    assert "| `a` | number | required | two numbers \\| of a kind that &lt;is> stated. |" in lines
    assert "| `b` | whole number |  | two numbers \\| of a kind that &lt;is> stated. |" in lines
    Table.__doc__ = str(Table.__doc__) + "\n    b: once more.\n"
    with pytest.raises(ValueError, match="an entry for b, which is no key or has one already"):
        page("Input", Root)
