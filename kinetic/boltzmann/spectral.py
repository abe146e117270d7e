"""A second way to solve the BGK model, for smooth periodic flows: exact streaming in Fourier space, exact collisions.

Strang's splitting in turn, so that in time it is of second order and in x and v spectrally accurate. It shares nothing
with the other solver but the Maxwellian, and is the truth for tests and tables."""

import torch
from torch import Tensor

from kinetic.boltzmann.velocities import Velocities
from kinetic.flow import Flow
from trainer.errors import UserError


class Spectral:
    """f [B, nv, nx] -> f at a later time."""

    def __init__(self, flow: Flow, velocities: Velocities):
        """Raises UserError unless the flow is periodic."""
        if flow.left.kind != "periodic":
            raise UserError(f"the spectral solver takes periodic flows, got a wall of kind {flow.left.kind}")
        velocities.check(flow.velocity, flow.temperature)
        self.velocities, self._flow = velocities, flow

    def stream(self, f: Tensor, t: float) -> Tensor:
        """f(x - v t, v): free flight for the time t, exact for what the mesh resolves."""
        n = f.shape[-1]
        k = torch.fft.rfftfreq(n, self._flow.dx, dtype=torch.float64, device=f.device)
        shift = torch.exp(-2j * torch.pi * t * self.velocities.v[:, None] * k)
        moved: Tensor = torch.fft.irfft(torch.fft.rfft(f) * shift, n)
        return moved

    def collide(self, f: Tensor, t: float) -> Tensor:
        """M + (f - M) exp(-t / eps): the homogeneous BGK model, exact."""
        m = self.velocities.maxwellian(self.velocities.moments(f, 2))
        return m + (f - m) * torch.exp(-t / self._flow.knudsen[:, None])

    def march(self, f: Tensor, t: float, steps: int) -> Tensor:
        """stream dt / 2, collide dt, stream dt, ..., stream dt / 2 with dt = t / steps."""
        dt = t / steps
        f = self.stream(f, 0.5 * dt)
        for k in range(steps):
            f = self.stream(self.collide(f, dt), dt if k + 1 < steps else 0.5 * dt)
        return f
