"""Trainings that start from a model file: elements by their symbols, what is known kept, what is new beside it."""

import dataclasses
import json
from pathlib import Path

import ase.io
import pytest
import torch
from models import CUTOFF, ELEMENTS, KINDS, untrained
from physics import System, assert_close, cluster, evaluate
from tolerances import FLOAT64
from training_runs import INPUT

from ase_calculator import Potential as Calculator
from trainer import export
from trainer.cli import main
from trainer.contract import PotentialMetadata
from trainer.data.settings import DataSettings
from trainer.errors import UserError
from trainer.loop.settings import TrainingSettings
from trainer.potentials import build
from trainer.potentials.settings import PotentialSettings
from trainer.potentials.start import Start
from trainer.potentials.term_settings import ZBLSettings


def settings(kind: str, seed: int = 9, **changes: object) -> PotentialSettings:
    data = (DataSettings(train=("unused",)),)
    tables = KINDS[kind] | changes
    return PotentialSettings(data=data, training=TrainingSettings(seed=seed), dtype="float64", **tables)


def write(path: Path, kind: str) -> Path:
    """The file of a model with random parameters for H and O."""
    metadata = PotentialMetadata(
        dtype="float64", units={}, species=ELEMENTS, cutoff=CUTOFF, config=settings(kind).resolved()
    )
    export.save(build.finished(untrained("float64", kind=kind)), metadata, path)
    return path


@pytest.mark.parametrize("kind", ["power_spectrum", "deep_pot_se", "shared"])
@pytest.mark.parametrize("species", [("H", "O"), ("O", "H"), ("C", "O", "N", "H")])
def test_known_elements_answer_as_before(tmp_path: Path, kind: str, species: tuple[str, ...]):
    start = Start(write(tmp_path / "model.pt", kind), settings(kind))
    model = build.potential(settings(kind), species).eval()
    start.put_into(model, species)
    system = cluster(8, 5)
    renamed = System([species.index(ELEMENTS[t]) for t in system.species], system.positions)
    expected = evaluate(untrained("float64", kind=kind), system, CUTOFF)
    for a, b in zip(evaluate(model, renamed, CUTOFF), expected, strict=True):
        assert_close(a, b, FLOAT64)


def test_elements_of_the_file_come_first(tmp_path: Path):
    start = Start(write(tmp_path / "model.pt", "deep_pot_se"), settings("deep_pot_se"))
    assert start.all_species(("C", "H", "N")) == ("H", "O", "C", "N")


@pytest.mark.parametrize("kind", ["behler_parrinello", "sum"])
def test_symmetry_functions_keep_their_elements(tmp_path: Path, kind: str):
    """Their number grows with the pairs of elements."""
    start = Start(write(tmp_path / "model.pt", kind), settings(kind))
    model = build.potential(settings(kind), ELEMENTS).eval()
    start.put_into(model, ELEMENTS)
    expected = evaluate(untrained("float64", kind=kind), cluster(8, 5), CUTOFF)
    for a, b in zip(evaluate(model, cluster(8, 5), CUTOFF), expected, strict=True):
        assert_close(a, b, FLOAT64)
    with pytest.raises(UserError, match="knows H, O: this kind of model cannot take others"):
        start.put_into(build.potential(settings(kind), ("H", "O", "C")), ("H", "O", "C"))


def test_the_first_difference_is_named(tmp_path: Path):
    path = write(tmp_path / "model.pt", "deep_pot_se")
    other = dataclasses.replace(KINDS["deep_pot_se"]["deep_pot_se"], axis=3)
    with pytest.raises(UserError, match=r"\[deep_pot_se\] axis: .*model\.pt has 4, the input 3"):
        Start(path, settings("deep_pot_se", deep_pot_se=other))
    with pytest.raises(UserError, match="is a sum of deep_pot_se, the input asks for deep_pot_se, zbl"):
        Start(path, settings("deep_pot_se", zbl=ZBLSettings()))
    with pytest.raises(UserError, match=r"parameters: .* has \[\], the input \['spin'\]"):
        Start(path, settings("deep_pot_se", parameters=("spin",)))


def test_a_run_that_hardly_moves_gives_the_file_back(data: Path, tmp_path: Path):
    """But for the reference energies, which are fitted to data whose energies are shifted by 3 eV an Au, 2 eV a Cu."""
    frames = ase.io.read(data / "alloy.xyz", ":")
    first, second = tmp_path / "first", tmp_path / "second"
    (tmp_path / "first.toml").write_text(INPUT.format(steps=40).replace("alloy", f"{data}/alloy"))
    assert main(["train", str(tmp_path / "first.toml"), "-o", str(first)]) == 0
    old = Calculator(first / "model.pt", out_of_domain="ignore")
    for atoms in frames:
        shift = 3.0 * atoms.symbols.count("Au") + 2.0 * atoms.symbols.count("Cu")
        results = {"energy": old.get_potential_energy(atoms) + shift, "forces": old.get_forces(atoms)}
        atoms.calc.results = results
    ase.io.write(tmp_path / "shifted.xyz", frames)
    still = 'start = "first/model.pt"\nlearning_rate = 1e-13\nfinal_learning_rate = 1e-13\n'
    text = INPUT.format(steps=5).replace("alloy", "shifted").replace("[training]\n", f"[training]\n{still}")
    (tmp_path / "second.toml").write_text(text)
    assert main(["train", str(tmp_path / "second.toml"), "-o", str(second)]) == 0
    new = Calculator(second / "model.pt", out_of_domain="ignore")
    for atoms in frames[:4]:
        assert_close(new.get_forces(atoms), old.get_forces(atoms), 1e-8)
        assert new.get_potential_energy(atoms) == pytest.approx(atoms.calc.results["energy"], abs=1e-6)
    record = json.loads((second / "run.json").read_text())
    assert record["start"][0]["path"] == str((first / "model.pt").resolve())


def test_frozen_parts_stay(data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    run = tmp_path / "run"
    text = INPUT.format(steps=20).replace("alloy", f"{data}/alloy")
    (tmp_path / "input.toml").write_text(text.replace("[training]\n", '[training]\nfreeze = ["radial"]\n'))
    assert main(["train", str(tmp_path / "input.toml"), "-o", str(run)]) == 0
    state = torch.load(run / "checkpoint.pt", weights_only=True)
    assert len(state["optimizer"]["state"]) == sum("fitting" in name for name in state["module"])
    (tmp_path / "input.toml").write_text(text.replace("[training]\n", '[training]\nfreeze = ["fittin"]\n'))
    assert main(["train", str(tmp_path / "input.toml"), "-o", str(tmp_path / "other")]) == 2
    assert "freeze: no part 'fittin' in the model; did you mean 'fitting'?" in capsys.readouterr().err
    assert not (tmp_path / "other").exists()
