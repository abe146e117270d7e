"""The work-energy check on an exactly known potential: right labels pass, every wrong one is named."""

from collections.abc import Callable
from dataclasses import replace

import ase.build
import numpy as np
import pytest
from ase.calculators.emt import EMT
from tolerances import ORDER

from trainer.data import units
from trainer.data.advice import refuse
from trainer.data.consistency import Consistency, check
from trainer.data.frame import Array, Frame
from trainer.data.settings import DataSettings
from trainer.data.store import in_memory
from trainer.errors import UserError

BOTH = DataSettings(train=("-",))


def crystal(strain: float, displacement: float, count: int = 24) -> list[Frame]:
    """A crystal in effective medium theory, strained and displaced at random."""
    random, frames = np.random.default_rng(0), []
    for k in range(count):
        atoms = ase.build.bulk("Cu", "fcc", a=3.6, cubic=True)
        atoms.symbols[0] = "Au"
        atoms.set_cell(atoms.cell @ (np.eye(3) + strain * random.normal(size=(3, 3))), scale_atoms=True)
        atoms.rattle(displacement, rng=random)
        atoms.translate(random.normal(size=3))  # of the whole crystal: changes nothing
        atoms.wrap()
        atoms.calc = EMT()
        frames.append(
            Frame(
                symbols=tuple(atoms.get_chemical_symbols()),
                positions=atoms.positions,
                cell=atoms.cell.array,
                pbc=atoms.pbc,
                energy=atoms.get_potential_energy(),
                forces=atoms.get_forces(),
                virial=-atoms.get_volume() * atoms.get_stress(voigt=False),
                trajectory="t",
                source=f"f, frame {k}",
            )
        )
    return frames


BOTH_MOVED = crystal(0.02, 0.05)


def found(frames: list[Frame], forces: float = 1.0, virial: Callable[[Array], Array] = lambda w: w) -> Consistency:
    changed = [
        replace(
            f,
            forces=None if f.forces is None else forces * f.forces,
            virial=None if f.virial is None else virial(f.virial),
        )
        for f in frames
    ]
    return check(in_memory(changed))


def permuted(order: str) -> Callable[[Array], Array]:
    """What is read of a file in `order` by one who takes it for ASE's."""
    file_places, read = units.places(units.VOIGT), units.places(order)

    def misread(w: Array) -> Array:
        six = np.empty(6)
        six[read] = w
        return six[file_places]

    return misread


def test_right_labels_pass_in_any_mixture_of_strain_and_displacement():
    for strain, displacement in ((0.02, 0.05), (0.02, 0.0), (0.0, 0.05)):
        result = found(crystal(strain, displacement))
        assert not result.wrong
        for slope, there in ((result.forces, displacement), (result.normal, strain), (result.shear, strain)):
            if there:
                assert slope is not None
                assert slope.verdict == "right"
        refuse(result, BOTH, "[data]")


def test_small_displacements_give_exactly_one():
    """Energies that differ in second order are got to third order: a - 1 falls at least like the amplitude."""
    errors = []
    for h in (1.0, 0.25):
        result = found(crystal(0.004 * h, 0.01 * h, count=12))
        assert result.forces is not None
        assert result.normal is not None
        errors.append(np.array([result.forces.value - 1, result.normal.value - 1]))
    assert np.abs(errors[0]).max() < 5e-2
    assert (errors[0] / errors[1] > 4.0 * (1 - ORDER)).all()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"forces": -1.0}, r'forces should be multiplied by -.* forces_are = "gradients"\?'),
        ({"forces": 1 / 51.422}, r'forces should be multiplied by 5\d.* force_unit = "Hartree/bohr"\?'),
        ({"forces": 23.06}, r'by 0\.04.* force_unit = "kcal/mol/angstrom"\?'),
        ({"virial": lambda w: -w}, r'by -.* positive_stress = "compression"'),
        ({"virial": lambda w: 1602.18 * w}, r'by 0\.0006.* stress_unit = "kbar"\?'),
        ({"virial": lambda w: 160.218 * w}, r'by 0\.006.* stress_unit = "GPa"\?'),
        ({"virial": permuted("xx yy zz xy yz xz")}, r'another order: stress_order = "xx yy zz xy yz xz"\?'),
        ({"virial": permuted("xx yy zz xy xz yz")}, r'another order: stress_order = "xx yy zz xy xz yz"\?'),
    ],
)
def test_wrong_labels_are_refused_with_what_may_mend_them(change: dict[str, object], message: str):
    result = found(BOTH_MOVED, **change)  # type: ignore[arg-type]
    with pytest.raises(UserError, match=rf"\[data\]: forces or virials do not belong .*{message}.*check = false") as e:
        refuse(result, BOTH, "[data]")
    assert "\n" not in str(e.value)


def test_an_order_is_named_in_the_terms_of_the_input():
    vasp = DataSettings(train=("-",), stress_order="xx yy zz xy yz zx")
    misread = permuted("xx yy zz xy yz xz")  # a cyclic exchange of three: undone by doing it twice more
    result = found(BOTH_MOVED, virial=lambda w: misread(misread(w)))
    with pytest.raises(UserError, match=r'stress_order = "xx yy zz yz xz xy"\?'):
        refuse(result, vasp, "[data]")


def test_what_the_data_cannot_tell_is_said():
    """Frames far apart; no virials; no strain; frames of different compositions; too few."""
    random = np.random.default_rng(1)
    noise = [replace(f, energy=float(random.normal())) for f in BOTH_MOVED]
    assert not found(noise, forces=-1.0).wrong
    unstrained = found(crystal(0.0, 0.05), virial=lambda w: -w)
    assert (unstrained.normal, unstrained.shear, unstrained.wrong) == (None, None, False)
    assert found([replace(f, virial=None) for f in crystal(0.0, 0.05)], forces=-1.0).wrong
    assert not found([replace(f, virial=None) for f in BOTH_MOVED], forces=-1.0).wrong
    assert not found(BOTH_MOVED[:3], forces=-1.0).wrong
    assert found([]) == Consistency()
    apart = [replace(f, symbols=tuple(np.roll(f.symbols, k))) for k, f in enumerate(BOTH_MOVED[:4])]
    assert found(apart) == Consistency()
