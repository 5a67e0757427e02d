from __future__ import annotations

import io

import pytest
from rich.console import Console

from netanatomy.report.document import Document, Facts, Paragraph, Part, Section, Table
from netanatomy.report.terminal import draw

ADDRESS = "fe80::21b:21ff:fe20:ffff"
PROSE = "Private use inside one organisation, and reused by every other."


def drawn(width: int, *parts: Part) -> list[str]:
    """The lines on a terminal of so many columns, without those of the titles."""
    console = Console(file=io.StringIO(), width=width, force_terminal=False)
    draw(Document("t", (Section("s", "", parts),)), console)
    assert isinstance(console.file, io.StringIO)
    lines = [line.rstrip() for line in console.file.getvalue().splitlines()]
    assert max(map(len, lines)) <= width
    return lines[4:]


def table() -> Table:
    row = (ADDRESS, "ffff:ffff", "12,345", "46.1 kB", PROSE)
    return Table(
        "", ("Address", "Class", ">First frame", ">Volume", "What such an address is for"), (row, row)
    )


@pytest.mark.parametrize("width", [80, 100, 120])
def test_addresses_and_numbers_stay_whole_and_prose_goes_on(width: int) -> None:
    lines = drawn(width, table())
    text = "\n".join(lines)
    assert text.count(ADDRESS) == 2
    assert text.count("46.1 kB") == 2
    assert len(lines) > 3


def test_everything_in_a_line_where_there_is_room() -> None:
    lines = drawn(160, table())
    assert len(lines) == 3
    assert lines[1].endswith(PROSE)


def test_nothing_is_lost_where_there_is_no_room_for_addresses() -> None:
    lines = drawn(50, table())
    assert "46.1 kB" in "\n".join(lines)
    assert "".join(line[2:12].strip() for line in lines).count(ADDRESS) == 2


def test_entries_stand_close_together_with_their_lines_set_in() -> None:
    lines = drawn(20, Paragraph("- one two three four five six"), Paragraph("- more"))
    assert lines == ["- one two three four", "  five six", "- more"]


def test_a_command_stays_in_one_line() -> None:
    console = Console(file=io.StringIO(), width=40, force_terminal=False)
    command = f"netanatomy findings {'long-' * 12}.pcap --id land-0a1b"
    facts = Facts((("Proof", "a few words that do not fit a line of forty"), ("More", command)))
    draw(Document("t", (Section("s", "", (facts,)),)), console)
    assert isinstance(console.file, io.StringIO)
    lines = console.file.getvalue().splitlines()
    assert f"More   {command}" in lines
    assert any(line.startswith("Proof  a few") for line in lines)


def test_text_of_traffic_is_escaped() -> None:
    text = "\n".join(drawn(80, Paragraph("- \x1b[31m"), Table("", ("[bold]", ">n"), (("\x9b", "[/]"),))))
    assert "\\x1b[31m" in text
    assert "\\x9b" in text
    assert "[bold]" in text
    assert "[/]" in text
