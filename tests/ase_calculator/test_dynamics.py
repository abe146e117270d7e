"""Molecular dynamics in ASE: what every integrator conserves or controls."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ase import Atoms, units
from ase.md.langevin import Langevin
from ase.md.melchionna import MelchionnaNPT
from ase.md.nose_hoover_chain import MTKNPT, IsotropicMTKNPT
from ase.md.nptberendsen import NPTBerendsen
from ase.md.velocitydistribution import Stationary, thermalize_momenta
from ase.md.verlet import VelocityVerlet
from morse import copper
from tolerances import ORDER

from ase_calculator import Potential

FS, GPA = units.fs, units.GPa


def hot(file: Path, kelvin: float) -> Atoms:
    """32 atoms with the momenta of twice the temperature: half of it will be potential energy."""
    atoms = copper(2)
    atoms.calc = Potential(file)
    random = np.random.default_rng(1)
    thermalize_momenta(atoms, 2 * kelvin, rng=random)
    Stationary(atoms)
    return atoms


def mtk(kind: type) -> Callable[[Atoms, float], Any]:
    return lambda atoms, dt: kind(atoms, dt, temperature_K=300, pressure_au=GPA, tdamp=50 * FS, pdamp=200 * FS)


def melchionna(atoms: Atoms, dt: float) -> Any:
    return MelchionnaNPT(
        atoms, dt, temperature_K=300, externalstress=-GPA, ttime=25 * FS, pfactor=(75 * FS) ** 2 * 100 * GPA
    )


@pytest.mark.parametrize(
    ("dynamics", "conserved", "order"),
    [
        (VelocityVerlet, lambda d, atoms: atoms.get_total_energy(), 2),
        (mtk(MTKNPT), lambda d, _: d.get_conserved_energy(), 2),
        (mtk(IsotropicMTKNPT), lambda d, _: d.get_conserved_energy(), 2),
        (melchionna, lambda d, _: d.get_gibbs_free_energy(), 1),  # of positions and momenta half a step apart
    ],
    ids=["NVE", "NPT MTK", "NPT MTK isotropic", "NPT Melchionna"],
)
def test_conserved_quantity_fluctuates_with_the_order_of_the_integrator(
    morse_file: Path, dynamics: Callable[..., Any], conserved: Callable[..., float], order: int
):
    def fluctuation(femtoseconds: float) -> float:
        atoms = hot(morse_file, 300)
        run = dynamics(atoms, femtoseconds * FS)
        values = []
        run.attach(lambda: values.append(conserved(run, atoms)))
        run.run(round(200 / femtoseconds))
        return float(np.std(values[1:]))

    assert fluctuation(4.0) / fluctuation(2.0) == pytest.approx(2**order, rel=ORDER)


def test_langevin_keeps_the_temperature(morse_file: Path):
    atoms, kelvin = hot(morse_file, 300), []
    run = Langevin(atoms, 4 * FS, temperature_K=300, friction=0.02 / FS, fixcm=False, rng=np.random.default_rng(2))
    run.attach(lambda: kelvin.append(atoms.get_temperature()), interval=10)
    run.run(1500)
    # 96 squares of normal numbers, forgotten in 1/(2 x .02) fs, over 6 ps: (2 / 96 / 120)^1/2 = 1.3 %; four of these
    assert np.mean(kelvin) == pytest.approx(300, rel=0.052)


def test_berendsen_brings_the_pressure(morse_file: Path):
    atoms, pressure = hot(morse_file, 50), []
    run = NPTBerendsen(
        atoms,
        4 * FS,
        temperature_K=50,
        pressure_au=2 * GPA,
        taut=100 * FS,
        taup=100 * FS,
        compressibility_au=0.02 / GPA,
    )
    run.attach(lambda: pressure.append(-atoms.get_stress(include_ideal_gas=True)[:3].mean() / GPA), interval=5)
    run.run(600)
    assert abs(pressure[0]) < 1.0
    assert np.mean(pressure[60:]) == pytest.approx(2.0, abs=0.05)
