"""What came of checking a SOCKS proxy: plain records, for people, programs and JSON alike."""

from __future__ import annotations

from enum import StrEnum

from netanatomy.schema.frozen import frozen


class Answer(StrEnum):
    """What a question came to."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "not known"
    NOT_ASKED = "not asked"


class CheckOutcome(StrEnum):
    """How a check ended. Each has its exit code."""

    SOUND = "nothing to worry about was found"
    CONCERN = "something to worry about was found"
    UNREACHABLE = "the proxy cannot be reached"
    NO_SOCKS = "whatever is there does not speak SOCKS"


EXIT_CODES = {
    CheckOutcome.SOUND: 0,
    CheckOutcome.CONCERN: 20,
    CheckOutcome.UNREACHABLE: 21,
    CheckOutcome.NO_SOCKS: 22,
}
"""What `netanatomy socks check` ends with."""


@frozen
class CheckLine:
    """One thing that was asked of a proxy.

    Attributes:
        topic: `version`, `method`, `access`, `command`, `address`, `names`, `inside`, `encryption`.
        subject: what was asked, for example `SOCKS4a`.
        answer: what it came to.
        detail: what the proxy said, or why nothing was asked.
        meaning: what that means for security.
        concern: it should be looked into.
    """

    topic: str
    subject: str
    answer: Answer
    detail: str
    meaning: str
    concern: bool = False


@frozen
class ProxyCheck:
    """Everything that was asked of a proxy.

    Attributes:
        proxy: which one, without its password.
        target: what it was asked to connect to; empty for nothing.
        outcome: all in all.
        detail: why nothing could be asked; else empty.
        lines: one a question.
    """

    proxy: str
    target: str
    outcome: CheckOutcome
    detail: str
    lines: tuple[CheckLine, ...]

    @property
    def exit_code(self) -> int:
        """What the command ends with."""
        return EXIT_CODES[self.outcome]
