"""Labels are what the calculator says, converged, or a reason in one line; what goes wrong stays in its process."""

import json
import shutil
import stat
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ase import Atoms
from ase.build import bulk
from ase.calculators.emt import EMT

from trainer.active.jobs import isolated
from trainer.active.labelling import label
from trainer.active.settings import LabelSettings
from trainer.active.structures import from_json, to_json
from trainer.errors import UserError
from trainer.settings import resolved

HERE = Path(__file__).parent
TIMEOUT = 60.0  # s: more than any attempt that ends takes on a busy machine


@pytest.fixture
def inputs(tmp_path: Path) -> Path:
    """A folder of an input with a calculator beside it."""
    folder = tmp_path / "inputs"
    folder.mkdir()
    shutil.copy(HERE / "toy.py", folder / "toy.py")
    return folder


def copper() -> Atoms:
    atoms = bulk("Cu", cubic=True)
    atoms.rattle(0.1, seed=1)
    atoms.info["temperature"] = 300.0
    return atoms


def labelled(inputs: Path, calculator: str, atoms: Atoms | None = None, name: str = "label", **settings: Any) -> Any:
    """What the job comes to."""
    told = resolved(LabelSettings(calculator, **{"timeout": TIMEOUT, **settings}))
    structure = to_json(copper() if atoms is None else atoms)
    folder = inputs.parent / name
    return label.job(isolated.prepare(folder, {"structure": structure, "label": told, "input_folder": str(inputs)}))


def toy(inputs: Path, does: str, **settings: Any) -> Any:
    return labelled(inputs, "toy:Springs", keywords={"does": does}, **settings)


def test_label_is_what_the_calculator_says(inputs: Path) -> None:
    outcome = labelled(inputs, "emt")
    atoms, expected = from_json(outcome["structure"]), copper()
    expected.calc = EMT()
    assert atoms.info == {"temperature": 300.0}
    assert np.array_equal(atoms.positions, expected.positions)
    assert atoms.get_potential_energy() == expected.get_potential_energy(force_consistent=True)
    assert np.array_equal(atoms.get_forces(), expected.get_forces())
    assert np.array_equal(atoms.get_stress(), expected.get_stress())
    assert outcome["attempts"] == ["converged"]
    assert outcome["level"]["calculator"] == "emt"
    assert outcome["level"]["version"].startswith("ase ")
    assert json.loads((inputs.parent / "label" / "outcome.json").read_text()) == outcome


def test_a_label_is_made_once_and_always_the_same(inputs: Path) -> None:
    first = labelled(inputs, "emt")
    outcome = inputs.parent / "label" / "outcome.json"
    written = outcome.stat().st_mtime_ns
    assert labelled(inputs, "emt") == first
    assert outcome.stat().st_mtime_ns == written
    outcome.unlink()  # killed between the attempt and its record: the attempt is taken
    attempt = (inputs.parent / "label" / "attempt-0" / "outcome.json").stat().st_mtime_ns
    assert labelled(inputs, "emt") == first
    assert (inputs.parent / "label" / "attempt-0" / "outcome.json").stat().st_mtime_ns == attempt
    assert labelled(inputs, "emt", name="again")["structure"] == first["structure"]


def test_calculator_without_stress(inputs: Path) -> None:
    outcome = toy(inputs, "answers")
    assert "stress" not in outcome["structure"]
    assert np.array_equal(outcome["structure"]["forces"], -copper().positions)
    assert outcome["level"]["version"].startswith("toy.py sha256 ")
    assert str(inputs) not in sys.path


def test_no_stress_of_a_molecule(inputs: Path) -> None:
    assert "stress" not in labelled(inputs, "emt", Atoms("Cu2", [[0, 0, 0], [0, 0, 2.5]]))["structure"]


@pytest.mark.parametrize(
    ("does", "why"),
    [
        ("says nan", "ValueError: forces: not all numbers are finite"),
        ("forgets an atom", "ValueError: forces of shape (3, 3), expected (4, 3)"),
        ("raises", "RuntimeError: lost in the woods"),
        ("does not converge", "ValueError: the calculator says that it did not converge"),
        ("is killed", "signal SIGKILL: nothing was said"),
        ("exits", "SystemExit: no licence"),
    ],
)
def test_why_there_is_no_label(inputs: Path, does: str, why: str) -> None:
    outcome = toy(inputs, does)
    assert outcome["failed"] == why
    assert outcome["attempts"] == [why]
    assert "structure" not in outcome


def test_hanging_calculator_leaves_nothing_behind(inputs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mark = f"left by {inputs}"
    monkeypatch.setenv("MARK", mark)
    outcome = toy(inputs, "hangs", timeout=4.0)
    assert outcome["failed"] == "no answer within 4 s"
    assert (inputs.parent / "label" / "attempt-0" / "scratch").is_dir()  # it had begun
    assert not running(mark)


def running(mark: str) -> bool:
    """Whether a process has this in its command line."""
    for process in Path("/proc").iterdir():
        try:
            if process.name.isdigit() and mark.encode() in (process / "cmdline").read_bytes():
                return True
        except OSError:  # it has ended
            continue
    return False


def test_retry_changes_keywords_within_tables(inputs: Path) -> None:
    settings = {"numbers": {"beta": 0.7, "steps": 100}, "does": "raises"}
    retries = ({}, {"does": "answers", "numbers": {"beta": 0.3}})
    outcome = labelled(inputs, "toy:Springs", keywords=settings, retries=retries)
    assert outcome["attempts"] == ["RuntimeError: lost in the woods"] * 2 + ["converged"]
    assert outcome["level"]["keywords"] == {"does": "answers", "numbers": {"beta": 0.3, "steps": 100}}


def test_missing_program_is_no_verdict_on_a_structure(inputs: Path) -> None:
    outcome = labelled(inputs, "toy:Unstarted", retries=({},))
    assert outcome["unavailable"]
    assert "no-such-program is not on this machine" in outcome["failed"]
    assert not (inputs.parent / "label" / "outcome.json").exists()


def test_labels_do_without_torch(inputs: Path) -> None:
    (inputs / "light.py").write_text(
        "import sys\nfrom toy import Springs\n\ndef Light():\n"
        "    assert 'torch' not in sys.modules\n    return Springs()\n"
    )
    assert labelled(inputs, "light:Light")["attempts"] == ["converged"]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"calculator": "pwscf"}, "pwscf"),
        ({"calculator": "toy:Missing"}, "Missing"),
        ({"calculator": "nowhere:Class"}, "nowhere"),
        ({"calculator": "toy:Unstarted"}, "no-such-program is not on this machine"),
        ({"calculator": "toy:Springs", "retries": ({"dose": "answers"},)}, "dose"),
        ({"calculator": "espresso", "command": "no-such-pw.x", "pseudo_dir": "."}, "no-such-pw.x"),
        ({"calculator": "abinit", "pseudo_dir": "."}, 'expected what starts it: command = "..."'),
        ({"calculator": "espresso", "pseudo_dir": "pseudos"}, "no folder"),
        ({"calculator": "emt", "pseudo_dir": "."}, "pseudo_dir is not known to it"),
    ],
)
def test_check_says_what_is_wrong_before_anything_starts(inputs: Path, settings: Any, message: str) -> None:
    with pytest.raises(UserError) as raised:
        label.check(LabelSettings(**settings), inputs)
    assert message in str(raised.value)
    assert "\n" not in str(raised.value)


def test_check_passes_what_works(inputs: Path) -> None:
    label.check(LabelSettings("toy:Springs", isolated=True, isolated_keywords={"does": "answers"}), inputs)


SAID = {
    "Error in routine c_bands (1):\n     too many bands are not converged": (
        "Error in routine c_bands (1): too many bands are not converged"
    ),
    "--- !ERROR\nsrc_file: a.F90\nmpi_rank: 0\nmessage: |\n    1 inconsistency.\n...": "ERROR: 1 inconsistency.",
    "SCF run NOT converged ***": "SCF run NOT converged ***",
}


@pytest.mark.parametrize("said", SAID)
def test_programs_say_themselves_why_they_ended(inputs: Path, said: str) -> None:
    (inputs / "wordy.py").write_text(
        "from pathlib import Path\nfrom toy import Springs\n\nclass Wordy(Springs):\n    def calculate(self, *args):\n"
        f"        Path('output').write_text({said!r})\n        raise RuntimeError('exit status 3')\n"
    )
    assert labelled(inputs, "wordy:Wordy")["failed"] == SAID[said]


PW_X = f"""#!{sys.executable}
# Repeats what pw.x 6.7 wrote for a cell of two atoms; with two steps of self-consistency it does not converge.
import pathlib, sys
assert sys.argv[1] == "-in"
steps = "electron_maxstep = 2" in " ".join(pathlib.Path(sys.argv[2]).read_text().split())
print((pathlib.Path({str(HERE / "pw_x")!r}) / ("unconverged.pwo" if steps else "converged.pwo")).read_text())
sys.exit(2 if steps else 0)
"""


def test_espresso(inputs: Path) -> None:
    program = inputs / "pw.x"
    program.write_text(PW_X)
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    silicon = bulk("Si", "diamond", a=5.4)
    silicon.rattle(0.05, seed=1)
    keywords = {
        "pseudopotentials": {"Si": "Si.pz-vbc.UPF"},
        "kpts": [2, 2, 2],
        "koffset": [1, 1, 1],
        "input_data": {"system": {"ecutwfc": 8}, "electrons": {"conv_thr": 1e-8, "electron_maxstep": 2}},
    }
    outcome = labelled(
        inputs, "espresso", silicon, keywords=keywords, command=str(program), pseudo_dir=".",
        retries=({"input_data": {"electrons": {"electron_maxstep": 100}}},),
    )  # fmt: skip
    assert outcome["attempts"] == ["convergence NOT achieved after   2 iterations: stopping", "converged"]
    atoms = from_json(outcome["structure"])
    assert atoms.get_potential_energy() == pytest.approx(-213.59567193689088, abs=1e-9)  # -15.69851... Ry in the file
    assert atoms.get_forces()[0] == pytest.approx([-1.43761613, 0.96226673, -0.66997498], abs=1e-6)
    assert atoms.get_stress()[4] == pytest.approx(0.0601889, abs=1e-6)
    assert outcome["level"]["version"] == "6.7MaX"
    assert "tprnfor          = .true." in outcome["level"]["inputs"]["espresso.pwi"]
    assert "K_POINTS automatic\n2 2 2  1 1 1" in outcome["level"]["inputs"]["espresso.pwi"]
    assert f"'{inputs}'" in outcome["level"]["inputs"]["espresso.pwi"]  # pseudo_dir is relative to the input


def test_large_files_of_good_labels_are_not_kept(inputs: Path) -> None:
    (inputs / "large.py").write_text(
        "from pathlib import Path\nfrom toy import Springs\n\nclass Large(Springs):\n    def calculate(self, *args):\n"
        "        super().calculate(*args)\n        Path('waves').write_bytes(bytes(20_000_000))\n"
        "        Path('toy.in').write_text('beta = 0.3')\n"
    )
    outcome = labelled(inputs, "large:Large")
    assert outcome["level"]["inputs"] == {"toy.in": "beta = 0.3"}
    left = (inputs.parent / "label" / "attempt-0" / "scratch").iterdir()
    assert [path.name for path in left] == ["toy.in"]


def test_isolated_atoms_are_periodic_where_the_structures_are(inputs: Path) -> None:
    settings = LabelSettings("toy:Springs", isolated_cell=10.0, isolated_keywords={"does": "answers"})
    structures = [bulk("NaCl", "rocksalt", a=5.6), bulk("Na")]
    chlorine, sodium = label.isolated_atoms(structures, settings)
    assert (str(chlorine.symbols), str(sodium.symbols)) == ("Cl", "Na")
    assert sodium.pbc.all()
    assert sodium.get_volume() == pytest.approx(1000.0)
    assert not label.isolated_atoms([Atoms("H")], settings)[0].pbc.any()
    outcome = toy(inputs, "raises", atoms=sodium, isolated_keywords={"does": "answers"})
    assert outcome["structure"]["energy"] == pytest.approx(37.5)  # |(5, 5, 5)|^2 / 2
