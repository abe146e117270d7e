"""All seeds together: the value, how far it can be trusted, and the bounds."""

import math
from dataclasses import asdict, dataclass
from typing import Any

from bsde.problem import Problem, Reference
from bsde.simulation.sampled import Sampled
from bsde.simulation.shape import arguments_of_f
from bsde.simulation.statistics import Mean
from bsde.solve.seeds import POOR, Seed
from trainer.errors import UserError

SIGMAS = 2.326  # a bound is moved by so many standard errors: true with 99 % confidence


@dataclass(frozen=True)
class Summary:
    """u(0, start) and what is known of its error. Errors are standard errors, absolute."""

    method: str
    value: float
    error: float  # statistical, of the mean over the seeds, or of the samples
    bias: float | None  # an estimate of what the discretisation does, before an extrapolation
    bias_is: str  # how it was estimated
    correction: float | None  # root mean square over the seeds of value - network: the network's own error
    gradient: float | None  # |sigma^T grad u| at the start, and its standard error, where the method samples it
    gradient_error: float | None
    lower: float | None
    upper: float | None
    exact_lower: bool  # it holds for the equation, not only at this time step
    exact_upper: bool
    reference: Reference | None
    remarks: tuple[str, ...]
    cpu: float  # seconds, of all seeds

    @property
    def relative(self) -> float:
        """Relative error to the reference; nan without one."""
        return math.nan if self.reference is None else self.value / self.reference.value - 1


def summarise(problem: Problem, method: str, seeds: list[Seed]) -> Summary:
    """Of a method with networks. Raises UserError when every seed diverged."""
    estimates = [seed.estimate for seed in seeds if seed.estimate is not None]
    if not estimates:
        raise UserError(f"all {len(seeds)} seeds diverged; {seeds[0].trouble}")
    whole = together([e.extrapolated for e in estimates])
    fine = together([e.fine for e in estimates])
    lower, upper = (together_or_none([getattr(e, side) for e in estimates]) for side in ("lower", "upper"))
    low = None if lower is None else lower.value - SIGMAS * lower.error
    high = None if upper is None else upper.value + SIGMAS * upper.error
    exact = exact_bounds(problem)
    return Summary(
        method=method,
        value=whole.value,
        error=whole.error,
        bias=abs(fine.value - together([e.coarse for e in estimates]).value),
        bias_is="halving the time step, which is extrapolated",
        correction=math.sqrt(sum((e.extrapolated.value - e.network) ** 2 for e in estimates) / len(estimates)),
        gradient=None,
        gradient_error=None,
        lower=low,
        upper=high,
        exact_lower=exact,
        exact_upper=exact and not problem.has_obstacle,  # exercise between the steps is worth more
        reference=problem.reference(),
        remarks=tuple(remarks(seeds, whole, low, high)),
        cpu=sum(seed.cpu for seed in seeds),
    )


def of_sample(problem: Problem, method: str, found: Sampled, cpu: float) -> Summary:
    """Of a method without networks. Where nothing is discretised, the samples of a linear problem are bounds, too."""
    exact = method == "feynman-kac" and exact_bounds(problem)
    gradient, gradient_error = norm(found.z, found.z_error) if found.z else (None, None)
    return Summary(
        method=method,
        value=found.value,
        error=found.error,
        bias=found.bias,
        bias_is=found.bias_is,
        correction=None,
        gradient=gradient,
        gradient_error=gradient_error,
        lower=found.value - SIGMAS * found.error if exact else None,
        upper=found.value + SIGMAS * found.error if exact else None,
        exact_lower=exact,
        exact_upper=exact,
        reference=problem.reference(),
        remarks=(),
        cpu=cpu,
    )


def norm(z: tuple[float, ...], error: tuple[float, ...]) -> tuple[float, float]:
    """|z| and its standard error: |z|^2 without what the errors add to it, and how far its own error moves the root."""
    square = max(0.0, sum(v**2 - e**2 for v, e in zip(z, error, strict=True)))
    deviation = math.sqrt(sum(4 * v**2 * e**2 + 2 * e**4 for v, e in zip(z, error, strict=True)))
    return math.sqrt(square), math.sqrt(square + deviation) - math.sqrt(square)


def exact_bounds(problem: Problem) -> bool:
    """Whether time steps leave bounds as they are."""
    of_f = arguments_of_f(problem.below()) | arguments_of_f(problem.above())
    return problem.exact_steps and not of_f & {"t", "x"}


def together(means: list[Mean]) -> Mean:
    """The mean over seeds; its error from their spread, or from their own errors if those are larger."""
    n = len(means)
    value = sum(m.value for m in means) / n
    spread = math.sqrt(sum((m.value - value) ** 2 for m in means) / max(1, n - 1) / n)
    return Mean(value, max(spread, math.sqrt(sum(m.error**2 for m in means)) / n))


def together_or_none(means: list[Mean | None]) -> Mean | None:
    """The same where every seed has it."""
    known = [mean for mean in means if mean is not None]
    return together(known) if len(known) == len(means) else None


def remarks(seeds: list[Seed], whole: Mean, lower: float | None, upper: float | None) -> list[str]:
    """What makes the number mean less than it seems to."""
    found = []
    lost = [seed.number for seed in seeds if seed.estimate is None]
    if lost:
        found.append(f"{len(lost)} of {len(seeds)} seeds diverged ({', '.join(map(str, lost))}) and are left out")
    poor = [seed for seed in seeds if seed.estimate is not None and seed.estimate.residual > POOR]
    if poor:
        what = "not converged, or the time steps are coarse"
        found.append(f"{len(poor)} of {len(seeds)} networks leave a residual above {POOR}: {what}")
    if (lower is not None and whole.value < lower) or (upper is not None and whole.value > upper):
        found.append("the extrapolated value is outside of the bounds: trust these, and train longer")
    if len(seeds) - len(lost) == 1:
        found.append("one seed: its error is that of the sampling alone, not of the training")
    return found


def as_table(found: Summary) -> dict[str, Any]:
    table = asdict(found)
    table["reference"] = None if found.reference is None else found.reference._asdict()
    return table | {"relative_error": None if found.reference is None else found.relative}


def text(problem: Problem, s: Summary) -> str:
    """The answer, as the command prints it."""
    where = f"u(0, {problem.start:g})" if isinstance(problem.start, float) else "u(0, start)"
    lines = [f"{where} = {s.value:.7g} +- {s.error:.2g}   d = {problem.dim}, T = {problem.horizon:g}, {s.method}"]
    if s.bias is not None:
        lines.append(f"  changed by {s.bias:.2g} by {s.bias_is}")
    if s.correction is not None:
        lines.append(f"  networks alone are off by {s.correction:.2g}")
    if s.gradient is not None:
        lines.append(f"  |sigma^T grad u| = {s.gradient:.4g} +- {s.gradient_error:.1g}")
    if s.lower is not None or s.upper is not None:
        low = "" if s.lower is None else f"{s.lower:.7g} <= "
        high = "" if s.upper is None else f" <= {s.upper:.7g}"
        lines.append(f"  {low}u{high}   ({confidence(s)})")
    if s.reference is not None:
        lines.append(f"  reference {s.reference.value:.10g} ({s.reference.source}): relative error {s.relative:.1e}")
    lines += [f"  mind: {remark}" for remark in s.remarks]
    return "\n".join([*lines, f"  {s.cpu:.1f} CPU s"])


def confidence(s: Summary) -> str:
    """Of the bounds, in words."""
    coarse = [side for side in ("lower", "upper") if getattr(s, side) is not None and not getattr(s, f"exact_{side}")]
    both = s.lower is not None and s.upper is not None and len(coarse) == 1
    which = f"the {coarse[0]} one " if both else ""
    return "99 % confidence" + (f", {which}at this time step" if coarse else "")
