"""The page of an answer without networks."""

from dataclasses import asdict

from bsde.problem import Problem
from bsde.report import figures as draw
from bsde.report.parts import footer, opening, problem_facts, title, trust
from bsde.simulation.sampled import Sampled
from bsde.solve.settings import SampledSettings
from bsde.solve.summary import Summary
from trainer.report.page import document, figures


def page(settings: SampledSettings, problem: Problem, summary: Summary, found: Sampled) -> bytes:
    """Of a finished run."""
    method = ", ".join(f"{name} = {value}" for name, value in asdict(settings.sampler).items() if value is not None)
    sections = [
        ("How it came to be", figures([draw.looks(found, summary)])),
        ("How far it can be trusted", trust(summary)),
        ("Problem", problem_facts(problem, [("method", method)])),
    ]
    lead = f"{type(problem).__name__}, {problem.dim} dimensions, T = {problem.horizon:g}, {settings.method}"
    effort = f"{found.looks[-1].effort:.0f} {found.effort_is}"
    return document(title(settings.problem), lead, opening(summary, effort), sections, footer())
