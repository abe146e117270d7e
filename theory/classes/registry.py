"""The classes by name, as the command takes them."""

from theory.classes.ball import Ball
from theory.classes.barron import Barron
from theory.classes.continuous import Continuous
from theory.classes.linear import Linear
from theory.classes.lipschitz import Lipschitz
from theory.classes.residual import Residual
from theory.classes.rkhs import RKHS, Gaussian, LinearKernel, ReLUFeatures

BALLS: dict[str, Ball] = {
    "c0": Continuous(),
    "lipschitz": Lipschitz(),
    "linear-l1": Linear(1),
    "linear-l2": Linear(2),
    "rkhs-linear": RKHS(LinearKernel()),
    "rkhs-gaussian": RKHS(Gaussian()),
    "rkhs-relu": RKHS(ReLUFeatures()),
    "barron": Barron(),
    "residual": Residual(),
}
