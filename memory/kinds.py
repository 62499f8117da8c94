"""Arguments of the wrong kind are named where they are given: `memories.search(None)` says what `question` is to be, in place of
an AttributeError from somewhere within.

`checked` reads the annotations of a class's public methods. It looks at values, texts and times, at what a sequence holds, and at
keywords that a TypedDict names; of a protocol, whether its members are there. What an annotation says beyond that (callables'
signatures) is left to mypy.
"""

import inspect
import os
import types
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from functools import cache, wraps
from numbers import Integral, Real
from pathlib import Path
from typing import IO, Any, Literal, TypeVar, Union, Unpack, get_args, get_origin, get_type_hints, is_typeddict

from memory.errors import BadInput

Face = TypeVar("Face")
_NAMES: Mapping[object, str] = {
    str: "a text", int: "a whole number", float: "a number", bool: "True or False", bytes: "bytes", datetime: "a datetime",
    date: "a date", Path: "a path", type(None): "None", Sequence: "a list", Mapping: "a mapping", Callable: "something to call",
}  # fmt: skip
_KINDS: Mapping[object, tuple[type, ...]] = {
    int: (Integral,), float: (Real,), Path: (os.PathLike,), bytes: (bytes, bytearray, memoryview),
}  # fmt: skip


def checked(face: type[Face]) -> type[Face]:
    """The class, whose public methods raise BadInput for an argument of the wrong kind."""
    for name, method in list(vars(face).items()):
        if inspect.isfunction(method) and not name.startswith("_"):
            setattr(face, name, _checked(method))
    return face


def _checked(method: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(method)
    def asked(*given: Any, **named: Any) -> Any:
        signature, kinds = _signature(method)
        try:
            bound = signature.bind(*given, **named)
        except TypeError as error:
            raise TypeError(f"{method.__qualname__}: {error}") from None
        for name, value in bound.arguments.items():
            kind = kinds.get(name)
            if isinstance(kind, dict):  # **keywords
                for key in value.keys() & kind.keys():
                    _check(method, key, value[key], kind[key])
            elif kind is not None:
                _check(method, name, value, kind)
        return method(*given, **named)

    return asked


@cache
def _signature(method: Callable[..., Any]) -> tuple[inspect.Signature, Mapping[str, Any]]:
    """A method's signature, and the kind of each argument; of those that a TypedDict names, a dict of them."""
    signature, hints = inspect.signature(method), get_type_hints(method)
    kinds: dict[str, Any] = {name: hints[name] for name in signature.parameters if name in hints}
    for name, parameter in signature.parameters.items():
        if parameter.kind is parameter.VAR_KEYWORD and name in kinds:
            held = get_args(kinds[name])[0] if get_origin(kinds[name]) is Unpack else None
            kinds[name] = get_type_hints(held) if is_typeddict(held) else None
    return signature, kinds


def _check(method: Callable[..., Any], name: str, value: object, kind: Any) -> None:
    if not _fits(value, kind):
        found = f"one of {type(value).__name__}" if isinstance(value, list | tuple) else type(value).__name__
        raise BadInput(f"{method.__qualname__}: `{name}` is to be {_named(kind)}, not {found}.")


def _fits(value: object, kind: Any) -> bool:
    origin = get_origin(kind)
    if origin in (Union, types.UnionType):
        return any(_fits(value, one) for one in get_args(kind))
    if origin is Literal:
        return isinstance(value, tuple({type(one) for one in get_args(kind)}))  # which of them, the method says
    if kind is None or kind is type(None):
        return value is None
    if _is_many(origin):
        held = get_args(kind)[0]
        if isinstance(value, str | bytes | Mapping) or not isinstance(value, Iterable):
            return False
        return not isinstance(value, Collection) or all(_fits(one, held) for one in value)  # what is read once is left
    looked_at = origin or kind
    if looked_at in (Mapping, Callable) or kind in _NAMES or _is_ours(kind):
        return isinstance(value, _KINDS.get(looked_at, (looked_at,)))
    return all(hasattr(value, name) for name in _members(kind))


def _is_ours(kind: Any) -> bool:
    """A class of ours, which is no protocol."""
    ours = inspect.isclass(kind) and kind.__module__.split(".")[0] in ("memory", "prompts", "assistant")
    return ours and not getattr(kind, "_is_protocol", False)


def _members(kind: Any) -> Iterable[str]:
    """The public names of a protocol of ours; none of anything else."""
    if getattr(kind, "_is_protocol", False) and kind.__module__.split(".")[0] in ("memory", "prompts", "assistant"):
        return [name for name in {*vars(kind), *getattr(kind, "__annotations__", {})} if not name.startswith("_")]
    return []


def _is_many(origin: object) -> bool:
    return isinstance(origin, type) and issubclass(origin, Iterable) and not issubclass(origin, (Mapping, IO))


def _named(kind: Any) -> str:
    origin, held = get_origin(kind), get_args(kind)
    if origin in (Union, types.UnionType):
        return " or ".join(dict.fromkeys(_named(one) for one in held))
    if origin is Literal:
        return " or ".join(map(repr, held))
    if _is_many(origin):
        return f"several, each {_named(held[0])}"
    return _NAMES.get(origin or kind) or str(getattr(kind, "__name__", kind))


def aware(time: datetime) -> datetime:
    """A time without a zone is local. Raises BadInput for one that not every zone has a year for."""
    if not 2 <= time.year <= 9998:
        raise BadInput(f"{time} is out of range; give a time between the years 2 and 9998.")
    try:
        return time.astimezone(time.tzinfo).astimezone(UTC).astimezone(time.tzinfo)
    except (ValueError, OverflowError) as error:
        raise BadInput(f"{time} is out of range; give a time between the years 2 and 9998.") from error
