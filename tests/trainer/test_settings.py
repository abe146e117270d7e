"""Input tables: strict, typed, with errors that teach."""

from pathlib import Path

import pytest

from trainer.errors import UserError
from trainer.potentials.settings import PotentialSettings
from trainer.settings import parse, read_toml

GOOD = {"data": {"train": ["a.xyz"]}, "deep_pot_se": {"cutoff": 5}, "training": {"steps": 10}}


def test_defaults_and_conversions():
    settings = parse(PotentialSettings, GOOD, "in.toml")
    assert settings.deep_pot_se.cutoff == 5.0
    assert settings.deep_pot_se.embedding == (25, 50, 100)
    (data,) = settings.data
    assert data.train == ("a.xyz",)
    assert data.validation == 0.1


def test_one_table_or_several():
    tables = [{"train": ["a.xyz"], "weight": 2}, {"train": ["b.xyz"], "stress_unit": "kbar"}]
    settings = parse(PotentialSettings, GOOD | {"data": tables, "reference": {"H": -13}}, "in.toml")
    assert [data.weight for data in settings.data] == [2.0, 1.0]
    assert settings.reference == {"H": -13.0}


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ({"dta": {}}, r"in\.toml: unknown key 'dta'; did you mean 'data'\?"),
        ({"training": {"stepz": 1}}, r"in\.toml\.training: unknown key 'stepz'; did you mean 'steps'\?"),
        ({"training": {"steps": "10"}}, r"training\.steps: expected a whole number, got '10'"),
        ({"training": {"steps": True}}, r"training\.steps: expected a whole number, got True"),
        ({"training": {"steps": 0}}, r"training: expected steps, batch, batch_atoms, report.* >= 1"),
        ({"dtype": "float16"}, r"dtype: expected 'float32' or 'float64', got 'float16'"),
        ({"data": {}}, r"in\.toml\.data: missing key 'train'"),
        ({"data": {"train": "a.xyz"}}, r"data\.train: expected a list of strings, got 'a\.xyz'"),
        ({"data": {"train": ["a"], "validation": 2}}, r"data: expected a fraction between 0 and 1"),
        ({"data": {"train": ["a"], "format": "outcar"}}, r"data: expected one of the formats vasp/outcar, "),
        ({"data": {"train": ["a"], "format": "vasp/outcar", "stress_unit": "kbar"}}, r"leave out stress_unit"),
        ({"data": {"train": ["a"], "weight": 0}}, r"data: expected a weight > 0"),
        ({"data": []}, r"expected a table \[data\], or several"),
        (
            {"data": [{"train": ["a"]}, {"tran": ["a"]}]},
            r"in\.toml\.data\[1\]: unknown key 'tran'; did you mean 'train'",
        ),
        ({"data": {"train": ["a"], "stress_unit": "GP"}}, r"data: expected a unit such as GPa, kbar, .*, got 'GP'"),
        ({"data": {"train": ["a"], "stress_order": "xx yy zz"}}, r"expected an order of six or nine components"),
        ({"species": ["O", "H", "O"]}, r"species: expected elements, each once, got \['O', 'H', 'O'\]"),
        ({"reference": {"H": "a"}}, r"in\.toml\.reference\.H: expected a number, got 'a'"),
        ({"behler_parrinello": {"g2": 1.0}}, r"g2: expected a list of lists of numbers, got 1\.0"),
        ({"deep_pot_se": {"smooth": 9.0}}, r"deep_pot_se: expected 0 <= smooth < cutoff"),
        ({"loss": {"energy": [1.0]}}, r"loss: expected two weights"),
        ({"loss": {"energy": [1.0, float("nan")]}}, r"both > 0 or both 0, got \[1\.0, nan\]"),
    ],
)
def test_mistakes_are_named(table: dict[str, object], message: str):
    with pytest.raises(UserError, match=message) as caught:
        parse(PotentialSettings, GOOD | table, "in.toml")
    assert "\n" not in str(caught.value)


def test_files_that_are_no_toml(tmp_path: Path):
    (tmp_path / "in.toml").write_text("[data\n")
    with pytest.raises(UserError, match=r"in\.toml: not valid TOML"):
        read_toml(tmp_path / "in.toml")
    with pytest.raises(UserError, match="no such file"):
        read_toml(tmp_path / "missing.toml")
