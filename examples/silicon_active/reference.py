"""Make reference.json: elastic constants and phonons of silicon at the settings of project.toml.

    python examples/silicon_active/reference.py

Eleven runs of pw.x; stop it at any time, the same command goes on from what is in --scratch.
"""

import argparse
import json
import os
from itertools import count
from pathlib import Path

from ase import Atoms
from oracle import labelled
from properties import LATTICE, elastic, phonons


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scratch", type=Path, default=Path("runs/silicon_reference"))
    parser.add_argument("--output", type=Path, default=Path(__file__).with_name("reference.json"))
    args = parser.parse_args()
    os.environ["OMP_NUM_THREADS"] = "1"  # pw.x inherits it
    numbers = count()

    def answer(atoms: Atoms) -> Atoms:
        return labelled(atoms, args.scratch / f"{next(numbers):02d}")

    reference = {"lattice": LATTICE, "elastic": elastic(answer), "phonons": phonons(answer)}
    args.output.write_text(json.dumps(reference, indent=2) + "\n")


if __name__ == "__main__":
    main()
