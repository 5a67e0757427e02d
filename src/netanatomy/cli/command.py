"""What a command is. A file in this folder that defines `COMMAND` is a command: no list names it."""

from __future__ import annotations

import importlib
import pkgutil
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import netanatomy.cli


@dataclass(frozen=True, slots=True)
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


def _found() -> Iterator[Command]:
    for module_information in pkgutil.iter_modules(netanatomy.cli.__path__, "netanatomy.cli."):
        command = getattr(importlib.import_module(module_information.name), "COMMAND", None)
        if isinstance(command, Command):
            yield command
