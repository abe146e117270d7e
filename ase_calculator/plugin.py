"""What ASE loads from the entry point group `ase.plugins`: the calculator's name and place, nothing heavy."""

from ase._4.plugins.plugin import CalculatorPlugin

__ase_plugins__ = {
    CalculatorPlugin(
        name="henrici",
        citation="Bartok, Kondor, Csanyi, Phys. Rev. B 87, 184115 (2013) (power spectrum)",
        implementation="ase_calculator.potential.Potential",
    )
}
