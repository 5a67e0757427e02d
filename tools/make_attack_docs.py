"""Writes `docs/attacks.md` and `docs/finding.schema.json` from what detectors and findings say of themselves.

With `--check` nothing is written: the exit code is 1 where one of them is out of date.
"""

from __future__ import annotations

import sys
from pathlib import Path

from netanatomy.detect.registry import detectors, explained
from netanatomy.report.explanation_report import explanation_page
from netanatomy.report.finding_json import finding_schema
from netanatomy.report.json import json_text

DOCS = Path(__file__).resolve().parent.parent / "docs"


def pages() -> dict[Path, str]:
    """What belongs in which file."""
    return {
        DOCS / "attacks.md": "\n".join(explanation_page([explained(name) for name in detectors()])) + "\n",
        DOCS / "finding.schema.json": json_text(finding_schema()) + "\n",
    }


def main() -> int:
    """Write the files, or check them."""
    if "--check" in sys.argv[1:]:
        there = {path: path.read_text("utf-8") if path.exists() else "" for path in pages()}
        return int(there != pages())
    for path, text in pages().items():
        path.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
