"""The power spectrum: its closed form, what normalising brings to order one, its radial functions and activation."""

import dataclasses
import math

import numpy as np
import pytest
import torch
from models import CUTOFF, POWER_SPECTRUM
from numpy.polynomial.chebyshev import chebvander
from numpy.polynomial.legendre import Legendre
from physics import System, assert_close, cluster
from scipy.integrate import quad
from tolerances import FLOAT64
from torch import Tensor

from trainer.data.settings import DataSettings
from trainer.environment import Environment
from trainer.errors import UserError
from trainer.mechanics import centers
from trainer.potentials import build
from trainer.potentials.networks import SILU_GAIN
from trainer.potentials.normalise import normalise_power_spectrum
from trainer.potentials.potential import AtomicNetworks
from trainer.potentials.power_spectrum import PowerSpectrum
from trainer.potentials.radial import R_0, chebyshev
from trainer.potentials.settings import PotentialSettings

SAMPLE = [cluster(12, k).environment(CUTOFF) for k in range(5)]


def term_of(environments: list[Environment], angular: int = 2) -> AtomicNetworks:
    """For H and O, normalised on the environments."""
    table = dataclasses.replace(POWER_SPECTRUM, angular=angular)
    settings = PotentialSettings(data=(DataSettings(train=("unused",)),), dtype="float64", power_spectrum=table)
    term = build.potential(settings, ("H", "O")).terms[0].requires_grad_(False)
    normalise_power_spectrum(term.encoder, environments)
    return term


def descriptors(term: AtomicNetworks, environment: Environment) -> Tensor:
    e = environment
    features, saved = term.project(e.species, centers(e.row), e.neighbor, e.displacement, len(e.species))
    return term.descriptors(features, saved, e.species)


@pytest.mark.parametrize("angular", [1, 2])
def test_blocks_are_sums_of_legendre_polynomials_over_pairs_of_neighbours(angular: int):
    """D^l[a, c] = sum_jk R_a(r_j) R_c(r_k) P_l(cos theta_jk), for an H between an H and two O."""
    term = term_of(SAMPLE, angular)
    encoder: PowerSpectrum = term.encoder
    positions = np.array([[0.0, 0.0, 0.0], [1.1, 0.2, -0.4], [-0.3, 1.9, 0.5], [0.8, -0.9, 2.6]])
    d = descriptors(term, System([0, 0, 1, 1], positions).environment(CUTOFF))[0]
    got = d * encoder.std[0] + encoder.mean[0]

    r = torch.from_numpy(np.linalg.norm(positions[1:], axis=1))
    m, u, _ = encoder.basis(r)
    c = encoder.radial()[0][0].view(2, encoder.basis.n, -1)  # of an H in the centre: [T, n, M]
    window = torch.stack([c[t, k : k + 6] for t, k in zip([0, 1, 1], m.tolist(), strict=True)])
    radial = torch.einsum("jk,jkc->jc", u, window)
    unit = positions[1:] / r.unsqueeze(1).numpy()
    expected = [encoder.scale[0, 0] * radial.sum(0)]
    for l in range(1, angular + 1):  # noqa: E741, the formula's
        legendre = torch.from_numpy(Legendre.basis(l)(unit @ unit.T))
        scaled = encoder.scale[0, l] * radial
        expected.append((scaled[:, : encoder.axis].T @ legendre @ scaled).flatten())
    assert_close(got.numpy(), torch.cat(expected).numpy(), FLOAT64)


def test_in_the_data_descriptors_have_mean_zero_and_blocks_the_mean_square_one():
    term = term_of(SAMPLE)
    d, species = torch.cat([descriptors(term, e) for e in SAMPLE]), torch.cat([e.species for e in SAMPLE])
    for t in range(2):
        of_t = d[species == t]
        assert_close(1.0 + of_t.mean(0).numpy(), np.ones(d.shape[1]), FLOAT64)
        for block in torch.split(of_t, term.encoder.blocks, 1):
            assert float(block.square().mean()) == pytest.approx(1.0)


def test_what_vanishes_in_the_data_is_not_made_large():
    """In a cubic crystal A_1 and A_2 are zero, and D is the same everywhere; an O without data is as the others."""
    encoder: PowerSpectrum = term_of([System([0], np.zeros((1, 3)), 2.5 * np.eye(3), True).environment(CUTOFF)]).encoder
    assert encoder.scale[0].max() <= 1.001e3 * encoder.scale[0, 0]
    assert torch.equal(encoder.std, torch.ones_like(encoder.std))
    assert_close(encoder.scale[1].numpy(), encoder.scale[0].numpy(), FLOAT64)


def test_data_must_have_neighbours():
    apart = System([0, 1], np.array([[0.0, 0.0, 0.0], [CUTOFF + 1.0, 0.0, 0.0]])).environment(CUTOFF)
    with pytest.raises(UserError, match="no two atoms in the training data are within the cutoff"):
        term_of([apart])


def test_radial_polynomials_are_chebyshevs():
    r = torch.tensor([-0.3, 0.0, 0.5, 2.0, 4.0, 4.2], dtype=torch.float64)
    got = chebyshev(r, 4.0, 7)
    x = np.array(
        [1.0, 1.0, (1 - 0.5 / 4) / (1 + 0.5 / R_0) * 2 - 1, (1 - 2.0 / 4) / (1 + 2.0 / R_0) * 2 - 1, -1.0, -1.0]
    )
    assert_close(got.numpy(), chebvander(x, 6), FLOAT64)


def test_the_gain_of_silu():
    def square(z: float) -> float:
        return (z / (1.0 + math.exp(-z))) ** 2 * math.exp(-z * z / 2) / math.sqrt(2 * math.pi)

    assert SILU_GAIN**2 * quad(square, -30, 30, epsabs=1e-13)[0] == pytest.approx(1.0, abs=1e-10)
