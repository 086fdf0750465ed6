"""Errors a user can act on. Every message says what was found, what is right and what to do."""

from collections.abc import Mapping
from typing import ClassVar


class WorkbenchError(Exception):
    """Base of all errors shown as one line without a traceback.

    Attributes
    ----------
    exit_code : int
        What a command that ends with this error returns to the shell; listed in
        `docs/operations/exit-codes.md`.
    details : mapping
        What the line of JSON says of it besides the message.
    """

    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, details: Mapping[str, object] | None = None) -> None:
        super().__init__(message)
        self.details = dict(details or {})


class ParameterError(WorkbenchError):
    """A parameter, option or setting is unknown, of the wrong type or out of range."""

    exit_code = 2


class RunError(WorkbenchError):
    """A cell of a notebook failed or took too long."""

    exit_code = 3


class GateError(WorkbenchError):
    """A finished run may not be published."""

    exit_code = 4


class NothingToDoError(WorkbenchError):
    """The same input was taken in before; nothing was changed."""

    exit_code = 5


class DataError(WorkbenchError):
    """A file or a table does not have the expected shape or content."""

    exit_code = 6


class MachineError(WorkbenchError):
    """The machine lacks something: disk space, a font, a permission."""

    exit_code = 7


class LockedError(WorkbenchError):
    """Another run holds the same bank or report."""

    exit_code = 75
