"""All seeds together: the value, how far it can be trusted, and the bounds."""

import math
from dataclasses import asdict, dataclass
from typing import Any

from bsde.problem import Problem, Reference
from bsde.simulation.dual import arguments_of_f
from bsde.simulation.statistics import Mean
from bsde.solve.seeds import POOR, Seed
from trainer.errors import UserError

SIGMAS = 2.326  # a bound is moved by so many standard errors: true with 99 % confidence


@dataclass(frozen=True)
class Summary:
    """u(0, start) and what is known of its error. Errors are standard errors, absolute."""

    value: float
    error: float  # statistical, of the mean over the seeds
    time_step: float  # what halving the time step changed, before the extrapolation
    correction: float  # root mean square over the seeds of value - network: the network's own error
    lower: float | None
    upper: float | None
    exact_bounds: bool  # they hold for the equation, not only at this time step
    reference: Reference | None
    remarks: tuple[str, ...]
    cpu: float  # seconds of all seeds

    @property
    def relative(self) -> float:
        """Relative error to the reference; nan without one."""
        return math.nan if self.reference is None else self.value / self.reference.value - 1


def summarise(problem: Problem, seeds: list[Seed]) -> Summary:
    """Raises UserError when every seed diverged."""
    good = [(seed, seed.estimate) for seed in seeds if seed.estimate is not None]
    if not good:
        raise UserError(f"all {len(seeds)} seeds diverged; {seeds[0].trouble}")
    estimates = [estimate for _, estimate in good]
    whole = together([e.extrapolated for e in estimates])
    fine = together([e.fine for e in estimates])
    lower, upper = (together_or_none([getattr(e, side) for e in estimates]) for side in ("lower", "upper"))
    of_f = arguments_of_f(problem.below()) | arguments_of_f(problem.above())
    return Summary(
        value=whole.value,
        error=whole.error,
        time_step=abs(fine.value - together([e.coarse for e in estimates]).value),
        correction=math.sqrt(sum((e.extrapolated.value - e.network) ** 2 for e in estimates) / len(estimates)),
        lower=None if lower is None else lower.value - SIGMAS * lower.error,
        upper=None if upper is None else upper.value + SIGMAS * upper.error,
        exact_bounds=problem.exact_steps and not of_f & {"t", "x"},
        reference=problem.reference(),
        remarks=tuple(remarks(seeds, whole)),
        cpu=sum(seed.cpu for seed in seeds),
    )


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


def remarks(seeds: list[Seed], whole: Mean) -> list[str]:
    """What makes the number mean less than it seems to."""
    found = []
    lost = [seed.number for seed in seeds if seed.estimate is None]
    if lost:
        found.append(f"{len(lost)} of {len(seeds)} seeds diverged ({', '.join(map(str, lost))}) and are left out")
    poor = [seed for seed in seeds if seed.residual is not None and seed.residual > POOR]
    if poor:
        what = "not converged, or the time steps are coarse"
        found.append(f"{len(poor)} of {len(seeds)} networks leave a residual above {POOR}: {what}")
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
    lines = [
        f"{where} = {s.value:.7g} +- {s.error:.2g}   d = {problem.dim}, T = {problem.horizon:g}",
        f"  halving the time step changed it by {s.time_step:.2g}, which is extrapolated",
        f"  networks alone are off by {s.correction:.2g}",
    ]
    if s.lower is not None or s.upper is not None:
        low = "" if s.lower is None else f"{s.lower:.7g} <= "
        high = "" if s.upper is None else f" <= {s.upper:.7g}"
        kind = "99 % confidence" if s.exact_bounds else "99 % confidence, at this time step"
        lines.append(f"  {low}u{high}   ({kind})")
    if s.reference is not None:
        lines.append(f"  reference {s.reference.value:.10g} ({s.reference.source}): relative error {s.relative:.1e}")
    lines += [f"  mind: {remark}" for remark in s.remarks]
    return "\n".join([*lines, f"  {s.cpu:.1f} CPU s"])
