"""units real is the same physics as units metal, by LAMMPS's own constants; units without eV are refused."""

from pathlib import Path

import lammps_boxes
import numpy as np
import pytest
from lammps_engine import Engine, reference, setup, write_data
from test_lammps_errors import assert_one_line, script
from tolerances import FLOAT64, ORDER

FEMTOSECONDS = {"metal": 1e3, "real": 1.0}  # of one unit of time


@pytest.mark.parametrize("ranks", [1, 2])
def test_units_real(engine: Engine, models: Path, ranks: int) -> None:
    atoms = lammps_boxes.triclinic()
    result = engine.evaluate(models / "toy.pt", atoms, ranks, units="real")
    result.assert_close(reference(models / "toy.pt", atoms), FLOAT64)


def test_the_same_trajectory_in_both_units(engine: Engine, models: Path) -> None:
    """Ten steps of one femtosecond. LAMMPS's constants for the two systems of units agree to some 1e-7."""
    atoms = lammps_boxes.orthogonal()
    write_data(engine.folder / "atoms.data", atoms)
    moved = {}
    for units, femtoseconds in FEMTOSECONDS.items():
        run = f"fix 1 all nve\ntimestep {1 / femtoseconds}\nrun 10\nwrite_dump all custom atoms.dump id x y z"
        engine.printed(setup(atoms, models / "toy.pt", units=units) + run + " modify format float %.17g")
        moved[units] = engine.table() - atoms.positions
    assert np.abs(moved["metal"]).max() > 0.01
    assert np.abs(moved["real"] - moved["metal"]).max() < 1e-5 * np.abs(moved["metal"]).max()


@pytest.mark.parametrize("units", ["lj", "si", "electron", "nano"])
def test_other_units_are_refused(engine: Engine, models: Path, units: str) -> None:
    done = engine(script(str(models / "toy.pt"), units=units))
    assert_one_line(done, f"expected units metal or units real, got units {units}")


@pytest.mark.parametrize("units", FEMTOSECONDS)
def test_npt_conserves_its_energy(engine: Engine, models: Path, units: str) -> None:
    """Nose-Hoover thermostat and barostat: the conserved quantity holds to O(dt^2) only if the pressure is dE/dV."""
    atoms = lammps_boxes.triclinic()
    write_data(engine.folder / "atoms.data", atoms)
    spread = []
    for steps in (50, 100):
        dt = 10 / steps / FEMTOSECONDS[units]
        done = engine.printed(
            f"""
            {setup(atoms, models / "toy.pt", units=units)}
            minimize 0 1e-3 20 100
            reset_timestep 0
            velocity all create 300 771
            fix 1 all npt temp 300 300 {20 / FEMTOSECONDS[units]} tri 0 0 {100 / FEMTOSECONDS[units]}
            timestep {dt}
            variable e equal econserve
            fix 2 all vector {steps // 10} v_e
            thermo_style custom step econserve vol
            run 0
            print "volume: $(vol:%.17g)"
            run {steps}
            print "energy: {" ".join(f"$(f_2[{k}]:%.17g)" for k in range(1, 12))}"
            print "last: $(vol:%.17g)"
            """
        )
        assert done["last"] != pytest.approx(done["volume"], rel=1e-4)
        spread.append(done["energy"].std())
    assert spread[0] / spread[1] == pytest.approx(4, rel=2 * ORDER)
