"""How well the detectors do on the labelled captures: `python -m lab.score [--json] [--delay] [NAME …]`.

For each detector, and apart for the scenarios that were held out when thresholds were chosen:

- *caught*: the incident is told, by a finding of its detector or below a finding that explains it, whose
  evidence lies in the incident's frames.
- *attackers right*: exactly those that are labelled are named, and nobody where nobody can be known.
- *victims right*: one of those that are labelled is named, and no attacker is.
- *evidence right*: the share of the octets shown as proof that lie in frames of the attack or answers to it.
- *scope precision and recall*: of the packets that `finding.scope` means, against the frames of the attack;
  answers count neither way.
- *false*: findings in benign captures, and in attack captures those that no label explains.
- *first frame*: from the incident's first frame to the earliest frame of the evidence. *first finding* (with
  `--delay`, as `make score` has it; five times as slow): to the last frame of the shortest beginning of the
  capture in which the detector already reports it, found by bisection: when the thresholds were met.

The detectors are told nothing of the network, unless the scenario cannot be recognised without.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field

import netanatomy
from lab.labelled import Case, Incident, blocks, cases, unpacked
from netanatomy.schema.findings import Finding, Severity

BISECTION_STEPS = 10  # 1/1024 of a capture


@dataclass
class Told:
    """What was told of one incident; numbers of pieces of evidence and of packets."""

    scenario: str
    detector: str
    held_out: bool
    findings: int = 0
    caught: bool = False
    below: bool = False
    attackers_right: bool = False
    victims_right: bool = False
    evidence: int = 0
    evidence_right: int = 0
    scope: int = 0
    scope_right: int = 0
    frames: int = 0
    shown_after: float | None = None
    told_after: float | None = None
    named: str = ""


@dataclass(frozen=True)
class Unexplained:
    """A finding that nothing explains."""

    scenario: str
    detector: str
    severity: str
    title: str
    benign: bool
    held_out: bool


@dataclass
class Scored:
    """One capture's result."""

    case: Case
    told: list[Told] = field(default_factory=list)
    wrong: list[Unexplained] = field(default_factory=list)


def score(case: Case, *, delay: bool = False) -> Scored:
    """Run the detectors on one capture and compare."""
    capture = netanatomy.open(case.capture)
    findings = capture.findings(case.settings)
    scored = Scored(case)
    explained: set[str] = set()
    for incident in case.incidents:
        mine = [one for one in findings if _about(one, incident)]
        explained |= {one.id for one in mine}
        told = [one for one in mine if one.detector == incident.detector]
        above = [one for one in mine if any(below.detector == incident.detector for below in one.below)]
        result = _compared(case, incident, told or above)
        result.below = bool(above and not told)
        for finding in told or above:
            _scope(capture, finding, incident, result)
        if delay and result.caught:
            result.told_after = _told_after(case, incident)
        scored.told.append(result)
    scored.wrong = [
        Unexplained(case.name, one.detector, str(one.severity), one.title, not case.incidents, case.held_out)
        for one in findings
        if one.id not in explained
    ]
    return scored


def _about(finding: Finding, incident: Incident) -> bool:
    """Whether a finding is about an incident: its detector may be, and its evidence lies in it.

    Or, so that wrong evidence is told from a miss, it is about the same time and the same parties.
    """
    detectors = {finding.detector, *(below.detector for below in finding.below)}
    if not detectors & {incident.detector, *incident.also}:
        return False
    right = incident.frames | incident.responses
    if any(piece.frame in right for piece in finding.evidence):
        return True
    parties = {*finding.attackers, *finding.victims}
    together = finding.start <= incident.end and finding.end >= incident.start
    return together and bool(parties & (incident.attackers | incident.victims))


def _compared(case: Case, incident: Incident, told: Sequence[Finding]) -> Told:
    right = incident.frames | incident.responses
    attackers = {name for finding in told for name in finding.attackers}
    victims = {name for finding in told for name in finding.victims}
    pieces = [piece for finding in told for piece in finding.evidence]
    first = min((piece.frame for piece in pieces if piece.frame in right), default=None)
    return Told(
        case.name,
        incident.detector,
        case.held_out,
        findings=len(told),
        caught=bool(told),
        attackers_right=bool(told)
        and attackers == (incident.attackers if incident.attacker_known else set()),
        victims_right=bool(told)
        and (bool(victims & incident.victims) or not incident.victims)
        and not victims & incident.attackers,
        evidence=len(pieces),
        evidence_right=sum(piece.frame in right for piece in pieces),
        frames=len(incident.frames),
        shown_after=None if first is None else _seconds(_times(case)[first - 1] - incident.start),
        named=f"{', '.join(sorted(attackers)) or 'nobody'} → {', '.join(sorted(victims)) or 'nobody'}",
    )


def _scope(capture: netanatomy.Capture, finding: Finding, incident: Incident, result: Told) -> None:
    meant = {
        number
        for batch in capture.packets_of(finding.scope)
        for number in batch.column("frame_number").to_pylist()
    }
    result.scope += len(meant - incident.responses)
    result.scope_right += len(meant & incident.frames)


def _times(case: Case) -> list[int]:
    return [when for when, _, _ in blocks(unpacked(case.capture))]


def _told_after(case: Case, incident: Incident) -> float:
    """Seconds from the incident's start to when the detector can first tell of it."""
    octets = unpacked(case.capture)
    packets = list(blocks(octets))

    def tells(count: int) -> bool:
        with tempfile.NamedTemporaryFile(suffix=".pcapng") as cut:
            cut.write(octets[: packets[count - 1][2]])
            cut.flush()
            # Below another finding it is told as well, so every detector runs.
            return any(
                incident.detector in {one.detector, *(below.detector for below in one.below)}
                and _about(one, incident)
                for one in netanatomy.open(cut.name).findings(case.settings)
            )

    return _seconds(packets[_least(min(incident.frames), len(packets), tells) - 1][0] - incident.start)


def _least(low: int, high: int, tells: Callable[[int], bool]) -> int:
    """The least count for which it tells, to within a 1,024th, given that it does for the greatest."""
    for _ in range(BISECTION_STEPS):
        if low >= high:
            break
        middle = (low + high) // 2
        low, high = (low, middle) if tells(middle) else (middle + 1, high)
    return high


def _seconds(nanoseconds: int) -> float:
    return round(nanoseconds / 1e9, 3)


# Tables


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.3f}" if whole else "-"


def _row(name: str, told: Sequence[Told], wrong: Sequence[Unexplained], hours: float) -> list[str]:
    grave = [one for one in wrong if Severity(one.severity).rank >= Severity.MEDIUM.rank]
    delays = [one.told_after for one in told if one.told_after is not None]
    shown = [one.shown_after for one in told if one.shown_after is not None]
    return [
        name,
        f"{sum(one.caught for one in told)}/{len(told)}",
        f"{sum(one.attackers_right for one in told)}",
        f"{sum(one.victims_right for one in told)}",
        _share(sum(one.evidence_right for one in told), sum(one.evidence for one in told)),
        _share(sum(one.scope_right for one in told), sum(one.scope for one in told)),
        _share(
            sum(one.scope_right for one in told if one.caught), sum(one.frames for one in told if one.caught)
        ),
        f"{sum(one.benign for one in grave) / hours:.1f}" if hours else "-",
        f"{sum(one.benign for one in wrong) / hours:.1f}" if hours else "-",
        f"{sum(not one.benign for one in wrong)}",
        _median(shown),
        _median(delays),
        f"{max(delays):.2f}" if delays else "-",
    ]


def _median(seconds: Sequence[float]) -> str:
    return f"{sorted(seconds)[len(seconds) // 2]:.2f}" if seconds else "-"


HEADINGS = (
    *("detector", "caught", "attackers", "victims", "evidence", "scope prec.", "recall"),
    *("false ≥ medium/h", "false/h", "unexplained", "first frame s", "first finding s", "at most s"),
)
DELAYS = 2  # columns at the end, without which the table does where no delay was measured

LEGEND = """\
evidence        share of the octets shown as proof that lie in frames of the attack or answers to it
scope prec.     share of the packets that findings mean that are of the attack
recall          share of the attack's packets that findings mean
false           findings in benign captures, for each hour of them; unexplained: others in attack captures
first frame s   median time from an attack's first frame to the earliest frame shown as proof"""

DELAY_LEGEND = """\
first finding s median time to first finding: from an attack's first frame to the last frame of the shortest
                beginning of its capture in which the detector reports it: when its thresholds are met.
                Measured by bisection, to within a 1,024th of the frames, on every scenario that was caught
at most s       the longest of them"""


def table(scored: Sequence[Scored], *, delay: bool = False) -> str:
    """One row a detector, and one for all."""
    told = [one for each in scored for one in each.told]
    wrong = [one for each in scored for one in each.wrong]
    hours = sum(each.case.seconds for each in scored if not each.case.incidents) / 3600
    names = sorted({one.detector for one in told} | {one.detector for one in wrong})
    rows = [list(HEADINGS)]
    for name in names:
        mine = [one for one in told if one.detector == name]
        rows.append(_row(name, mine, [one for one in wrong if one.detector == name], hours))
    rows.append(_row("all", told, wrong, hours))
    columns = len(HEADINGS) - (0 if delay else DELAYS)
    rows = [row[:columns] for row in rows]
    widths = [max(len(row[column]) for row in rows) for column in range(columns)]
    return "\n".join(
        "  ".join(
            text.rjust(width) if index else text.ljust(width)
            for index, (text, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    )


def remarks(scored: Sequence[Scored]) -> list[str]:
    """What is not as it should be, one line each."""
    lines = []
    for one in (one for each in scored for one in each.told):
        faults = [
            text
            for text, holds in (
                ("missed", not one.caught),
                (f"attackers wrong ({one.named})", one.caught and not one.attackers_right),
                (f"victims wrong ({one.named})", one.caught and not one.victims_right),
                (f"evidence {one.evidence_right} of {one.evidence} right", one.evidence_right < one.evidence),
                (f"told by {one.findings} findings", one.findings > 1),
            )
            if holds
        ]
        if faults:
            lines.append(f"{one.scenario}: {one.detector}: {'; '.join(faults)}")
    for wrong in (wrong for each in scored for wrong in each.wrong):
        kind = "false" if wrong.benign else "unexplained"
        lines.append(f"{wrong.scenario}: {kind}: {wrong.severity} {wrong.detector}: {wrong.title}")
    return lines


def main() -> int:
    """Exit code 0; what the aims are is for the tests."""
    parser = argparse.ArgumentParser(prog="python -m lab.score", description=str(__doc__).splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME|GROUP", help="which captures (default: all)")
    parser.add_argument("--json", action="store_true", help="every incident and every false finding as JSON")
    parser.add_argument(
        "--delay", action="store_true", help="measure the time to first finding, too (some minutes)"
    )
    given = parser.parse_args()
    scored = []
    for case in cases(given.names):
        scored.append(score(case, delay=given.delay))
        if sys.stderr.isatty():
            print(f"\r{case.name:<60}", end="", file=sys.stderr)
    if sys.stderr.isatty():
        print(f"\r{'':<60}\r", end="", file=sys.stderr)
    benign = [each for each in scored if not each.case.incidents]
    if given.json:
        print(
            json.dumps(
                {
                    "benign_seconds": round(sum(each.case.seconds for each in benign), 1),
                    "incidents": [asdict(one) for each in scored for one in each.told],
                    "false": [asdict(one) for each in scored for one in each.wrong],
                },
                indent=1,
            )
        )
        return 0
    for title, held_out in (("Known when thresholds were chosen", False), ("Held out", True)):
        part = [each for each in scored if each.case.held_out is held_out]
        if not part:
            continue
        quiet = sum(not each.case.incidents for each in part)
        counted = f"{len(part) - quiet} attack captures, {quiet} benign ones"
        print(f"{title}: {counted}\n\n{table(part, delay=given.delay)}\n")
    print("\n".join(["How to read it", "", LEGEND, *([DELAY_LEGEND] if given.delay else []), ""]))
    if lines := remarks(scored):
        print("To be looked at\n\n" + "\n".join(lines))
    return 0


if __name__ == "__main__":
    sys.exit(main())
