"""Draws docs/analyze.svg: what `netanatomy analyze` shows of the example on a terminal.

Run it after the report has changed: `.venv/bin/python tools/make_picture.py`.
"""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
from io import StringIO
from pathlib import Path

from rich.console import Console
from rich.text import Text

COLUMNS = 124
LINES_SHOWN = (0, 62)
"""The first screenful: a picture of all of it would be too long to read."""

CHECKOUT = Path(__file__).resolve().parent.parent
COMMAND = ("analyze", "--top", "4", "examples/office.pcapng")


def terminal_output() -> str:
    """What the command writes when it believes to write to a terminal."""
    ours, theirs = pty.openpty()
    environment = {**os.environ, "COLUMNS": str(COLUMNS), "TERM": "xterm-256color", "LINES": "60"}
    process = subprocess.Popen(
        [sys.executable, "-m", "netanatomy", *COMMAND],
        stdout=theirs,
        stderr=subprocess.DEVNULL,
        cwd=CHECKOUT,
        env=environment,
    )
    os.close(theirs)
    pieces = []
    while True:
        try:
            piece = os.read(ours, 65536)
        except OSError:  # Linux says EIO when the other end is closed
            break
        if not piece:
            break
        pieces.append(piece)
    process.wait()
    return b"".join(pieces).decode().replace("\r\n", "\n")


def main() -> None:
    """Write the picture."""
    lines = terminal_output().split("\n")[slice(*LINES_SHOWN)]
    console = Console(record=True, width=COLUMNS, file=StringIO(), color_system="truecolor")
    console.print(Text.from_ansi("\n".join(lines)))
    svg = console.export_svg(title=f"netanatomy {' '.join(COMMAND)}")
    # The picture must not fetch fonts from anywhere.
    svg = re.sub(r"@font-face \{.*?\}", "", svg, flags=re.DOTALL)
    (CHECKOUT / "docs" / "analyze.svg").write_text(svg, encoding="utf-8")


if __name__ == "__main__":
    main()
