"""What a user can mend: shown as one line, without a traceback."""


class UserError(ValueError):
    """The message says what was expected, what came, and what to do."""


def first_line(error: BaseException) -> str:
    """What another library said, in one line; with the error's name where that is a word alone (KeyError: 'energy')."""
    words = said(error)
    return words if " " in words else with_name(error)


def with_name(error: BaseException) -> str:
    """The same behind the error's name, as Python shows it."""
    return ": ".join(filter(None, (type(error).__name__, said(error))))


def said(error: BaseException) -> str:
    return next(iter(str(error).strip().splitlines()), "")
