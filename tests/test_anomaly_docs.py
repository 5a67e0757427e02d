"""The page about anomalies is the one that the declarations make."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def test_the_page_is_current() -> None:
    tool = ROOT / "tools" / "make_anomaly_docs.py"
    done = subprocess.run([sys.executable, tool, "--check"], check=False)
    assert done.returncode == 0, "run python tools/make_anomaly_docs.py"
