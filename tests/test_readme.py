"""What the README shows a user to type is what the program takes."""

import re
import textwrap
import tomllib
from importlib.metadata import entry_points
from pathlib import Path

from trainer.active.settings import ProjectSettings
from trainer.potentials.settings import PotentialSettings
from trainer.settings import parse

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()


def test_its_inputs_are_valid():
    blocks = [textwrap.dedent(block) for block in re.findall(r"(?:^    .*\n)+", README, re.MULTILINE)]
    (project,) = [b for b in blocks if b.startswith("structures")]
    parse(ProjectSettings, tomllib.loads(project), "README.md")
    (block,) = [b for b in blocks if b.startswith("[data]")]
    settings = parse(PotentialSettings, tomllib.loads(block), "README.md")
    assert settings.resolved() == PotentialSettings(data=settings.data).resolved(), (
        "it says that these are the defaults"
    )


def test_its_commands_and_files_exist():
    commands = set(re.findall(r"henrici (train|test|info|export|\w+) (?:\w+\.|run|--)", README))
    assert commands
    assert commands <= {entry.name for entry in entry_points(group="henrici.commands")}
    for target in re.findall(r"\]\(([^)#:]+)\)", README):
        assert (ROOT / target).exists(), target
