"""ms a call of an ASE calculator along a trajectory: `ase_calls.py henrici|deepmd MODEL TRAJECTORY`.

Run by the Python of either side. Prints the mean CPU time and wall time of energy and forces of a frame, neighbour list
included, over the second half of the frames; the first half warms up. A mean, as not every call builds a list anew."""

import statistics
import sys
import time
from typing import Any

import ase.io


def calculator(side: str, model: str) -> Any:
    if side == "henrici":
        from ase_calculator import Potential

        return Potential(model)
    from deepmd.calculator import DP

    return DP(model=model)


def main() -> None:
    side, model, trajectory = sys.argv[1:]
    frames = ase.io.read(trajectory, ":")
    atoms = frames[0].copy()
    atoms.calc = calculator(side, model)
    spent = []
    for frame in frames:
        atoms.positions = frame.positions
        began = time.process_time(), time.perf_counter()
        atoms.get_potential_energy()
        atoms.get_forces()
        spent.append((time.process_time() - began[0], time.perf_counter() - began[1]))
    cpu, wall = (1e3 * statistics.mean(clock) for clock in zip(*spent[len(spent) // 2 :], strict=True))
    print(cpu, wall)


if __name__ == "__main__":
    main()
