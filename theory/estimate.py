"""What every estimator of this package answers: a number with its certificate."""

from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Estimate:
    """lower <= quantity <= upper; both ends are equal where the quantity is known exactly or by simulation alone.

    An end that was averaged over random draws carries the standard error of that average; 0 means that the end is
    deterministic. `assumptions` are what the certificate rests on besides arithmetic."""

    name: str
    lower: float
    upper: float
    method: str
    lower_error: float = 0.0
    upper_error: float = 0.0
    assumptions: tuple[str, ...] = ()

    @property
    def exact(self) -> bool:
        """One number, without a standard error."""
        return self.lower == self.upper and self.error == 0.0

    @property
    def value(self) -> float:
        """The number, or the middle of the interval."""
        return 0.5 * (self.lower + self.upper)

    @property
    def error(self) -> float:
        """The larger of the two standard errors."""
        return max(self.lower_error, self.upper_error)

    def contains(self, value: float, sigmas: float = 0.0, slack: float = 0.0) -> bool:
        """Whether `value` lies between the ends, moved outward by so many standard errors and by `slack`."""
        low = self.lower - sigmas * self.lower_error - slack
        return low <= value <= self.upper + sigmas * self.upper_error + slack

    def scaled(self, factor: float) -> "Estimate":
        """The same of a ball with another radius, or in another unit: factor >= 0."""
        ends = {name: factor * getattr(self, name) for name in ("lower", "upper", "lower_error", "upper_error")}
        return replace(self, **ends)

    def __str__(self) -> str:
        low, high = end(self.lower, self.lower_error), end(self.upper, self.upper_error)
        number = low if low == high else f"in [{low}, {high}]"
        lines = [f"{self.name}: {number}", f"  by {self.method}"]
        return "\n".join(lines + [f"  given that {words}" for words in self.assumptions])


def end(value: float, error: float) -> str:
    return f"{value:.6g} ± {error:.2g}" if error else f"{value:.6g}"


def exactly(name: str, value: float, method: str, assumptions: tuple[str, ...] = ()) -> Estimate:
    """An estimate without uncertainty."""
    return Estimate(name, value, value, method, assumptions=assumptions)
