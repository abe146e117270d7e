"""Every door for data gives the same frames; what cannot be used is one line naming file and frame."""

import sys
from pathlib import Path

import ase.io
import dpdata
import numpy as np
import pytest
from ase import Atoms, units
from ase.calculators.singlepoint import SinglePointCalculator
from ase.db import connect

from trainer.data import read as reading
from trainer.data import settings as settings_module
from trainer.data.frame import Frame
from trainer.data.read import collect, parts, split
from trainer.data.settings import DataSettings
from trainer.errors import UserError

BOTH = DataSettings(train=("unused",))


def read(patterns: list[str], settings: DataSettings, folder: Path) -> list[Frame]:
    return list(reading.read(patterns, settings, folder))


def water(seed: int, **labels: object) -> Atoms:
    """Two molecules in a triclinic box, with all labels unless others are given."""
    random = np.random.default_rng(seed)
    cell = [[5.0, 0, 0], [1.0, 6.0, 0], [0, 0.5, 7.0]]
    atoms = Atoms("OH2OH2", positions=random.uniform(0, 5, (6, 3)), cell=cell, pbc=True)
    stress = random.normal(scale=1e-2, size=6)
    results = {"energy": float(random.normal()), "forces": random.normal(size=(6, 3)), "stress": stress} | labels
    atoms.calc = SinglePointCalculator(atoms, **{k: v for k, v in results.items() if v is not None})
    return atoms


def deepmd(folder: Path, frames: list[Atoms], periodic: bool = True) -> Path:
    """The same frames as a DeePMD system in two sets."""
    (folder / "set.000").mkdir(parents=True)
    (folder / "set.001").mkdir()
    (folder / "type_map.raw").write_text("H\nO\n")
    (folder / "type.raw").write_text("\n".join(str("HO".index(s)) for s in frames[0].get_chemical_symbols()))
    if not periodic:
        (folder / "nopbc").touch()
    for k, part in enumerate((frames[:1], frames[1:])):
        if not part:
            continue
        place = folder / f"set.00{k}"
        np.save(place / "coord.npy", np.array([a.positions.ravel() for a in part]))
        np.save(place / "energy.npy", np.array([a.get_potential_energy() for a in part]))
        np.save(place / "force.npy", np.array([a.get_forces().ravel() for a in part]))
        if periodic:
            np.save(place / "box.npy", np.array([a.cell.array.ravel() for a in part]))
            w = np.array([-a.get_volume() * a.get_stress(voigt=False).ravel() for a in part])
            np.save(place / "virial.npy", w)
    return folder


def assert_same(got: list[Frame], expected: list[Frame], relative: float = 1e-7) -> None:
    """relative: extended XYZ keeps eight digits."""
    assert len(got) == len(expected)
    for a, b in zip(got, expected, strict=True):
        assert a.symbols == b.symbols
        assert (a.pbc == b.pbc).all()
        for x, y in (
            (a.positions, b.positions),
            (a.cell, b.cell),
            (a.energy, b.energy),
            (a.forces, b.forces),
            (a.virial, b.virial),
        ):
            np.testing.assert_allclose(x, y, rtol=relative, atol=1e-7)


def test_extended_xyz_ase_db_and_deepmd_agree(tmp_path: Path):
    frames = [water(k) for k in range(3)]
    ase.io.write(tmp_path / "w.xyz", frames)
    ase.io.write(tmp_path / "w.traj", frames)
    with connect(tmp_path / "w.db") as database:
        for atoms in frames:
            database.write(atoms)
    deepmd(tmp_path / "w.deepmd", frames)
    of_xyz = read(["w.xyz"], BOTH, tmp_path)
    np.testing.assert_allclose(of_xyz[0].virial, -frames[0].get_volume() * frames[0].get_stress(voigt=False), rtol=1e-6)
    for name in ("w.traj", "w.db", "w.deepmd", "w.*b"):
        assert_same(read([name], BOTH, tmp_path), of_xyz)


def test_deepmd_without_periodicity(tmp_path: Path):
    frames = read([str(deepmd(tmp_path / "w", [water(0), water(1)], periodic=False))], BOTH, Path())
    assert not frames[0].pbc.any()
    assert frames[0].virial is None


def test_units_and_signs_are_converted_once(tmp_path: Path):
    atoms = water(0)
    expected = read([str(ase_file(tmp_path, "a.traj", atoms))], BOTH, Path())
    other = atoms.copy()
    other.positions /= units.Bohr
    other.cell /= units.Bohr
    other.calc = SinglePointCalculator(
        other,
        energy=atoms.get_potential_energy() / units.Ha,
        forces=atoms.get_forces() / (units.Ha / units.Bohr),
        stress=-atoms.get_stress() / units.GPa * 10,
    )
    settings = DataSettings(
        train=("unused",), energy_unit="Hartree", length_unit="bohr", stress_unit="kbar", positive_stress="compression"
    )
    assert_same(read([str(ase_file(tmp_path, "b.traj", other))], settings, Path()), expected)


def ase_file(folder: Path, name: str, atoms: Atoms) -> Path:
    ase.io.write(folder / name, atoms)
    return folder / name


def test_virial_and_stress_are_checked_against_each_other(tmp_path: Path):
    atoms = water(0)
    atoms.info["virial"] = -atoms.get_volume() * atoms.get_stress(voigt=False)
    path = ase_file(tmp_path, "a.xyz", atoms)
    read([str(path)], BOTH, Path())
    with pytest.raises(UserError, match=r"a\.xyz, frame 0: virial and -V \* stress disagree .* positive_stress"):
        read([str(path)], DataSettings(train=("unused",), positive_stress="compression"), Path())


def test_missing_labels_are_masked_and_named_labels_found(tmp_path: Path):
    atoms = water(0, forces=None, stress=None)
    (frame,) = read([str(ase_file(tmp_path, "a.xyz", atoms))], BOTH, Path())
    assert frame.energy is not None
    assert frame.forces is None
    assert frame.virial is None
    plain = Atoms("H2", positions=[[0, 0, 0], [0, 0, 0.7]], info={"dft": -31.0})
    plain.arrays["dft_forces"] = np.ones((2, 3))
    settings = DataSettings(train=("unused",), energy="dft", forces="dft_forces")
    (frame,) = read([str(ase_file(tmp_path, "b.xyz", plain))], settings, Path())
    assert frame.energy == -31.0
    np.testing.assert_array_equal(frame.forces, np.ones((2, 3)))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda a: a.calc.results.update(energy=np.inf), "energy contains nan or infinity"),
        (lambda a: a.calc.results["forces"].__setitem__((0, 0), np.nan), "forces contain nan or infinity"),
        (lambda a: a.calc.results["forces"].__setitem__((0, 0), np.inf), "forces contain nan or infinity"),
        (lambda a: a.positions.__setitem__((0, 0), np.nan), "positions contain"),
        (lambda a: a.calc.results.clear(), "no energy, forces or stress"),
    ],
)
def test_bad_frames_are_named(tmp_path: Path, change: object, message: str):
    frames = [water(0), water(1)]
    change(frames[1])  # type: ignore[operator]
    ase.io.write(tmp_path / "a.traj", frames)
    with pytest.raises(UserError, match=rf"a\.traj, frame 1: {message}"):
        read(["a.traj"], BOTH, tmp_path)


def test_zero_volume_is_refused(tmp_path: Path):
    atoms = water(0, stress=None)
    atoms.set_cell([[5, 0, 0], [10, 0, 0], [0, 0, 5]])
    with pytest.raises(UserError, match=r"a\.traj, frame 0: periodic, but the cell's volume is 0"):
        read([str(ase_file(tmp_path, "a.traj", atoms))], BOTH, Path())


def test_a_stress_without_a_cell_is_refused(tmp_path: Path):
    molecule = Atoms("H2", positions=[[0, 0, 0], [0, 0, 0.7]])
    molecule.calc = SinglePointCalculator(molecule, energy=-31.0, stress=np.ones(6))
    with pytest.raises(UserError, match=r"a\.traj, frame 0: a stress, but the cell's volume is 0"):
        read([str(ase_file(tmp_path, "a.traj", molecule))], BOTH, Path())


@pytest.mark.parametrize("content", ["", "3\nnot lattice\nH 0 0\n", "junk junk\n"])
def test_damaged_files_are_one_line(tmp_path: Path, content: str):
    (tmp_path / "a.xyz").write_text(content)
    with pytest.raises(UserError, match=r"a\.xyz.*") as caught:
        read(["a.xyz"], BOTH, tmp_path)
    assert "\n" not in str(caught.value)


def test_a_file_that_ends_within_a_frame(tmp_path: Path):
    text = ase_file(tmp_path, "a.xyz", water(0)).read_text()
    (tmp_path / "a.xyz").write_text(text + text[:2])
    with pytest.raises(UserError, match=r"a\.xyz, frame 1: ase\.io cannot read it: the file ends within the frame"):
        read(["a.xyz"], BOTH, tmp_path)


def test_names_of_what_could_be_labels(tmp_path: Path):
    atoms = Atoms("H2", positions=[[0, 0, 0], [0, 0, 0.7]], info={"dft": -31.0})
    with pytest.raises(UserError, match=r"frame 0: no energy, forces or stress; name their keys .*\(there are dft\)"):
        read([str(ase_file(tmp_path, "a.xyz", atoms))], BOTH, Path())


def test_patterns_may_be_of_folders(tmp_path: Path):
    for name in ("b", "a"):
        (tmp_path / name).mkdir()
        ase_file(tmp_path / name, "x.xyz", water(0))
    sources = [frame.source for frame in read(["*/x*.xyz"], BOTH, tmp_path)]
    assert sources == [f"{tmp_path / name / 'x.xyz'}, frame 0" for name in ("a", "b")]


def test_a_folder_that_may_not_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("os.access", lambda *_: False)  # root may read everything
    with pytest.raises(UserError, match="may not be read"):
        read(["."], BOTH, tmp_path)


def test_nothing_to_validate_on_is_refused(tmp_path: Path):
    ase_file(tmp_path, "a.xyz", water(0))
    sets = (DataSettings(train=("a.xyz",), validation=()),)
    with pytest.raises(UserError, match="no frames to validate on"):
        parts(collect(sets, tmp_path, tmp_path / "data.h5"), sets, 1)


def test_a_label_that_is_nan_throughout_is_missing(tmp_path: Path):
    frames = [water(0), water(1), water(2)]
    frames[0].calc.results["energy"] = np.nan
    frames[1].calc.results["forces"][:] = np.nan
    frames[2].calc.results["stress"][:] = np.nan
    ase.io.write(tmp_path / "a.traj", frames)
    deepmd(tmp_path / "b", frames)
    for name in ("a.traj", "b"):
        labels = [[x is not None for x in (f.energy, f.forces, f.virial)] for f in read([name], BOTH, tmp_path)]
        assert labels == [[False, True, True], [True, False, True], [True, True, False]]


def test_deepmd_mixed_type_with_padding_and_parameters(tmp_path: Path):
    """Two frames of H2O and OH in one system; one parameter of the frame and two of every atom."""
    place = tmp_path / "m" / "set.000"
    place.mkdir(parents=True)
    (tmp_path / "m" / "type_map.raw").write_text("H O")
    (tmp_path / "m" / "type.raw").write_text("0 0 0")
    (tmp_path / "m" / "nopbc").touch()
    np.save(place / "real_atom_types.npy", np.array([[1, 0, 0], [1, 0, -1]], np.int32))
    np.save(place / "coord.npy", np.arange(18.0, dtype=np.float32))
    np.save(place / "energy.npy", np.array([-3.0, -2.0]))
    np.save(place / "force.npy", np.arange(18.0).reshape(2, 9))
    np.save(place / "atom_ener.npy", np.zeros((2, 5)))
    np.save(place / "fparam.npy", np.array([0.1, 0.2]))
    np.save(place / "aparam.npy", np.arange(12.0))
    a, b = reading.read(["m"], BOTH, tmp_path, ("T", "p", "q"))
    assert (a.symbols, b.symbols) == (("O", "H", "H"), ("O", "H"))
    np.testing.assert_array_equal(b.positions, [[9, 10, 11], [12, 13, 14]])
    np.testing.assert_array_equal(b.forces, b.positions)
    np.testing.assert_array_equal(b.parameters, [[0.2, 6, 7], [0.2, 8, 9]])
    assert read(["m"], BOTH, tmp_path)[0].parameters is None
    with pytest.raises(UserError, match=r"set\.000: 3 columns in fparam\.npy and aparam\.npy together, .* each of T"):
        list(reading.read(["m"], BOTH, tmp_path, ("T",)))
    np.save(place / "real_atom_types.npy", np.array([[1, 0, 0], [2, 0, -1]]))
    with pytest.raises(UserError, match=r"frame 1: atom type 2, but type_map\.raw names 2"):
        read(["m"], BOTH, tmp_path)


def test_deepmd_raw_files_are_the_same_frames(tmp_path: Path):
    system = deepmd(tmp_path / "w", [water(0), water(1)])
    raw = tmp_path / "raw"
    raw.mkdir()
    for name in ("coord", "box", "energy", "force", "virial"):
        parts = [np.load(system / f"set.00{k}" / f"{name}.npy").reshape(1, -1) for k in range(2)]
        np.savetxt(raw / f"{name}.raw", np.concatenate(parts))
    for name in ("type.raw", "type_map.raw"):
        (raw / name).write_bytes((system / name).read_bytes())
    assert_same(read(["raw"], BOTH, tmp_path), read(["w"], BOTH, tmp_path), relative=1e-12)


def test_frames_by_dpdata(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A format that both read gives the same frames, and what it cannot read is one line."""
    assert all(name in dpdata.format.Format.get_formats() for name in settings_module.FORMATS)
    deepmd(tmp_path / "w", [water(0)])
    monkeypatch.setattr(settings_module, "FORMATS", ("deepmd/npy", "vasp/outcar"))
    (tmp_path / "w" / "set.001").rmdir()
    by_dpdata = read(["w"], DataSettings(train=("-",), format="deepmd/npy"), tmp_path)
    assert_same(by_dpdata, read(["w"], BOTH, tmp_path), relative=1e-6)
    (tmp_path / "OUTCAR").write_text("no output at all\n")
    with pytest.raises(UserError, match=r"OUTCAR: dpdata cannot read it as vasp/outcar: ") as caught:
        read(["OUTCAR"], DataSettings(train=("-",), format="vasp/outcar"), tmp_path)
    assert "\n" not in str(caught.value)


def test_without_dpdata_one_line_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "dpdata", None)
    (tmp_path / "OUTCAR").touch()
    with pytest.raises(UserError, match=r'needs dpdata: pip install "henrici\[dpdata\]"'):
        read(["OUTCAR"], DataSettings(train=("-",), format="vasp/outcar"), tmp_path)


def test_damaged_deepmd_systems_are_one_line(tmp_path: Path):
    folder = deepmd(tmp_path / "w", [water(0), water(1)])
    np.save(folder / "set.001" / "force.npy", np.zeros((1, 5)))
    with pytest.raises(UserError, match=r"force\.npy: shape \(1, 5\), expected 1 frames of 18 numbers"):
        read(["w"], BOTH, tmp_path)
    np.save(folder / "set.001" / "force.npy", np.array([{"pickled": 1}]), allow_pickle=True)
    with pytest.raises(UserError, match=r"force\.npy: not an array of numbers"):
        read(["w"], BOTH, tmp_path)
    (folder / "type_map.raw").write_text("H\n")
    with pytest.raises(UserError, match=r"type\.raw: expected numbers from 0 to 0"):
        read(["w"], BOTH, tmp_path)
    with pytest.raises(UserError, match="nothing: no such file or folder"):
        read(["nothing"], BOTH, tmp_path)


def test_split_keeps_trajectories_apart():
    trajectory = np.repeat(np.arange(12), 5)
    train, held = split(trajectory, 0.25, seed=1)
    assert set(trajectory[train]).isdisjoint(trajectory[held])
    assert sorted([*train, *held]) == list(range(60))
    assert 15 <= len(held) <= 19
    np.testing.assert_array_equal(split(trajectory, 0.25, seed=1)[1], held)
    assert set(split(trajectory, 0.25, seed=2)[1]) != set(held)


def test_split_cuts_a_single_trajectory_into_stretches():
    train, held = split(np.zeros(100, np.int64), 0.1, seed=1)
    assert len(held) == 10
    assert (np.diff(held) == 1).sum() >= 8
    assert len(train) == 90


def test_split_of_one_frame_is_refused():
    with pytest.raises(UserError, match="1 frame cannot be split"):
        split(np.zeros(1, np.int64), 0.1, seed=1)


def test_sets_are_read_once_and_again_when_a_file_has_changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    ase.io.write(tmp_path / "a.traj", [water(k) for k in range(5)])
    deepmd(tmp_path / "b", [water(k) for k in range(5, 8)])
    ase.io.write(tmp_path / "c.traj", [water(9)])
    sets = (
        DataSettings(train=("a.traj",), validation=0.2, weight=2.0),
        DataSettings(train=("b",), validation=("c.traj",)),
    )
    frames = collect(sets, tmp_path, tmp_path / "store.h5")
    assert_same(list(frames), [*read(["a.traj", "b", "c.traj"], BOTH, tmp_path)], relative=0.0)
    train, held = parts(frames, sets, seed=1)
    assert [f.weight for f in train] == [2.0] * 4 + [1.0] * 3
    assert [f.source.rpartition("/")[2] for f in held][1:] == ["c.traj, frame 0"]
    assert frames.species == ("H", "O")
    with monkeypatch.context() as patch:
        patch.setattr(reading, "every", None)  # not called
        assert len(collect(sets, tmp_path, tmp_path / "store.h5")) == 9
    ase.io.write(tmp_path / "c.traj", [water(9), water(10)])
    assert len(collect(sets, tmp_path, tmp_path / "store.h5")) == 10
