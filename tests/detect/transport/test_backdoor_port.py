from __future__ import annotations

from pathlib import Path

from netanatomy.schema.findings import Finding, Severity
from tests.detect.built import SECOND, Talk, found
from tests.detect.support import caught, silent

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
