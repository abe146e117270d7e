"""The list of problems, with what is known of each."""

from bsde.problems import PROBLEMS


def table() -> str:
    """As Markdown."""
    rows = ["| problem | d | T | u(0, start) | known from |", "|---|--:|--:|--:|---|"]
    for name, kind in PROBLEMS.items():
        problem = kind()  # type: ignore[call-arg]  # all of ours have a default dimension
        known = problem.reference()
        value, source = ("", "") if known is None else (f"{known.value:.10g}", known.source)
        rows.append(f"| {name} | {problem.dim} | {problem.horizon:g} | {value} | {source} |")
    return "\n".join(rows)
