"""The outcome in words: for the terminal, for docs/conformance.md, and a table by capture."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from tests.conformance.compare import COUNT, STACK, Outcome
from tests.conformance.comparisons import all_comparisons
from tests.conformance.protocols import LAYERS, SAME
from tests.conformance.reviewed import EXCEPTIONS, UNREAD, Reviewed
from tests.conformance.tshark import PREFERENCES, version

MOST_CAPTURES = 30
"""Captures that the summary names."""


def summary(outcomes: Sequence[Outcome], reviewed: Reviewed, seconds: float) -> str:
    """Unreviewed differences by column and capture, then the totals in one line."""
    by_column = Counter(difference.column for _, difference in reviewed.unreviewed)
    by_capture = Counter(outcome.capture for outcome, _ in reviewed.unreviewed)
    lines = [f"{number:8,} {name}" for name, number in by_column.most_common()]
    lines += [f"{number:8,} {name}" for name, number in by_capture.most_common(MOST_CAPTURES)]
    return "\n".join([*lines, f"{_totals(outcomes, reviewed)} {seconds:.0f} s."])


def _totals(outcomes: Sequence[Outcome], reviewed: Reviewed) -> str:
    read = [outcome for outcome in outcomes if not outcome.unread]
    covered = sum(len(each) for each in reviewed.covered)
    return (
        f"{len(read)} captures, {sum(outcome.frames for outcome in read):,} frames: "
        f"{sum(outcome.compared.total() for outcome in read):,} values compared, "
        f"{len(reviewed.unreviewed) + covered:,} differences, of which {covered:,} reviewed and "
        f"{len(reviewed.unreviewed):,} not."
    )


def table(outcomes: Sequence[Outcome], reviewed: Reviewed) -> str:
    """One line for each capture: frames, values compared, differences reviewed and not."""
    covered = Counter(outcome.capture for each in reviewed.covered for outcome, _ in each)
    unreviewed = Counter(outcome.capture for outcome, _ in reviewed.unreviewed)
    lines = ["capture\tframes\tcompared\treviewed\tunreviewed\tcut\tunread"]
    for outcome in outcomes:
        name = outcome.capture
        lines.append(
            f"{name}\t{outcome.frames}\t{outcome.compared.total()}\t{covered[name]}\t{unreviewed[name]}"
            f"\t{outcome.cut.total()}\t{outcome.unread}"
        )
    return "\n".join(lines) + "\n"


def markdown(outcomes: Sequence[Outcome], reviewed: Reviewed) -> str:
    """The report."""
    parts = [
        _introduction(outcomes, reviewed),
        _exceptions(reviewed),
        _columns(outcomes, reviewed),
        _folders(outcomes, reviewed),
        _unread(outcomes),
        _settings(),
    ]
    return "\n\n".join(parts) + "\n"


def _introduction(outcomes: Sequence[Outcome], reviewed: Reviewed) -> str:
    cut = sum((outcome.cut.total() for outcome in outcomes), 0)
    return f"""# Conformance

Every capture of the corpora, decoded by netanatomy and by {version() or "tshark"}; made by
`make conformance` (`python -m tests.conformance --write docs/conformance.md`), never by hand.

**{_totals(outcomes, reviewed)}**

A value is one column of one row. Where tshark prints a field once for each nesting level, its
occurrences are held against our rows of depth 0, 1, 2 … in order. What an ICMP error quotes is no
row: it is held against the `quoted_` columns. Of a header that the capture or its packet cuts in the
middle we give nothing, tshark the fields before the cut: {cut:,} such values are not counted."""


def _exceptions(reviewed: Reviewed) -> str:
    lines = ["## Reviewed differences", "", "Each was looked at in the octets.", ""]
    lines += ["| captures | columns | differences | why |", "|---|---|---:|---|"]
    for exception, covered in zip(EXCEPTIONS, reviewed.covered, strict=True):
        frames = f" (frames {', '.join(map(str, exception.frames))})" if exception.frames else ""
        captures = ", ".join(f"`{name}`" for name in exception.captures)
        columns = ", ".join(f"`{name}`" for name in exception.columns) or "all"
        lines.append(f"| {captures}{frames} | {columns} | {len(covered)} | {exception.why} |")
    return "\n".join(lines)


def _columns(outcomes: Sequence[Outcome], reviewed: Reviewed) -> str:
    compared: Counter[str] = Counter()
    for outcome in outcomes:
        compared.update(outcome.compared)
    covered = Counter(difference.column for each in reviewed.covered for _, difference in each)
    unreviewed = Counter(difference.column for _, difference in reviewed.unreviewed)
    fields = {comparison.column: comparison.fields for comparison in all_comparisons()}
    fields |= {COUNT: ("frame.number",), STACK: ("frame.protocols",)}
    lines = [
        "## By column",
        "",
        "| column | tshark's fields | compared | reviewed | unreviewed |",
        "|---|---|---:|---:|---:|",
    ]
    for column, names in fields.items():
        said = ", ".join(f"`{name}`" for name in names)
        lines.append(
            f"| `{column}` | {said} | {compared[column]:,} | {covered[column]} | {unreviewed[column]} |"
        )
    return "\n".join(lines)


def _folders(outcomes: Sequence[Outcome], reviewed: Reviewed) -> str:
    covered = Counter(outcome.capture for each in reviewed.covered for outcome, _ in each)
    unreviewed = Counter(outcome.capture for outcome, _ in reviewed.unreviewed)
    lines = [
        "## By source",
        "",
        "| folder | captures | frames | compared | reviewed | unreviewed |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    for folder in sorted({outcome.capture.partition("/")[0] for outcome in outcomes}):
        mine = [outcome for outcome in outcomes if outcome.capture.startswith(folder + "/")]
        lines.append(
            f"| `{folder}` | {len(mine)} | {sum(each.frames for each in mine):,} | "
            f"{sum(each.compared.total() for each in mine):,} | "
            f"{sum(covered[each.capture] for each in mine)} | "
            f"{sum(unreviewed[each.capture] for each in mine)} |"
        )
    lines += ["", "By capture: `build/conformance/captures.tsv`, written by the same run."]
    return "\n".join(lines)


def _unread(outcomes: Sequence[Outcome]) -> str:
    lines = ["## Captures that tshark does not read", "", "| capture | tshark says | ours |", "|---|---|---|"]
    for outcome in outcomes:
        if outcome.unread:
            known = next(
                (why for name, why in UNREAD.items() if outcome.capture.endswith(name)), "not reviewed"
            )
            lines.append(
                f"| `{outcome.capture}` | {outcome.unread.rpartition('(')[2].rstrip(')')} | {known} |"
            )
    return "\n".join(lines)


def _settings() -> str:
    lines = [
        "## How tshark was asked",
        "",
        "`tshark -n -T fields -E occurrence=a`, one process for each capture, one pass.",
        "",
    ]
    lines += ["| preference | value | why |", "|---|---|---|"]
    lines += [f"| `{name}` | `{value}` | {why} |" for name, (value, why) in PREFERENCES.items()]
    lines += [
        "",
        "All dissectors but those of the layers below are off, so that packets inside of application "
        "messages (SNMP, sFlow, OpenFlow, syslog …) are payload for both. Headers of both stacks by name:",
        "",
        "| tshark | ours |",
        "|---|---|",
    ]
    same: dict[str, list[str]] = {}
    for ours, theirs in SAME.items():
        same.setdefault(theirs, []).append(ours)
    for layer, name in LAYERS.items():
        names = ", ".join(f"`{each}`" for each in [name, *same.get(name, [])])
        lines.append(f"| `{layer}` | {names} |")
    return "\n".join(lines)
