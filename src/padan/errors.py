"""The errors of Padan: what is wrong, where, and what to do next.

    PadanError                 base; carries `hint` and `field`
    ├── InputError             the caller's data or request is wrong     exit 2, HTTP 422
    │   ├── ShapeError         arrays or tables do not fit together
    │   └── UnknownCode        a code is not in its scheme; carries near codes
    ├── NotFound               a file, record, scheme or page is not there   exit 3, HTTP 404
    ├── Conflict               somebody changed it meanwhile             exit 4, HTTP 409
    ├── Forbidden              not allowed for this role or office       exit 5, HTTP 403
    └── EngineError            Padan itself or a part it needs failed    exit 1, HTTP 500
        └── MissingPart        an optional package is not installed

The faces (cli, api, web) translate them in one place each; nobody else catches broadly.
"""

from __future__ import annotations

__all__ = [
    "Conflict",
    "EngineError",
    "Forbidden",
    "InputError",
    "MissingPart",
    "NotFound",
    "PadanError",
    "ShapeError",
    "UnknownCode",
]


class PadanError(Exception):
    """Base of all errors that Padan raises on purpose.

    `hint` says the next step in plain words; `field` names the column, option or attribute at fault.
    """

    exit_code = 1
    http_status = 500

    def __init__(self, message: str, *, hint: str | None = None, field: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.field = field

    def __str__(self) -> str:
        return f"{self.message}\n  {self.hint}" if self.hint else self.message


class InputError(PadanError):
    """The data or the request of the caller cannot be used as it is."""

    exit_code = 2
    http_status = 422


class ShapeError(InputError):
    """Arrays or tables that should fit together do not."""


class UnknownCode(InputError):
    """A code that is not in its scheme. `near` lists the nearest codes that are."""

    def __init__(self, message: str, *, near: tuple[str, ...] = (), field: str | None = None) -> None:
        super().__init__(message, hint=f"nearest: {', '.join(near)}" if near else None, field=field)
        self.near = near


class NotFound(PadanError):
    """A file, a record, a scheme or a page that is not there."""

    exit_code = 3
    http_status = 404


class Conflict(PadanError):
    """The thing was changed by somebody else, or exists already."""

    exit_code = 4
    http_status = 409


class Forbidden(PadanError):
    """The role, office or region does not allow this."""

    exit_code = 5
    http_status = 403


class EngineError(PadanError):
    """Padan itself, or something that it stands on, failed."""


class MissingPart(EngineError):
    """An optional package is not installed; the hint is the command that installs it."""
