# What the kernels use of Cython's pure Python mode, as mypy should see it: C integers are int.
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import TypeVar

_F = TypeVar("_F", bound=Callable[..., object])

compiled: bool
nogil: AbstractContextManager[None]
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
def address(place: object) -> object: ...
