"""Gas dynamics at every Knudsen number: kinetic solvers, classical moment systems, learned moment models.

from kinetic import Flow, solve
solution = solve("hme-5", flow, times=[0.1, 0.2])
"""

from kinetic.cases.build import build
from kinetic.cases.settings import FlowSettings, KnudsenSettings
from kinetic.flow import Flow, Wall
from kinetic.models import Discretisation
from kinetic.solve import Solution, errors, solve

__all__ = ["Discretisation", "Flow", "FlowSettings", "KnudsenSettings", "Solution", "Wall", "build", "errors", "solve"]
