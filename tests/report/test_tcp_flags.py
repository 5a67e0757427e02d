import pytest

from netanatomy.report.tcp_flags import flag_text, impossible

FIN, SYN, RST, PSH, ACK, URG, ECE, CWR = (1 << bit for bit in range(8))

ALLOWED = [
    SYN,
    SYN | ECE | CWR,  # asks for ECN, RFC 3168 §6.1.1
    SYN | ACK,
    SYN | ACK | ECE,
    ACK,
    PSH | ACK,
    URG | ACK,
    FIN | ACK,
    FIN | PSH | ACK,
    RST,
    RST | ACK,
    CWR | ACK,
]
FORBIDDEN = {
    0: "null",
    ECE: "null",
    SYN | FIN: "syn-fin",
    SYN | FIN | ACK: "syn-fin",
    SYN | RST: "syn-rst",
    FIN | PSH | URG: "xmas",
    FIN | RST: "fin-rst",
    FIN: "fin-without-ack",
    PSH: "no-ack",
    URG | PSH: "no-ack",
    0x3F: "syn-fin",
}


@pytest.mark.parametrize("flags", ALLOWED, ids=flag_text)
def test_what_connections_are_made_of_is_allowed(flags: int) -> None:
    assert impossible(flags) is None


@pytest.mark.parametrize(("flags", "name"), FORBIDDEN.items(), ids=str)
def test_what_no_connection_has_is_named(flags: int, name: str) -> None:
    found = impossible(flags)
    assert found is not None
    assert found.name == name
