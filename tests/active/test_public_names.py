"""Every public name of the active tools is documented, and there is an example that runs and calls it."""

from __future__ import annotations

import ast
import doctest
import inspect
import pkgutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from enum import Enum
from functools import cache
from importlib import import_module
from types import ModuleType

import pytest

import netanatomy as na
from netanatomy import active

MODULES = ("active.echo", "active.probe", "active.resolve", "active.socks")
TOOLS = ("address", "aresolve", "aresolve_many", "resolve", "resolve_many", "service")
HANDED_OUT = {
    # Nobody makes one of these: the tools give them, or read them from a text.
    "echo": {"Counts"},
    "probe": {"Probe", "Proxy"},
    "resolve": {"Answer", "Edns", "Exchange", "ExtendedError", "Phase", "Question", "Record", "Server"}
    | {"Source", "TraceStep", "Validation"},
    "socks": {"Association", "Bound", "Proxy", "Rule", "Verdict"},
}


def module(name: str) -> ModuleType:
    return import_module(f"netanatomy.{name}" if name else "netanatomy")


def public() -> Iterator[tuple[str, str]]:
    """Module and name of everything that is no constant."""
    yield from (("", name) for name in TOOLS)
    for place in MODULES:
        found = module(place)
        yield from ((place, name) for name in found.__all__ if not name.isupper())


def is_called(place: str, name: str) -> bool:
    """Whether users call it themselves."""
    found = getattr(module(place), name)
    if inspect.isclass(found) and (issubclass(found, Enum | Exception) or inspect.isabstract(found)):
        return False
    return name not in HANDED_OUT.get(place.rpartition(".")[2], ())


def twins() -> Iterator[tuple[str, str]]:
    """What does something, in code that is not asynchronous."""
    for place, name in public():
        found = getattr(module(place), name)
        if inspect.iscoroutinefunction(found) or inspect.isasyncgenfunction(found):
            yield place, name.removeprefix("a")


def meaning(node: ast.expr, known: dict[str, object]) -> object:
    """What a name, or a dotted name, stands for; None for all else."""
    if isinstance(node, ast.Name):
        return known.get(node.id)
    if isinstance(node, ast.Attribute):
        inside = meaning(node.value, known)
        return getattr(inside, node.attr, None) if isinstance(inside, ModuleType) else None
    return None


def calls(test: doctest.DocTest) -> Iterator[object]:
    """What the examples of a docstring call, without those that do not run."""
    known = dict(test.globs)
    for example in test.examples:
        if example.options.get(doctest.SKIP):
            continue
        nodes = list(ast.walk(ast.parse(example.source)))
        for node in nodes:
            if isinstance(node, ast.Import | ast.ImportFrom):
                exec(compile(ast.Module([node], []), test.name, "exec"), known)
        yield from (meaning(node.func, known) for node in nodes if isinstance(node, ast.Call))


@cache
def all_calls() -> tuple[object, ...]:
    names = [found.name for found in pkgutil.walk_packages(active.__path__, "netanatomy.active.")]
    modules = [na, active, *map(import_module, names)]
    finder = doctest.DocTestFinder()
    return tuple(found for each in modules for test in finder.find(each) for found in calls(test))


@pytest.mark.parametrize(("place", "name"), list(public()))
def test_it_has_a_docstring(place: str, name: str) -> None:
    found = getattr(module(place), name)
    text = (vars(found) if inspect.isclass(found) else {"__doc__": found.__doc__}).get("__doc__") or ""
    # Data classes without one are given their name or their signature in its place.
    assert text.strip() not in ("", name)
    assert not text.startswith(f"{name}(")


@pytest.mark.parametrize(("place", "name"), [each for each in public() if is_called(*each)])
def test_an_example_calls_it(place: str, name: str) -> None:
    found = getattr(module(place), name)
    assert any(call is found for call in all_calls()), f"no example that runs calls {place}.{name}"


@pytest.mark.parametrize(("place", "name"), list(twins()))
def test_what_can_be_awaited_can_be_waited_for_as_well(place: str, name: str) -> None:
    found, awaited = getattr(module(place), name), getattr(module(place), f"a{name}")
    assert not inspect.iscoroutinefunction(found)
    assert inspect.signature(found).parameters == inspect.signature(awaited).parameters


def test_there_are_twins() -> None:
    names = {name for _, name in twins()}
    assert {"resolve", "resolve_many", "connect", "bind", "associate", "check_proxy"} < names
    assert {name for name in na.probe.__all__ if name.startswith("probe_")} < names


@pytest.mark.parametrize("place", ["", *MODULES])
def test_no_file_takes_the_place_of_a_public_name(place: str) -> None:
    # Whenever a module is imported, its package gets an attribute of its name, whatever was there.
    found = module(place)
    files = {each.name for each in pkgutil.iter_modules(found.__path__)}
    assert sorted(files & set(found.__all__)) == []


@pytest.mark.parametrize("place", MODULES)
def test_what_is_handed_out_is_public(place: str) -> None:
    assert HANDED_OUT[place.rpartition(".")[2]] <= set(module(place).__all__)


def test_skipped_examples_and_names_alike_do_not_count() -> None:
    text = """
    >>> import netanatomy as na
    >>> na.resolve("localhost")  # doctest: +SKIP
    >>> import socket
    >>> connection = socket.socket()
    >>> connection.connect("127.0.0.1", 80)
    >>> answers = [na.probe.probe_tcp(target) for target in ()]
    """
    test = doctest.DocTestParser().get_doctest(text, {}, "example", None, None)
    assert [found for found in calls(test) if found] == [socket.socket, na.probe.probe_tcp]


def test_all_public_names_are_told_without_importing_them() -> None:
    code = (
        "import sys, netanatomy; before = set(sys.modules); told = dir(netanatomy);"
        "print(set(netanatomy.__all__) - set(told), set(sys.modules) - before, told == sorted(set(told)),"
        "{'__name__', '__file__', '__version__', 'errors'} - set(told), 'netanatomy.active' in sys.modules)"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "set() set() True set() False"
