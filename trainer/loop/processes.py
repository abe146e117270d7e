"""Several processes that train one model together, as torchrun starts them; one process where there is no torchrun.

Each works on its share of every batch, and gradients are summed: a step is that of the whole batch, to rounding, in any
number of processes. DistributedDataParallel averages instead, which is wrong for shares with unequal numbers of
labels, and would wait for ever for a process whose share is empty.
"""

import importlib
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.distributed.rendezvous import rendezvous

from trainer.errors import UserError

_store: Any = None  # where processes leave word for one another, while they are together


def rank() -> int:
    """Number of this process. Process 0 alone writes files and prints."""
    return dist.get_rank() if dist.is_initialized() else 0


def size() -> int:
    """How many processes there are."""
    return dist.get_world_size() if dist.is_initialized() else 1


def say(line: str) -> None:
    """Print it once."""
    if rank() == 0:
        print(line, flush=True)


@contextmanager
def together() -> Iterator[None]:
    """Joins the processes that torchrun started, for the block. An error in one of them ends all, and is said once."""
    if int(os.environ.get("WORLD_SIZE", "1")) == 1:
        yield
        return
    global _store
    # What torch imports with the first optimizer keeps the process group of that moment for good, and with it threads
    # that outlive the interpreter and abort the process at its very end. So it is imported while there is no group.
    importlib.import_module("torch._dynamo")
    _store, number, count = next(iter(rendezvous("env://")))
    dist.init_process_group("gloo", store=_store, rank=number, world_size=count)
    try:
        yield
    except Exception:
        if not first_to_fail():
            raise SystemExit(2) from None  # another process has said why
        raise
    finally:
        dist.destroy_process_group()
        _store = None


def first_to_fail() -> bool:
    """Whether it is for this process to say what went wrong; to be asked before it takes away what others work on."""
    mine = str(rank())
    return _store is None or _store.compare_set("failed", "", mine) == mine.encode()


def share(costs: Sequence[int]) -> list[int]:
    """Which of the items with these costs are for this process: the dearest first, each to whoever has least to do."""
    load, mine = [0] * size(), []
    for item in sorted(range(len(costs)), key=lambda k: -costs[k]):
        least = load.index(min(load))
        load[least] += costs[item]
        if least == rank():
            mine.append(item)
    return sorted(mine)


def total(values: Tensor) -> Tensor:
    """The sum over all processes: the same bits in each of them."""
    if size() == 1:
        return values
    summed = values.detach().to("cpu", copy=True)
    exchange(dist.all_reduce, summed)
    return summed.to(values.device)


def add_gradients(parameters: Sequence[nn.Parameter]) -> None:
    """Puts the sum over all processes in the place of each gradient."""
    if size() == 1:
        return
    gradients = [torch.zeros_like(p) if p.grad is None else p.grad for p in parameters]
    sums = torch.split(total(torch.cat([g.flatten() for g in gradients])), [g.numel() for g in gradients])
    for parameter, gradient in zip(parameters, sums, strict=True):
        parameter.grad = gradient.view_as(parameter)


def of_first(values: Tensor) -> Tensor:
    """Those of process 0, in every process."""
    if size() == 1:
        return values
    same = values.detach().to("cpu", copy=True)
    exchange(dist.broadcast, same, 0)
    return same.to(values.device)


def equalise(module: nn.Module) -> None:
    """Gives every process the parameters and buffers of process 0."""
    for tensor in module.state_dict().values():
        tensor.copy_(of_first(tensor))


def wait() -> None:
    """Until all processes have come here."""
    if size() > 1:
        exchange(dist.barrier)


def device(name: str) -> torch.device:
    """The device of this process: of several cards of a machine, one each. Raises UserError when there is none."""
    try:
        chosen = torch.device(name)
        torch.empty(1, device=chosen)
    except (AssertionError, RuntimeError) as error:  # torch's build, or the machine, lacks it
        raise UserError(f"device: expected one that torch can use here, such as 'cpu', got '{name}'") from error
    if chosen.type == "cuda" and chosen.index is None and size() > 1:
        return torch.device("cuda", int(os.environ["LOCAL_RANK"]) % torch.cuda.device_count())
    return chosen


def exchange(collective: Callable[..., Any], *arguments: Any) -> None:
    """Raises UserError when another process has died."""
    try:
        collective(*arguments)
    except RuntimeError:
        raise UserError("another process of this training is gone; the last checkpoint is intact") from None
