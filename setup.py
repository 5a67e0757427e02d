"""Compiles the kernels: every module that has a `.pxd` beside it, with bounds checks on.

Everything else about the package is in pyproject.toml. Where there is no C compiler, or no Python
headers, nothing is compiled and the very same files run as ordinary Python.
"""

import multiprocessing
import os
import sys
from pathlib import Path

from Cython.Build import cythonize
from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext
from setuptools.errors import BaseError, CCompilerError

SOURCE = Path(__file__).parent / "src"
PROCESSORS = os.cpu_count() or 1
DIRECTIVES = {
    "language_level": 3,
    # Packets are hostile input: an index outside its buffer is an error, never a read.
    "boundscheck": True,
    "initializedcheck": False,
    "wraparound": False,
    "cdivision": True,
    "infer_types": True,
    "embedsignature": True,
    "show_performance_hints": False,
}


def processes() -> int:
    """How many may translate at once; none but this one where a system has no semaphores (no /dev/shm)."""
    try:
        multiprocessing.Lock()
    except (ImportError, OSError):
        return 0
    return PROCESSORS


class BuildAllOrNothing(build_ext):
    """Kernels call one another in C, so they are of use only together."""

    def build_extensions(self) -> None:
        try:
            super().build_extensions()
        except (BaseError, CCompilerError, OSError) as error:
            print(f"netanatomy: kernels not compiled ({error}); they will run as Python", file=sys.stderr)
            for extension in self.extensions:
                Path(self.get_ext_fullpath(extension.name)).unlink(missing_ok=True)
            self.extensions = []


kernels = sorted(path.with_suffix(".py").relative_to(SOURCE.parent) for path in SOURCE.rglob("*.pxd"))
extensions = [
    Extension(
        ".".join(path.relative_to("src").with_suffix("").parts),
        [path.as_posix()],
        extra_compile_args=["-O3", "-g0"] if os.name == "posix" else [],
    )
    for path in kernels
]
setup(
    cmdclass={"build_ext": BuildAllOrNothing},
    options={"build_ext": {"parallel": PROCESSORS}},
    ext_modules=cythonize(
        extensions,
        compiler_directives=DIRECTIVES,
        build_dir="build/cython",
        include_path=["src"],
        nthreads=processes(),
    ),
)
