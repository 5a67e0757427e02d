"""Every cell of TCP's state machine against the figure and the prose of RFC 9293."""

from __future__ import annotations

from pathlib import Path

import pytest

from netanatomy.layers.transport.tcp_states import (
    EVENT_STRIDE,
    TRANSITIONS,
    Event,
    State,
    document,
    next_state,
    state_diagram,
    transition_octets,
)
from netanatomy.schema.connections import TCP_STATES

# The arrows of the figure in RFC 9293 §3.3.2, read with a watcher's eyes: an arrow "CLOSE / snd X"
# is taken when X is sent, an arrow "rcv X / snd Y" when X comes.
FIGURE = {
    ("CLOSED", Event.SENDS_SYN): "SYN-SENT",  # active OPEN
    ("LISTEN", Event.RECEIVES_SYN): "SYN-RECEIVED",
    ("LISTEN", Event.SENDS_SYN): "SYN-SENT",  # SEND
    ("SYN-SENT", Event.RECEIVES_SYN): "SYN-RECEIVED",
    ("SYN-SENT", Event.RECEIVES_SYN_ACK): "ESTABLISHED",
    ("SYN-RECEIVED", Event.SYN_ACKNOWLEDGED): "ESTABLISHED",
    ("SYN-RECEIVED", Event.SENDS_FIN): "FIN-WAIT-1",  # CLOSE
    ("SYN-RECEIVED", Event.RECEIVES_RST): "LISTEN",  # note 1
    ("ESTABLISHED", Event.SENDS_FIN): "FIN-WAIT-1",  # CLOSE
    ("ESTABLISHED", Event.RECEIVES_FIN): "CLOSE-WAIT",
    ("FIN-WAIT-1", Event.FIN_ACKNOWLEDGED): "FIN-WAIT-2",
    ("FIN-WAIT-1", Event.RECEIVES_FIN): "CLOSING",
    ("FIN-WAIT-2", Event.RECEIVES_FIN): "TIME-WAIT",
    ("CLOSE-WAIT", Event.SENDS_FIN): "LAST-ACK",  # CLOSE
    ("CLOSING", Event.FIN_ACKNOWLEDGED): "TIME-WAIT",
    ("LAST-ACK", Event.FIN_ACKNOWLEDGED): "CLOSED",
    ("TIME-WAIT", Event.TIMES_OUT): "CLOSED",
}

SYNCHRONIZED = TCP_STATES[5:]

# What only the prose says, and what leaves a state as it is.
PROSE = {
    # §3.10.7.4 fifth: the SYN-ACK of a simultaneous open acknowledges the SYN as well (§3.5 figure 8)
    ("SYN-RECEIVED", Event.RECEIVES_SYN_ACK): "ESTABLISHED",
    # §3.10.7.4 eighth: the FIN may come with the ACK of the SYN
    ("SYN-RECEIVED", Event.RECEIVES_FIN): "CLOSE-WAIT",
    # §3.6.1, §3.10.7.4 first: MAY-2
    ("TIME-WAIT", Event.RECEIVES_SYN): "SYN-RECEIVED",
    # §3.10.7.3 second
    ("SYN-SENT", Event.RECEIVES_RST): "CLOSED",
    # §3.10.7.1, §3.10.7.2: a RST there is ignored
    ("CLOSED", Event.RECEIVES_RST): "CLOSED",
    ("LISTEN", Event.RECEIVES_RST): "LISTEN",
    # §3.10.7.1 to §3.10.7.3: what carries a wrong ACK is answered with a RST, and nothing moves
    ("CLOSED", Event.SENDS_RST): "CLOSED",
    ("LISTEN", Event.SENDS_RST): "LISTEN",
    ("SYN-SENT", Event.SENDS_RST): "SYN-SENT",
    # §3.10.5: ABORT
    ("SYN-RECEIVED", Event.SENDS_RST): "CLOSED",
    **{(state, Event.SENDS_RST): "CLOSED" for state in SYNCHRONIZED},
    # §3.10.7.4 second
    **{(state, Event.RECEIVES_RST): "CLOSED" for state in SYNCHRONIZED},
    # §3.8.1: what is not acknowledged is sent again
    ("SYN-SENT", Event.SENDS_SYN): "SYN-SENT",
    ("SYN-RECEIVED", Event.SENDS_SYN_ACK): "SYN-RECEIVED",
    ("SYN-RECEIVED", Event.RECEIVES_SYN): "SYN-RECEIVED",
    ("FIN-WAIT-1", Event.SENDS_FIN): "FIN-WAIT-1",
    ("CLOSING", Event.SENDS_FIN): "CLOSING",
    ("LAST-ACK", Event.SENDS_FIN): "LAST-ACK",
    # §3.10.7.4 first: an ACK answers what is not acceptable, in every state from here on
    ("SYN-RECEIVED", Event.SENDS_ACK): "SYN-RECEIVED",
    **{(state, Event.SENDS_ACK): state for state in SYNCHRONIZED},
    # §3.10.7.4 fifth
    **{(state, Event.RECEIVES_ACK): state for state in SYNCHRONIZED},
    ("ESTABLISHED", Event.SYN_ACKNOWLEDGED): "ESTABLISHED",
    ("FIN-WAIT-1", Event.SYN_ACKNOWLEDGED): "FIN-WAIT-1",  # closed before the handshake was over
    # §3.10.7.4 eighth: "Remain in the … state"
    **{(state, Event.RECEIVES_FIN): state for state in ("CLOSE-WAIT", "CLOSING", "LAST-ACK", "TIME-WAIT")},
}


@pytest.mark.parametrize("event", Event, ids=lambda event: event.title)
@pytest.mark.parametrize("state", State, ids=lambda state: state.title)
def test_every_cell(state: State, event: Event) -> None:
    expected = FIGURE.get((state.title, event)) or PROSE.get((state.title, event))
    target = next_state(state, event)
    assert (target and target.title) == expected


def test_the_figure_and_the_prose_do_not_contradict() -> None:
    assert not FIGURE.keys() & PROSE.keys()


def test_states_have_the_numbers_of_the_connection_table() -> None:
    assert ["", *(state.title for state in State)] == list(TCP_STATES)
    assert all(TCP_STATES[state] == state.title for state in State)
    assert list(TRANSITIONS) == list(State)
    assert all(len(row) == len(Event) for row in TRANSITIONS.values())


def test_kernels_get_the_same_cells() -> None:
    octets = transition_octets()
    assert len(Event) <= EVENT_STRIDE
    for state in State:
        for event in Event:
            assert octets[state * EVENT_STRIDE + event] == (next_state(state, event) or 0)
    assert not any(octets[:EVENT_STRIDE])  # of an endpoint that nobody saw nothing is known


def test_every_way_is_drawn() -> None:
    drawn = set()
    for line in state_diagram().splitlines():
        if " --> " in line and ": " in line:
            source, rest = line.strip().split(" --> ")
            target, titles = rest.split(": ", 1)
            drawn |= {(State[source], State[target], title) for title in titles.split(", ")}
    assert drawn == {
        (state, target, event.title)
        for state, row in TRANSITIONS.items()
        for event, target in zip(Event, row, strict=True)
        if target not in (None, state)
    }


def test_the_page_is_up_to_date() -> None:
    page = Path(__file__).resolve().parents[3] / "docs" / "tcp-states.md"
    assert page.read_text(encoding="utf-8") == document(), "run tools/make_tcp_states.py"
