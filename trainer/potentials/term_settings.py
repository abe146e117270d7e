"""The terms of a potential: a table of the input for each."""

from dataclasses import dataclass, field

from trainer.errors import UserError

Rows = tuple[tuple[float, ...], ...]


def check_splines(smooth: float, knots: float, cutoff: float) -> None:
    """Raises UserError."""
    if not 0 <= smooth < cutoff or not 0 < knots < cutoff:
        raise UserError(f"expected 0 <= smooth < cutoff and 0 < knots < cutoff, got {smooth}, {knots}, {cutoff}")


@dataclass(frozen=True)
class PowerSpectrumSettings:
    """The power spectrum of the density of neighbours, with learned radial functions and a network for each species.

    cutoff: how far an atom sees, angstrom.
    smooth: where the weight 1/r starts to be switched off, angstrom.
    knots: spacing of the splines, angstrom.
    polynomials: number of polynomials of the distance that the radial functions are made of.
    channels: number of radial functions.
    axis: channels in the second factor of the descriptor.
    angular: largest degree of the spherical harmonics: 1 or 2.
    fitting: widths of the networks of the atomic energies.
    """

    cutoff: float = 6.0
    smooth: float = 0.5
    knots: float = 0.2
    polynomials: int = 10
    channels: int = 32
    axis: int = 6
    angular: int = 2
    fitting: tuple[int, ...] = (64, 64)

    def __post_init__(self) -> None:
        check_splines(self.smooth, self.knots, self.cutoff)
        if min(self.polynomials, self.channels, self.axis) < 1 or not self.fitting or min(self.fitting) < 1:
            raise UserError(
                "expected polynomials, channels, axis and all widths >= 1, "
                f"got {self.polynomials}, {self.channels}, {self.axis}, {list(self.fitting)}"
            )
        if self.axis > self.channels:
            raise UserError(f"expected axis <= {self.channels}, the channels, got {self.axis}")
        if self.angular not in (1, 2):
            raise UserError(f"expected angular = 1 or 2, got {self.angular}")


@dataclass(frozen=True)
class DeepPotSESettings:
    """DeepPot-SE, a learned invariant encoder with a fitting network for each species, or one for all.

    cutoff: how far an atom sees, angstrom.
    smooth: where the weight 1/r starts to be switched off, angstrom.
    embedding: widths of the networks of the radial functions; the last is the number of channels.
    axis: channels in the second factor of the descriptor.
    fitting: widths of the networks of the atomic energies.
    knots: spacing of the splines, angstrom.
    species_embedding: length of a learned vector for each species; all species then share one embedding network and one
        fitting network, which take it beside their other inputs: for many elements. 0: separate networks, for each
        ordered pair of species and each species.
    """

    cutoff: float = 6.0
    smooth: float = 0.5
    embedding: tuple[int, ...] = (25, 50, 100)
    axis: int = 16
    fitting: tuple[int, ...] = (240, 240, 240)
    knots: float = 0.1
    species_embedding: int = 0

    def __post_init__(self) -> None:
        if self.species_embedding < 0:
            raise UserError(f"expected species_embedding >= 0, got {self.species_embedding}")
        check_splines(self.smooth, self.knots, self.cutoff)
        if not self.embedding or not self.fitting or min(*self.embedding, *self.fitting, self.axis) < 1:
            raise UserError(f"expected widths >= 1, got {self.embedding}, {self.fitting}, axis {self.axis}")
        if self.axis > self.embedding[-1]:
            raise UserError(f"expected axis <= {self.embedding[-1]}, the last of embedding, got {self.axis}")


@dataclass(frozen=True)
class BehlerParrinelloSettings:
    """Behler-Parrinello symmetry functions, with a network for each species.

    cutoff: how far an atom sees, angstrom.
    radial: number of automatic functions G2 for each species: r_s from 0.5 angstrom to cutoff - 0.5 angstrom in equal
        steps d, eta = 1 / 2 d^2 (the shifted grid of Gastegger et al., J. Chem. Phys. 148, 241709, 2018).
    angular: number of widths of automatic functions G4 for each pair of species: eta = 1 / 2 r^2, r from 1.5 angstrom
        to cutoff - 0.5 angstrom in equal steps (their centred grid); each with lambda = 1, -1 and every zeta.
    zeta: of the automatic functions G4.
    g2: functions [eta, r_s], 1/angstrom^2 and angstrom. When any of the lists g2, g4, g5 is given, they are the
        functions and there are no automatic ones. An eta in 1/bohr^2 is 3.57106 times as much in 1/angstrom^2.
    g4, g5: functions [eta, lambda, zeta] of this kind, eta in 1/angstrom^2.
    fitting: widths of the networks of the atomic energies.
    """

    cutoff: float = 6.0
    radial: int = 12
    angular: int = 4
    zeta: tuple[float, ...] = (1.0, 4.0, 16.0)
    g2: Rows | None = None
    g4: Rows | None = None
    g5: Rows | None = None
    fitting: tuple[int, ...] = (64, 64)

    def __post_init__(self) -> None:
        if not self.cutoff > 2.0 or self.radial < 2 or self.angular < 0 or min(self.zeta, default=1.0) < 1:
            raise UserError(
                "expected cutoff > 2, radial >= 2, angular >= 0 and every zeta >= 1, "
                f"got {self.cutoff}, {self.radial}, {self.angular}, {list(self.zeta)}"
            )
        if not self.fitting or min(self.fitting) < 1:
            raise UserError(f"expected widths >= 1, got {list(self.fitting)}")
        for row in self.g2 or ():
            if len(row) != 2 or row[0] < 0:
                raise UserError(f"g2: expected [eta >= 0, r_s], got {list(row)}")
        for row in (*(self.g4 or ()), *(self.g5 or ())):
            if len(row) != 3 or row[0] < 0 or abs(row[1]) != 1 or row[2] < 1:
                raise UserError(f"g4, g5: expected [eta >= 0, lambda = 1 or -1, zeta >= 1], got {list(row)}")
        if not any(self.functions()):
            raise UserError("g2, g4, g5: expected at least one function")

    def functions(self) -> tuple[Rows, Rows, Rows]:
        """G2 as (eta, r_s), G4 and G5 as (eta, lambda, zeta): those that are given, or the automatic ones."""
        if (self.g2, self.g4, self.g5) != (None, None, None):
            return self.g2 or (), self.g4 or (), self.g5 or ()
        step = (self.cutoff - 1.0) / (self.radial - 1)
        g2 = [(0.5 / step**2, 0.5 + k * step) for k in range(self.radial)]
        widths = [1.5 + k * (self.cutoff - 2.0) / max(1, self.angular - 1) for k in range(self.angular)]
        g4 = [(0.5 / r**2, sign, zeta) for r in widths for sign in (1.0, -1.0) for zeta in self.zeta]
        return tuple(g2), tuple(g4), ()


@dataclass(frozen=True)
class ZBLSettings:
    """Ziegler-Biersack-Littmark repulsion of nuclei, added to the learned terms, which learn what remains.

    inner: where it starts to be switched off, angstrom; by default half of outer.
    outer: where it has vanished, angstrom; by default the sum of the two elements' covalent radii (Cordero et al.,
        Dalton Trans. 2832, 2008), at most the cutoff.
    pairs: other distances for some pairs of species, as H-O = [inner, outer].
    """

    inner: float | None = None
    outer: float | None = None
    pairs: dict[str, tuple[float, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.inner is not None and self.outer is None:
            raise UserError("expected outer beside inner")
        for pair, distances in self.pairs.items():
            if len(distances) != 2 or not 0 <= distances[0] < distances[1]:
                raise UserError(f"pairs.{pair}: expected [inner, outer], 0 <= inner < outer, got {list(distances)}")
        if self.outer is not None and not 0 <= (self.outer / 2 if self.inner is None else self.inner) < self.outer:
            raise UserError(f"expected 0 <= inner < outer, got {self.inner}, {self.outer}")

    @property
    def cutoff(self) -> float:
        """angstrom, the largest distance that is given"""
        return max([self.outer or 0.0, *(outer for _, outer in self.pairs.values())])


TermSettings = PowerSpectrumSettings | DeepPotSESettings | BehlerParrinelloSettings | ZBLSettings
