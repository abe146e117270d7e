"""One run of a LAMMPS program: the time of its steps by LAMMPS's clock and by the system's, and its peak memory."""

import os
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from comparison.timing import threads

SCRIPT = """
units metal
boundary p p p
read_data {data}
replicate {copies} {copies} {copies}
{style}
velocity all create 330 771 loop geom
neighbor 2 bin
neigh_modify every 10 delay 0 check no
timestep 0.0005
fix 1 all nve
thermo_style custom step temp pe etotal
thermo_modify flush yes
thermo 1000000
run {warm}
run {steps}
"""
ROW = re.compile(r"\s*\d+( +-?[\d.e+]+){3}\s*")
HOTTEST = 1000.0  # K; a run above this has blown up, and its neighbour lists are not those of water


@dataclass(frozen=True)
class Program:
    """A program with a potential. lmp: its own; style: lines of the script; environment: besides the threads'."""

    lmp: Path
    style: str
    environment: Mapping[str, str] = field(default_factory=dict)
    ranks: int = 1
    threads: int = 1


@dataclass(frozen=True)
class Cost:
    """loop, cpu: us/atom/step of wall and of CPU time, peak: bytes."""

    loop: float
    cpu: float
    peak: float


def run(program: Program, data: Path, copies: int, steps: int, warm: int = 10) -> Cost:
    """`steps` of NVE at 330 K with 0.5 fs, after `warm`, of copies^3 of the water in `data`; the list is rebuilt every
    tenth step."""
    folder = data.parent
    script = folder / "in.run"
    script.write_text(SCRIPT.format(data=data, copies=copies, style=program.style, warm=warm, steps=steps))
    command: list[str | Path] = [program.lmp, "-in", script, "-log", "none"]
    if program.ranks > 1:
        command = [program.lmp.parent / "mpiexec", "-n", str(program.ranks), *command]
    environment = {**os.environ, **threads(program.threads), **program.environment}
    process = subprocess.Popen(
        command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    assert process.stdout
    output, spent, peak = [], [], 0
    for line in process.stdout:
        output.append(line)
        if ROW.fullmatch(line):  # first and last step of each run, printed at once
            processes = [process.pid, *children(process.pid)]
            spent.append(sum(map(cpu, processes)))
            peak = sum(map(peak_memory, processes))
            if float(line.split()[1]) > HOTTEST:
                process.terminate()
    text = "".join(output)
    if process.wait() or len(spent) != 4:
        raise SystemExit(f"{' '.join(map(str, command))}: failed\n{text[-2000:]}")
    loop = re.findall(r"Loop time of (\S+) on \d+ procs for \d+ steps with (\d+) atoms", text)[-1]
    each = 1e6 / (int(loop[1]) * steps)
    return Cost(each * float(loop[0]), each * (spent[3] - spent[2]), peak)


def children(pid: int) -> list[int]:
    """All processes below this one: `lmp` of a wheel is a script that starts the program."""
    below = [int(word) for file in Path(f"/proc/{pid}/task").glob("*/children") for word in file.read_text().split()]
    return [*below, *(deeper for child in below for deeper in children(child))]


def cpu(pid: int) -> float:
    """User and system time of all threads of a process, s."""
    words = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")


def peak_memory(pid: int) -> float:
    """The most memory that a process ever had, bytes."""
    status = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    return 1024.0 * int(status[1]) if status else 0.0
