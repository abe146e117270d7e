"""The mlearn sets (Zuo et al. 2020) as extended XYZ: pymatgen's JSON, stresses in kbar with compression positive."""

import json
from pathlib import Path

import ase.io
import numpy as np
from ase import Atoms, units
from ase.calculators.singlepoint import SinglePointCalculator

KBAR = 0.1 * units.GPa


def frames(path: Path) -> list[Atoms]:
    """eV, angstrom, stress in eV/angstrom^3 with tension positive. The order in the file is xx yy zz xy yz xz."""
    out = []
    for number, entry in enumerate(json.loads(path.read_text())):
        structure, labels = entry["structure"], entry["outputs"]
        atoms = Atoms(
            [site["species"][0]["element"] for site in structure["sites"]],
            positions=[site["xyz"] for site in structure["sites"]],
            cell=structure["lattice"]["matrix"],
            pbc=True,
        )
        xx, yy, zz, xy, yz, xz = -KBAR * np.array(labels["virial_stress"])
        atoms.calc = SinglePointCalculator(
            atoms, energy=labels["energy"], forces=labels["forces"], stress=np.array([xx, yy, zz, yz, xz, xy])
        )
        # snapshots of one simulation are correlated; other structures stand alone
        simulated = "Snapshot" in entry["description"]
        atoms.info["trajectory"] = (
            entry["description"].split(" of ", 2)[-1] if simulated else f"{entry['group']} {number}"
        )
        out.append(atoms)
    return out


def convert(element: Path, folder: Path) -> None:
    """element: folder with training.json and test.json -> folder/train.xyz, folder/test.xyz"""
    folder.mkdir(parents=True, exist_ok=True)
    for source, target in (("training", "train"), ("test", "test")):
        ase.io.write(folder / f"{target}.xyz", frames(element / f"{source}.json"))
