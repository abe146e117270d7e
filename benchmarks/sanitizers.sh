#!/usr/bin/env bash
# The kernels and the pair style under AddressSanitizer and UndefinedBehaviorSanitizer, with the standard library's own
# checks: builds them so into a virtual environment of their own and runs their tests there. The first error ends it.
#
#     benchmarks/sanitizers.sh [PYTHON]        which has henrici installed with [test]; default .venv/bin/python
#
# Leaks are not looked for: torch and LAMMPS free nothing when a process ends.
set -euo pipefail
cd "$(dirname "$0")/.."
parent=${1:-.venv/bin/python}
folder=build/sanitizers
"$parent" -m venv "$folder/venv"
python=$PWD/$folder/venv/bin/python
site=$("$python" -c "import sysconfig; print(sysconfig.get_path('purelib'))")
"$parent" -c "import sys; print(*(path for path in sys.path if path.endswith('-packages')), sep='\n')" > "$site/parent.pth"
# programs that run LAMMPS; a script names the Python that it runs by
for program in lmp mpiexec hydra_pmi_proxy; do
    source=$(dirname "$parent")/$program
    if head -c 2 "$source" | grep -q '#!'; then
        { echo "#!$python"; tail -n +2 "$source"; } > "$folder/venv/bin/$program"
    else
        ln -sf "$(realpath "$source")" "$folder/venv/bin/$program"
    fi
    chmod +x "$folder/venv/bin/$program"
done

flags="-fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer -g1 -O1 -D_GLIBCXX_ASSERTIONS"
"$python" -m pip install --quiet --no-build-isolation --no-deps --force-reinstall \
    --config-settings=build-dir="$folder/build" --config-settings=cmake.define.CMAKE_CXX_FLAGS="$flags" \
    --config-settings=install.strip=false .
# what was built watches memory, or all that follows proves nothing
for library in "$site"/{trainer,kinetic}/kernels/libhenrici*.so "$site"/lammps_plugin/{libhenricimodel,henriciplugin}.so; do
    [[ $(ldd "$library") == *libasan* ]] || { echo "$library was built without the sanitizers" >&2; exit 1; }
done

# libstdc++ too: what catches exceptions has to be there before the sanitizer looks for it
export LD_PRELOAD="$(gcc -print-file-name=libasan.so) $(gcc -print-file-name=libstdc++.so)"
export ASAN_OPTIONS=detect_leaks=0:detect_stack_use_after_return=1:strict_string_checks=1
export UBSAN_OPTIONS=print_stacktrace=1
cd tests  # where Python finds the installed packages, not the folders of the sources
"$python" -m pytest --rootdir=.. -x -q -p no:cacheprovider trainer/kernels kinetic/kernels kinetic/moments/test_flights.py \
    trainer/potentials/test_behler_parrinello.py lammps_plugin/test_lammps_native.py \
    lammps_plugin/test_lammps_equivalence.py lammps_plugin/test_lammps_committee.py
