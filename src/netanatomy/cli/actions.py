"""Commands that consist of several actions: one folder each, one file an action, and no list of them."""

from __future__ import annotations

import importlib
import pkgutil
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from collections.abc import Callable

from netanatomy.cli.command import Command


def actions(package: str) -> list[Command]:
    """Every action of a command: what the modules of its package define as `ACTION`, in their order."""
    found = []
    for information in pkgutil.iter_modules(importlib.import_module(package).__path__, f"{package}."):
        action = getattr(importlib.import_module(information.name), "ACTION", None)
        if isinstance(action, Command):
            found.append(action)
    return sorted(found, key=lambda action: (action.order, action.name))


def arguments_of_actions(package: str) -> Callable[[ArgumentParser], None]:
    """What adds the actions of a package, with their arguments, to the parser of its command."""

    def arguments(parser: ArgumentParser) -> None:
        added = parser.add_subparsers(title="actions", metavar="ACTION", dest="action", required=True)
        for action in actions(package):
            sub = added.add_parser(
                action.name,
                help=action.summary,
                description=action.description,
                formatter_class=RawDescriptionHelpFormatter,
                allow_abbrev=False,
            )
            action.arguments(sub)
            sub.set_defaults(run_action=action.run)

    return arguments
