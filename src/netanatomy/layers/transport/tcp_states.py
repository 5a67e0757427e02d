"""The state machine of one TCP endpoint (RFC 9293 §3.3.2, §3.10), as somebody sees it who only watches.

The figure of RFC 9293 §3.3.2 knows calls of the user (OPEN, CLOSE) and segments. A watcher sees
segments alone: that the endpoint sends a FIN tells him of the CLOSE. Each cell of `TRANSITIONS`
says where an endpoint goes from a state when something happens; None means that an endpoint in
that state does not do so, or that it drops what it receives, answers with a RST or with a
challenge ACK (RFC 5961), and stays. Every segment is meant to be acceptable: numbers are checked
before the table is asked, and so is whether a segment is only sent again.

A segment can be several events of its receiver. They come in the order of §3.10.7.4: first what
it acknowledges, then its FIN.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum
from types import MappingProxyType

from netanatomy.schema.connections import TCP_STATES


class State(IntEnum):
    """The states of RFC 9293 §3.3.2, numbered as in the connection table."""

    CLOSED = 1
    LISTEN = 2
    SYN_SENT = 3
    SYN_RECEIVED = 4
    ESTABLISHED = 5
    FIN_WAIT_1 = 6
    FIN_WAIT_2 = 7
    CLOSE_WAIT = 8
    CLOSING = 9
    LAST_ACK = 10
    TIME_WAIT = 11

    @property
    def title(self) -> str:
        """The name as the RFC writes it.

        >>> State.FIN_WAIT_1.title
        'FIN-WAIT-1'
        """
        return TCP_STATES[self]


class Event(IntEnum):
    """What happens to an endpoint; a segment that is sent is an event of either end."""

    SENDS_SYN = 0  # SYN without ACK
    SENDS_SYN_ACK = 1
    SENDS_ACK = 2  # without SYN, FIN, RST; with data or without
    SENDS_FIN = 3
    SENDS_RST = 4
    RECEIVES_SYN = 5
    RECEIVES_SYN_ACK = 6
    SYN_ACKNOWLEDGED = 7  # for the first time, by a segment without SYN
    RECEIVES_ACK = 8  # without SYN, FIN, RST; acknowledges neither SYN nor FIN for the first time
    FIN_ACKNOWLEDGED = 9  # for the first time
    RECEIVES_FIN = 10
    RECEIVES_RST = 11
    TIMES_OUT = 12  # two maximum segment lifetimes are over

    @property
    def title(self) -> str:
        """The name in words.

        >>> Event.SENDS_SYN_ACK.title
        'sends SYN-ACK'
        """
        return _EVENT_TITLES[self]


_EVENT_TITLES = (
    "sends SYN",
    "sends SYN-ACK",
    "sends ACK or data",
    "sends FIN",
    "sends RST",
    "receives SYN",
    "receives SYN-ACK",
    "its SYN is acknowledged",
    "receives ACK or data",
    "its FIN is acknowledged",
    "receives FIN",
    "receives RST",
    "time-wait is over",
)

_CLOSED, _LISTEN, _SYN_SENT, _SYN_RCVD, _ESTAB = list(State)[:5]
_FIN_WT_1, _FIN_WT_2, _CLOSE_WT, _CLOSING, _LAST_ACK, _TIME_WT = list(State)[5:]

# One row a state, one column an event, in the order of `Event`: five that it sends,
# then what it receives, then the timer.
# fmt: off
_TABLE: Mapping[State, tuple[State | None, ...]] = {
    #           SYN        SYN-ACK    ACK        FIN        RST
    #           <SYN       <SYN-ACK   SYN acked  <ACK       FIN acked  <FIN       <RST       timer
    # An active OPEN sends a SYN; anything but a RST is answered with a RST (§3.10.7.1).
    _CLOSED:   (_SYN_SENT, None,      None,      None,      _CLOSED,
                None,      None,      None,      None,      None,      None,      _CLOSED,   None),
    # A SEND turns it active; only a SYN is taken, an ACK is answered with a RST (§3.10.7.2).
    _LISTEN:   (_SYN_SENT, None,      None,      None,      _LISTEN,
                _SYN_RCVD, None,      None,      None,      None,      None,      _LISTEN,   None),
    # A SYN alone is the simultaneous open; a wrong ACK is answered with a RST (§3.10.7.3).
    _SYN_SENT: (_SYN_SENT, None,      None,      None,      _SYN_SENT,
                _SYN_RCVD, _ESTAB,    None,      None,      None,      None,      _CLOSED,   None),
    # A CLOSE before the handshake is over sends a FIN (§3.10.4); after a passive OPEN a RST leads
    # back to LISTEN (§3.3.2 note 1); either SYN may be sent again.
    _SYN_RCVD: (None,      _SYN_RCVD, _SYN_RCVD, _FIN_WT_1, _CLOSED,
                _SYN_RCVD, _ESTAB,    _ESTAB,    None,      None,      _CLOSE_WT, _LISTEN,   None),
    # A SYN now is answered with a challenge ACK (§3.10.7.4, RFC 5961 §4).
    _ESTAB:    (None,      None,      _ESTAB,    _FIN_WT_1, _CLOSED,
                None,      None,      _ESTAB,    _ESTAB,    None,      _CLOSE_WT, _CLOSED,   None),
    _FIN_WT_1: (None,      None,      _FIN_WT_1, _FIN_WT_1, _CLOSED,
                None,      None,      _FIN_WT_1, _FIN_WT_1, _FIN_WT_2, _CLOSING,  _CLOSED,   None),
    # The half close: the other side may send for as long as it likes.
    _FIN_WT_2: (None,      None,      _FIN_WT_2, None,      _CLOSED,
                None,      None,      None,      _FIN_WT_2, None,      _TIME_WT,  _CLOSED,   None),
    _CLOSE_WT: (None,      None,      _CLOSE_WT, _LAST_ACK, _CLOSED,
                None,      None,      None,      _CLOSE_WT, None,      _CLOSE_WT, _CLOSED,   None),
    # From here on an ABORT sends nothing (§3.10.5); a RST shows that the endpoint is gone.
    _CLOSING:  (None,      None,      _CLOSING,  _CLOSING,  _CLOSED,
                None,      None,      None,      _CLOSING,  _TIME_WT,  _CLOSING,  _CLOSED,   None),
    _LAST_ACK: (None,      None,      _LAST_ACK, _LAST_ACK, _CLOSED,
                None,      None,      None,      _LAST_ACK, _CLOSED,   _LAST_ACK, _CLOSED,   None),
    # A new SYN may open the connection again (§3.6.1, MAY-2); the other's FIN may come again.
    _TIME_WT:  (None,      None,      _TIME_WT,  None,      _CLOSED,
                _SYN_RCVD, None,      None,      _TIME_WT,  None,      _TIME_WT,  _CLOSED,   _CLOSED),
}
# fmt: on

TRANSITIONS: Mapping[State, tuple[State | None, ...]] = MappingProxyType(_TABLE)
"""For each state the next one by event, or None where nothing is allowed to happen."""


def next_state(state: State, event: Event) -> State | None:
    """Where an endpoint goes, or None where the RFC has no way.

    >>> next_state(State.LISTEN, Event.RECEIVES_SYN).title
    'SYN-RECEIVED'
    """
    return TRANSITIONS[state][event]


EVENT_STRIDE = 16
"""Octets for each state in `transition_octets`: a power of two, so that kernels shift."""


def transition_octets() -> bytes:
    """The table for kernels: `state * EVENT_STRIDE + event` holds the next state, 0 for none.

    >>> transition_octets()[State.SYN_SENT * EVENT_STRIDE + Event.RECEIVES_SYN_ACK] == State.ESTABLISHED
    True
    """
    octets = bytearray((max(State) + 1) * EVENT_STRIDE)
    for state, row in TRANSITIONS.items():
        for event in Event:
            octets[state * EVENT_STRIDE + event] = row[event] or 0
    return bytes(octets)


def state_diagram() -> str:
    """The transitions that lead to another state, as a Mermaid state diagram."""
    lines = ["stateDiagram-v2", "    [*] --> CLOSED", "    [*] --> LISTEN"]
    for state, row in TRANSITIONS.items():
        targets = {target: None for target in row if target not in (None, state)}
        for target in targets:
            titles = [event.title for event in Event if row[event] is target]
            lines.append(f"    {_node(state)} --> {_node(target)}: {', '.join(titles)}")
    names = [f"    {_node(state)}: {state.title}" for state in State if _node(state) != state.title]
    return "\n".join([lines[0], *names, *lines[1:]]) + "\n"


def _node(state: State | None) -> str:
    return "" if state is None else state.name  # Mermaid takes a dash for an arrow


def transition_table() -> str:
    """All cells as a Markdown table: a row an event, a column a state; a dash where nothing is allowed."""
    lines = [
        f"| | {' | '.join(state.title for state in State)} |",
        f"|---|{'---|' * len(State)}",
    ]
    for event in Event:
        cells = (_cell(state, TRANSITIONS[state][event]) for state in State)
        lines.append(f"| {event.title} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _cell(state: State, target: State | None) -> str:
    if target is None:
        return "–"
    return "stays" if target is state else target.title


def document() -> str:
    """The page `docs/tcp-states.md`."""
    return f"""# The states of a TCP endpoint

RFC 9293 §3.3.2 and §3.10, as somebody sees them who only watches: what an endpoint sends and
receives, and where it goes. This page is made from `netanatomy.layers.transport.tcp_states` by
`tools/make_tcp_states.py`; a test holds it up to date.

```mermaid
{state_diagram()}```

A dash means: an endpoint in this state does not do so; or it drops what it receives, answers with
a RST or with a challenge ACK (RFC 5961), and stays. Every segment is meant to be acceptable by its
numbers, and not one that is only sent again.

{transition_table()}"""
