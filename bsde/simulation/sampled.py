"""What a method without networks has found."""

from dataclasses import asdict, dataclass
from typing import Any, NamedTuple


class Look(NamedTuple):
    """What was known on the way."""

    effort: float
    value: float
    error: float


@dataclass(frozen=True)
class Sampled:
    """u(0, start), from independent samples."""

    value: float
    error: float  # standard error; of an interval of few samples, such that its width is that of a normal law
    bias: float | None  # an estimate of what the method leaves besides, where it can tell
    bias_is: str  # how it was estimated
    looks: tuple[Look, ...]
    effort_is: str  # of the looks
    z: tuple[float, ...] = ()  # sigma^T grad u and its standard error, where the method gives them
    z_error: tuple[float, ...] = ()

    def table(self) -> dict[str, Any]:
        return asdict(self) | {"looks": [look._asdict() for look in self.looks]}

    @classmethod
    def read(cls, table: dict[str, Any]) -> "Sampled":
        lists = {name: tuple(table[name]) for name in ("z", "z_error")}
        return cls(**table | lists | {"looks": tuple(Look(**look) for look in table["looks"])})
