"""Silicon from nothing: explore, label by Quantum ESPRESSO, train, until nothing is new; then check.

`make active-demo`. Everything is in runs/silicon_active; a project that was stopped goes on.
"""

import shutil
import subprocess
import sys
import time
from pathlib import Path

from check import check

HERE = Path(__file__).parent
FOLDER = HERE.parents[1] / "runs" / "silicon_active"
PROGRAM, PSEUDOPOTENTIAL = "pw.x", Path("/usr/share/espresso/pseudo/Si.pz-vbc.UPF")
PACKAGES = "quantum-espresso quantum-espresso-data libopenblas0-pthread"


def main() -> None:
    began = time.perf_counter()
    if shutil.which(PROGRAM) is None or not PSEUDOPOTENTIAL.exists():
        sys.exit(f"{PROGRAM} or {PSEUDOPOTENTIAL} is not here: apt-get install -y --no-install-recommends {PACKAGES}")
    henrici = Path(sys.executable).parent / "henrici"
    if subprocess.run([henrici, "explore", HERE / "project.toml", "-o", FOLDER], check=False).returncode:
        sys.exit(1)
    models = sorted((FOLDER / "models").glob("*.pt"))
    print(f"\n{len(models)} models against first principles that they never saw\n")
    missed = check(models)
    print(
        f"\nmodels  {FOLDER / 'models'}\npage    {FOLDER / 'project.html'}\n{time.perf_counter() - began:.0f} s in all"
    )
    sys.exit(1 if missed else 0)


if __name__ == "__main__":
    main()
