"""What comes from files cannot become markup, and numbers read as numbers."""

import math

import pytest

from trainer.report.page import (
    Html,
    document,
    facts,
    figure,
    headline,
    listing,
    number,
    paragraph,
    section,
    table,
    text,
)

HOSTILE = "<script>alert('x')</script>\" onload=\"y\x00\x1b"


def test_everything_is_escaped():
    parts = [
        text(HOSTILE),
        paragraph(HOSTILE, "warning"),
        section(HOSTILE, HOSTILE),
        headline([(HOSTILE,) * 4]),
        facts([(HOSTILE, HOSTILE)]),
        table(HOSTILE, [HOSTILE], [[HOSTILE]]),
        figure(text(HOSTILE), HOSTILE),
        listing(HOSTILE, HOSTILE),
        Html(document(HOSTILE, HOSTILE, HOSTILE, [(HOSTILE, text(HOSTILE))], HOSTILE).decode()),
    ]
    for part in parts:
        assert "<script" not in part
        assert '" onload' not in part
        assert "\x00" not in part
        assert "\x1b" not in part


def test_markup_is_kept():
    assert text(Html("<b>x</b>")) == "<b>x</b>"


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (0.0, "0.00"),
        (74.0, "74.0"),
        (-39.31, "−39.3"),
        (1530.0, "1,530"),
        (0.00057, "0.000570"),
        (5.2e9, "5.20e+09"),
        (math.nan, "–"),
    ],
)
def test_numbers(value: float, written: str):
    assert number(value) == written
