"""The table [moments] of a case: how generalised moments are learned."""

from dataclasses import dataclass

from trainer.errors import UserError


@dataclass(frozen=True)
class MomentsSettings:
    """Generalised moments, for `henrici kinetic encode`: an autoencoder of the distribution function.

    order: M; there are M + 1 moments: density, velocity, temperature, heat flux, and M - 3 that are learned.
    extra: further functions that the decoder has, whose coefficients it learns as functions of the moments.
    width: of the hidden layers.
    places: distribution functions that a step of training looks at.
    """

    order: int = 5
    extra: int = 4
    width: int = 16
    places: int = 512

    def __post_init__(self) -> None:
        if not 4 <= self.order <= 7 or not 1 <= self.extra <= 8 or min(self.width, self.places) < 1:
            raise UserError(
                "expected an order from 4 to 7, extra from 1 to 8, width and places >= 1, got "
                f"{self.order}, {self.extra}, {self.width}, {self.places}"
            )
