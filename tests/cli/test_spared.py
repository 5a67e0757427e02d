"""What Arrow is spared at the start of a command, and that nothing is missing for it."""

from __future__ import annotations

import subprocess
import sys

import pyarrow.compute as pc

NAMES = sorted(name for name, value in vars(pc).items() if hasattr(value, "__arrow_compute_function__"))
DESCRIBED = """
def described(module):
    from inspect import signature

    every = [(name, getattr(module, name)) for name in NAMES]
    return {
        name: (made.__doc__, str(signature(made)), made.__arrow_compute_function__) for name, made in every
    }
"""


def told(code: str) -> str:
    """What a Python of its own prints: in this one Arrow's functions are made already."""
    preamble = f"NAMES = {NAMES!r}\n{DESCRIBED}\nfrom netanatomy.cli.spared import spared\n"
    run = subprocess.run([sys.executable, "-c", preamble + code], capture_output=True, text=True, check=True)
    return run.stdout.strip()


def test_functions_are_made_when_they_are_asked_for() -> None:
    code = """
with spared():
    import pyarrow.compute as pc
print('hypot' in vars(pc), pc.sqrt([4.0]).to_pylist(), 'sqrt' in vars(pc), 'hypot' in vars(pc))
"""
    assert told(code) == "False [2.0] True False"


def test_every_function_is_there_as_without() -> None:
    code = """
with spared():
    import pyarrow.compute as pc
print(repr(described(pc)))
"""
    plain = "import pyarrow.compute as pc\nprint(repr(described(pc)))"
    ours = told(code)
    assert ours == told(plain)
    assert len(ours) > 10_000


def test_the_registry_is_whole_and_unknown_names_are_errors() -> None:
    code = """
with spared():
    import pyarrow.compute as pc
from pyarrow import _compute
whole = _compute.function_registry().list_functions()
assert sorted(pc.function_registry().list_functions()) == sorted(whole)
for name in ("no_such_function", "hash_sum", "__path__"):
    try:
        getattr(pc, name)
    except AttributeError as error:
        print(error)
print(pc.and_([True], [False]).to_pylist(), pc.and_ is pc.__dict__["and"])
"""
    assert told(code).splitlines() == [
        f"module 'pyarrow.compute' has no attribute '{name}'"
        for name in ("no_such_function", "hash_sum", "__path__")
    ] + ["[False] True"]


def test_threads_may_ask_at_the_same_time() -> None:
    code = """
import sys
from concurrent.futures import ThreadPoolExecutor
sys.setswitchinterval(1e-6)
with spared():
    import pyarrow.compute as pc
    with ThreadPoolExecutor(4) as threads:
        found = list(threads.map(lambda name: getattr(pc, name), NAMES * 4))
print(all(one is vars(pc)[name] for name, one in zip(NAMES * 4, found, strict=True)))
"""
    assert told(code) == "True"


def test_pandas_is_not_there() -> None:
    code = """
import sys
with spared():
    import pyarrow as pa
    pa.array([1, 2])
    try:
        import pandas
    except ImportError:
        print("none")
print("pandas" in sys.modules, [finder for finder in sys.meta_path if "spared" in type(finder).__module__])
"""
    assert told(code).splitlines() == ["none", "False []"]
