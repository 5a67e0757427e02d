"""The limits that are written in C, compiled when they are needed."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from captures import FOLDER as BUILD
from peer import FOLDER, Missing


def compiled(name: str, *libraries: str) -> Path:
    """Compiles `limits/name.c` unless that is done, and gives the program's path.

    Raises:
        Missing: there is no C compiler, or a header is not installed.
    """
    source = FOLDER / "limits" / f"{name}.c"
    target = BUILD / "bin" / name
    if target.exists() and target.stat().st_mtime > source.stat().st_mtime:
        return target
    compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    if compiler is None:
        raise Missing("there is no C compiler: apt install gcc libc6-dev")
    target.parent.mkdir(parents=True, exist_ok=True)
    command = [compiler, "-O2", "-Wall", "-Wextra", "-o", str(target), str(source)]
    command += [f"-l{library}" for library in libraries]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        first_line = done.stderr.strip().splitlines()[0] if done.stderr.strip() else "it said nothing"
        raise Missing(f"{name}.c does not compile: {first_line}")
    return target
