"""Whatever a user gets wrong ends LAMMPS with one line that says what was expected, what came, and what to do."""

import json
import subprocess
import zipfile
from pathlib import Path

import lammps_boxes
import lammps_toy
import pytest
import torch
from lammps_engine import Engine, setup, write_data

ONE_H_ONE_O = """
    region box block 0 10 0 10 0 10
    create_box 2 box
    create_atoms 1 single 2 5 5
    create_atoms 2 single 8 5 5
    mass * 1
    """


def assert_one_line(done: subprocess.CompletedProcess[str], *expected: str) -> None:
    output = done.stdout + done.stderr
    assert done.returncode != 0, output
    errors = [line for line in output.splitlines() if "ERROR" in line]
    assert len(errors) == 1, output
    for text in expected:
        assert text in errors[0], errors[0]
    for backtrace in ("terminate called", "frame #", "Traceback", "Segmentation", "SIGSEGV"):
        assert backtrace not in output, output


def script(style: str, coeff: str = "* * H O", units: str = "metal", before: str = "", after: str = "run 0") -> str:
    return f"units {units}\n{before}\n{ONE_H_ONE_O}\npair_style henrici {style}\npair_coeff {coeff}\n{after}"


def damaged(models: Path, target: Path, member: str) -> Path:
    """toy.pt with one bit of the middle of a member flipped."""
    data = bytearray((models / "toy.pt").read_bytes())
    with zipfile.ZipFile(models / "toy.pt") as archive:
        infos = [info for info in archive.infolist() if member in info.filename]
        info = max(infos, key=lambda info: info.file_size)
    name_size, extra_size = (int.from_bytes(data[info.header_offset + at :][:2], "little") for at in (26, 28))
    start = info.header_offset + 30 + name_size + extra_size
    data[start + info.compress_size // 2] ^= 0x10
    target.write_bytes(data)
    return target


# The command ------------------------------------------------------------


@pytest.mark.parametrize(
    ("style", "coeff", "expected"),
    [
        ("", "", ["expected one or more model files", "pair_style henrici model.pt", "got none"]),
        ("every 3", "", ["expected one or more model files", "got every"]),
        ("{toy}", "* * H", ["expected * * and 2 elements", "got 1"]),
        ("{toy}", "* * H O H", ["expected * * and 2 elements", "got 3"]),
        ("{toy}", "1 2 H O", ["must start with * *"]),  # LAMMPS's own check
        ("{toy}", "* * H Xe", ["does not know the element Xe of atom type 2", "it knows H O"]),
        ("{toy}", "* * H NULL", ["NULL", "pair_style hybrid", "knows H O"]),
    ],
)
def test_wrong_arguments(engine: Engine, models: Path, style: str, coeff: str, expected: list[str]) -> None:
    assert_one_line(engine(script(style.format(toy=models / "toy.pt"), coeff)), "henrici", *expected)


@pytest.mark.parametrize(
    ("masses", "coeff", "warned"),
    [
        ("mass 1 1.008\nmass 2 15.999", "H O", []),
        (
            "mass 1 1.008\nmass 2 15.999",
            "O H",
            ["type 1 is O but has the mass of H", "type 2 is H but has the mass of O"],
        ),
        (
            "mass 1 15.9994\nmass 2 1.0",
            "H O",
            ["type 1 is H but has the mass of O", "type 2 is O but has the mass of H"],
        ),
        ("mass 1 2.014\nmass 2 18", "H O", []),  # isotopes
    ],
)
def test_elements_in_the_wrong_order(engine: Engine, models: Path, masses: str, coeff: str, warned: list[str]) -> None:
    text = script(str(models / "toy.pt"), f"* * {coeff}").replace("mass * 1\n", f"{masses}\n")
    done = engine(text)
    assert done.returncode == 0, done.stdout
    warnings = [line for line in done.stdout.splitlines() if "the order of the atom types" in line]
    assert len(warnings) == len(warned)
    assert all(text in warning for text, warning in zip(warned, warnings, strict=True)), warnings


def test_newton_off(engine: Engine, models: Path) -> None:
    assert_one_line(engine(script(str(models / "toy.pt"), before="newton off")), "expected newton on, got newton off")


def test_bonds_that_hide_neighbors(engine: Engine, models: Path) -> None:
    """LAMMPS leaves bonded pairs out of neighbour lists by default: silently wrong energies."""
    bonded = f"""
        units metal
        atom_style bond
        region box block 0 10 0 10 0 10
        create_box 2 box bond/types 1 extra/bond/per/atom 1 extra/special/per/atom 2
        create_atoms 1 single 4 5 5
        create_atoms 2 single 5 5 5
        mass * 1
        pair_style henrici {models / "toy.pt"}
        pair_coeff * * H O
        bond_style zero
        bond_coeff 1 1.0
        SPECIAL
        create_bonds single/bond 1 1 2
        run 0
        """
    assert_one_line(engine(bonded.replace("SPECIAL", "")), "expected special_bonds lj/coul 1 1 1")
    assert engine(bonded.replace("SPECIAL", "special_bonds lj/coul 1 1 1")).returncode == 0
    # Bonds to atoms of other styles are none of the model's.
    hybrid = bonded.replace("pair_style henrici", "pair_style hybrid/overlay zero 5.0 henrici")
    coeffs = "pair_coeff * * zero\npair_coeff * * henrici H NULL"
    assert engine(hybrid.replace("pair_coeff * * H O", coeffs).replace("SPECIAL", "")).returncode == 0


# The file ------------------------------------------------------------


@pytest.mark.parametrize("ranks", [1, 2])
def test_missing_file(engine: Engine, ranks: int) -> None:
    done = engine(script("nowhere.pt"), ranks)
    assert_one_line(done, "cannot read the model file nowhere.pt", "No such file or directory")


def test_folder_instead_of_file(engine: Engine) -> None:
    assert_one_line(engine(script(".")), "cannot read the model file .", "directory")


@pytest.mark.parametrize("content", [b"", b"PK", b"pair_style henrici", b"\x80\x02}q\x00."])
def test_not_an_archive(engine: Engine, content: bytes) -> None:
    (engine.folder / "model.pt").write_bytes(content)
    assert_one_line(engine(script("model.pt")), "model.pt is not a TorchScript archive", "henrici export")


@pytest.mark.parametrize("kept", [0.01, 0.5, 0.999])
def test_truncated_file(engine: Engine, models: Path, kept: float) -> None:
    data = (models / "toy.pt").read_bytes()
    (engine.folder / "model.pt").write_bytes(data[: int(kept * len(data))])
    assert_one_line(engine(script("model.pt")), "model.pt is truncated", "copy or export the file again")


@pytest.mark.parametrize(("member", "ranks"), [("data/", 1), ("data/", 2), ("code/", 1), ("henrici.json", 1)])
def test_corrupt_file(engine: Engine, models: Path, member: str, ranks: int) -> None:
    """One bit: torch would not see it in a weight, and the run would go on with a slightly different potential."""
    damaged(models, engine.folder / "model.pt", member)
    assert_one_line(engine(script("model.pt"), ranks), "model.pt is", "copy or export the file again")


def test_pickle_instead_of_script(engine: Engine) -> None:
    torch.save({"weight": torch.ones(3)}, engine.folder / "model.pt")
    assert_one_line(engine(script("model.pt")), "model.pt has no henrici.json inside", "henrici export")


def test_archive_of_something_else(engine: Engine) -> None:
    with zipfile.ZipFile(engine.folder / "model.pt", "w") as archive:
        archive.writestr("model/extra/henrici.json", json.dumps(lammps_toy.metadata()))
        archive.writestr("model/version", "3")
    assert_one_line(engine(script("model.pt")), "model.pt is not a readable TorchScript archive")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"kind": "moment closure"}, ['expected a model of kind "potential", got "moment closure"']),
        ({"format": 2}, ["format 2 is not known", "update henrici"]),
        ({"format": "one"}, ['"format"', "wrong type", "one"]),
        ({"reach": 2}, ["reaches 2 cutoffs", "models that reach 1"]),
        (
            {"units": {"energy": "kcal/mol", "length": "angstrom"}},
            ["expected a model in eV and angstrom, got kcal/mol"],
        ),
        ({"species": ["H", "\x1b[31m"]}, ["can be printed", "u001b"]),
        ({"cutoff": -1.0}, ["positive cutoff", "-1.0"]),
        ({"cutoff": None}, ['"cutoff"', "wrong type", "null"]),
        ({"species": []}, ["at least one species"]),
        ({"dtype": "float16"}, ["float32 or float64", "float16"]),
    ],
)
def test_metadata_that_is_not_understood(engine: Engine, changes: dict[str, object], expected: list[str]) -> None:
    lammps_toy.save(engine.folder / "model.pt", lammps_toy.Toy(), **changes)
    assert_one_line(engine(script("model.pt")), "model.pt", *expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{", "not a JSON object"),
        ("[1]", "not a JSON object"),
        ("{}", 'expected an entry "format"'),
        (None, "has no henrici"),
    ],
)
def test_metadata_that_is_missing(engine: Engine, text: str | None, expected: str) -> None:
    lammps_toy.save_raw(engine.folder / "model.pt", lammps_toy.Toy(), {} if text is None else {"henrici.json": text})
    assert_one_line(engine(script("model.pt")), "model.pt", expected)


def test_script_that_touches_files(engine: Engine) -> None:
    lammps_toy.save(engine.folder / "model.pt", lammps_toy.WritesOnLoading())
    assert_one_line(engine(script("model.pt")), "model.pt is refused: its script", "touch files")
    assert not (engine.folder / "written").exists()


def test_member_that_would_fill_the_memory(engine: Engine) -> None:
    lammps_toy.save(engine.folder / "model.pt", lammps_toy.Toy())
    with zipfile.ZipFile(engine.folder / "model.pt", "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(archive.namelist()[0].split("/")[0] + "/data/99", bytes(100 * 2**20))
    assert_one_line(engine(script("model.pt")), "model.pt is corrupt: its member data/99", "more than a model can hold")


# The script in the file ------------------------------------------------------------


@pytest.mark.parametrize(
    ("module", "expected"),
    [
        (lammps_toy.Raises(), ["failed in its script", "an O is too much for me"]),
        (lammps_toy.Mismatched(), ["failed in its script", "size"]),
        (lammps_toy.Single(), ["expected energy as float64[2]", "got Float[2]"]),
        (lammps_toy.Alone(), ["expected (energy, pair_gradient), got a Tensor"]),
        (lammps_toy.OneArgument(), ["expected forward(species, row, neighbor, displacement)"]),
        (lammps_toy.NotANumber(float("nan"), 0.0), ["finite", "at atom 2"]),
        (lammps_toy.NotANumber(float("-inf"), 0.0), ["finite", "at atom 2"]),
    ],
)
def test_script_that_fails(engine: Engine, module: torch.nn.Module, expected: list[str]) -> None:
    lammps_toy.save(engine.folder / "model.pt", module)
    assert_one_line(engine(script("model.pt")), "model.pt", *expected)


def test_failure_on_all_ranks_is_one_line(engine: Engine) -> None:
    lammps_toy.save(engine.folder / "model.pt", lammps_toy.Mismatched())
    assert_one_line(engine(script("model.pt"), ranks=2), "failed in its script", "size")


@pytest.mark.parametrize("module", [lammps_toy.NotANumber(0.0, float("nan")), lammps_toy.Raises()])
def test_failure_on_one_rank_ends_all(engine: Engine, module: torch.nn.Module) -> None:
    """Of two ranks, one has no O and nothing to complain about; it must not wait for ever."""
    atoms = lammps_boxes.corner()
    atoms.symbols[:] = "H"
    atoms.symbols[6] = "O"
    lammps_toy.save(engine.folder / "model.pt", module)
    write_data(engine.folder / "atoms.data", atoms)
    done = engine(setup(atoms, Path("model.pt"), before="processors 2 1 1") + "run 0", ranks=2)
    assert_one_line(done, "model.pt")
    assert "at atom 7" in done.stdout + done.stderr or "an O is too much" in done.stdout + done.stderr
