"""What is not installed is one clear line."""

import sys

import numpy as np
import pytest

from theory.classes.lipschitz import Lipschitz
from theory.experiments.problems import digits
from theory.numerics import elements
from trainer.errors import UserError


@pytest.mark.parametrize(
    ("module", "name", "call"),
    [
        ("skfem", "skfem", lambda: elements.square(3)),
        ("sklearn.datasets", "sklearn", lambda: digits(100, 0)),
        ("ot", "ot", lambda: Lipschitz().supremum(np.eye(3), np.array([[1.0, -2.0, 0.5]]))),
    ],
)
def test_an_engine_that_is_not_installed_is_one_clear_line(module: str, name: str, call, monkeypatch):
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(UserError, match=rf'^{name} is not installed: pip install "henrici\[theory\]"$'):
        call()
