from __future__ import annotations

from pathlib import Path

import pytest

import netanatomy
from netanatomy.detect.settings import Settings
from netanatomy.schema.findings import Finding, Severity
from netanatomy.schema.network import Network
from tests import wire
from tests.detect.built import CLIENT, SECOND, SERVER, Talk, found
from tests.detect.support import caught, silent
from tests.flows.dialogues import capture_of

DETECTOR = "backdoor-port"
BANNER = b"SSH-2.0-OpenSSH_9.2p1\r\n"


def test_ssh_at_the_port_of_https_is_told() -> None:
    assert caught("backdoor-port-ssh", DETECTOR).severity is Severity.LOW


def test_a_shell_is_proof() -> None:
    assert caught("backdoor-port-shell", DETECTOR).severity is Severity.MEDIUM


def test_the_web_at_its_own_port_is_none() -> None:
    silent("busy-browsing", DETECTOR)


def spoken(folder: Path, port: int, *said: tuple[int, bytes], gap: int = SECOND) -> list[Finding]:
    talk = Talk((40_000, port))
    for place, (side, payload) in enumerate(said, 1):
        talk.say(place * gap, side, payload)
    return found(folder, talk.frames, DETECTOR)


def test_ssh_elsewhere(tmp_path: Path) -> None:
    both = ((1, BANNER), (0, BANNER))
    for port in (53, 80, 443):
        assert spoken(tmp_path, port, *both), port
    for port in (22, 2222, 8443):
        assert not spoken(tmp_path, port, *both), port


def test_one_side_alone_proves_nothing(tmp_path: Path) -> None:
    assert not spoken(tmp_path, 443, (0, BANNER), (1, b"\x16\x03\x01\0\0\0\0"))
    assert not spoken(tmp_path, 53, (0, b"GET / HTTP/1.1\r\n\r\n"))


def test_tls_after_starttls_is_allowed(tmp_path: Path) -> None:
    hello = b"\x16\x03\x01\x00\x40" + bytes(64)
    for port in (21, 25, 110, 143, 389, 587, 3306, 5432):
        assert not spoken(tmp_path, port, (0, hello), (1, hello)), port
    assert spoken(tmp_path, 22, (0, hello), (1, hello))


def test_text_at_a_port_for_tls_needs_three_lines_each_way(tmp_path: Path) -> None:
    lines = [(0, b"list files\n"), (1, b"a.txt  b.txt\n")]
    assert not spoken(tmp_path, 443, *lines * 2)
    assert spoken(tmp_path, 443, *lines * 3)


def test_a_known_port_must_be_held(tmp_path: Path) -> None:
    said = ((0, b"\x01\x02\x03\x04\x05\x06"), (1, b"\x06\x05\x04\x03\x02\x01"))
    assert not spoken(tmp_path, 31337, *said, gap=9 * SECOND)
    (finding,) = spoken(tmp_path, 31337, *said, gap=11 * SECOND)
    assert finding.severity is Severity.LOW
    assert finding.attackers == ()


@pytest.mark.parametrize("name", ["shell", "held-1337", "held-bash", "held-reverse"])
def test_who_gives_the_orders_is_the_attacker(name: str) -> None:
    finding = caught(f"backdoor-port-{name}", DETECTOR)
    assert finding.severity is Severity.MEDIUM
    assert len(finding.attackers) == 1


@pytest.mark.parametrize(
    ("answer", "findings"),
    [
        (b"uid=0(root) gid=0(root) groups=0(root)\r\n", 1),
        (b"root@files:/run# ", 1),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}", 0),
        (b"220 mail.example ESMTP\r\n", 0),
        (b"SSH-2.0-OpenSSH_9.2p1\r\n", 0),
        (b"# $ > prompts of something", 0),
    ],
)
def test_at_ports_of_shells_only_a_command_line_counts(tmp_path: Path, answer: bytes, findings: int) -> None:
    said = [(0, b"GET /id HTTP/1.1\r\n\r\n"), (1, answer)] * 5
    for port in (1337, 9001):
        assert len(spoken(tmp_path, port, *said, gap=9 * SECOND)) == findings
    assert not spoken(tmp_path, 8080, *said)


def test_who_gives_a_command_line_to_its_master_is_the_victim() -> None:
    finding = caught("backdoor-port-held-reverse", DETECTOR)
    assert finding.victims == ("fd00:20::103",)
    assert finding.severity is Severity.MEDIUM
    assert "reverse shell" in finding.reason


@pytest.mark.parametrize(("side", "victim"), [(0, CLIENT), (1, SERVER)])
def test_the_side_whose_command_line_it_is_is_the_victim(tmp_path: Path, side: int, victim: str) -> None:
    """Orders and answers, in either direction."""
    said = [(1 - side, b"whoami; id\n"), (side, b"uid=33(www-data) gid=33(www-data)\n")] * 3
    for port in (443, 4444):
        (finding,) = spoken(tmp_path, port, *said)
        assert finding.victims == (victim,)
        assert {*finding.victims, *finding.attackers} == {CLIENT, SERVER}


@pytest.mark.parametrize(
    ("homes", "victim"), [((), SERVER), (("10.0.0.0/8",), CLIENT), (("10.0.0.0/8", "192.0.2.0/24"), SERVER)]
)
def test_of_unknown_words_with_a_stranger_ones_own_host_is_in_danger(
    tmp_path: Path, homes: tuple[str, ...], victim: str
) -> None:
    talk = Talk((40_000, 31337))
    for place, said in enumerate((b"\x01\x02\x03\x04\x05\x06", b"\x06\x05\x04\x03\x02\x01")):
        talk.say((1 + 12 * place) * SECOND, place, said)
    talk.say(25 * SECOND, 0, b"\x01\x02\x03\x04\x05\x07")
    path = tmp_path / "built.pcap"
    path.write_bytes(capture_of((wire.START + time, octets) for time, octets in talk.frames))
    settings = Settings(network=Network(homes))
    (finding,) = netanatomy.open(path).findings(settings, only=[DETECTOR])
    assert finding.victims == (victim,)
