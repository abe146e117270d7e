"""Several files: the mean of the models, and how far they disagree, in DeePMD-kit's columns."""

from pathlib import Path

import lammps_boxes
import lammps_toy
import numpy as np
import pytest
from ase import Atoms
from lammps_engine import BIN, KCAL_MOL, Engine, mean, reference, setup, write_data
from numpy.typing import NDArray
from test_lammps_errors import assert_one_line, script
from tolerances import FLOAT64

COLUMNS = ["step", *(f"{which}_devi_{what}" for what in "vf" for which in ("max", "min", "avg"))]
DIGITS = 1e-9  # of model_devi.out


def style(models: list[Path], options: str = "every 1") -> str:
    return " ".join(map(str, models)) + " " + options


def deviations(models: list[Path], atoms: Atoms) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The columns after the step, and epsilon_i = sqrt(<|F_i - <F_i>|^2>) of each atom, in eV and angstrom."""
    results = [reference(path, atoms) for path in models]
    forces = np.array([result.forces for result in results])
    epsilon = np.sqrt(((forces - forces.mean(0)) ** 2).sum(2).mean(0))
    xx, yy, zz, xy, xz, yz = np.array([result.virial for result in results]).std(0) / len(atoms)
    v = np.array([xx, xy, xz, xy, yy, yz, xz, yz, zz])
    row = [v.max(), v.min(), np.sqrt((v**2).mean()), epsilon.max(), epsilon.min(), epsilon.mean()]
    return np.array(row), epsilon


def read(path: Path) -> NDArray[np.float64]:
    return np.loadtxt(path, ndmin=2)


@pytest.mark.parametrize("ranks", [1, 2])
def test_mean_and_deviation(engine: Engine, committee: list[Path], ranks: int) -> None:
    atoms = lammps_boxes.triclinic()
    result = engine.evaluate(style(committee), atoms, ranks)
    result.assert_close(mean([reference(path, atoms) for path in committee]), FLOAT64)
    path = engine.folder / "model_devi.out"
    assert path.read_text().splitlines()[0].split() == ["#", *COLUMNS]
    expected, _ = deviations(committee, atoms)
    assert read(path)[0] == pytest.approx([0, *expected], rel=DIGITS)


@pytest.mark.parametrize(("ranks", "units", "unit"), [(1, "real", KCAL_MOL), (4, "metal", 1.0), (4, "real", KCAL_MOL)])
def test_deviations_inside_lammps(engine: Engine, committee: list[Path], ranks: int, units: str, unit: float) -> None:
    """In the script's units, by compute pair and, of each atom, by fix pair; of four ranks, three are empty."""
    atoms = lammps_boxes.corner()
    write_data(engine.folder / "atoms.data", atoms)
    printed = engine.printed(
        f"""
        {setup(atoms, style(committee), before=f"processors {ranks} 1 1", units=units)}
        compute devi all pair henrici
        fix devi all pair 1 henrici deviation 0
        thermo_style custom step pe c_devi[*]
        dump atoms all custom 1 atoms.dump id f_devi
        dump_modify atoms format float %.17g
        run 0
        print "devi: {" ".join(f"$(c_devi[{c}]:%.17g)" for c in range(1, 7))}"
        """,
        ranks,
    )
    expected, epsilon = deviations(committee, atoms)
    assert printed["devi"] == pytest.approx(expected * unit, rel=FLOAT64)
    assert engine.table()[:, 0] == pytest.approx(epsilon * unit, rel=FLOAT64, abs=FLOAT64)
    assert read(engine.folder / "model_devi.out")[0, 1:] == pytest.approx(expected, rel=DIGITS)  # eV in any units


def test_deviations_of_the_models_own_atoms(engine: Engine, committee: list[Path]) -> None:
    """Under hybrid, atoms of other styles neither count nor have a deviation."""
    atoms = lammps_boxes.triclinic()
    write_data(engine.folder / "atoms.data", atoms)
    pair = f"""pair_style hybrid henrici {style(committee)} zero 5.0
        pair_coeff * * henrici NULL O
        pair_coeff 1 * zero"""
    assert engine(setup(atoms, "", pair=pair) + "run 0", ranks=2).returncode == 0
    expected, _ = deviations(committee, atoms[atoms.symbols == "O"])
    assert read(engine.folder / "model_devi.out")[0, 1:] == pytest.approx(expected, rel=DIGITS)


def test_file_of_a_restarted_run(engine: Engine, committee: list[Path]) -> None:
    """Lines of steps that are computed again are replaced; a torn last line goes; no step comes twice."""
    atoms = lammps_boxes.orthogonal()
    write_data(engine.folder / "atoms.data", atoms)
    start = setup(atoms, style(committee, "every 2 file devi.out")) + "fix 1 all nve\ntimestep 0.0005\n"
    assert engine(start + "run 4\nrun 4\nwrite_restart all.restart\nrun 4").returncode == 0
    whole = read(engine.folder / "devi.out")
    assert whole[:, 0].tolist() == [0, 2, 4, 6, 8, 10, 12]
    with (engine.folder / "devi.out").open("a") as file:
        file.write("          14   1.0")
    again = f"""read_restart all.restart
        pair_style henrici {style(committee, "every 2 file devi.out")}
        pair_coeff * * H O
        fix 1 all nve
        run 6"""
    assert engine(again).returncode == 0
    repeated = read(engine.folder / "devi.out")
    assert repeated[:, 0].tolist() == [0, 2, 4, 6, 8, 10, 12, 14]
    np.testing.assert_allclose(repeated[:7], whole, rtol=1e-7)


def test_the_first_model_moves_the_atoms(engine: Engine, committee: list[Path]) -> None:
    """Others are asked at the steps of the file alone, and the deviation is that of all."""
    atoms = lammps_boxes.triclinic()
    result = engine.evaluate(style(committee, "forces first every 2"), atoms)
    result.assert_close(reference(committee[0], atoms), FLOAT64)
    expected, _ = deviations(committee, atoms)
    assert read(engine.folder / "model_devi.out")[0] == pytest.approx([0, *expected], rel=DIGITS)
    run = "fix 1 all nve\ntimestep 0.0005\nrun 3\n"
    assert engine(setup(atoms, style(committee, "forces first every 2")) + run).returncode == 0
    first = read(engine.folder / "model_devi.out")
    assert first[:, 0].tolist() == [0, 2]
    assert engine(setup(atoms, style(committee, "forces first every 1")) + run).returncode == 0
    np.testing.assert_allclose(read(engine.folder / "model_devi.out")[::2], first, rtol=DIGITS)


@pytest.mark.parametrize("units", ["metal", "real"])
def test_relative_deviations(engine: Engine, committee: list[Path], units: str) -> None:
    """epsilon_i / (|<F_i>| + .7 eV/angstrom) in file, compute pair and fix pair, in any units."""
    atoms = lammps_boxes.triclinic()
    write_data(engine.folder / "atoms.data", atoms)
    printed = engine.printed(
        f"""
        {setup(atoms, style(committee, "forces first every 1 relative 0.7"), units=units)}
        compute devi all pair henrici
        fix devi all pair 1 henrici deviation 0
        thermo_style custom step c_devi[*]
        dump atoms all custom 1 atoms.dump id f_devi
        dump_modify atoms format float %.17g
        run 0
        print "largest: $(c_devi[4]:%.17g)"
        """
    )
    absolute, epsilon = deviations(committee, atoms)
    force = mean([reference(path, atoms) for path in committee]).forces
    relative = epsilon / (np.linalg.norm(force, axis=1) + 0.7)
    assert engine.table()[:, 0] == pytest.approx(relative, rel=FLOAT64 * 1e3)
    row = read(engine.folder / "model_devi.out")[0, 1:]
    assert row == pytest.approx([*absolute[:3], relative.max(), relative.min(), relative.mean()], rel=DIGITS)
    assert printed["largest"] == pytest.approx([relative.max()], rel=DIGITS)
    assert "relative to |F_i| + 0.7 eV/angstrom" in (engine.folder / "model_devi.out").read_text().splitlines()[1]


def test_no_file_on_request(engine: Engine, committee: list[Path]) -> None:
    engine.evaluate(style(committee, "every 0"), lammps_boxes.small())
    assert not (engine.folder / "model_devi.out").exists()


def test_one_model_several_times(engine: Engine, committee: list[Path]) -> None:
    atoms = lammps_boxes.triclinic()
    engine.evaluate(style([committee[0]] * 3), atoms).assert_close(reference(committee[0], atoms), FLOAT64)
    assert np.abs(read(engine.folder / "model_devi.out")).max() < FLOAT64


def test_several_worlds_write_their_own_file(engine: Engine, committee: list[Path]) -> None:
    atoms = lammps_boxes.small()
    write_data(engine.folder / "atoms.data", atoms)
    (engine.folder / "in.lmp").write_text(setup(atoms, style(committee)) + "run 0\n")
    lmp = [str(BIN / "mpiexec"), "-n", "2", str(BIN / "lmp")]
    done = engine.run([*lmp, "-in", "in.lmp", "-partition", "2x1"])
    assert done.returncode == 0, done.stdout + done.stderr
    assert len(read(engine.folder / "model_devi.out.0")) == len(read(engine.folder / "model_devi.out.1")) == 1


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ("{a} {b} every", ["expected a value after every"]),
        ("{a} {b} every -1", ["number of steps after every", "got -1"]),
        ("{a} {b} every 1.5", ["number of steps after every", "got 1.5"]),
        ("{a} {b} every 10 often", ["expected forces, every, file, relative or parameters", "got often"]),
        ("{a} {b} relative 0", ["expected a force > 0", "after relative", "got 0"]),
        ("{a} relative 1", ["two or more model files", "got one"]),
        ("{a} {b} every 1 every 2", ["expected every once"]),
        ("{a} {b} forces best", ["expected forces mean or forces first", "got forces best"]),
        ("{a} {b} forces first every 0", ["every 1 or more with forces first", "got 0"]),
        ("{a} every 10", ["two or more model files", "got one"]),
        ("{a} file x.out", ["two or more model files", "got one"]),
        ("{a} {other}", ["models of the same elements", "got H O in", "and H C in"]),
        ("{a} nowhere.pt", ["cannot read the model file nowhere.pt"]),
        ("{a} {b} every 1 file nowhere/x.out", ["cannot write", "nowhere/x.out", "No such file"]),
        ("{a} {b} every 1 file atoms.data", ["expected deviations of models or no file", "name another with file"]),
    ],
)
def test_wrong_arguments(engine: Engine, committee: list[Path], options: str, expected: list[str]) -> None:
    other = lammps_toy.save(engine.folder / "other.pt", lammps_toy.Toy(), species=["H", "C"])
    (engine.folder / "atoms.data").write_text("not to be lost\n")
    done = engine(script(options.format(a=committee[0], b=committee[1], other=other)))
    assert_one_line(done, *expected)
    assert (engine.folder / "atoms.data").read_text() == "not to be lost\n"


def test_two_committees_cannot_share_a_file(engine: Engine, committee: list[Path]) -> None:
    pair = "hybrid/overlay " + " ".join(f"henrici {style(committee)}" for _ in range(2))
    assert_one_line(
        engine(script(str(committee[0])).replace(f"henrici {committee[0]}", pair)),
        "a file of its own",
        "model_devi.out",
    )


def test_the_last_evaluation_of_a_step_counts(engine: Engine, committee: list[Path]) -> None:
    """fix atom/swap tries energies before the forces of the step: their line is replaced."""
    atoms = lammps_boxes.triclinic()
    write_data(engine.folder / "atoms.data", atoms)
    printed = engine.printed(
        f"""
        {setup(atoms, style(committee))}
        compute devi all pair henrici
        fix 1 all atom/swap 1 5 771 3000 ke no types 1 2
        fix 2 all vector 1 c_devi[4]
        thermo_style custom step c_devi[4]
        run 4
        print "largest: {" ".join(f"$(f_2[{k}]:%.17g)" for k in range(1, 6))}"
        """
    )
    table = read(engine.folder / "model_devi.out")
    assert table[:, 0].tolist() == [0, 1, 2, 3, 4]
    assert table[:, 4] == pytest.approx(printed["largest"], rel=DIGITS)
    assert len(set(printed["largest"])) > 1
