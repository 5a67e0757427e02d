"""What the documentation says in numbers and names is what the code has."""

from __future__ import annotations

import ast
import operator
import re
from dataclasses import fields
from pathlib import Path

import pytest

from netanatomy.cli.command import commands
from netanatomy.cli.flow_arguments import TIMEOUTS
from netanatomy.cli.main import EXIT_CODES
from netanatomy.schema.connections import END_REASONS, ORIGINATOR_RULES
from netanatomy.schema.flow_options import SECOND, FlowOptions
from netanatomy.schema.overlap_policies import OVERLAP_POLICIES

ROOT = Path(__file__).resolve().parent.parent
CONNECTIONS = ROOT / "docs" / "connections.md"
ARCHITECTURE = ROOT / "docs" / "architecture.md"
README = ROOT / "README.md"

UNITS = {"": 1, "s": SECOND, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30}


def rows(page: Path) -> list[list[str]]:
    """The cells of every line of every table."""
    return [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in page.read_text(encoding="utf-8").splitlines()
        if line.startswith("|")
    ]


def number(text: str, units: dict[str, int] | None = None) -> int:
    """`1 MiB`, `5 s` or `1,000,000` as a number."""
    found = re.match(r"([\d,]+)(?: (KiB|MiB|GiB|s)\b)?", text)
    assert found is not None, text
    return int(found[1].replace(",", "")) * (units or UNITS)[found[2] or ""]


def test_the_defaults_of_connections() -> None:
    options = FlowOptions()
    names = {field.name for field in fields(FlowOptions)}
    told = {
        cells[0].strip("`"): next(number(cell) for cell in cells[1:] if re.match(r"\d", cell))
        for cells in rows(CONNECTIONS)
        if cells[0].strip("`") in names
    }
    numbers = {name: getattr(options, name) for name in names if isinstance(getattr(options, name), int)}
    assert told == numbers


def test_the_names_of_time_outs() -> None:
    told = {
        cells[1].strip("`"): cells[0].strip("`")
        for cells in rows(CONNECTIONS)
        if cells[0].strip("`") in TIMEOUTS.values()
    }
    assert told == TIMEOUTS


def test_rules_chosen_by_name() -> None:
    default = [re.fullmatch(r"`(\w+)` \(default\)", cells[0]) for cells in rows(CONNECTIONS)]
    options = FlowOptions()
    assert [found[1] for found in default if found] == [options.checksums, options.overlap_policy]
    first_cells = {cells[0].split(" ")[0].strip("`") for cells in rows(CONNECTIONS)}
    assert set(OVERLAP_POLICIES) <= first_cells
    assert {rule for rule in ORIGINATOR_RULES if rule} <= first_cells


def test_the_reasons_for_an_end() -> None:
    text = CONNECTIONS.read_text(encoding="utf-8")
    assert all(f"`{reason}`" in text for reason in END_REASONS if reason)


OPERATIONS = {ast.LShift: operator.lshift, ast.Mult: operator.mul, ast.Pow: operator.pow}


def value(node: ast.expr) -> int | None:
    """The number that an expression of numbers stands for; None for any other."""
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        return int(node.value)
    if isinstance(node, ast.BinOp) and type(node.op) in OPERATIONS:
        left, right = value(node.left), value(node.right)
        if left is not None and right is not None:
            return int(OPERATIONS[type(node.op)](left, right))
    return None


def constants(path: Path) -> dict[str, int | None]:
    """The numbers that a file gives names to: also those that a kernel has only uncompiled."""
    return {
        node.targets[0].id: value(node.value)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
    }


def caps() -> list[tuple[str, str, str]]:
    """File, name and number of every cap in the tables of the architecture."""
    found = []
    for cells in rows(ARCHITECTURE):
        where = re.fullmatch(r"`([\w/]+\.py)`", cells[0])
        if where is not None and len(cells) > 3:
            found.append((where[1], cells[1].strip("`"), cells[2]))
    return found


@pytest.mark.parametrize(("file", "name", "told"), caps())
def test_a_cap_is_what_the_architecture_says(file: str, name: str, told: str) -> None:
    known = constants(ROOT / "src" / "netanatomy" / file)
    assert known[name] == number(told, UNITS | {"s": 1})


def test_there_are_caps() -> None:
    assert len(caps()) > 20


def test_every_exit_code_is_in_the_readme() -> None:
    codes = set(re.findall(r"^ {2}(\d+(?: to \d+)?) ", EXIT_CODES, re.MULTILINE))
    told = {cells[0] for cells in rows(README)}
    assert codes - told == set()


def test_every_command_is_in_the_readme() -> None:
    text = README.read_text(encoding="utf-8")
    assert [each.name for each in commands() if f"netanatomy {each.name}" not in text] == []
