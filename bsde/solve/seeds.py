"""What one seed has come to."""

from dataclasses import dataclass
from typing import Any

from bsde.solve.estimate import Estimate

POOR = 0.8  # a residual beyond it: the network explains less than a third of the variance


@dataclass(frozen=True)
class Seed:
    """A training and its estimate; none if it diverged."""

    number: int
    estimate: Estimate | None
    trouble: str  # why it diverged
    cpu: float  # seconds

    def table(self) -> dict[str, Any]:
        return {
            "number": self.number,
            "estimate": None if self.estimate is None else self.estimate.table(),
            "trouble": self.trouble,
            "cpu_s": self.cpu,
        }

    @classmethod
    def read(cls, table: dict[str, Any]) -> "Seed":
        found = table["estimate"]
        return cls(
            table["number"],
            None if found is None else Estimate.read(found),
            table["trouble"],
            table["cpu_s"],
        )

    def words(self) -> str:
        if self.estimate is None:
            return f"diverged: {self.trouble}"
        e = self.estimate.extrapolated
        return f"u = {e.value:.7g} +- {e.error:.1g}, residual {self.estimate.residual:.3g}, {self.cpu:.1f} CPU s"
