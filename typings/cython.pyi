# What the kernels use of Cython's pure Python mode, as mypy should see it: C integers are int.
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import TypeVar

_F = TypeVar("_F", bound=Callable[..., object])

class _NoGil(AbstractContextManager[None]):
    def __exit__(self, *what: object) -> None: ...
    def __call__(self, function: _F) -> _F: ...

compiled: bool
nogil: _NoGil
gil: AbstractContextManager[None]
NULL: None
uchar = int
ushort = int
uint = int
ulonglong = int
longlong = int
Py_ssize_t = int
int = int
bint = bool
double = float
p_longlong = memoryview
p_double = memoryview[float]

def boundscheck(checked: bool) -> Callable[[_F], _F]: ...
def cfunc(function: _F) -> _F: ...
def inline(function: _F) -> _F: ...
def exceptval(value: int | None = None, *, check: bool = True) -> Callable[[_F], _F]: ...
def address(place: object) -> object: ...
