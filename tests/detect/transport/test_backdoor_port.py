from __future__ import annotations

from pathlib import Path

import pytest

import netanatomy
from netanatomy.detect.settings import Settings
from netanatomy.schema.findings import Finding, Severity
from netanatomy.schema.network import Network
from tests import wire
from tests.detect.built import CLIENT, SECOND, SERVER, Talk, found, shortened
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


@pytest.mark.parametrize("name", ["shell", "held-1337", "held-bash", "held-pty", "held-reverse"])
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
    assert not spoken(tmp_path, 8080, *said[:2])


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


PROMPT = b"\x1b[?2004hroot@files:/run# "
ORDER = b"uname -s\n"


@pytest.mark.parametrize(("prompts", "findings"), [(1, 0), (2, 1)])
@pytest.mark.parametrize("port", [5000, 8080, 52_000])
def test_two_prompts_are_a_command_line_at_any_port(
    tmp_path: Path, port: int, prompts: int, findings: int
) -> None:
    told = spoken(tmp_path, port, *[(1, PROMPT), (0, ORDER)] * prompts)
    assert [(one.severity, one.victims) for one in told] == [(Severity.MEDIUM, (SERVER,))] * findings


@pytest.mark.parametrize(
    "words",
    [
        b"uid=0(root) gid=0(root) groups=0(root)\n",
        b"[root@files run]# ",
        b"\x1b]0;root@files: /run\x07\x1b[01;32mroot@files\x1b[00m:\x1b[01;34m/run\x1b[00m# ",
        b"sh-5.2$ ",
        b"Linux\r\nanna@files:~$ ",
        b"Microsoft Windows [Version 10.0.19045.3803]\r\n(c) Microsoft Corporation.\r\n\r\nC:\\Users\\anna>",
        b"PS C:\\Windows\\system32> ",
    ],
)
@pytest.mark.parametrize("side", [0, 1])
def test_whose_command_line_it_is_whatever_it_looks_like(tmp_path: Path, words: bytes, side: int) -> None:
    (finding,) = spoken(tmp_path, 7777, *[(side, words), (1 - side, ORDER)] * 2)
    assert finding.victims == ((CLIENT, SERVER)[side],)
    assert finding.attackers == ((SERVER, CLIENT)[side],)
    assert ("reverse shell" in finding.reason) == (side == 0)


@pytest.mark.parametrize(
    "words",
    [
        b"anna: try root@files:/run# reboot\r\n",  # a chat
        b"root@files:/run# \n",  # a file of what was seen
        b"Mar  3 sudo: anna : uid=0(root) gid=0(root)\n",  # a log
        b"10.0.0.5:6379> ",
        b"mysql> ",
        b"switch-7# ",
        b"(Pdb) ",
        b"anna@range.example$",
        b"sip:anna@range.example:5060#",
        b"$GPRMC,123519,A,4807.038,N#",
        b'{"path": "C:\\Users\\anna"}',
        b"CN=x\\y>",
    ],
)
def test_what_only_looks_like_a_command_line(tmp_path: Path, words: bytes) -> None:
    assert not spoken(tmp_path, 7777, *[(1, words), (0, ORDER)] * 5)


def test_console_servers_ask_for_a_login(tmp_path: Path) -> None:
    login = [(1, b"\r\nfiles login: "), (0, b"root\r\n"), (1, b"Password: "), (0, b"secret\r\n")]
    for port in (2001, 7001):
        assert not spoken(tmp_path, port, *login, *[(1, PROMPT), (0, ORDER)] * 5)


def test_terminals_have_ports_of_their_own(tmp_path: Path) -> None:
    for port in (22, 23, 513, 514):
        assert not spoken(tmp_path, port, *[(1, PROMPT), (0, ORDER)] * 5)


def test_without_its_beginning_nobody_knows_who_logged_in(tmp_path: Path) -> None:
    talk = Talk((40_000, 7777), handshake=False)
    for place in range(1, 9):
        talk.say(place * SECOND, place % 2, PROMPT if place % 2 else ORDER)
    assert not found(tmp_path, talk.frames, DETECTOR)


def test_of_a_segment_that_is_cut_nobody_knows_how_it_ends(tmp_path: Path) -> None:
    talk = Talk((40_000, 7777))
    for place in range(1, 9):
        talk.say(place * SECOND, place % 2, PROMPT + b"reboot\n")
    path = tmp_path / "cut.pcap"
    octets = capture_of((wire.START + time, octets) for time, octets in talk.frames)
    path.write_bytes(shortened(octets, 54 + len(PROMPT)))
    assert not netanatomy.open(path).findings(only=[DETECTOR])
