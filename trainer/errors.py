"""What a user can mend: shown as one line, without a traceback."""


class UserError(ValueError):
    """The message says what was expected, what came, and what to do."""


def first_line(error: BaseException) -> str:
    """What another library said, in one line; its name where it said nothing."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
