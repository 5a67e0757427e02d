"""What a command is. A file in this folder that defines `COMMAND` is a command: no list names it."""

from __future__ import annotations

import importlib
import pkgutil
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterator

import netanatomy.cli
from netanatomy.schema.frozen import frozen


@frozen
class Command:
    """One command.

    Attributes:
        name: as it is typed.
        summary: what it does, in one line.
        description: what it does, and what is worth knowing before the first use.
        arguments: adds its arguments to a parser.
        run: does it, and gives the exit code. Costly libraries are imported here, not above.
        order: its place in the list of commands.
    """

    name: str
    summary: str
    description: str
    arguments: Callable[[ArgumentParser], None]
    run: Callable[[Namespace], int]
    order: int = 100


def commands() -> list[Command]:
    """Every command there is, in their order."""
    return sorted(_found(), key=lambda command: (command.order, command.name))


def named(name: str) -> list[Command]:
    """The command of this name; every command where there is none, so that all can be told.

    To import all of them takes longer than many a capture takes to read.
    """
    file = name.replace("-", "_")
    if any(module.name == file for module in pkgutil.iter_modules(netanatomy.cli.__path__)):
        found = _command(f"netanatomy.cli.{file}")
        if found is not None and found.name == name:
            return [found]
    return commands()


def _found() -> Iterator[Command]:
    for module in pkgutil.iter_modules(netanatomy.cli.__path__, "netanatomy.cli."):
        command = _command(module.name)
        if command is not None:
            yield command


def _command(module: str) -> Command | None:
    command = getattr(importlib.import_module(module), "COMMAND", None)
    return command if isinstance(command, Command) else None
