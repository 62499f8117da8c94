"""Which HTTP status an error of ours is answered with, and what is said of a request that was not understood."""

from fastapi.exceptions import RequestValidationError

from memory.errors import (
    BadInput,
    ModelMissing,
    NotAllowed,
    NotFound,
    PromptTooLong,
    TooOften,
    WrongPassword,
    ZhijiError,
)

_KINDS: tuple[tuple[type[ZhijiError], int], ...] = (
    (NotFound, 404),
    (NotAllowed, 403),
    (WrongPassword, 403),
    (TooOften, 429),
    (BadInput, 400),
    (ModelMissing, 400),
    (PromptTooLong, 400),
)


def status_of(error: ZhijiError) -> int:
    """503 where it may be otherwise later."""
    return next((status for kind, status in _KINDS if isinstance(error, kind)), 503)


def what_is_missing(error: Exception) -> str:
    """By field."""
    assert isinstance(error, RequestValidationError)
    wrong = "; ".join(f"{found['loc'][-1]}: {found['msg']}" for found in error.errors())
    return f"That was not understood. {wrong}"
