"""The networks of one seed and how they come to be: one task of the training loop, or one for every time step."""

import copy
from collections.abc import Sequence

import torch
from torch import nn

from bsde.deep.backward import DBDP, Backward, DeepSplitting
from bsde.deep.forward import DeepBSDE
from bsde.deep.scales import scales
from bsde.networks.paired import PairedNetwork
from bsde.networks.shared import SharedNetwork
from bsde.networks.stepwise import Stepwise
from bsde.problem import Problem
from bsde.simulation.approximation import of_function, of_network, reflected
from bsde.simulation.paths import Starts
from bsde.solve.settings import TrainedSettings
from trainer.loop import processes
from trainer.sampling import generator

BACKWARD: dict[str, type[Backward]] = {"dbdp1": DBDP, "dbdp2": DBDP, "deep-splitting": DeepSplitting}


class Training:
    """Stages 0, 1, ...: a task each, whose network the next one may build on; `whole` puts them together."""

    def __init__(self, settings: TrainedSettings, problem: Problem, number: int):
        """number: the seed. Raises UserError where paths are not finite."""
        self.settings, self.problem, self.number = settings, problem, number
        t, dtype = settings.training, settings.training.torch_dtype
        self.device = processes.device(settings.training.device)
        self.starts = Starts(problem.origin(dtype), t.spread)
        self.mean, self.scale = scales(problem, self.starts, t.time_steps, number, dtype)
        self.unit = float(self.scale[-1])
        self.stages = ["."] if settings.method == "deep-bsde" else [f"step-{n}" for n in reversed(range(t.time_steps))]
        """Their folders, in order."""

    def network(self) -> nn.Module:
        """Untrained: the same one for the same seed."""
        dim, width = self.problem.dim, self.settings.network.width
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(generator(self.number).initial_seed())
            network: nn.Module = SharedNetwork(self.mean, self.scale, dim, width)
            if self.settings.method == "dbdp1":
                network = PairedNetwork(network, self.mean, self.scale, dim, width)
        return network.to(self.device)

    def task(self, stage: int, before: nn.Module | None) -> DeepBSDE | Backward:
        """before: what the stage before has come to. A backward step begins with the network of the step after it."""
        t, problem, dtype = self.settings.training, self.problem, self.settings.training.torch_dtype
        common = (t.time_steps, t.paths, self.number, self.unit, dtype, self.device)
        if self.settings.method == "deep-bsde":
            return DeepBSDE(problem, self.network(), self.starts, *common)
        if before is None:
            module, later = self.network(), of_function(lambda _, x: problem.g(x))
        else:
            module, later = copy.deepcopy(before).requires_grad_(True), reflected(problem, of_network(problem, before))
        kind = BACKWARD[self.settings.method]
        return kind(problem, module, later, self.starts, t.time_steps - 1 - stage, *common)

    def whole(self, modules: Sequence[nn.Module]) -> nn.Module:
        """The network of all times, from those of the stages."""
        if self.settings.method == "deep-bsde":
            return modules[0]
        return Stepwise(list(reversed(modules)), self.problem.horizon / self.settings.training.time_steps)
