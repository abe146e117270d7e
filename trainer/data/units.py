"""Units by their names, products and quotients of them, and the orders of a tensor's components."""

import re
from itertools import product

import ase.units
import numpy as np
import numpy.typing as npt

from trainer.errors import UserError

Dimension = tuple[int, int]  # powers of energy and length
ENERGY, LENGTH, FORCE, STRESS = (1, 0), (0, 1), (1, -1), (1, -3)

UNITS: dict[str, tuple[float, Dimension]] = {  # in eV and angstrom
    "eV": (1.0, ENERGY),
    "meV": (1e-3, ENERGY),
    "Ry": (ase.units.Ry, ENERGY),
    "Hartree": (ase.units.Ha, ENERGY),
    "kcal/mol": (ase.units.kcal / ase.units.mol, ENERGY),
    "kJ/mol": (ase.units.kJ / ase.units.mol, ENERGY),
    "angstrom": (1.0, LENGTH),
    "bohr": (ase.units.Bohr, LENGTH),
    "nm": (10.0, LENGTH),
    "GPa": (ase.units.GPa, STRESS),
    "MPa": (1e-3 * ase.units.GPa, STRESS),
    "kbar": (0.1 * ase.units.GPa, STRESS),
    "bar": (1e-4 * ase.units.GPa, STRESS),
    "atm": (101325e-9 * ase.units.GPa, STRESS),
    "Pa": (1e-9 * ase.units.GPa, STRESS),
}
EXAMPLES = {
    ENERGY: "eV, meV, Ry, Hartree, kcal/mol, kJ/mol, bar*angstrom^3",
    LENGTH: "angstrom, bohr, nm",
    FORCE: "eV/angstrom, Hartree/bohr, kcal/mol/angstrom",
    STRESS: "GPa, kbar, bar, eV/angstrom^3, Hartree/bohr^3",
}
FACTOR = re.compile(r"([*/]?)(kcal/mol|kJ/mol|[A-Za-z]+)(?:\^([1-9]))?")


def unit(text: str, dimension: Dimension) -> float:
    """Of one `text`, in eV and angstrom, e.g. "Hartree/bohr". Raises UserError when it is of another dimension."""
    factor, powers, position = 1.0, [0, 0], 0
    written = "*" + text.replace(" ", "")
    while match := FACTOR.match(written, position):
        sign, name, power = match.groups()
        if not sign or name not in UNITS:
            break
        exponent = int(power or 1) * (1 if sign == "*" else -1)
        factor *= UNITS[name][0] ** exponent
        powers = [p + exponent * q for p, q in zip(powers, UNITS[name][1], strict=True)]
        position = match.end()
    if position != len(written) or tuple(powers) != dimension:
        raise UserError(f"expected a unit such as {EXAMPLES[dimension]}, got '{text}'")
    return factor


PAIRS = ["".join(pair) for pair in product("xyz", repeat=2)]
VOIGT, ROWS = "xx yy zz yz xz xy", " ".join(PAIRS)  # ASE's order of six; nine, row by row


def places(order: str) -> npt.NDArray[np.intp]:
    """[3, 3] where in a list in `order` the components xx, xy, ... stand. Raises UserError when one has no place."""
    words = order.replace(",", " ").split()
    names = {word: k for k, word in enumerate(words)}
    if len(words) == 6:  # a symmetric tensor: xy or yx
        names |= {word[::-1]: k for word, k in names.items()}
    if set(names) != set(PAIRS) or len(words) not in (6, 9):
        raise UserError(f"expected an order of six or nine components such as '{VOIGT}' or '{ROWS}', got '{order}'")
    return np.array([names[pair] for pair in PAIRS]).reshape(3, 3)
