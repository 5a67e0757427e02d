"""Writes the page about the states of a TCP endpoint, from the table that the analysis uses."""

from __future__ import annotations

from pathlib import Path

from netanatomy.layers.transport.tcp_states import document

PAGE = Path(__file__).resolve().parent.parent / "docs" / "tcp-states.md"


def main() -> None:
    """Write the page."""
    PAGE.write_text(document(), encoding="utf-8")


if __name__ == "__main__":
    main()
