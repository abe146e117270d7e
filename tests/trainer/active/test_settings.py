"""The input of a project: what cannot be is one line."""

import pytest

from trainer.active.settings import ProjectSettings
from trainer.errors import UserError
from trainer.settings import parse

GOOD = {"structures": ["a.cif"], "label": {"calculator": "emt"}, "stage": {}}
NAN = float("nan")


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ({"seed": -1}, r"in\.toml: expected seed >= 0, got -1"),
        (
            {"stage": {"temperatures": [300, NAN]}},
            r"in\.toml\.stage: expected temperatures > 0 and pressures, got .*nan",
        ),
        ({"stage": {"pressures": [NAN]}}, r"in\.toml\.stage: expected temperatures > 0 and pressures, got .*nan"),
        ({"potential": {"training": 3}}, r"potential\.training: expected a table, got 3"),
        ({"potential": {"training": {"steps": 3}}}, "potential: leave out steps, which the project itself decides"),
    ],
)
def test_mistakes_are_named(table: dict[str, object], message: str):
    parse(ProjectSettings, GOOD, "in.toml")
    with pytest.raises(UserError, match=message) as caught:
        parse(ProjectSettings, GOOD | table, "in.toml")
    assert "\n" not in str(caught.value)
