from __future__ import annotations

import pytest

from netanatomy.report.document import Document, Facts, Marked, Paragraph, Part, Section, Table
from netanatomy.report.marked_octets import MAXIMUM_LINES
from netanatomy.report.plain import LINE, MAXIMUM_CELL, plain_text, width


def body(*parts: Part) -> list[str]:
    """The lines of some parts, without those of the titles."""
    return list(plain_text(Document("t", (Section("s", "", parts),))))[7:]


def test_an_id_is_not_taken_apart() -> None:
    words = "x" * (LINE - 20)
    assert body(Paragraph(f"{words} netanatomy findings --id syn-flood-ed38b28e")) == [
        f"{words} netanatomy findings",
        "--id syn-flood-ed38b28e",
    ]


def test_entries_stand_close_together_with_their_lines_set_in() -> None:
    long = "word " * 30
    lines = body(Paragraph("- first"), Paragraph(f"- {long}"), Paragraph("after"))
    assert lines[0] == "- first"
    assert lines[1].startswith("- word")
    assert lines[2].startswith("  word")
    assert lines[-2:] == ["", "after"]
    assert max(map(len, lines)) <= LINE


def test_a_long_fact_goes_on_below_itself_and_a_command_does_not() -> None:
    addresses = ", ".join(f"10.0.0.{number}" for number in range(30))
    command = "netanatomy findings " + "a-long-name.pcap " * 10
    lines = body(Facts((("Who", addresses), ("Nobody", ""), ("More", command))))
    assert lines[0].startswith("Who     10.0.0.0, ")
    assert lines[1].startswith("        10.0.0.")
    assert "Nobody" in lines
    assert lines[-1] == f"More    {command}".rstrip()
    assert max(map(len, lines[:-1])) <= LINE


def test_columns_stay_in_line_whatever_is_in_them() -> None:
    long = "a sentence that is longer than a column may be, so that it goes on in the next line"
    table = Table("", ("what", ">frames", "id"), ((long, "1", "one"), ("short", "12,345", "two")))
    lines = body(table)
    at = {
        line.index(word)
        for line, word in zip((lines[0], lines[1], lines[3]), ("id", "one", "two"), strict=True)
    }
    assert len(at) == 1
    assert " ".join(line[2 : MAXIMUM_CELL + 2].strip() for line in lines[1:3]) == long


def test_the_last_column_and_a_word_stay_whole() -> None:
    word = "A" * (MAXIMUM_CELL + 20)
    sentence = "every word of " * 20
    lines = body(Table("", ("record", "text"), ((word, sentence),)))
    assert lines[1] == f"  {word}  {sentence}".rstrip()


@pytest.mark.parametrize("octets", [70_000, 100])
def test_few_lines_of_a_long_payload(octets: int) -> None:
    lines = body(Marked("Frame 1", bytes(octets), ((20, octets - 20),)))
    assert len(lines) <= MAXIMUM_LINES + 3
    assert (lines[-1] == "  …") is (octets > 1_000)


def test_width_of_what_stands_wide() -> None:
    assert width("フレーム") == 8
