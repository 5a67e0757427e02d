"""The numbers that kernels share stand twice, for C and for Python: they must be the same."""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Callable
from pathlib import Path

import pytest

import netanatomy

FLOWS = Path(netanatomy.__file__).parent / "flows"
NUMBER = re.compile(r"^    ([A-Z][A-Z0-9_]*) = ([^\n#]+)$", re.MULTILINE)
OPERATORS: dict[type[ast.operator], Callable[[int, int], int]] = {
    ast.LShift: operator.lshift,
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
}


def number(node: ast.expr) -> int:
    """The value of a constant expression."""
    if isinstance(node, ast.BinOp):
        return OPERATORS[type(node.op)](number(node.left), number(node.right))
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return -number(node.operand)
    value: int = ast.literal_eval(node)
    return value


@pytest.mark.parametrize("declared", sorted(FLOWS.rglob("*.pxd")), ids=lambda path: path.stem)
def test_the_numbers_of_c_are_those_of_python(declared: Path) -> None:
    python = {
        node.targets[0].id: node.value
        for node in ast.walk(ast.parse(declared.with_suffix(".py").read_text()))
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
    }
    numbers = NUMBER.findall(declared.read_text())
    for name, text in numbers:
        assert name in python, f"{declared.name}: {name}"
        assert number(ast.parse(text.strip(), mode="eval").body) == number(python[name]), name


def test_there_are_numbers_to_compare() -> None:
    assert sum(len(NUMBER.findall(path.read_text())) for path in FLOWS.rglob("*.pxd")) > 300
