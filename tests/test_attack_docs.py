"""The pages that are made from the detectors are those that they would make now."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def test_the_pages_are_current() -> None:
    done = subprocess.run([sys.executable, ROOT / "tools" / "make_attack_docs.py", "--check"], check=False)
    assert done.returncode == 0, "run make pages"
