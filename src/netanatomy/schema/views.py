"""Names for the memory that kernels read and write.

A kernel takes real `memoryview` objects. They go under these names in its signature because
Cython would take the annotation `memoryview` itself for a Python object, and refuse the C types
that the kernel's `.pxd` gives.
"""

from __future__ import annotations

from typing import TypeAlias

OctetsView: TypeAlias = memoryview
"""A view of unsigned octets."""
WordsView: TypeAlias = memoryview
"""A view of 32-bit unsigned numbers."""
ShortsView: TypeAlias = memoryview
"""A view of 16-bit unsigned numbers."""
RealsView: TypeAlias = "memoryview[float]"
"""A view of floating-point numbers."""
LongsView: TypeAlias = memoryview
"""A view of 64-bit signed numbers."""
RowsView: TypeAlias = memoryview
"""A view of numbers of rows, 32-bit signed."""
OctetLinesView: TypeAlias = memoryview
"""A view of unsigned octets in lines of the same length."""
