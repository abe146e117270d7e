"""`henrici data`: what it says of a set of which everything is known."""

from dataclasses import replace
from pathlib import Path

import ase.build
import ase.io
import numpy as np
import pytest
from ase import Atoms, units
from ase.calculators.emt import EMT
from ase.calculators.singlepoint import SinglePointCalculator

from trainer.cli import main
from trainer.data.frame import Frame
from trainer.data.store import in_memory
from trainer.data.summary import Summary, summarise


def crystals(count: int = 40) -> list[Atoms]:
    random, frames = np.random.default_rng(0), []
    for k in range(count):
        atoms = ase.build.bulk("Cu", "fcc", a=3.6, cubic=True)
        if k % 2:
            atoms.symbols[0] = "Au"
        atoms.set_cell(atoms.cell @ (np.eye(3) + 0.02 * random.normal(size=(3, 3))), scale_atoms=True)
        atoms.rattle(0.05, rng=random)
        atoms.calc = EMT()
        labels = {"energy": atoms.get_potential_energy(), "forces": atoms.get_forces(), "stress": atoms.get_stress()}
        atoms.calc = SinglePointCalculator(atoms, **labels)
        frames.append(atoms)
    return frames


def test_henrici_data_finds_what_is_wrong(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    frames = crystals()
    frames[7].calc.results["energy"] += 3.0
    twin = frames[5].copy()  # the same crystal, turned, moved, and its atoms in another order
    twin.rotate(30, "z", rotate_cell=True)
    twin.translate([0.3, 0.2, 0.1])
    twin = twin[[1, 0, 2, 3]]
    twin.calc = SinglePointCalculator(twin, energy=frames[5].get_potential_energy())
    lost = Atoms("Cu2", positions=[[0, 0, 0], [0, 0, 9.0]])
    lost.calc = SinglePointCalculator(lost, energy=0.0, forces=np.full((2, 3), 80.0))
    ase.io.write(tmp_path / "a.traj", [*frames, twin, lost])
    assert main(["data", str(tmp_path / "a.traj")]) == 0
    printed = capsys.readouterr().out
    for expected in (
        "frames        42, of 2 to 4 atoms, 166 atoms in all",
        "species       Au Cu",
        "compositions  AuCu3 in 21, Cu4 in 20, Cu2 in 1",
        "labels        energy 42, forces 41, virial 40",
        "near twins    1 frames, e.g. ",
        "large force   138.6 eV/angstrom: ",
        "robust standard deviations off: ",
        "atoms without neighbours within 5.0 angstrom in 1 frames, e.g. ",
        "! a force of 138.6: another force_unit",
    ):
        assert expected in printed
    assert f"off: {tmp_path / 'a.traj'}, frame 7\n" in printed
    assert f"frames, e.g. {tmp_path / 'a.traj'}, frame 41" in printed


def test_wrong_units_are_named_by_the_command_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    frames = crystals()
    for atoms in frames:
        atoms.calc.results["stress"] = -atoms.calc.results["stress"] / units.GPa
    ase.io.write(tmp_path / "a.traj", frames)
    (tmp_path / "in.toml").write_text('[[data]]\ntrain = ["a.traj"]\nstress_unit = "GPa"\n')
    assert main(["data", "--input", str(tmp_path / "in.toml")]) == 0
    assert "! [data]: forces or virials do not belong to the energies." in (first := capsys.readouterr().out)
    assert 'positive_stress = "compression"' in first
    (tmp_path / "in.toml").write_text(
        '[data]\ntrain = ["a.traj"]\nstress_unit = "GPa"\npositive_stress = "compression"\n'
    )
    assert main(["data", str(tmp_path / "a.traj"), "--input", str(tmp_path / "in.toml")]) == 0
    assert "!" not in capsys.readouterr().out
    assert main(["data"]) == 2
    assert "expected files, or --input" in capsys.readouterr().err


def test_numbers_of_the_summary():
    """Two compositions whose energies the fit explains; pressures and volumes in closed form."""

    def frame(n: int, energy: float | None, k: int) -> Frame:
        r = np.arange(3.0 * n).reshape(n, 3) * 0.9
        w = np.diag([0.3, 0.6, 0.9]) * units.GPa
        return Frame(
            ("H",) * n, r, 10.0 * np.eye(3), np.ones(3, bool), energy, r, w, "t", f"f, frame {k}"
        )  # fmt: skip

    frames = in_memory([frame(2, -4.0, 0), frame(3, -6.3, 1), frame(3, -5.7, 2), frame(2, None, 3)])
    s: Summary = summarise(frames, frames)
    assert s.reference["H"] == pytest.approx(-2.0)
    np.testing.assert_allclose(s.energy, [0.0, -0.1, 0.1, np.nan], atol=1e-12)
    np.testing.assert_allclose(s.pressure, 0.6 / 1000, rtol=1e-12)
    np.testing.assert_allclose(s.volume, [500, 1000 / 3, 1000 / 3, 500])
    assert s.shortest == {"H-H": pytest.approx(0.9 * 27**0.5)}
    assert s.duplicates.tolist() == [2, 3]
    assert replace(s, deviation=np.zeros(4)).outliers() == []
