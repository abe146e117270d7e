"""What other libraries said, as it stands in our messages."""

import pytest
from ase.io.formats import UnknownFileTypeError

from trainer.errors import first_line, with_name


@pytest.mark.parametrize(
    ("error", "alone", "named"),
    [
        (ValueError("no such unit\nand more"), "no such unit", "ValueError: no such unit"),
        (UnknownFileTypeError("zzz"), "UnknownFileTypeError: zzz", "UnknownFileTypeError: zzz"),
        (KeyError("energy"), "KeyError: 'energy'", "KeyError: 'energy'"),
        (RuntimeError(), "RuntimeError", "RuntimeError"),
    ],
)
def test_a_word_alone_says_nothing_without_the_error_s_name(error: Exception, alone: str, named: str):
    assert first_line(error) == alone
    assert with_name(error) == named
