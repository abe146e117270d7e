"""The blocks of a documentation page, and how a reader would follow them: top to bottom, in one folder.

| block                  | what is done with it                                              |
|------------------------|-------------------------------------------------------------------|
| ```toml title="f"      | checked as an input of the command that it is for, written to f   |
| ```lammps title="f"    | written to f                                                      |
| ```python              | run, with the names that the page's earlier blocks defined        |
| ```sh                  | run by bash, which stops at the first command that fails          |
| ```text, ```console    | shown to the reader only                                          |

Long runs are shortened (`shortened`, `small_project`, `small_case`); nothing else is changed.
"""

import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import tomli_w

from bsde.solve.settings import read as read_solve
from kinetic.settings import CaseSettings
from trainer.active.settings import ProjectSettings
from trainer.potentials.settings import PotentialSettings
from trainer.settings import parse

FENCE = re.compile(r'^( *)```(\w+)(?: title="([^"]+)")?\n(.*?)^\1```$', re.MULTILINE | re.DOTALL)
SHORT = [
    (r"(seed in 1 2) 3 4", r"\g<1>"),
    (r"^(steps = )\d+", r"\g<1>4"),
    (r"^(run +)\d+", r"\g<1>4"),
    (r"(\.run\()\d+", r"\g<1>10"),
    (r"(henrici bsde solve [a-z]\S*)(?!.*(feynman|multilevel|picard|sobol))", r"\g<1> --seeds 1 --steps 4"),
    (r"(--dim )\d+", r"\g<1>3"),
    (r"(dim[ =]+)100\b", r"\g<1>3"),
]


class Block(NamedTuple):
    language: str
    title: str
    text: str


def blocks(page: Path) -> list[Block]:
    found = []
    for indent, language, title, text in FENCE.findall(page.read_text(encoding="utf-8")):
        found.append(Block(language, title, re.sub(f"^{indent}", "", text, flags=re.MULTILINE)))
    return found


def shortened(text: str) -> str:
    """The same with a handful of steps wherever a reader would wait for thousands, and two models for four."""
    for pattern, replacement in SHORT:
        text = re.sub(pattern, replacement, text, flags=re.MULTILINE)
    return text


def small_project(table: dict[str, Any]) -> str:
    """An input of `henrici explore` that asks for as little as it can."""
    few = {"models": 2, "first_steps": 4, "steps": 4, "final_steps": 4}
    shape = {"cutoff": 4.0, "channels": 4, "axis": 2, "fitting": [4]}
    stages = [stage | {"walks": 1, "steps": 10, "rounds": 1} for stage in table["stage"]]
    less = {"perturbation": {"count": 4}, "committee": few, "potential": {"power_spectrum": shape}, "stage": stages}
    return tomli_w.dumps(table | less)


def small_case(table: dict[str, Any]) -> str:
    """A case of `henrici kinetic` with few cells, flows and steps."""
    few: dict[str, dict[str, Any]] = {"flow": {"cells": 24}, "solver": {"velocities": 32}}
    if "data" in table:
        few["data"] = {"flows": 4, "cells": 32, "time": 0.1, "batch": 2}
        few["exploration"] = {"committee": 2, "candidates": 2}
    if "closure" in table:
        few["closure"], few["training"] = {"width": 4, "rollout": 1}, {"batch": 2}
    times = [0.01 * (k + 1) for k, _ in enumerate(table.get("times", ()))]
    return tomli_w.dumps(table | {"times": times} | {name: table.get(name, {}) | less for name, less in few.items()})


Read = Callable[[dict[str, Any], str], Any]
Small = Callable[[dict[str, Any]], str]
INPUTS: dict[str, tuple[Read, Small | None]] = {  # by a key that they have, and others not
    "structures": (partial(parse, ProjectSettings), small_project),
    "flow": (partial(parse, CaseSettings), small_case),
    "problem": (read_solve, None),
}


def follow(page: Path) -> None:
    """Do what the page says, in the current folder."""
    names: dict[str, object] = {"__name__": "__main__"}
    for block in blocks(page):
        text = shortened(block.text)
        if block.language == "toml":
            table = tomllib.loads(text)
            key = next((key for key in INPUTS if key in table), "")
            read, small = INPUTS.get(key, (partial(parse, PotentialSettings), None))
            read(table, str(page))
            text = small(table) if small else text
        if block.title:
            Path(block.title).write_text(text)
        if block.language == "python":
            exec(compile(text, str(page), "exec"), names)
        elif block.language == "sh":
            run(text)
        elif block.language not in ("toml", "lammps", "text", "console"):
            raise AssertionError(f"{page}: a block of an unknown language, {block.language!r}")


def run(script: str) -> None:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        env=os.environ | {"PATH": path, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, script + done.stdout[-3000:] + done.stderr[-3000:]
