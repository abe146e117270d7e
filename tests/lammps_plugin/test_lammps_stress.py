"""Per-atom stresses: their sums, and the heat flux that they give."""

from pathlib import Path

import lammps_boxes
import numpy as np
import pytest
from lammps_engine import BAR_IN_METAL, Engine, reference, setup, write_data
from tolerances import FLOAT64, SECOND_ORDER


@pytest.mark.parametrize("ranks", [1, 2])
def test_centroid_stresses_add_up_to_the_virial(engine: Engine, models: Path, ranks: int) -> None:
    atoms = lammps_boxes.triclinic()
    write_data(engine.folder / "atoms.data", atoms)
    columns = [f"c_total[{c}]" for c in range(1, 10)]
    printed = engine.printed(
        f"""
        {setup(atoms, models / "toy.pt")}
        compute centroid all centroid/stress/atom NULL pair
        compute total all reduce sum c_centroid[*]
        thermo_style custom step {" ".join(columns)}
        run 0
        print "total: {" ".join(f"$({column}:%.17g)" for column in columns)}"
        """,
        ranks,
    )
    xx, yy, zz, xy, xz, yz, yx, zx, zy = -printed["total"] / BAR_IN_METAL
    virial = reference(models / "toy.pt", atoms).virial
    for got in ([xx, yy, zz, xy, xz, yz], [xx, yy, zz, yx, zx, zy]):
        assert got == pytest.approx(virial, abs=FLOAT64 * np.abs(virial).max())


@pytest.mark.parametrize("ranks", [1, 2])
def test_heat_flux_moves_the_energy(engine: Engine, models: Path, ranks: int) -> None:
    """Of a cluster, compute heat/flux is d/dt sum_i r_i e_i, by differences along its trajectory."""
    atoms = lammps_boxes.cluster()
    write_data(engine.folder / "atoms.data", atoms)
    dt = 1e-5
    printed = engine.printed(
        f"""
        {setup(atoms, models / "toy.pt")}
        velocity all create 3000 771
        fix 1 all nve
        timestep {dt}
        compute ke all ke/atom
        compute pe all pe/atom
        compute centroid all centroid/stress/atom NULL virial
        compute flux all heat/flux ke pe centroid
        variable x atom x*(c_ke+c_pe)
        variable y atom y*(c_ke+c_pe)
        variable z atom z*(c_ke+c_pe)
        compute moment all reduce sum v_x v_y v_z
        thermo 1
        thermo_style custom step c_moment[*] c_flux[*]
        run 0 post no
        print "before: $(c_moment[1]:%.17g) $(c_moment[2]:%.17g) $(c_moment[3]:%.17g)"
        run 1 post no
        print "flux: $(c_flux[1]:%.17g) $(c_flux[2]:%.17g) $(c_flux[3]:%.17g)"
        run 1 post no
        print "after: $(c_moment[1]:%.17g) $(c_moment[2]:%.17g) $(c_moment[3]:%.17g)"
        """,
        ranks,
    )
    difference = (printed["after"] - printed["before"]) / (2 * dt)
    assert printed["flux"] == pytest.approx(difference, abs=SECOND_ORDER * np.abs(difference).max())
