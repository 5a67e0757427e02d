"""One line more where nothing could be reached because this machine has no network."""

from __future__ import annotations

UNANSWERED = frozenset({12, 15, 20, 21})
"""Exit codes of what a missing network can look like: failure, out of reach, no way to the proxy."""


def tell_if_no_network(code: int) -> None:
    """Say that there is no network at all, if that may be why it went wrong.

    Args:
        code: with which the command ends.
    """
    if code not in UNANSWERED:
        return
    from netanatomy.active.network import no_network
    from netanatomy.cli.notices import tell

    if reason := no_network():
        tell(reason)
