"""What the pages of all methods have in common."""

from collections.abc import Sequence
from datetime import date
from importlib.metadata import version

from bsde.problem import Problem
from bsde.solve.summary import Summary, confidence
from trainer.report.page import Html, facts, headline, join, paragraph


def opening(found: Summary, effort: str) -> Html:
    """The answer."""
    numbers = [("u at the start", f"{found.value:.6g}", "", f"± {found.error:.1g}, one standard error")]
    if found.reference is not None:
        numbers.append(("Relative error", f"{found.relative:.1e}", "", f"to {found.reference.value:.8g}"))
    numbers.append(("Time", f"{found.cpu:.0f}", "CPU s", effort))
    return join([headline(numbers), *(paragraph(f"{remark}.", "warning") for remark in found.remarks)])


def trust(found: Summary) -> Html:
    """Every error that is known."""
    pairs: list[tuple[str, object]] = [("statistical error", f"{found.error:.2g}")]
    if found.bias is not None:
        pairs.append(("discretisation", f"changed by {found.bias:.2g} by {found.bias_is}"))
    if found.correction is not None:
        pairs.append(
            ("networks alone", f"off by {found.correction:.2g}; the value is corrected to second order in that")
        )
    if found.gradient is not None:
        pairs.append(("|sigma^T grad u|", f"{found.gradient:.4g} ± {found.gradient_error:.1g}"))
    if found.lower is not None:
        pairs.append(("lower bound", f"{found.lower:.7g}"))
    if found.upper is not None:
        pairs.append(("upper bound", f"{found.upper:.7g}"))
    if found.lower is not None or found.upper is not None:
        pairs.append(("bounds", confidence(found)))
    if found.reference is not None:
        pairs.append(("reference", f"{found.reference.value:.10g}: {found.reference.source}"))
    return facts(pairs)


def problem_facts(problem: Problem, more: Sequence[tuple[str, object]]) -> Html:
    parameters = ", ".join(f"{k} = {v}" for k, v in vars(problem).items())
    equation = " ".join((type(problem).__doc__ or "").split("\n\n")[0].split())
    return facts([("equation", equation), ("parameters", parameters), *more, ("file", "input.toml")])


def title(problem: str) -> str:
    """problem: its name, or its file and class, of which the folder is left out."""
    return f"Solution of {problem.rpartition('/')[2]}"


def footer() -> str:
    return f"Written by henrici {version('henrici')} on {date.today().isoformat()}."
