"""What a trajectory says of its substance: a page with structure, motion and error bars, beside a reference."""

import argparse
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    kinds = parser.add_subparsers(dest="kind", required=True, metavar="KIND")
    trajectory = kinds.add_parser(
        "trajectory",
        help="radial distribution functions, coordination numbers, diffusion, density",
        description="Radial distribution functions, coordination numbers, diffusion, density, with block error bars.",
    )
    trajectory.add_argument("trajectory", type=Path, help="what ase.io reads, a LAMMPS dump, DCD, XTC, ...")
    trajectory.add_argument("--reference", type=Path, help="another trajectory, to draw beside it")
    trajectory.add_argument("--topology", type=Path, help="a structure, for the elements of a DCD, XTC, ...")
    trajectory.add_argument("--types", nargs="+", default=[], metavar="ELEMENT", help="of the LAMMPS types 1, 2, ...")
    trajectory.add_argument("--dt", type=float, metavar="PS", help="time between frames, where the file has none")
    trajectory.add_argument("--skip", type=int, default=0, metavar="FRAMES", help="left out at the start, in both")
    trajectory.add_argument("--reference-topology", type=Path, metavar="FILE", help="the same of the reference")
    trajectory.add_argument("--reference-types", nargs="+", default=[], metavar="ELEMENT")
    trajectory.add_argument("--reference-dt", type=float, metavar="PS")
    trajectory.add_argument("--distance", type=float, default=10.0, help="angstrom, up to which (default: 10)")
    trajectory.add_argument("--csv", action="store_true", help="write the curves as CSV files beside the page")
    trajectory.add_argument(
        "-o", "--output", type=Path, default=Path("trajectory.html"), help="(default: trajectory.html)"
    )


def run(arguments: argparse.Namespace) -> int:
    from tqdm import tqdm

    from trainer.errors import UserError
    from trainer.files import writable, write_atomically
    from trainer.report.analysis import analyse
    from trainer.report.curves import curves_csv
    from trainer.report.trajectory import Source
    from trainer.report.trajectory_page import page

    a = arguments
    writable(a.output)
    if not a.distance > 0 or a.skip < 0 or any(dt is not None and not dt > 0 for dt in (a.dt, a.reference_dt)):
        got = f"{a.distance}, {a.dt}, {a.reference_dt} and {a.skip}"
        raise UserError(f"expected --distance, --dt, --reference-dt > 0 and --skip >= 0, got {got}")
    other = (a.reference_topology, tuple(a.reference_types), a.reference_dt)
    if a.reference is None and any(other):
        raise UserError("expected a trajectory in --reference, which other options of that name describe, got none")
    sources = [Source(a.trajectory, a.topology, tuple(a.types), a.dt, a.skip)]
    if a.reference is not None:
        sources.append(Source(a.reference, *other, a.skip))
    analyses = []
    for source in sources:
        frames = tqdm(source.snapshots(), source.path.name, unit=" frames", delay=3, leave=False, disable=None)
        analyses.append(analyse(source, frames, a.distance))
    written = {a.output: page(analyses)}
    if a.csv:
        written |= {a.output.with_suffix(f".{name}.csv"): content for name, content in curves_csv(analyses).items()}
    for path, content in written.items():
        write_atomically(path, content)
    print(f"wrote {', '.join(map(str, written))}")
    return 0
