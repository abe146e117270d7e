"""The table [exploration] of a case: how flows are chosen."""

from dataclasses import dataclass

from trainer.errors import UserError


@dataclass(frozen=True)
class ExplorationSettings:
    """Which flows are computed by BGK, for `henrici kinetic explore`.

    The first batch of [data] is of random flows, as those of `generate`. Before each further one a committee of
    closures, made by [closure] and [training], runs through random candidates, and those on which its members are
    farthest apart are computed.

    committee: closures, which differ in their seed.
    candidates: flows that they run through before each batch.
    """

    committee: int = 3
    candidates: int = 64

    def __post_init__(self) -> None:
        if self.committee < 2 or self.candidates < 1:
            raise UserError(f"expected committee >= 2, candidates >= 1, got {self.committee}, {self.candidates}")
