"""Dataclasses that are made in a quarter of the time, frozen ones and others.

`dataclasses` compiles up to seven methods for every frozen class, 0.9 ms on the machine this was measured
on; a command that meets two hundred of them is a quarter of its start busy with that. Here only
`__init__` is compiled, once for each number of fields; the other methods are the same for all classes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import MISSING, FrozenInstanceError, dataclass, field, fields
from functools import cache
from operator import attrgetter
from types import CodeType, FunctionType
from typing import Any, TypeAlias, TypeVar, dataclass_transform

Made = TypeVar("Made")
Methods: TypeAlias = Mapping[str, Callable[..., object] | None]


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def frozen(plain: type[Made]) -> type[Made]:
    """A frozen dataclass with slots, as `dataclass(frozen=True, slots=True)` makes it.

    It is compared, hashed, shown, copied and taken apart (`fields`, `replace`, `asdict`) like one.

    >>> @frozen
    ... class Place:
    ...     layer: str
    ...     offset: int = 0
    >>> Place("link"), Place("link") == Place("link", 0), Place("link", 14) == Place("link")
    (Place(layer='link', offset=0), True, False)
    >>> Place("link").offset = 1
    Traceback (most recent call last):
    dataclasses.FrozenInstanceError: cannot assign to field 'offset'
    """
    return _made(plain, _OF_FROZEN)


@dataclass_transform(field_specifiers=(field,))
def changeable(plain: type[Made]) -> type[Made]:
    """A dataclass with slots, as `dataclass(slots=True)` makes it.

    >>> @changeable
    ... class Counted:
    ...     frames: int = 0
    >>> counted = Counted()
    >>> counted.frames += 2
    >>> counted, counted == Counted(2)
    (Counted(frames=2), True)
    """
    return _made(plain, _OF_CHANGEABLE)


def _made(plain: type[Made], methods: Methods) -> type[Made]:
    if plain.__doc__ is None:
        plain.__doc__ = plain.__name__  # for want of one, a signature would be worked out
    made = dataclass(init=False, repr=False, eq=False, slots=True)(plain)
    for name, method in {"__init__": _initialiser(made), **methods}.items():
        if name not in plain.__dict__:
            setattr(made, name, method)
    return made


def _initialiser(made: type[Any]) -> Callable[..., None]:
    """The method `__init__`, which sets every field, and asks `__post_init__` where there is one."""
    method = _plain_initialiser(made) or _compiled_initialiser(made)
    method.__annotations__ = {each.name: each.type for each in fields(made) if each.init} | {"return": None}
    method.__qualname__ = f"{made.__qualname__}.__init__"
    return method


def _plain_initialiser(made: type[Any]) -> FunctionType | None:
    """That of any class with as many fields, under new names; None where more is to do than to set them."""
    every = fields(made)
    defaults = tuple(
        each.default if each.default_factory is MISSING else _Factory(each.default_factory)
        for each in every
        if each.default is not MISSING or each.default_factory is not MISSING
    )
    if (
        hasattr(made, "__post_init__")
        or not all(each.init for each in every)
        or any(
            each.default is MISSING and each.default_factory is MISSING
            for each in every[len(every) - len(defaults) :]
        )
    ):
        return None
    names = {f"_{number}": each.name for number, each in enumerate(every)}
    code = _setting(len(every), any(isinstance(default, _Factory) for default in defaults))
    renamed = code.replace(
        co_varnames=tuple(names.get(name, name) for name in code.co_varnames),
        co_consts=tuple(names.get(value, value) for value in code.co_consts),
    )
    return FunctionType(renamed, {"_set": object.__setattr__, "_Factory": _Factory}, "__init__", defaults)


class _Factory:
    """In place of a default: what makes it, anew for each instance."""

    def __init__(self, make: Callable[[], object]) -> None:
        self.make = make

    def __repr__(self) -> str:
        return "<factory>"


@cache
def _setting(count: int, factories: bool) -> CodeType:
    """The code of an `__init__` that sets so many fields, of which the first is called `_0`."""
    names = [f"_{number}" for number in range(count)]
    value = "{0}.make() if {0}.__class__ is _Factory else {0}" if factories else "{0}"
    lines = "".join(f" _set(self, {name!r}, {value.format(name)})\n" for name in names)
    return _function(f"def __init__({', '.join(['self', *names])}):\n{lines or ' pass'}", {}).__code__


def _compiled_initialiser(made: type[Any]) -> FunctionType:
    parameters, lines = ["self"], []
    known: dict[str, object] = {"_set": object.__setattr__, "_MISSING": MISSING}
    for each in fields(made):
        name, value = each.name, each.name
        if each.default is not MISSING:
            known[f"_default_{name}"] = each.default
        elif each.default_factory is not MISSING:
            known[f"_make_{name}"] = each.default_factory
            known[f"_default_{name}"] = MISSING
            value = f"_make_{name}() if {name} is _MISSING else {name}" if each.init else f"_make_{name}()"
        if each.init:
            parameters.append(f"{name}=_default_{name}" if f"_default_{name}" in known else name)
        elif f"_default_{name}" not in known:
            continue  # left to `__post_init__`
        elif value == name:
            value = f"_default_{name}"
        lines.append(f" _set(self, {name!r}, {value})\n")
    if hasattr(made, "__post_init__"):
        lines.append(" self.__post_init__()\n")
    return _function(f"def __init__({', '.join(parameters)}):\n{''.join(lines) or ' pass'}", known)


def _function(source: str, known: dict[str, object]) -> FunctionType:
    exec(source, known)  # noqa: S102
    method = known["__init__"]
    if not isinstance(method, FunctionType):
        raise TypeError("no function was made")
    return method


@cache
def _compared(of: type[Any]) -> Callable[[object], object]:
    """What gets the values of an instance that are compared."""
    names = [each.name for each in fields(of) if each.compare]
    return attrgetter(*names) if names else lambda _: ()


def _set(_self: object, name: str, _value: object) -> None:
    raise FrozenInstanceError(f"cannot assign to field {name!r}")


def _delete(_self: object, name: str) -> None:
    raise FrozenInstanceError(f"cannot delete field {name!r}")


def _equal(self: Any, other: object) -> bool:
    values = _compared(self.__class__)
    return values(self) == values(other) if type(other) is type(self) else NotImplemented


def _hash(self: Any) -> int:
    return hash(_compared(self.__class__)(self))


def _shown(self: Any) -> str:
    shown = (f"{each.name}={getattr(self, each.name)!r}" for each in fields(type(self)) if each.repr)
    return f"{type(self).__qualname__}({', '.join(shown)})"


def _state(self: Any) -> tuple[object, ...]:
    return tuple(getattr(self, each.name) for each in fields(type(self)))


def _restore(self: Any, state: tuple[object, ...]) -> None:
    for each, value in zip(fields(type(self)), state, strict=True):
        object.__setattr__(self, each.name, value)


_OF_FROZEN: Methods = {
    "__setattr__": _set,
    "__delattr__": _delete,
    "__eq__": _equal,
    "__hash__": _hash,
    "__repr__": _shown,
    "__getstate__": _state,
    "__setstate__": _restore,
}
_OF_CHANGEABLE: Methods = {"__eq__": _equal, "__hash__": None, "__repr__": _shown}
