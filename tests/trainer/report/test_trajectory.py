"""The same trajectory gives the same numbers from every kind of file; what cannot be used is one line."""

import warnings
from pathlib import Path

import ase.io
import numpy as np
import pytest
from ase import Atoms
from ase.calculators.singlepoint import SinglePointCalculator
from tolerances import FLOAT64
from trajectories import FRAMES, SYMBOLS, images, write_dump

from trainer.errors import UserError
from trainer.report.analysis import Analysis, analyse
from trainer.report.trajectory import Source


def analysed(source: Source) -> Analysis:
    return analyse(source, source.snapshots(), 6.0)


def assert_same(a: Analysis, b: Analysis, relative: float) -> None:
    assert a.frames == b.frames
    assert a.species == b.species
    assert a.means["density"].mean == pytest.approx(float(b.means["density"].mean), rel=relative)
    for pair, curves in a.pairs.items():
        # rounding moves a pair into the next bin now and then: one in 60 frames
        difference = curves.coordination.mean - b.pairs[pair].coordination.mean
        assert np.abs(difference).max() <= 2.01 / FRAMES / 16
    for species, m in a.mobility.items():
        other = b.mobility[species]
        assert m is not None
        assert other is not None
        assert other.diffusion.mean == pytest.approx(float(m.diffusion.mean), rel=relative)
        assert other.diffusion.error == pytest.approx(float(m.diffusion.error), rel=relative)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("trajectories")
    ase.io.write(folder / "a.traj", images())
    ase.io.write(folder / "unwrapped.traj", images(wrapped=False))
    ase.io.write(folder / "a.xyz", images(), format="extxyz")
    write_dump(folder / "a.lammpstrj", images())
    write_dump(folder / "scaled.dump", images(), "id type xs ys zs")
    write_dump(folder / "nameless", images(wrapped=False), "id mol element xu yu zu")
    return folder


@pytest.mark.parametrize(
    ("name", "options", "relative"),
    [
        ("unwrapped.traj", {}, 1e-6),
        ("a.xyz", {}, 1e-4),  # eight decimals
        ("a.lammpstrj", {}, 1e-4),  # MDAnalysis reads float32
        ("scaled.dump", {"types": ("H", "O")}, 1e-4),
        ("nameless", {}, 1e-4),
    ],
)
def test_every_format_says_the_same(folder: Path, name: str, options: dict[str, tuple[str, ...]], relative: float):
    assert_same(analysed(Source(folder / "a.traj")), analysed(Source(folder / name, **options)), relative)


@pytest.mark.parametrize(("name", "dt", "relative"), [("a.xtc", 25.0, 2e-2), ("a.dcd", None, 1e-4)])
def test_files_without_elements(folder: Path, tmp_path: Path, name: str, dt: float | None, relative: float):
    """The elements come from a structure. XTC has times, and three decimals of nm; times of a DCD are not used."""
    import MDAnalysis

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        universe = MDAnalysis.Universe(str(folder / "a.lammpstrj"), topology_format="LAMMPSDUMP", dt=0.25)
        with MDAnalysis.Writer(str(tmp_path / name), len(SYMBOLS)) as writer:
            for _ in universe.trajectory:
                writer.write(universe.atoms)
    ase.io.write(tmp_path / "a.pdb", images()[0])
    ase.io.write(tmp_path / "a.data", images()[0], format="lammps-data", specorder=["H", "O"], masses=True)
    expected = analysed(Source(folder / "a.traj"))
    for topology, types in (("a.pdb", ()), ("a.data", ()), ("a.data", ("H", "O"))):
        got = analysed(Source(tmp_path / name, topology=tmp_path / topology, types=types))
        assert got.symbols == SYMBOLS
        assert got.frames == FRAMES
        assert got.dt == (None if dt is None else pytest.approx(dt))  # 100 steps of 0.25 ps
        for s, m in expected.mobility.items():
            other = got.mobility[s]
            assert m is not None
            assert other is not None
            assert other.diffusion.mean == pytest.approx(float(m.diffusion.mean), rel=relative)


def test_energy_and_temperature_where_the_file_has_them(tmp_path: Path):
    frames, random = images(), np.random.default_rng(3)
    for atoms in frames:
        atoms.calc = SinglePointCalculator(atoms, energy=random.normal())
        atoms.set_momenta(random.normal(size=(len(atoms), 3)))
    ase.io.write(tmp_path / "a.traj", frames)
    got = analysed(Source(tmp_path / "a.traj", skip=10))
    assert set(got.series) == {"density", "potential energy", "temperature"}
    temperatures = [atoms.get_temperature() for atoms in frames[10:]]
    assert got.series["temperature"] == pytest.approx(temperatures, rel=FLOAT64)
    assert got.frames == FRAMES - 10


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("none.traj", {}, "none.traj: no such file"),
        ("a.traj", {"skip": 55}, "5 frames after 55 that were skipped, expected at least 8"),
        ("scaled.dump", {}, "no elements in it; give that of each atom type by --types"),
        ("scaled.dump", {"types": ("H",)}, "atom types 1 to 2, but --types names 1 elements"),
        ("scaled.dump", {"types": ("H", "Xq")}, "Xq: no such element"),
        ("a.dcd", {}, "name its atoms by --topology"),
        ("a.dcd", {"topology": Path("none.data")}, "none.data: no such file"),
        ("a.dcd", {"topology": Path("a.pdb")}, "MDAnalysis cannot read it"),
        ("a.lammpstrj", {"topology": Path("a.pdb")}, "MDAnalysis cannot read it"),
        ("a.dcd", {"topology": Path("a.data")}, "no masses in it; give the element of each atom type by --types"),
        ("torn.lammpstrj", {}, "MDAnalysis cannot read it"),
        ("molecule.xyz", {}, "expected a cell periodic in all three directions"),
        ("changing.xyz", {}, "frame 30: other atoms than in frame 0"),
        ("noise.xyz", {}, "ase.io cannot read it"),
    ],
)
def test_what_cannot_be_used_is_one_line(
    folder: Path, name: str, options: dict[str, object], message: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(folder)
    frames = images()
    Path("a.dcd").write_bytes(b"not a DCD file")
    Path("a.pdb").write_text("ATOM      1  O   MOL     1       0.000   0.000   0.000  1.00  0.00           O\n")
    ase.io.write("a.data", frames[0], format="lammps-data")
    Path("torn.lammpstrj").write_text("\n".join(Path("a.lammpstrj").read_text().split("\n")[::2]))
    Path("noise.xyz").write_text("3\n\nO 1 2\n")
    ase.io.write("molecule.xyz", Atoms("OH", [[0, 0, 0], [0, 0, 1]]))
    ase.io.write("changing.xyz", [*frames[:30], *(f[::-1] for f in frames[30:])], format="extxyz")
    with pytest.raises(UserError) as caught:
        analysed(Source(Path(name), **options))  # type: ignore[arg-type]
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)
