"""The page of keys is what the code says."""

import argparse
from pathlib import Path

import pytest

from bsde.command import add_arguments, run

PAGE = Path(__file__).parents[2] / "docs/pde.md"


def test_the_page_of_keys_is_up_to_date(capsys: pytest.CaptureFixture[str]):
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    assert run(parser.parse_args(["reference"])) == 0
    assert PAGE.read_text() == capsys.readouterr().out, "henrici bsde reference > docs/pde.md"
