"""One solver for all moment systems: Euler, Navier-Stokes-Fourier, Grad, HME, and those that were learned.

d_t m_k + d_x F_k = p_k + (m_k[M] - m_k) / eps, k = 0 .. M: conservative differences of fifth order with the fluxes of
Lax and Friedrichs, collisions implicit. For powers of v, F_k is m_(k+1). The closure says what a_(M+1) is, which
completes the last flux, and what p is in the last equations, which needs no flux: the conserved moments never see that
term. Compiled loops (kinetic.kernels) do the same where they can, many steps at once."""

import math
from typing import Protocol

import torch
from torch import Tensor

from kinetic import kernels
from kinetic.flow import Flow
from kinetic.kernels.moments import ASKED, NONE, NOTHING, Compiled, Equations, Known, Local
from kinetic.moments.faces import fluxes
from kinetic.moments.flights import Flights
from kinetic.moments.hermite import Gas, Slopes
from kinetic.moments.variables import Variables
from kinetic.moments.walls import Ends
from kinetic.numerics.imex import STAGES, Marched, Way
from kinetic.numerics.weno import GHOSTS, derivative


class Closure(Protocol):
    """What a moment model adds to the equations of its moments."""

    @property
    def variables(self) -> Variables:
        """Of its moments."""
        ...

    fastest: float  # bound of |characteristic speed - u| / sqrt(theta)

    @property
    def courant(self) -> float:
        """The Courant number of the longest stable step (kinetic.moments.stability)."""
        ...

    @property
    def flagged(self) -> float:
        """Share of the cells so far in which it fell back on another closure."""
        ...

    def next_moment(self, gas: Gas, d: Slopes, eps: Tensor) -> Tensor | None:
        """a_(M+1) [..., nx]; None for 0."""
        ...

    def production(self, gas: Gas, d: Slopes, flown: Slopes, eps: Tensor, flights: Flights) -> Tensor | None:
        """p of the last n equations: [..., n, nx], n <= M - 2; None for 0. flown: what flies of the slopes d."""
        ...

    def relax(self, m: Tensor, eps: Tensor, dt: float) -> Tensor:
        """z = m + dt R(z) / eps, R / eps what collisions do to the moments."""
        ...

    def frequency(self, rho: Tensor, theta: Tensor) -> Tensor:
        """How often molecules collide in a gas of this density and temperature, over 1 / eps: what flights count."""
        ...

    def diffusivity(self, gas: Gas, eps: Tensor) -> float:
        """The largest one in the flow, which bounds the step like dx^2."""
        ...

    @property
    def equations(self) -> Equations:
        """What compiled loops must know of it."""
        ...

    def beyond(self, local: Local, flights: Flights) -> Tensor | None:
        """Its part of p, over -scale (kinetic.kernels.moments.Rates): what loops ask for. [..., n, nx]; None for 0."""
        ...

    def saw(self, outside: int, cells: int) -> None:
        """Told by loops that did not have to ask: in `outside` of the cells it would have fallen back."""
        ...


class MomentSystem:
    """A System of m: [B, M + 1, nx]."""

    def __init__(self, flow: Flow, closure: Closure):
        self.closure, self.dx, self.eps = closure, flow.dx, flow.knudsen
        self.variables, self._courant = closure.variables, closure.courant
        self._flights = Flights(flow, closure.frequency)
        self._ends = Ends(self.variables, 2 * GHOSTS, flow.left, flow.right, flow.knudsen.device)
        self._drawn, self._seen = 0, 0
        edge = flow.left.kind == "periodic"
        self._eps = torch.nn.functional.pad(flow.knudsen, (GHOSTS, GHOSTS), mode="circular" if edge else "replicate")
        self._compiled = self._compile()

    @property
    def flagged(self) -> float:
        """Share of the cells, over all steps, in which the closure fell back on another one, or whose moments were no
        gas's and were drawn towards equilibrium; the larger one, since many are both."""
        return max(self.closure.flagged, self._drawn / max(1, self._seen))

    def start(self, flow: Flow) -> Tensor:
        """m at t = 0: [B, M + 1, nx]."""
        return self.variables.start(flow)

    def slopes(self, m: Tensor, still: bool = False) -> tuple[Gas, Slopes]:
        """The gas and its derivatives in the mesh and GHOSTS cells beyond each end: [..., nx + 6]. still: without jumps
        at walls (kinetic.moments.walls)."""
        wide = self.variables.gas(self._ends.pad(m, still))
        fields = torch.cat([torch.stack(wide[:3], -2), wide.a[..., 3:, :]], -2)
        d = derivative(fields, self.dx)
        inner = slice(GHOSTS, -GHOSTS)
        gas = Gas(*(x[..., inner] for x in wide))
        zero = torch.zeros_like(d[..., :1, :])
        da = torch.cat([zero, zero, zero, d[..., 3:, :]], -2)
        return gas, Slopes(d[..., 0, :] / gas.rho, d[..., 1, :] / gas.theta.sqrt(), d[..., 2, :] / gas.theta, da)

    def transport(self, m: Tensor) -> Tensor:
        if (loops := self._loops(m)) is not None:
            return self._compiled_transport(loops, m)
        gas, d = self.slopes(m)
        carried = self.variables.carried(gas, self.closure.next_moment(gas, d, self._eps))
        through = fluxes(self.variables, *carried, gas, self._speed(gas))
        rate = -torch.diff(self._ends.flux(through, m), dim=-1) / self.dx
        inner = slice(GHOSTS, -GHOSTS)
        gas, d = Gas(*(x[..., inner] for x in gas)), Slopes(*(x[..., inner] for x in d))
        flown = Slopes(*(x[..., inner] for x in self.slopes(m, still=True)[1])) if self._ends.emit else d
        produced = self.closure.production(gas, d, flown, self.eps, self._flights)
        if produced is None:
            return rate
        n = produced.shape[-2]
        return torch.cat([rate[..., :-n, :], rate[..., -n:, :] + produced], -2)

    def several_steps(self, m: Tensor, way: Way) -> Marched | None:
        """Where nothing in them has to be asked for."""
        loops = self._loops(m)
        if loops is None or not loops.law.whole or not self._known_to(loops):
            return None
        marched, outside, drawn = loops.march(m, way, *self._reach(way.courant))
        cells = STAGES * len(marched.lengths) * self.eps.numel()
        self.closure.saw(outside, cells)
        self._drawn += drawn
        self._seen += cells
        return marched

    def _compiled_transport(self, loops: Compiled, m: Tensor) -> Tensor:
        known = Known() if loops.law.whole else self._ends.known(m)
        if self._known_to(loops):
            rate, outside = loops.transport(m, known)
            self.closure.saw(outside, self.eps.numel())
            return rate
        found = loops.rates(m, known)
        h = self.closure.beyond(found.local, self._flights)
        if h is not None:
            found.rate[..., -h.shape[-2] :, :].addcmul_(found.scale, h, value=-1.0)
        return found.rate

    def _known_to(self, loops: Compiled) -> bool:
        """Whether the loops know all of the closure, and no gradient of its parameters can be wanted."""
        kind = loops.closing
        return kind.kind != ASKED and not (kind.trained and torch.is_grad_enabled())

    def _loops(self, m: Tensor) -> Compiled | None:
        """Those that can work on m, if there are some."""
        return self._compiled if kernels.usable(m) and m.shape[:-2] == self.eps.shape[:-1] else None

    def _compile(self) -> Compiled | None:
        if not kernels.usable(self.eps):
            return None
        equations = self.closure.equations
        law = self._ends.law(equations.variables == "hermite")
        free = NONE if equations.closing.kind in (NOTHING, ASKED) else self._flights.free
        return Compiled(equations, self.eps, self._eps, self.dx, free, law)

    def relax(self, m: Tensor, dt: float) -> Tensor:
        """By collisions; further to equilibrium where no gas has such moments (kinetic.moments.realizability)."""
        self._seen += self.eps.numel()
        if (loops := self._loops(m)) is not None:
            z, drawn = loops.relax(m, dt)
            self._drawn += drawn
            return z
        found = self.closure.relax(m, self.eps, dt)
        gas = self.variables.gas(found)
        share = self.variables.share(gas)
        if share is None:
            return found
        self._drawn += int((share < 1.0).sum())
        equilibrium = self.variables.equilibrium(gas.rho, gas.u, gas.theta)
        higher = torch.lerp(equilibrium[..., 3:, :], found[..., 3:, :], share.unsqueeze(-2))
        return torch.cat([found[..., :3, :], higher], -2)

    def longest_step(self, m: Tensor, courant: float) -> float:
        if (loops := self._loops(m)) is not None:
            speed, diffusivity = loops.signal(m)
        else:
            gas = self.variables.gas(m)
            speed, diffusivity = float(self._speed(gas).detach().max()), self.closure.diffusivity(gas, self.eps)
        of_speed, of_diffusivity = self._reach(courant)
        return min(of_speed / speed, of_diffusivity / diffusivity if diffusivity > 0 else math.inf)

    def _reach(self, courant: float) -> tuple[float, float]:
        """The longest step, times the speed of signals and times the diffusivity."""
        return courant * self._courant * self.dx, courant * self.dx**2

    def _speed(self, gas: Gas) -> Tensor:
        return gas.u.abs() + self.closure.fastest * gas.theta.sqrt()
