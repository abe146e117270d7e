"""What to write into [data] when forces or virials disagree with the energies: in one line."""

from trainer.data import units
from trainer.data.consistency import NAMES, Consistency, Slope
from trainer.data.settings import DataSettings
from trainer.errors import UserError

FORCES = ("eV/angstrom", "Hartree/bohr", "Ry/bohr", "kcal/mol/angstrom", "kJ/mol/nm", "meV/angstrom", "eV/bohr")
STRESSES = ("eV/angstrom^3", "GPa", "kbar", "bar", "Hartree/bohr^3", "Ry/bohr^3", "Pa")
NEAR = 0.12  # a factor is taken for that of a unit when it is so close, relatively


def refuse(found: Consistency, data: DataSettings, name: str) -> None:
    """Raises UserError with what was found and what may mend it, unless all is right or not decidable."""
    if not found.wrong:
        return
    said = []
    if found.forces is not None and found.forces.verdict == "wrong":
        said.append(f"forces {factor(found.forces)}: {of_forces(found.forces, data)}")
    if found.order is not None:
        said.append(f'shear components fit in another order: stress_order = "{reordered(found.order, data)}"?')
    else:
        parts = {"normal": found.normal, "shear": found.shear}
        wrong = {k: s for k, s in parts.items() if s is not None and s.verdict == "wrong"}
        for kind, slope in wrong.items():
            alone = len(wrong) == 1 and any(s is not None and s.verdict == "right" for s in parts.values())
            cause = "the others are right: an order, or some signs?" if alone else of_stress(slope, data)
            said.append(f"virials ({kind} components) {factor(slope)}: {cause}")
    raise UserError(
        f"{name}: forces or virials do not belong to the energies. To agree, {'; '.join(said)} "
        "(if the labels are meant so: check = false)"
    )


def factor(slope: Slope) -> str:
    return f"should be multiplied by {slope.value:.3g} +- {slope.error:.1g}"


def of_forces(slope: Slope, data: DataSettings) -> str:
    if abs(slope.value + 1.0) < NEAR:
        return f'forces_are = "{"forces" if data.forces_are == "gradients" else "gradients"}"?'
    read = units.unit(data.force_unit, units.FORCE) if data.force_unit else data.eV / data.angstrom
    return suggestion("force_unit", slope, FORCES, units.FORCE, read)


def of_stress(slope: Slope, data: DataSettings) -> str:
    if abs(slope.value + 1.0) < NEAR:
        other = "tension" if data.positive_stress == "compression" else "compression"
        return f'a sign: positive_stress = "{other}" (or positive_virial)?'
    return suggestion("stress_unit", slope, STRESSES, units.STRESS, abs(data.stress_factor))


def suggestion(key: str, slope: Slope, names: tuple[str, ...], dimension: units.Dimension, read: float) -> str:
    """The unit whose factor is nearest to slope times the one that was `read`, if any is near."""
    ratio = {name: abs(slope.value) * read / units.unit(name, dimension) for name in names}
    best = min(names, key=lambda name: abs(ratio[name] - 1.0))
    sign = ", with the other sign" if slope.value < 0 else ""
    return f'{key} = "{best}"{sign}?' if abs(ratio[best] - 1.0) < NEAR else f"no unit known for {key}{sign}"


def reordered(order: str, data: DataSettings) -> str:
    """The input's order with every component replaced by what it was found to be."""
    truth = dict(zip(NAMES, order.split(), strict=True))
    given = (data.stress_order or units.VOIGT).replace(",", " ").split()
    return " ".join(truth.get(word) or truth[word[::-1]] for word in given)
