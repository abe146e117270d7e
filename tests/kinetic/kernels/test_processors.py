"""Libraries for processors that know less than this one, which it runs as well, say what torch does."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

KINDS = ["DEFAULT", "AVX2", "AVX512"]  # each knows what those before it do
TESTS = """
import sys, pytest, torch
from kinetic import kernels
assert torch.backends.cpu.get_cpu_capability() == sys.argv[1] and kernels.available()
sys.exit(pytest.main(["-q", "-p", "no:cacheprovider", *sys.argv[2:]]))
"""


@pytest.mark.parametrize("kind", KINDS[:-1])
def test_marches_equal_the_torch_code(kind: str):
    own = torch.backends.cpu.get_cpu_capability()
    if own not in KINDS or KINDS.index(own) <= KINDS.index(kind):
        pytest.skip("that is this processor's own library, which other tests are of, or one for others")
    marches = [str(Path(__file__).with_name("test_march.py")), "-k", "equal and closed"]
    ran = subprocess.run(
        [sys.executable, "-c", TESTS, kind, *marches],
        env={**os.environ, "ATEN_CPU_CAPABILITY": kind.lower()},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
