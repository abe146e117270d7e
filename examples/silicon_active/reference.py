"""Make reference.json: elastic constants and phonons of silicon from first principles, smeared as labels are, and not.

    python examples/silicon_active/reference.py

Twelve runs of pw.x each; stop it at any time, the same command goes on from what is in --scratch.
"""

import argparse
import json
import os
from collections.abc import Mapping
from itertools import count
from pathlib import Path
from typing import Any

from ase import Atoms
from oracle import labelled
from properties import elastic, phonons

FIXED = {"input_data": {"system": {"occupations": "fixed"}}}  # the crystal is an insulator


def properties(scratch: Path, changes: Mapping[str, Any]) -> dict[str, dict[str, float]]:
    numbers = count()

    def answer(atoms: Atoms) -> Atoms:
        return labelled(atoms, scratch / f"{next(numbers):02d}", changes)

    return {"elastic": elastic(answer), "phonons": phonons(answer)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scratch", type=Path, default=Path("runs/silicon_reference"))
    parser.add_argument("--output", type=Path, default=Path(__file__).with_name("reference.json"))
    args = parser.parse_args()
    os.environ["OMP_NUM_THREADS"] = "1"  # pw.x inherits it
    reference = {
        "smeared": properties(args.scratch / "smeared", {}),
        "fixed": properties(args.scratch / "fixed", FIXED),
    }
    args.output.write_text(json.dumps(reference, indent=2) + "\n")


if __name__ == "__main__":
    main()
