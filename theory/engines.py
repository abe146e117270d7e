"""Other libraries that one part alone needs, imported when it does."""

import importlib
from types import ModuleType

from trainer.errors import UserError


def engine(name: str) -> ModuleType:
    """The module. Raises UserError where it is not installed."""
    try:
        return importlib.import_module(name)
    except ImportError:
        raise UserError(f'{name.split(".")[0]} is not installed: pip install "henrici[theory]"') from None
