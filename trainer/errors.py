"""What a user can mend: shown as one line, without a traceback."""


class UserError(ValueError):
    """The message says what was expected, what came, and what to do."""
