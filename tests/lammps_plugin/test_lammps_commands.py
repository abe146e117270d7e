"""Restarts, relaxation, changes of the box and the atoms, analyses: the model's numbers, or a refusal in one line."""

from pathlib import Path

import lammps_boxes
import numpy as np
import pytest
from ase import Atoms
from ase.build import bulk
from ase.filters import FrechetCellFilter
from ase.optimize import BFGS
from lammps_engine import BAR_IN_METAL, Engine, reference, setup, write_data
from test_lammps_errors import ONE_H_ONE_O, assert_one_line, script
from tolerances import FLOAT64

from ase_calculator import Potential

ROUNDING = 1e-8  # after some ten steps of sums in other orders
END = """
    write_dump all custom atoms.dump id type x y z fx fy fz modify format float %.17g
    print "box: $(lx:%.17g) $(ly:%.17g) $(lz:%.17g) $(xlo:%.17g) $(ylo:%.17g) $(zlo:%.17g) $(xy:%.17g)"
    print "energy: $(pe:%.17g)"
    """


def assert_right_at_the_end(engine: Engine, text: str, model: Path, ranks: int, pbc: list[bool]) -> Atoms:
    """Runs a script; energy and forces of the atoms that it ends with are those of the model file."""
    printed = engine.printed(text + END, ranks)
    table, (*edges, x, y, z, xy) = engine.table(), printed["box"]
    symbols = ["H" if kind == 1 else "O" for kind in table[:, 0]]
    cell = np.diag(edges)
    cell[1, 0] = xy
    atoms = Atoms(symbols, positions=table[:, 1:4] - [x, y, z], cell=cell, pbc=pbc)
    expected = reference(model, atoms)
    assert printed["energy"] == pytest.approx(expected.energy, rel=FLOAT64)
    assert np.abs(table[:, 4:] - expected.forces).max() < FLOAT64 * max(1.0, np.abs(expected.forces).max())
    return atoms


@pytest.mark.parametrize("through", ["restart", "data"])
@pytest.mark.parametrize("ranks", [1, 2])
def test_restart_in_the_middle(engine: Engine, committee: list[Path], through: str, ranks: int) -> None:
    """NPT, triclinic: the second half after a restart is that of the uninterrupted run."""
    atoms = lammps_boxes.triclinic()
    write_data(engine.folder / "atoms.data", atoms)
    pair = f"pair_style henrici {committee[0]}\npair_coeff * * H O\n"
    npt = "fix 1 all npt temp 300 300 0.1 tri 0 0 1\n" if through == "restart" else "fix 1 all nve\n"
    start = setup(atoms, committee[0]) + f"velocity all create 300 771\ntimestep 0.0002\n{npt}"
    end = "write_dump all custom atoms.dump id x y z vx vy vz modify format float %.17g"
    save = {"restart": "write_restart half.restart", "data": "write_data half.data"}[through]
    read = {"restart": "read_restart half.restart", "data": "read_data half.data"}[through]
    engine.printed(f"{start}run 10\n{save}\nrun 10\n{end}", ranks)
    whole = engine.table()
    done = engine(f"units metal\n{read}\n{pair}timestep 0.0002\n{npt}run 10\n{end}", ranks)
    assert done.returncode == 0, done.stdout + done.stderr
    difference = np.abs(engine.table() - whole)
    assert difference.max() < ROUNDING * np.abs(whole).max()
    if through == "restart":
        assert_one_line(engine(f"{read}\nrun 1"), "Must re-specify non-restarted pair style (henrici)")


def test_relaxed_box_is_that_of_ase(engine: Engine, models: Path) -> None:
    """fix box/relax to 10 GPa against ASE's cell filter, in a distorted crystal."""
    atoms = bulk("OH", "rocksalt", 3.6, cubic=True)
    atoms.rattle(0.05, seed=1)
    write_data(engine.folder / "atoms.data", atoms)
    relaxed = assert_right_at_the_end(
        engine,
        f"""
        {setup(atoms, models / "toy.pt")}
        fix 1 all box/relax iso 1e5 vmax 0.001
        min_modify line quadratic
        minimize 0 1e-7 2000 4000
        minimize 0 1e-7 2000 4000
        """,
        models / "toy.pt",
        1,
        [True] * 3,
    )
    atoms.calc = Potential(models / "toy.pt")
    pressure = 1e5 / BAR_IN_METAL
    BFGS(FrechetCellFilter(atoms, hydrostatic_strain=True, scalar_pressure=pressure), logfile=None).run(1e-5, 500)
    assert relaxed.get_volume() == pytest.approx(atoms.get_volume(), rel=1e-4)
    assert reference(models / "toy.pt", relaxed).energy == pytest.approx(atoms.get_potential_energy(), rel=1e-6)
    assert -np.trace(atoms.get_stress(voigt=False)) / 3 == pytest.approx(pressure, rel=1e-3)


@pytest.mark.parametrize("ranks", [1, 2])
def test_atoms_and_box_that_change(engine: Engine, models: Path, ranks: int) -> None:
    atoms = lammps_boxes.orthogonal()
    write_data(engine.folder / "atoms.data", atoms)
    text = f"""
        {setup(atoms, models / "toy.pt")}
        timestep 0.0001
        fix 1 all nve
        fix 2 all balance 2 1.0 shift x 5 1.0
        run 4
        region half block 0 4.5 INF INF INF INF
        delete_atoms region half
        run 4
        create_atoms 2 single 1 1 1
        region box block EDGE EDGE EDGE EDGE EDGE EDGE
        fix 3 all deposit 5 1 1 771 region box near 1.2 attempt 100
        run 6
        unfix 2
        unfix 3
        change_box all x final 0 3.1 y final 0 3.3 remap units box
        delete_atoms overlap 0.6 all all
        run 2
        change_box all triclinic
        change_box all xy final 0.7 remap units box
        balance 1.0 shift xyz 5 1.0
        group cold id 1:20
        fix 4 cold setforce NULL NULL NULL
        run 1
        """
    end = assert_right_at_the_end(engine, text, models / "toy.pt", ranks, [True] * 3)
    assert end.cell.lengths()[0] < 4


def test_box_that_shrinks_below_the_cutoff(engine: Engine, models: Path) -> None:
    """Within one run: LAMMPS then finds atoms as several images of themselves."""
    atoms = lammps_boxes.scatter(12, [6.0, 6.0, 6.0], True, seed=3)
    write_data(engine.folder / "atoms.data", atoms)
    text = f"""
        {setup(atoms, models / "toy.pt")}
        fix 1 all deform 1 x final 0 3.5 y final 0 3.5 z final 0 3.5 remap x
        run 20
        unfix 1
        run 0
        """  # fix deform moves the box at the end of a step
    end = assert_right_at_the_end(engine, text, models / "toy.pt", 2, [True] * 3)
    assert end.cell.lengths() == pytest.approx([3.5] * 3)


def test_rerun(engine: Engine, models: Path) -> None:
    atoms = lammps_boxes.orthogonal()
    write_data(engine.folder / "atoms.data", atoms)
    thermo = "thermo 1\ncompute p all pressure NULL pair\nthermo_style custom step pe c_p\n"
    start = setup(atoms, models / "toy.pt") + thermo + "thermo_modify format float %.10g\n"
    done = engine(start + "fix 1 all nve\ndump 1 all custom 1 all.dump id x y z\ntimestep 0.0001\nrun 3\n")
    again = engine(start + "rerun all.dump dump x y z")
    tables = [run.stdout.split("c_p ")[1].split("\n", 1)[1].split("Loop")[0].split() for run in (done, again)]
    first, second = (np.array(table, dtype=float).reshape(4, 3) for table in tables)
    np.testing.assert_allclose(first, second, rtol=1e-3)  # of six digits in the dump


def test_respa_with_the_model_on_one_level(engine: Engine, models: Path) -> None:
    atoms = lammps_boxes.orthogonal()
    write_data(engine.folder / "atoms.data", atoms)
    respa = "timestep 0.0001\nfix 1 all nve\nrun_style respa 2 2 pair 2\nrun 4\n"
    assert_right_at_the_end(engine, setup(atoms, models / "toy.pt") + respa, models / "toy.pt", 1, [True] * 3)


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("fix 1 all nve\nrun_style respa 2 2 inner 1 4.0 5.0 outer 2", "does not support rRESPA"),
        ("compute g all group/group all\nthermo_style custom step c_g", "does not support compute group/group"),
        ("pair_write 1 1 10 r 1.0 2.0 table.txt HH", "does not support pair_write"),
        ("compute p all pair/local eng", "does not support compute pair/local"),
        ("neigh_modify exclude type 1 2", "neigh_modify exclude"),
        ("neigh_modify exclude group all all", "neigh_modify exclude"),
        ("group a type 1\ngroup b type 2\nneigh_modify exclude group a b", "neigh_modify exclude"),
    ],
)
def test_what_is_refused(engine: Engine, models: Path, command: str, expected: str) -> None:
    ranks = 2 if "neigh_modify" in command else 1
    assert_one_line(engine(script(str(models / "toy.pt"), after=f"{command}\nrun 0"), ranks), expected)


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("atom_style charge", "kspace_style ewald 1e-4", "KSpace style is incompatible with Pair style"),
        ("group h empty\natom_modify first h", "neigh_modify include h", "without include"),
    ],
)
def test_what_is_refused_with_other_settings(
    engine: Engine, models: Path, before: str, after: str, expected: str
) -> None:
    text = script(str(models / "toy.pt"), after=f"{after}\nrun 0")
    box, create = "create_box 2 box", "create_box 2 box\n"
    text = (
        text.replace(box, create + before)
        if "group" in before
        else text.replace("units metal", f"units metal\n{before}")
    )
    assert_one_line(engine(text), expected)


def test_exclusions_between_other_atoms(engine: Engine, models: Path) -> None:
    """Of a wall that another style handles, say."""
    pair = f"""{ONE_H_ONE_O}
        create_atoms 2 single 8 6 5
        pair_style hybrid/overlay henrici {models / "toy.pt"} zero 5.0
        pair_coeff * * henrici H NULL
        pair_coeff * * zero
        group o type 2
        neigh_modify exclude type 2 2 exclude group o o
        run 0"""
    done = engine(f"units metal\n{pair}")
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("options", ["tail yes mix arithmetic table 0", "shift yes nofdotr"])
def test_pair_modify_changes_nothing(engine: Engine, models: Path, options: str) -> None:
    atoms = lammps_boxes.triclinic()
    result = engine.evaluate(models / "toy.pt", atoms, after=f"pair_modify {options}")
    result.assert_close(reference(models / "toy.pt", atoms), FLOAT64)
