"""Moment models beside BGK on flows of other kinds than those that closures are trained on: shock tubes, normal shocks,
other jumps, walls, large amplitudes, fast gases, hot spots, streams that meet. `other_flows.py [--model m.pt ...]`."""

import argparse
from collections.abc import Iterator, Sequence

import torch

from kinetic import Discretisation, Flow, FlowSettings, KnudsenSettings, Wall, errors, solve
from kinetic.cases.build import build
from trainer.errors import UserError

MODELS = ("hme-5", "waves-5", "waves-3")
TUBES = {  # density, velocity, temperature on both sides
    "temperatures of 4 : 1": ((1.0, 0.0, 4.0), (1.0, 0.0, 1.0)),
    "densities of 8 : 1": ((8.0, 0.0, 1.0), (1.0, 0.0, 1.0)),
    "Lax's tube": ((0.89, 0.35, 2.48), (1.0, 0.0, 0.57)),
    "streams that part at +-1 sqrt(T)": ((1.0, -1.0, 1.0), (1.0, 1.0, 1.0)),
}
Case = tuple[str, Flow, float, Discretisation]  # name, flow, end, how BGK solves it


def cases() -> Iterator[Case]:
    for eps in (0.01, 0.1, 10.0):
        flow = build(FlowSettings(kind="riemann", cells=100), KnudsenSettings(low=eps))
        yield f"shock tube, eps = {eps:g}", flow, 0.15, velocities(8.0, 240)
    for name, (left, right) in TUBES.items():
        for eps in (0.1, 10.0):
            settings = FlowSettings(kind="riemann", cells=100, left_state=left, right_state=right)
            yield f"{name}, eps = {eps:g}", build(settings, KnudsenSettings(low=eps)), 0.12, velocities(12.0, 240)
    for mach, cells, end in ((1.5, 100, 0.3), (3.0, 60, 0.15), (5.0, 60, 0.09), (10.0, 60, 0.045)):
        flow = build(FlowSettings(kind="shock", mach=mach, cells=cells), KnudsenSettings(low=0.02))
        yield f"normal shock, Mach {mach:g}", flow, end, velocities(max(10.0, 6.4 * mach), 400)
    mirrors = Wall("reflecting"), Wall("reflecting")
    layer = build(FlowSettings(cells=100), KnudsenSettings("layer", 1e-3, 10.0), *mirrors)
    yield "wave, reflecting walls, a layer of eps from 0.001 to 10", layer, 0.5, velocities(8.0, 160)
    warm = Wall("diffuse"), Wall("diffuse", temperature=1.3)
    yield (
        "wave, diffuse walls, eps = 0.3",
        build(FlowSettings(), KnudsenSettings(low=0.3), *warm),
        0.5,
        velocities(8.0, 160),
    )
    yield from waves()
    yield from jumps()


def waves() -> Iterator[Case]:
    """At eps = 1."""
    eps = KnudsenSettings(low=1.0)
    large = FlowSettings(cells=100, density=(1, 0.7, 0), velocity=(0, 0.8, 0.16), temperature=(1, 0.5, 0.32))
    yield "wave of amplitudes 0.7, 0.8, 0.5", build(large, eps), 0.5, velocities(12.0, 160)
    for speed in (2.0, 5.0):
        flow = build(FlowSettings(cells=100, velocity=(speed, 0.2, 0.16)), eps)
        yield f"wave at {speed:g} sqrt(T)", flow, 0.5, velocities(speed + 6.5, 240)


def jumps() -> Iterator[Case]:
    """On 90 cells, between open ends."""
    x = (torch.arange(90, dtype=torch.float64) + 0.5) / 90
    one, open_ends = torch.ones(1, 1, 90, dtype=torch.float64), (Wall("outflow"), Wall("outflow"))
    spot = 1.0 + 8.0 * ((x - 0.5).abs() < 0.1)
    for eps in (0.1, 1.0, 10.0):
        hot = Flow(one, 0.0 * one, spot * one, eps * one[0], 1.0, *open_ends)
        yield f"a spot of nine times the temperature, eps = {eps:g}", hot, 0.06, velocities(18.0, 240)
        for speed, end in ((1.5, 0.12), (3.0, 0.08)):
            apart = torch.where(x < 0.5, speed, -speed) * one
            flow = Flow(one, apart, one, eps * one[0], 1.0, *open_ends)
            how = velocities(6.0 * speed + 2.0, 400)
            yield f"streams that meet at +-{speed:g} sqrt(T), eps = {eps:g}", flow, end, how


def velocities(limit: float, count: int) -> Discretisation:
    return Discretisation(velocity_limit=limit, velocities=count)


def joint(model: str, case: Case) -> str:
    """Joint error in %, and the share of cells on the fall-back."""
    _, flow, end, how = case
    times = [0.5 * end, end]
    try:
        found = solve(model, flow, times)
    except UserError:
        return "lost"
    off = 100 * float(errors(found, solve("bgk", flow, times, how))[0, 3])
    return f"{off:.2f}" + (f", {100 * found.flagged:.0f} % flagged" if found.flagged > 0.005 else "")


def table(models: Sequence[str]) -> None:
    print(f"joint relative L2 errors in %\n| flow | {' | '.join(models)} |\n|---|{'--:|' * len(models)}")
    for case in cases():
        print(f"| {case[0]} | {' | '.join(joint(model, case) for model in models)} |", flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", nargs="+", default=[], help="model files, beside the classical closures")
    torch.set_num_threads(1)
    table((*MODELS, *parser.parse_args().model))
