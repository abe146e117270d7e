"""The page of keys of each package is what its code says."""

import importlib
from pathlib import Path

import pytest

from trainer import cli

DOCS = Path(__file__).parents[1] / "docs"


@pytest.mark.parametrize(
    ("name", "module", "page"),
    [
        ("kinetic", "kinetic.commands.kinetic", "case.md"),
        ("bsde", "bsde.command", "pde.md"),
        ("theory", "theory.command", "regression.md"),
    ],
)
def test_the_page_of_keys_is_up_to_date(name: str, module: str, page: str, capsys: pytest.CaptureFixture[str]):
    assert cli.command(name, importlib.import_module(module), ["reference"]) == 0
    assert (DOCS / page).read_text() == capsys.readouterr().out, f"henrici {name} reference > docs/{page}"
