#!/usr/bin/env bash
# Sets up the peer of our benchmarks, DeePMD-kit with its TensorFlow backend, in a virtual environment of its own.
#     benchmarks/peer_deepmd.sh [FOLDER]        default FOLDER: .peer-deepmd
set -euo pipefail
folder=${1:-.peer-deepmd}
python3 -m venv "$folder"
"$folder/bin/pip" install --quiet torch==2.13.0
"$folder/bin/pip" install --quiet 'deepmd-kit[cpu,lmp]==3.2.0' ase
"$folder/bin/dp" --version
