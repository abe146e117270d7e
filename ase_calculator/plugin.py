"""What ASE loads from the entry point group `ase.plugins`: the calculator's name and place, nothing heavy."""

from ase._4.plugins.plugin import CalculatorPlugin

__ase_plugins__ = {
    CalculatorPlugin(
        name="henrici",
        citation="Zhang, Han, Wang, Saidi, Car, E, NeurIPS 2018 (DeepPot-SE)",
        implementation="ase_calculator.potential.Potential",
    )
}
