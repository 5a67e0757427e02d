"""Connection records of others beside ours: matched, compared field by field, reviewed, counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

Value = int | float | str | bool | None
Record = Mapping[str, Value]
"""One connection: its fields by name; a field that is not stated is not there."""

MISSING, SURPLUS = "missing", "surplus"
"""Fields of a difference that is about a whole record: theirs that we do not have, and the reverse."""

FORBIDDEN = 1_000
"""A cost that no two records of one connection reach: they have not so many fields."""


@dataclass(frozen=True, slots=True)
class RecordDifference:
    """Where their record and ours do not agree.

    Attributes:
        run: what was run: capture, and test and log where there are several.
        record: which connection, in words.
        field: the field; `missing` or `surplus` for a whole record.
        theirs: their value.
        ours: ours.
    """

    run: str
    record: str
    field: str
    theirs: Value
    ours: Value

    def __str__(self) -> str:
        return f"{self.run}: {self.record}: {self.field}: theirs {self.theirs}, ours {self.ours}"


@dataclass(slots=True)
class Agreement:
    """What came of comparing many records.

    Attributes:
        records: their records.
        whole: those of them that agree in every field that they state.
        surplus: records of ours that they do not have.
        compared: values compared, by field.
        equal: values that agree, by field.
        differences: the rest.
    """

    records: int = 0
    whole: int = 0
    surplus: int = 0
    compared: Counter[str] = field(default_factory=Counter)
    equal: Counter[str] = field(default_factory=Counter)
    differences: list[RecordDifference] = field(default_factory=list)

    def add(self, other: Agreement) -> None:
        """Take another's counts in."""
        self.records += other.records
        self.whole += other.whole
        self.surplus += other.surplus
        self.compared.update(other.compared)
        self.equal.update(other.equal)
        self.differences.extend(other.differences)


@dataclass(frozen=True, slots=True)
class ReviewedRecords:
    """One reason to differ from others' records.

    Attributes:
        runs: patterns (as of file names) of runs.
        fields: the fields that differ for this reason; all where empty.
        count: how many differences it accounts for, exactly.
        why: what the packets say, what they do and what we do.
        records: patterns of the records meant; all where empty.
    """

    runs: tuple[str, ...]
    fields: tuple[str, ...]
    count: int
    why: str
    records: tuple[str, ...] = ()

    def covers(self, difference: RecordDifference) -> bool:
        """Whether it accounts for a difference."""
        return (
            (not self.fields or difference.field in self.fields)
            and any(fnmatchcase(difference.run, pattern) for pattern in self.runs)
            and (not self.records or any(fnmatchcase(difference.record, each) for each in self.records))
        )


@dataclass(slots=True)
class ReviewOutcome:
    """Differences sorted by whether they were reviewed.

    Attributes:
        covered: the differences that each reason accounts for.
        unreviewed: those that none does.
        stale: reasons that account for another number than they say.
    """

    covered: list[list[RecordDifference]]
    unreviewed: list[RecordDifference] = field(default_factory=list)
    stale: list[str] = field(default_factory=list)


def review(
    differences: Iterable[RecordDifference], reasons: Sequence[ReviewedRecords], complete: bool
) -> ReviewOutcome:
    """Hold differences against a list of reasons; the first that covers one counts it.

    Args:
        differences: what to sort.
        reasons: the list.
        complete: whether all was compared, so that the reasons' counts must be met.
    """
    outcome = ReviewOutcome([[] for _ in reasons])
    for difference in differences:
        for number, reason in enumerate(reasons):
            if reason.covers(difference):
                outcome.covered[number].append(difference)
                break
        else:
            outcome.unreviewed.append(difference)
    if complete:
        for reason, covered in zip(reasons, outcome.covered, strict=True):
            if len(covered) != reason.count:
                outcome.stale.append(
                    f"reviewed {', '.join(reason.runs)} ({', '.join(reason.fields)}): {reason.count} "
                    f"differences expected, {len(covered)} met"
                )
    return outcome


Costs = Callable[[Record, Record], int]
"""How unlike two records are, or `FORBIDDEN` where they are not about one connection."""


def matched(
    theirs: Sequence[Record], ours: Sequence[Record], cost: Costs
) -> list[tuple[int | None, int | None]]:
    """Pairs of places of records that are about one connection; None where one side has none.

    Those that differ least are matched first, and of those that differ as much the first of each.
    """
    candidates = []
    for i, their in enumerate(theirs):
        for j, our in enumerate(ours):
            differing = cost(their, our)
            if differing < FORBIDDEN:
                candidates.append((differing, i, j))
    partner: dict[int, int] = {}
    taken: set[int] = set()
    for _, i, j in sorted(candidates):
        if i not in partner and j not in taken:
            partner[i] = j
            taken.add(j)
    pairs: list[tuple[int | None, int | None]] = [(i, partner.get(i)) for i in range(len(theirs))]
    return pairs + [(None, j) for j in range(len(ours)) if j not in taken]


def compare(
    run: str,
    fields: Collection[str],
    theirs: Sequence[Record],
    ours: Sequence[Record],
    align: Callable[[Record, Record], Record | None],
    unlike: Callable[[str, Value, Value], bool],
    name: Callable[[Record], str],
) -> Agreement:
    """Compare the records of one run.

    Args:
        run: what was run, for the differences.
        fields: what is compared, where they state it.
        theirs: their records.
        ours: our records, in our names of the fields.
        align: gives our record as it is compared with one of theirs (turned round, say, with a field
            `direction`), or None where the two are not about one connection.
        unlike: whether two values of a field differ.
        name: what a record is called in a difference.
    """

    def stated(their: Record) -> list[str]:
        return [key for key in fields if key in their]

    def differing(their: Record, our: Record) -> list[str]:
        return [key for key in stated(their) if unlike(key, their[key], our.get(key))]

    def cost(their: Record, our: Record) -> int:
        aligned = align(their, our)
        if aligned is None:
            return FORBIDDEN
        # What we do not know at all is a worse sign than what we know otherwise.
        return sum(1 + (aligned.get(key) is None) for key in differing(their, aligned))

    agreement = Agreement(records=len(theirs))
    for i, j in matched(theirs, ours, cost):
        if i is None:
            assert j is not None
            agreement.surplus += 1
            agreement.differences.append(RecordDifference(run, name(ours[j]), SURPLUS, None, name(ours[j])))
            continue
        their = theirs[i]
        if j is None:
            agreement.differences.append(RecordDifference(run, name(their), MISSING, name(their), None))
            continue
        aligned = align(their, ours[j])
        assert aligned is not None
        wrong = differing(their, aligned)
        agreement.compared.update(stated(their))
        agreement.equal.update(key for key in stated(their) if key not in wrong)
        agreement.whole += not wrong
        agreement.differences += [
            RecordDifference(run, name(their), key, their[key], aligned.get(key)) for key in wrong
        ]
    return agreement
