"""What Arrow imports and no command needs: pandas, and the functions of `pyarrow.compute` that nobody calls.

Both are the greater part of what Arrow takes to start, of which a small capture's reading is a fraction.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from threading import Lock
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyarrow.compute import Function, FunctionRegistry

COMPUTE = "pyarrow.compute"
MAKER = "_make_global_functions"
"""What makes the functions of that module, of those that its `function_registry` lists."""


@contextmanager
def spared() -> Iterator[None]:
    """While it lasts, pandas is not found, and functions of Arrow are made when they are asked for."""
    finders: list[_NoPandas | _FewFunctions] = [_NoPandas(), _FewFunctions()]
    sys.meta_path[:0] = finders
    try:
        yield
    finally:
        for finder in finders:
            sys.meta_path.remove(finder)


class _NoPandas:
    """Makes pandas a module that is not there: its import is an error, for want of a loader.

    Arrow looks for pandas as soon as it makes an array of Python's values: where it is installed, its
    import takes longer than all others together. No command gives or takes what is of pandas.
    """

    def find_spec(
        self, fullname: str, _path: Sequence[str] | None, _target: ModuleType | None = None
    ) -> ModuleSpec | None:
        return ModuleSpec(fullname, None) if fullname == "pandas" else None


class _FewFunctions:
    """Finds `pyarrow.compute` as ever, and has it loaded by `_Lazily`."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, _target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname != COMPUTE:
            return None
        spec = PathFinder.find_spec(fullname, path)
        if spec is None or not isinstance(spec.loader, SourceFileLoader):
            return None
        spec.loader = _Lazily(spec.loader.name, spec.loader.path)
        return spec


class _Lazily(SourceFileLoader):
    """Loads `pyarrow.compute` without most of its functions, and makes each when it is first asked for.

    As it is imported the module wraps every function of Arrow's registry, three hundred, in one of
    Python's with a signature and a text of help: half as long as the rest of Arrow's import takes.
    """

    def exec_module(self, module: ModuleType) -> None:
        from pyarrow import _compute

        # What the module's own text speaks of may be needed by itself.
        words = frozenset(re.findall(r"\w+", self.get_source(self.name) or ""))
        whole = _compute.function_registry
        if MAKER in words:
            _compute.function_registry = lambda: _Some(whole(), words)
        try:
            super().exec_module(module)
        finally:
            _compute.function_registry = whole
        if MAKER in words:
            vars(module).update(function_registry=whole, __getattr__=_Missing(module, whole).made)


class _Missing:
    """The functions that a module has not made yet."""

    def __init__(self, module: ModuleType, whole: Callable[[], FunctionRegistry]) -> None:
        self._module = module
        self._whole = whole
        self._making = Lock()

    def made(self, name: str) -> object:
        """The function of this name: what a module is asked for that it does not have."""
        known = vars(self._module)
        listed = name.removesuffix("_")  # `and_` and `or_`: the names without are words of Python's
        with self._making:  # the stages of a reading run in threads of their own
            if name not in known and listed in self._whole().list_functions():
                known["function_registry"] = lambda: _Some(self._whole(), (listed,))
                try:
                    known[MAKER]()
                finally:
                    known["function_registry"] = self._whole
        if name not in known:
            raise AttributeError(f"module {COMPUTE!r} has no attribute {name!r}", name=name, obj=self._module)
        return known[name]


class _Some:
    """A registry of functions that lists only some."""

    def __init__(self, whole: FunctionRegistry, names: Collection[str]) -> None:
        self._whole = whole
        self._names = names

    def list_functions(self) -> list[str]:
        return [name for name in self._whole.list_functions() if name in self._names]

    def get_function(self, name: str) -> Function:
        return self._whole.get_function(name)
