"""`henrici kinetic` in this process, and closures whose training is stopped."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from kinetic.closure.task import ClosureTask
from kinetic.commands import kinetic
from trainer import cli


def call(*arguments: str | Path) -> int:
    return cli.command("kinetic", kinetic, [str(a) for a in arguments])


@contextmanager
def interrupted(at: int) -> Iterator[None]:
    """Ctrl-C in the step number `at` of the training of a closure."""
    loss = ClosureTask.loss

    def stopping(task: ClosureTask, step: int, decay: float) -> object:
        if step == at:
            raise KeyboardInterrupt
        return loss(task, step, decay)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ClosureTask, "loss", stopping)
        yield
