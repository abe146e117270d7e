"""The autoencoder as a task of the training loop: distributions of the data at single places, and what is left of
them."""

from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from kinetic.autoencoder.functions import Autoencoder, omega
from kinetic.autoencoder.settings import MomentsSettings
from kinetic.closure.data import Data
from kinetic.closure.settings import ClosureTraining
from trainer.loop import processes
from trainer.sampling import Batches, generator

WEIGHED, DEVIATION, WHOLE = "weighed_relative", "deviation_relative", "distribution_relative"
FLOOR = 0.01  # of the mean |F - omega|^2: what is closer to equilibrium counts as this far away


class Places(NamedTuple):
    """Distributions at P places, each in the frame of its gas."""

    F: Tensor  # [P, nv] f sqrt(theta) / rho
    xi: Tensor  # [P, nv]
    width: Tensor  # [P] sqrt(theta)
    dxi: Tensor  # [P] between two of xi

    def take(self, chosen: list[int] | slice) -> "Places":
        return Places(*(x[chosen] for x in self))


class AutoencoderTask:
    """loss = <|F - F^|^2 / |F - omega|^2>, in the mean over places: the share that is lost of what is not a Maxwellian.

    |q|^2 = int q^2 (1 + xi^2 / 2)^2 dxi, since fluxes of the moments are made of fast molecules."""

    def __init__(self, settings: MomentsSettings, how: ClosureTraining, training: Data, validation: Data):
        """Raises UserError for a device that is not there."""
        device = processes.device(how.device)
        self._train, self._held = (places(data.to(device)) for data in (training, validation))
        self._floor = FLOOR * float(squared(self._train, self._train.F - omega(self._train.xi)).mean())
        self.module = Autoencoder(settings.order, settings.extra, settings.width, generator(how.seed)).to(device)
        with torch.no_grad():
            b = torch.cat([encoded(self.module, part) for part in pieces(self._train)])
            self.module.scale.copy_(b.square().mean(0).sqrt())
        count = len(self._train.F)
        self._batches = Batches(torch.ones(count).numpy().astype("int64"), min(settings.places, count), how.seed)

    def loss(self, step: int, decay: float) -> tuple[Tensor, dict[str, tuple[float, float]]]:
        part = self._train.take(self._batches[step])
        share = self._lost(self.module, part)
        return share.mean(), {WEIGHED: (float(share.detach().sum()), float(len(share)))}

    @torch.no_grad()
    def validate(self, module: nn.Module) -> dict[str, float]:
        """Root mean squares over the distributions held back: of the loss; and without weights, of what is lost of what
        is not a Maxwellian, and of the whole."""
        found = []
        for part in pieces(self._held):
            off, away = part.F - decoded(module, part), part.F - omega(part.xi)
            size, lost = part.F.square().sum(-1), off.square().sum(-1)
            far = away.square().sum(-1) + FLOOR * size
            found.append(torch.stack([self._lost(module, part), lost / far, lost / size]))
        means = torch.cat(found, 1).mean(1).sqrt().tolist()
        return dict(zip((WEIGHED, DEVIATION, WHOLE), means, strict=True))

    def _lost(self, module: nn.Module, part: Places) -> Tensor:
        off = squared(part, part.F - decoded(module, part))
        return off / (squared(part, part.F - omega(part.xi)) + self._floor)


def places(data: Data) -> Places:
    """All distributions of the data."""
    f = data.distributions.double().movedim(-2, -1).flatten(0, -2)  # [P, nv]
    return in_frame(f, data.velocities)


def in_frame(f: Tensor, v: Tensor) -> Places:
    """f: [P, nv] on the velocities v [nv], equally spaced."""
    dv = v[1] - v[0]
    rho = f.sum(-1) * dv
    u = f @ v * dv / rho
    xi = v - u[:, None]
    theta = (f * xi.square()).sum(-1) * dv / rho
    scale = theta.sqrt()
    return Places(f * (scale / rho)[:, None], xi / scale[:, None], scale, dv / scale)


def pieces(whole: Places) -> list[Places]:
    """Few at a time: functions at all of them would not fit into memory."""
    return [whole.take(slice(k, k + 2048)) for k in range(0, len(whole.F), 2048)]


def encoded(module: Any, part: Places) -> Tensor:
    """b_3 .. b_M: [P, M - 2]. module: an Autoencoder, or one from a file."""
    e = module.functions(part.xi)[..., 3 : module.order + 1]
    return torch.einsum("pvk,pv->pk", e, part.F) * part.dxi[:, None]


def decoded(module: Any, part: Places) -> Tensor:
    """F^ of the code of F: [P, nv]. module: an Autoencoder, or one from a file."""
    return torch.as_tensor(module(encoded(module, part), part.xi))


def squared(part: Places, q: Tensor) -> Tensor:
    """|q|^2 [P]"""
    return torch.sum((q * (1.0 + 0.5 * part.xi.square())).square(), -1).mul(part.dxi)
