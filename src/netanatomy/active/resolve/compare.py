"""Several servers side by side: where their answers differ."""

from __future__ import annotations

from collections.abc import Sequence

from netanatomy.schema.resolution import Answer, Difference


def differences(answers: Sequence[Answer]) -> tuple[Difference, ...]:
    """Where the answers of several servers to one question differ; TTLs and the order do not count.

    >>> from netanatomy.schema.resolution import Outcome, Question, Record
    >>> def said(server: str, data: str) -> Answer:
    ...     record = Record("a.example.", "A", 60, data)
    ...     facts = {"question": Question("a.example.", "A"), "outcome": Outcome.ANSWERED, "detail": ""}
    ...     return Answer(**facts, server=server, records=(record,))
    >>> found = differences([said("x", "192.0.2.1"), said("y", "192.0.2.2")])
    >>> [(each.what, each.servers) for each in found]
    [('A 192.0.2.1', ('x',)), ('A 192.0.2.2', ('y',))]
    """
    if len(answers) < 2:
        return ()
    sayings: dict[str, list[str]] = {}
    for answer in answers:
        said = [f"outcome: {answer.outcome}"]
        said += [f"{record.type} {record.data}" for record in answer.records if record.type != "RRSIG"]
        for what in dict.fromkeys(said):
            sayings.setdefault(what, []).append(answer.server)
    servers = [answer.server for answer in answers]
    return tuple(
        Difference(what, tuple(who), tuple(server for server in servers if server not in who))
        for what, who in sayings.items()
        if len(who) < len(servers)
    )
