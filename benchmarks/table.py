"""The tables that a person reads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from result import Result

HEADINGS = (
    "", "packets", "CPU s", "of it start-up", "wall s", "peak RSS", "Mpkt/CPU s", "less start-up",
    "netanatomy is", "less start-up",
)  # fmt: skip


def print_capture(
    title: str, results: Sequence[Result], failures: Mapping[str, str], ours: Result | None
) -> None:
    """One table: a line a peer, rates with and without start-up, and how netanatomy compares."""
    print(f"\n{title}")
    lines = [HEADINGS, *(_line(result, ours) for result in results)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEADINGS))]
    for line in lines:
        cells = (
            cell.rjust(width) if column else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(line, widths, strict=True))
        )
        print("  ".join(cells).rstrip())
    for peer, reason in failures.items():
        print(f"{peer}: failed: {reason}")


def print_legend(work: Mapping[str, str], absent: Mapping[str, str]) -> None:
    """What each peer does with a packet; who is not measured, and how to have it next time."""
    width = max(map(len, [*work, *absent]), default=0)
    for peer, text in work.items():
        print(f"{peer:{width}}  {text}")
    for peer, reason in absent.items():
        print(f"{peer:{width}}  NOT MEASURED: {reason}")


def _line(result: Result, ours: Result | None) -> tuple[str, ...]:
    return (
        result.peer,
        f"{result.packets:,}",
        f"{result.cpu:.2f}",
        f"{result.start_up_cpu:.2f}",
        f"{result.wall:.2f}",
        f"{result.resident / 1e6:,.0f} MB",
        _significant(result.rate / 1e6),
        _significant(result.rate_less_start_up / 1e6),
        _times(ours.rate / result.rate) if ours else "",
        _times(ours.rate_less_start_up / result.rate_less_start_up) if ours else "",
    )


def _significant(value: float) -> str:
    """Three digits that mean something, never an exponent."""
    return f"{value:.2f}" if value >= 1 else f"{value:.3f}" if value >= 0.1 else f"{value:.4f}"


def _times(ratio: float) -> str:
    return f"{ratio:,.0f} x" if ratio >= 10 else f"{ratio:.2f} x"
