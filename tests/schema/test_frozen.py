"""What `frozen` and `changeable` make is what `dataclass` makes."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from dataclasses import FrozenInstanceError, asdict, astuple, dataclass, field, fields, replace
from inspect import signature
from typing import Any, ClassVar

import pytest

from netanatomy.schema.frozen import changeable, frozen


class Plain:
    """Every kind of field."""

    KIND: ClassVar[str] = "no field"
    first: int
    second: str = "two"
    listed: list[int] = field(default_factory=list)
    hidden: int = field(default=7, repr=False)
    ignored: float = field(default=0.5, compare=False)
    inner: int = field(default=3, init=False)
    made: tuple[int, ...] = field(default_factory=tuple, init=False)

    def twice(self) -> int:
        """A method goes along."""
        return 2 * self.first


class Nothing:
    """No field at all."""


class Checked:
    """Looks at itself once it is made."""

    port: int
    doubled: int = field(init=False, compare=False)

    def __post_init__(self) -> None:
        if self.port < 0:
            raise ValueError(f"no port: {self.port}")
        object.__setattr__(self, "doubled", 2 * self.port)


@frozen
class Kept:
    """At the top of a module, to be found by its name."""

    name: str
    number: int = 1


def both(plain: type[Any]) -> tuple[type[Any], type[Any]]:
    """The same class by this project's way and by the standard library's."""
    return frozen(bare(plain)), dataclass(frozen=True, slots=True)(bare(plain))


def both_changeable(plain: type[Any]) -> tuple[type[Any], type[Any]]:
    """The same for one whose fields may be set."""
    return changeable(bare(plain)), dataclass(slots=True)(bare(plain))


def bare(plain: type[Any]) -> type[Any]:
    """A copy of a class, for its decorator to work on."""
    kept = {name: value for name, value in plain.__dict__.items() if name not in ("__dict__", "__weakref__")}
    return type(plain.__name__, (), kept)


@pytest.mark.parametrize(
    "given",
    [
        ((1,), {}),
        ((1, "a"), {"listed": [3]}),
        ((), {"first": 2, "ignored": 9.0}),
        ((5, "b", [1], 2, 0.1), {}),
    ],
)
def test_made_shown_and_taken_apart_alike(given: tuple[tuple[Any, ...], dict[str, Any]]) -> None:
    ours, theirs = both(Plain)
    positional, named = given
    one, other = ours(*positional, **named), theirs(*positional, **named)
    assert repr(one) == repr(other)
    assert asdict(one) == asdict(other)
    assert astuple(one) == astuple(other)
    assert one.twice() == other.twice()
    assert [each.name for each in fields(one)] == [each.name for each in fields(other)]
    assert asdict(replace(one, first=9)) == asdict(replace(other, first=9))
    assert not hasattr(one, "__dict__")


@pytest.mark.parametrize(
    "given", [((), {}), ((1, 2, 3, 4, 5, 6), {}), ((1,), {"inner": 1}), ((1,), {"first": 1})]
)
def test_refuses_the_same_arguments(given: tuple[tuple[Any, ...], dict[str, Any]]) -> None:
    positional, named = given
    for made in both(Plain):
        with pytest.raises(TypeError):
            made(*positional, **named)


def test_equal_and_hashed_by_what_is_compared() -> None:
    for made in both(Plain):
        assert made(1, ignored=1.0) == made(1, ignored=2.0)
        assert made(1) != made(2)
        assert made(1) != "something else"
    for made in both(Checked):
        assert hash(made(80)) == hash(made(80))
        assert len({made(80), made(80), made(443)}) == 2
    for made in both(Nothing):
        assert made() == made()
        assert repr(made()) == "Nothing()"
    assert both(Checked)[0](1) != both(Checked)[0](1)  # of two classes


def test_each_has_defaults_of_its_own() -> None:
    ours, _ = both(Plain)
    assert ours(1).listed is not ours(1).listed


@pytest.mark.parametrize("change", [lambda one: setattr(one, "port", 1), lambda one: delattr(one, "port")])
def test_cannot_be_changed(change: Callable[[Any], None]) -> None:
    for made in both(Checked):
        with pytest.raises(FrozenInstanceError, match="port"):
            change(made(1))


def test_looks_at_itself_once_it_is_made() -> None:
    for made in both(Checked):
        with pytest.raises(ValueError, match="no port"):
            made(-1)
        assert made(4).doubled == 8


def test_can_be_copied_and_sent() -> None:
    one = Kept("a", 5)
    assert copy.copy(one) == copy.deepcopy(one) == pickle.loads(pickle.dumps(one)) == one
    assert not {one} & {Kept("b")}


class Factories:
    """Defaults of both kinds, and nothing else that would need a method of its own."""

    name: str
    listed: list[int] = field(default_factory=list)
    count: int = 0
    known: dict[str, int] = field(default_factory=lambda: {"a": 1})


@pytest.mark.parametrize("pair", [both, both_changeable])
@pytest.mark.parametrize("given", [("x",), ("x", [1]), ("x", [1], 2, {}), (), ("x", [], 0, {}, 5)])
def test_defaults_are_made_for_each(
    pair: Callable[[type[Any]], tuple[type[Any], type[Any]]], given: tuple[Any, ...]
) -> None:
    ours, theirs = pair(Factories)
    if not 1 <= len(given) <= 4:
        for made in (ours, theirs):
            with pytest.raises(TypeError):
                made(*given)
        return
    assert asdict(ours(*given)) == asdict(theirs(*given))
    assert repr(ours(*given)) == repr(theirs(*given))
    assert str(signature(ours)) == str(signature(theirs))
    assert ours("x").listed is not ours("x").listed
    assert ours("x", count=3).count == 3


def test_changeable_can_be_changed_and_not_hashed() -> None:
    for made in both_changeable(Plain):
        one, other = made(1), made(2)
        one.first = 2
        assert one == other
        assert one != made(2, "three")
        one.listed.append(4)
        assert copy.deepcopy(one) == one != other
        with pytest.raises(TypeError):
            hash(one)
        with pytest.raises(AttributeError):
            one.unknown = 1
    for made in both_changeable(Checked):
        assert made(4).doubled == 8


def test_a_field_without_default_stands_before_those_with_one() -> None:
    class Wrong:
        first: int = 0
        second: str

    with pytest.raises((SyntaxError, TypeError)):
        changeable(Wrong)


def test_patterns_take_its_fields_in_order() -> None:
    match Kept("a", 5):
        case Kept(name, number):
            assert (name, number) == ("a", 5)
