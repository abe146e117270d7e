"""What only shows over many steps: conservation of energy, memory, and steps that take longer than others."""

import json
import sys
from pathlib import Path

import lammps_boxes
import numpy as np
import pytest
from lammps_engine import BAR_IN_METAL, MPI, Engine, setup, write_data
from tolerances import ORDER, SECOND_ORDER


def start(model: Path) -> str:
    """A crystal of H and O above its melting point, so that neighbours come and go."""
    return f"""
        units metal
        lattice sc 1.9
        region box block 0 4 0 4 0 4
        create_box 2 box
        create_atoms 1 box
        set type 1 type/fraction 2 0.4 771
        mass 1 16.0
        mass 2 16.0
        pair_style henrici {model}
        pair_coeff * * H O
        velocity all create 3000 771
        fix 1 all nve
        thermo_style custom step etotal
        thermo_modify format float %.15g
        """


def test_energy_drift_is_quadratic_in_the_time_step(engine: Engine, models: Path) -> None:
    """The energy of velocity Verlet differs from the conserved one by O(dt^2)."""
    fluctuation = []
    for steps in (50, 100, 200):
        run = f"timestep {0.1 / steps}\nthermo {steps // 50}\nrun {steps}"
        done = engine(start(models / "toy.pt") + run)
        table = done.stdout.split("TotEng")[1].split("Loop time")[0]
        energy = np.array([float(line.split()[1]) for line in table.strip().splitlines()])
        assert len(energy) == 51
        fluctuation.append(energy.std())
    assert fluctuation[0] / fluctuation[1] == pytest.approx(4, rel=ORDER)
    assert fluctuation[1] / fluctuation[2] == pytest.approx(4, rel=ORDER)


def test_pressure_is_minus_energy_derivative(engine: Engine, models: Path) -> None:
    """By LAMMPS alone: the sign of the virial does not rest on our own reading of the contract."""
    atoms = lammps_boxes.orthogonal()  # change_box scale leaves tilts alone
    write_data(engine.folder / "atoms.data", atoms)
    h = 1e-4
    done = engine(
        f"""
        {setup(atoms, models / "toy.pt")}
        run 0
        print "P $(press:%.17g) V $(vol:%.17g)"
        change_box all x scale {1 + h} y scale {1 + h} z scale {1 + h} remap
        run 0
        print "plus $(pe:%.17g) $(vol:%.17g)"
        change_box all x scale {(1 - h) / (1 + h)} y scale {(1 - h) / (1 + h)} z scale {(1 - h) / (1 + h)} remap
        run 0
        print "minus $(pe:%.17g) $(vol:%.17g)"
        """
    )
    values = {line.split()[0]: line.split()[1:] for line in done.stdout.splitlines() if line.strip()}
    pressure = float(values["P"][0])
    (e_plus, v_plus), (e_minus, v_minus) = ((float(word) for word in values[name]) for name in ("plus", "minus"))
    assert pressure == pytest.approx(-(e_plus - e_minus) / (v_plus - v_minus) * BAR_IN_METAL, rel=SECOND_ORDER)


def test_memory_is_flat_and_no_late_step_is_slow(engine: Engine, models: Path) -> None:
    """2000 steps with changing neighbour counts. CPU time, since the machine may be busy with other things."""
    program = f"""
import ctypes, json, time
ctypes.CDLL({str(MPI)!r}, ctypes.RTLD_GLOBAL)
from lammps import lammps
engine = lammps(cmdargs=["-screen", "none", "-log", "none"])
engine.commands_string({start(models / "toy.pt")!r})
engine.commands_string("timestep 0.001\\nrun 1 post no")
seconds, memory = [], []
for step in range(2000):
    before = time.process_time()
    engine.command("run 1 pre no post no")
    seconds.append(time.process_time() - before)
    if step % 100 == 99:
        memory.append(int(open("/proc/self/statm").read().split()[1]) * 4096)
print(json.dumps([seconds, memory]))
"""
    done = engine.run([sys.executable, "-c", program])
    assert done.returncode == 0, done.stdout + done.stderr
    seconds, memory = (np.array(values) for values in json.loads(done.stdout.splitlines()[-1]))
    assert memory[-1] - memory[1] < 1e6, memory  # bytes; from step 200 on
    assert seconds[20:].max() < 10 * np.median(seconds) + 0.02, np.sort(seconds)[-5:]
