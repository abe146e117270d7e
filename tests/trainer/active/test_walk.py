"""Walks of copper whose committee differs by the depth of its wells: eps_i = |F_i| std(depth) / mean(depth)."""

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ase import Atoms
from ase.build import fcc111
from ase.units import GPa, kB
from morse import EDGE, SPRING, D, Morse, copper, write_morse

from ase_calculator import Potential
from trainer.active.jobs import isolated
from trainer.active.settings import StageSettings
from trainer.active.structures import from_json, to_json
from trainer.active.walks import walk
from trainer.errors import UserError
from trainer.settings import resolved

DEPTHS = (D, 0.9 * D, 1.1 * D)  # the first moves the atoms
SPREAD = 0.1 * (2 / 3) ** 0.5  # eps_i / |F_i|


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("a committee")  # a path with a space
    return [write_morse(folder / f"{k}.pt", Morse(depth)) for k, depth in enumerate(DEPTHS)]


def stage(**changes: Any) -> StageSettings:
    return StageSettings(**{"ensemble": "nvt", "strain": 0.0, "steps": 200, "every": 5, "timestep": 4.0} | changes)


def outcome(folder: Path, models: list[Path], atoms: Atoms, settings: StageSettings, **changes: Any) -> dict[str, Any]:
    job = {
        "structure": to_json(atoms),
        "models": [str(model) for model in models],
        "stage": resolved(settings),
        "template": None,
        "temperature": 300.0,
        "pressure": 0.0,
        "seed": 7,
        "lower": 0.08,
        "upper": 0.15,
        "relative": None,
        "virial": None,
        "keep": 10,
        "sample": 3,
        "threads": 1,
    }
    return walk.job(isolated.prepare(folder, job | changes))


def deviations(models: list[Path], table: dict[str, Any]) -> tuple[float, float]:
    """By the ASE calculator: of forces and virial."""
    atoms = from_json(table)
    atoms.calc = Potential(models)
    atoms.get_forces()
    return atoms.calc.results["max_force_deviation"], atoms.calc.results["virial_deviation"].max()


def files(folder: Path) -> dict[str, bytes]:
    return {name: (folder / name).read_bytes() for name in (walk.DEVIATIONS, walk.CANDIDATES, walk.SAMPLE)}


@pytest.mark.parametrize("engine", ["lammps", "ase"])
def test_what_a_walk_brings_home(tmp_path: Path, models: list[Path], engine: str):
    result = outcome(tmp_path, models, copper(), stage(ensemble="npt", engine=engine), pressure=2.0)
    assert result["ended"] == "completed"
    assert result["explored"] == 41
    assert result["steps"] == 200
    assert result["accurate"] + result["candidate"] + result["failed"] == 41
    table = np.load(tmp_path / walk.DEVIATIONS)
    assert table.shape == (41, 2)
    assert table.dtype == np.float32
    inside = (table[:, 0] >= 0.08) & (table[:, 0] < 0.15)
    assert result["candidate"] == inside.sum() > 3
    assert result["failed"] == (table[:, 0] >= 0.15).sum()
    candidates, sample = (walk.structures(tmp_path / name) for name in (walk.CANDIDATES, walk.SAMPLE))
    assert len(candidates) == min(10, result["candidate"])
    assert len(sample) == 3
    for found in candidates + sample:
        info = found["info"]
        assert (info["temperature"], info["pressure"]) == (300.0, 2.0)
        force, virial = deviations(models, found)
        assert info["deviation"] == pytest.approx(force, rel=1e-6)
        assert table[info["step"] // 5] == pytest.approx([force, virial], rel=1e-6)
    assert all(0.08 <= found["info"]["deviation"] < 0.15 for found in candidates)


def test_the_same_job_gives_the_same_bytes(tmp_path: Path, models: list[Path]):
    one, two, other = (tmp_path / name for name in ("one", "two", "other"))
    for folder, seed in ((one, 7), (two, 7), (other, 8)):
        outcome(folder, models, copper(), stage(ensemble="npt"), seed=seed)
    assert files(one) == files(two)
    assert files(one)[walk.DEVIATIONS] != files(other)[walk.DEVIATIONS]


def test_candidates_by_the_virial(tmp_path: Path, models: list[Path]):
    result = outcome(tmp_path, models, copper(), stage(), lower=1.0, upper=2.0, virial=0.002)
    table = np.load(tmp_path / walk.DEVIATIONS)
    assert table[:, 0].max() < 1.0
    assert result["candidate"] == (table[:, 1] > 0.002).sum() > 3
    for found in walk.structures(tmp_path / walk.CANDIDATES):
        assert deviations(models, found)[1] > 0.002


@pytest.mark.parametrize("engine", ["lammps", "ase"])
def test_relative_deviations(tmp_path: Path, models: list[Path], engine: str):
    """SPREAD |F| / (|F| + level) of the atom with the largest force."""
    settings = stage(engine=engine, steps=50)
    outcome(tmp_path, models, copper(rattle=0.1), settings, lower=1e-3, upper=1.0, relative=0.5, keep=11)
    found = walk.structures(tmp_path / walk.CANDIDATES)
    assert len(found) == 11
    for table in found:
        atoms = from_json(table)
        atoms.calc = Potential(models)
        force = np.linalg.norm(atoms.get_forces(), axis=1).max()
        assert table["info"]["deviation"] == pytest.approx(SPREAD * force / (force + 0.5), rel=1e-6)


@pytest.mark.parametrize("rotated", [False, True])
def test_a_structure_comes_back_as_it_was_given(tmp_path: Path, models: list[Path], rotated: bool):
    """Cells that LAMMPS turns, mirrors and tilts; the first look is the start."""
    atoms = copper(rattle=0.1, seed=1)
    atoms.set_cell(np.array([[0, 1, 0], [1, 0, 0], [2, 1, 1]]) @ atoms.cell)  # left-handed, far from upright
    if rotated:
        atoms.rotate(40, (1, 2, 3), rotate_cell=True)
    atoms.wrap()
    outcome(tmp_path, models, atoms, stage(steps=1, every=1), lower=1e-6, upper=10.0)
    first = from_json(walk.structures(tmp_path / walk.CANDIDATES)[0])
    assert first.cell.array == pytest.approx(atoms.cell.array, abs=1e-12)
    apart = first.get_scaled_positions() - atoms.get_scaled_positions()
    assert (apart - apart.round()) == pytest.approx(np.zeros((4, 3)), abs=1e-12)


def test_a_slab_keeps_its_vacuum(tmp_path: Path, models: list[Path]):
    slab = fcc111("Cu", (2, 2, 3), a=EDGE, vacuum=5.0)
    slab = Atoms(slab.symbols, slab.positions, cell=slab.cell)
    slab.rotate(30, "y", rotate_cell=True)
    slab.pbc = (True, True, False)
    result = outcome(tmp_path, models, slab, stage(steps=20, every=1), lower=1e-6, upper=10.0)
    assert result["explored"] == 21
    for found in walk.structures(tmp_path / walk.CANDIDATES):
        assert found["pbc"] == [True, True, False]
        assert np.array(found["cell"]) == pytest.approx(slab.cell.array, abs=1e-9)
        assert deviations(models, found)[0] == pytest.approx(found["info"]["deviation"], rel=1e-6)


@pytest.mark.parametrize("engine", ["lammps", "ase"])
def test_crystals_have_their_temperature(tmp_path: Path, models: list[Path], engine: str):
    """<U> - U_0 = (3 N - 3) kT / 2 of springs, forty times less than at the start."""
    settings = stage(engine=engine, steps=1500, every=20)
    outcome(tmp_path, models, copper(2, rattle=0.1), settings, lower=0.0, upper=10.0, keep=1000, temperature=20.0)
    energies = []
    for found in walk.structures(tmp_path / walk.CANDIDATES)[37:]:
        atoms = from_json(found)
        atoms.calc = Potential(models[0])
        energies.append(atoms.get_potential_energy() + 6 * D * 32)
    assert len(energies) == 39
    assert np.mean(energies) == pytest.approx(93 / 2 * kB * 20.0, rel=0.2), "standard error 6 %"


@pytest.mark.parametrize(
    ("ensemble", "engine"), [("npt", "lammps"), ("npt", "ase"), ("minimize", "lammps"), ("minimize", "ase")]
)
def test_pressure_compresses(tmp_path: Path, models: list[Path], ensemble: str, engine: str):
    """-dV / V = P / B for a small pressure, B = 4 k / 3 edge."""
    minimize = ensemble == "minimize"
    settings = stage(ensemble=ensemble, engine=engine, steps=100 if minimize else 1000, every=1 if minimize else 5)
    outcome(
        tmp_path, models, copper(rattle=0.01), settings, lower=0.0, upper=10.0, keep=1000, temperature=1.0, pressure=0.5
    )
    frames = [from_json(found) for found in walk.structures(tmp_path / walk.CANDIDATES)]
    volumes = [atoms.get_volume() for atoms in (frames[-1:] if minimize else frames[60:])]
    bulk_modulus = 4 * SPRING / (3 * EDGE)
    assert 1 - np.mean(volumes) / EDGE**3 == pytest.approx(0.5 * GPa / bulk_modulus, rel=0.3), "of four swings"


def test_displacements_are_drawn_anew_at_each_look(tmp_path: Path, models: list[Path]):
    settings = stage(ensemble="displace", steps=40, every=1, strain=0.02, displacement=0.1)
    result = outcome(tmp_path, models, copper(2), settings, lower=0.0, upper=10.0, keep=41)
    assert result["explored"] == result["candidate"] == 41
    frames = [from_json(found) for found in walk.structures(tmp_path / walk.CANDIDATES)]
    strains = np.array([atoms.cell / (2 * EDGE) - np.eye(3) for atoms in frames])
    assert 0.018 < np.abs(strains).max() < 0.02
    apart = np.array([atoms.get_scaled_positions() - copper(2).get_scaled_positions() for atoms in frames])
    apart -= apart.round()
    apart -= apart.mean(axis=1, keepdims=True)
    widths = 2 * EDGE * apart.std(axis=(1, 2))
    assert widths.mean() == pytest.approx(0.05, rel=0.25), "uniform in (0, .1): standard error 9 %"
    assert abs(np.corrcoef(widths[1:], widths[:-1])[0, 1]) < 0.3


def test_a_walk_is_cut_where_the_committee_knows_nothing(tmp_path: Path, models: list[Path]):
    atoms = copper()
    atoms.positions[0] += 1.2  # half of the nearest distance
    result = outcome(tmp_path, models, atoms, stage(), lower=0.01, upper=0.02)
    assert result["ended"].startswith("deviation out of bounds at step")
    assert result["explored"] == result["failed"] + result["candidate"] + result["accurate"] < 41
    assert len(np.load(tmp_path / walk.DEVIATIONS)) == result["explored"] > 0


@pytest.mark.parametrize("engine", ["lammps", "ase"])
def test_what_came_before_a_failure_is_used(tmp_path: Path, models: list[Path], engine: str):
    """A time step of 60 fs."""
    settings = stage(timestep=60.0, steps=4000, every=1, engine=engine)
    result = outcome(tmp_path, models, copper(2), settings, lower=1e-9, upper=1e9)
    assert result["ended"] != "completed"
    assert 0 < result["explored"] < 4001
    assert len(walk.structures(tmp_path / walk.CANDIDATES)) == min(10, result["candidate"]) > 0
    assert len(walk.structures(tmp_path / walk.SAMPLE)) == min(3, result["explored"])


def test_a_walk_that_jumps_over_the_candidates_offers_the_best_that_failed(tmp_path: Path, models: list[Path]):
    result = outcome(tmp_path, models, copper(), stage(), lower=0.01, upper=0.03)
    table = np.load(tmp_path / walk.DEVIATIONS)[:, 0]
    assert (result["accurate"], result["candidate"], result["failed"]) == (1, 0, len(table) - 1)
    (found,) = walk.structures(tmp_path / walk.CANDIDATES)
    assert found["info"]["deviation"] == pytest.approx(table[1:].min(), rel=1e-6)


def test_a_template_of_the_users(tmp_path: Path, models: list[Path]):
    template = tmp_path / "my template.in"
    template.write_text("include ${committee}\nfix 1 all move linear 0 0 $(1/dt/v_steps)\nrun ${steps}\n")
    result = outcome(tmp_path / "walk", models, copper(rattle=0.1), stage(), template=str(template), upper=10)
    assert result["ended"] == "completed"
    table = np.load(tmp_path / "walk" / walk.DEVIATIONS)
    assert np.ptp(table, axis=0) == pytest.approx([0, 0], abs=1e-6), "the crystal moved as a whole"
    candidates = walk.structures(tmp_path / "walk" / walk.CANDIDATES)
    assert len({json.dumps(found["positions"]) for found in candidates}) == len(candidates) > 1


WALL = """
include ${committee}
pair_style hybrid/overlay henrici ${models} forces first every ${every} file ${deviations} ${relative} zbl 0.8 2.0
pair_coeff * * henrici ${elements}
pair_coeff * * zbl 29 29
velocity all create ${temperature} ${seed}
fix 1 all nve
run ${steps}
"""
WHOLE = """
units real
boundary p p p
read_data ${data}
pair_style henrici ${models} every ${every} file ${deviations}
pair_coeff * * ${elements}
velocity all create ${temperature} ${seed}
dump 1 all custom ${every} candidates.dump type id vx x y z
dump_modify 1 format float %.17g
timestep $(1000*v_timestep)
fix 1 all nve
run ${steps}
"""


@pytest.mark.parametrize("text", [WALL, WHOLE])
def test_templates_with_forces_and_units_of_their_own(tmp_path: Path, models: list[Path], text: str):
    template = tmp_path / "own.in"
    template.write_text(text)
    walk.check(stage(template="own.in"), tmp_path, [copper()], {"Cu"})
    result = outcome(tmp_path / "walk", models, copper(rattle=0.1), stage(), template=str(template), lower=0, upper=9)
    assert result["ended"] == "completed"
    assert result["candidate"] == 41
    for found in walk.structures(tmp_path / "walk" / walk.CANDIDATES):
        assert deviations(models, found)[0] == pytest.approx(found["info"]["deviation"], rel=1e-6)


def test_an_error_in_a_template_is_told(tmp_path: Path, models: list[Path]):
    template = tmp_path / "bad.in"
    template.write_text("include ${committee}\nfix 1 all nonsense\n")
    result = outcome(tmp_path / "walk", models, copper(), stage(), template=str(template))
    assert result["explored"] == 0
    assert "nonsense" in result["ended"]
    assert np.load(tmp_path / "walk" / walk.DEVIATIONS).shape == (0, 2)


def test_a_molecule_turns_in_a_box_that_follows(tmp_path: Path, models: list[Path]):
    """A flat one: the box is nearly nothing at the start."""
    atoms = Atoms("Cu3", [[0, 0, 0], [2.6, 0, 0], [1.3, 2.25, 0]])
    result = outcome(tmp_path, models, atoms, stage(), lower=0.0, upper=10.0)
    assert result["ended"] == "completed"
    for found in walk.structures(tmp_path / walk.SAMPLE):
        assert (found["cell"], found["pbc"]) == ([[0, 0, 0]] * 3, [False] * 3)
        assert deviations(models, found)[0] == pytest.approx(found["info"]["deviation"], rel=1e-6)


def test_a_full_disk_is_no_end_of_a_walk(tmp_path: Path, models: list[Path]):
    template = tmp_path / "full.in"
    template.write_text("include ${committee}\ndump full all xyz 1 /dev/full\ndump_modify full flush yes\nrun 10\n")
    result = outcome(tmp_path / "walk", models, copper(2), stage(), template=str(template))
    assert result["unavailable"]
    assert "No space left" in result["failed"]
    template.write_text("include ${committee}\nrun 10\n")
    assert outcome(tmp_path / "walk", models, copper(), stage())["explored"] == 3, "it begins anew"


@pytest.mark.parametrize("ensemble", ["npt", "minimize"])
def test_pressure_needs_a_crystal(tmp_path: Path, ensemble: str):
    slab = fcc111("Cu", (2, 2, 3), vacuum=5.0)
    with pytest.raises(UserError, match='take "nvt"'):
        walk.check(stage(ensemble=ensemble), tmp_path, [copper(), slab], {"Cu"})
    walk.check(stage(), tmp_path, [copper(), slab], {"Cu"})


def test_what_cannot_walk_is_refused_at_the_start(tmp_path: Path):
    (tmp_path / "own.in").write_text("units metal\n")
    for settings, expected in [
        (stage(template="nowhere.in"), "no such file"),
        (stage(template="own.in"), "include ${committee}"),
        (stage(composition={"Cu": 0.5, "Au": 0.5}), "walks with Au"),
        (stage(structures=("zinc.xyz",)), "walks with Zn"),
    ]:
        atoms = Atoms("Zn2", [[0, 0, 0], [0, 0, 2]]) if settings.structures else copper()
        with pytest.raises(UserError, match=re.escape(expected)):
            walk.check(settings, tmp_path, [atoms], {"Cu"})
    with pytest.raises(UserError, match="add up to 1"):
        stage(composition={"Cu": 0.5, "Au": 0.6})
    with pytest.raises(UserError, match="template is for LAMMPS"):
        stage(template="own.in", engine="ase")
    with pytest.raises(UserError, match="periodic without a cell vector"):
        walk.check(stage(), tmp_path, [Atoms("Cu2", [[0, 0, 0], [0, 0, 2]], pbc=True)], {"Cu"})
