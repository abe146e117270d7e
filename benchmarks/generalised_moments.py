"""Distributions from fixed Hermite moments, and from learned ones: `benchmarks/generalised_moments.py FILE.pt ...`.

FILE.pt: models of `henrici kinetic encode`, or closures of learned moments. On unseen random flows at t = 0.4, for each
eps, the relative L2 error of f as its first moments make it (root mean square over all places), and of what is not a
Maxwellian in f, the share that is lost."""

import argparse
import io
from collections.abc import Callable, Sequence
from pathlib import Path

import torch
from matplotlib.figure import Figure
from moment_models import unseen
from torch import Tensor

from kinetic import Discretisation, solve
from kinetic.autoencoder.functions import omega, untrained
from kinetic.autoencoder.task import Places, decoded, in_frame
from trainer.export import load_script
from trainer.files import write_atomically
from trainer.report.figures import COLORS

ORDERS = (5, 7, 9)
Decoder = Callable[[Places], Tensor]


def decoders(files: Sequence[Path]) -> dict[str, Decoder]:
    """By name. Untrained autoencoders are the expansion in Hermite polynomials."""
    found: dict[str, Decoder] = {}
    for order in ORDERS:
        module = untrained(order, 1, 1)
        found[f"{order + 1} Hermite moments"] = lambda part, module=module: decoded(module, part)  # type: ignore[misc]
    for path in files:
        script = load_script(path)
        module = getattr(script, "local", script)  # of a convolutional closure
        module = getattr(module, "autoencoder", module)
        found[f"{module.order + 1} of {path.name}"] = lambda part, module=module: decoded(module, part)  # type: ignore[misc]
    return found


def table(found: dict[str, Decoder], knudsen: Sequence[float], count: int, cells: int) -> Places:
    """Prints errors in per cent: of f / of what is not a Maxwellian. Answers the places of the largest eps, mix."""
    print(f"{count} unseen flows, {cells} cells, t = 0.4\n| task | eps | {' | '.join(found)} |")
    print(f"|---|--:|{'--:|' * len(found)}")
    for task in ("wave", "mix"):
        for eps in knudsen:
            f = solve("bgk", unseen(task, eps, count, cells), [0.4], Discretisation()).state
            part = in_frame(f.mT.flatten(0, 1), Discretisation().grid().v)
            row = []
            for decode in found.values():
                off = (part.F - decode(part)).square().sum(-1)
                whole, away = part.F.square().sum(-1), (part.F - omega(part.xi)).square().sum(-1)
                relative, lost = float((off / whole).mean().sqrt()), float((off.sum() / away.sum()).sqrt())
                row.append(f"{100 * relative:.2f} / {100 * lost:.0f}")
            print(f"| {task} | {eps:g} | {' | '.join(row)} |", flush=True)
    return part


def draw(found: dict[str, Decoder], part: Places, path: Path) -> None:
    """The places at which six Hermite moments are worst, a tenth from the worst, and a third."""
    names = [name for name in found if name.startswith("6 ")]
    off = (part.F - found[names[0]](part)).square().sum(-1).argsort(descending=True)
    figure = Figure(figsize=(9, 3.2), layout="constrained")
    for axes, share in zip(figure.subplots(1, 3, sharey=True), (0.0, 0.1, 0.33), strict=True):
        k = int(off[int(share * len(off))])
        one = part.take([k])
        axes.plot(one.xi[0], one.F[0], color="#808080", linewidth=4, alpha=0.6, label="BGK")
        for color, name in zip(COLORS, names, strict=False):
            axes.plot(one.xi[0], found[name](one)[0], color=color, label=name.removesuffix(".pt"))
        axes.set_xlim(-4.5, 4.5)
        axes.set_ylim(-0.03, 0.68)
        axes.set_xlabel("(v − u) / √T")
    figure.axes[0].set_ylabel("f, in units of the gas")
    figure.axes[0].legend(fontsize="small")
    stream = io.BytesIO()
    figure.savefig(stream, format="png", dpi=110)
    write_atomically(path, stream.getvalue())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--flows", type=int, default=4, help="for each task and eps (default: 4)")
    parser.add_argument("--cells", type=int, default=50, help="(default: 50)")
    parser.add_argument("--eps", type=float, nargs="+", default=(0.01, 0.1, 1.0, 10.0))
    parser.add_argument("--picture", type=Path, help="PNG of some distributions")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    with torch.no_grad():
        found = decoders(arguments.files)
        part = table(found, arguments.eps, arguments.flows, arguments.cells)
        if arguments.picture is not None:
            draw(found, part, arguments.picture)


if __name__ == "__main__":
    main()
