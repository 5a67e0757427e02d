from __future__ import annotations

from pathlib import Path

import pytest

import netanatomy
from netanatomy.schema.findings import Finding, Severity
from tests import wire
from tests.detect.built import SECOND, Talk, found, shortened, together
from tests.detect.support import caught, silent
from tests.flows.dialogues import capture_of
from tests.wire import ACK, FIN


@pytest.mark.parametrize("name", ["slowloris", "slow-read", "slow-post"])
def test_slow_clients_are_caught(name: str) -> None:
    finding = caught(f"connection-exhaustion-{name}", "connection-exhaustion")
    assert finding.counts["open_at_once"] >= 40


def test_browsing_and_a_flood_hold_nothing() -> None:
    silent("busy-browsing", "connection-exhaustion")
    silent("syn-flood-spoofed", "connection-exhaustion")


def held(
    folder: Path, count: int, seconds: int, *, sources: int = 1, answer: bytes = b"", size: int = 8
) -> list[Finding]:
    """Connections on which the client sends a piece every three seconds."""
    talks = []
    for number in range(count):
        host = f"10.0.1.{1 + number % sources}"
        talk = Talk((40_000 + number, 80), (host, "192.0.2.7"), number * 1_000_000)
        if answer:
            talk.say(SECOND // 2, 0, b"GET /socket HTTP/1.1\r\nUpgrade: websocket\r\n\r\n")
            talk.say(SECOND, 1, answer)
        for second in range(1, seconds + 1, 3):
            talk.say(second * SECOND + SECOND // 2, 0, b"X-a: b" + bytes(size - 6))
        talks.append(talk)
    return found(folder, together(talks), "connection-exhaustion")


def test_twenty_are_enough_and_nineteen_are_not(tmp_path: Path) -> None:
    assert len(held(tmp_path, 20, 64)) == 1
    assert not held(tmp_path, 19, 64)


def test_they_must_last(tmp_path: Path) -> None:
    assert not held(tmp_path, 40, 28)


def test_they_must_be_slow(tmp_path: Path) -> None:
    assert not held(tmp_path, 25, 64, size=400)


def test_many_clients_with_one_each_are_many_clients(tmp_path: Path) -> None:
    assert not held(tmp_path, 40, 64, sources=40)


def test_web_sockets_were_answered(tmp_path: Path) -> None:
    assert not held(tmp_path, 40, 64, answer=b"HTTP/1.1 101 Switching Protocols\r\n\r\n")


def test_long_polling_asks_in_one_piece(tmp_path: Path) -> None:
    talks = []
    for number in range(40):
        talk = Talk((40_000 + number, 80))
        talk.say(SECOND, 0, b"GET /news HTTP/1.1\r\nHost: a\r\n\r\n")
        talk.say(50 * SECOND, 1, b"HTTP/1.1 204 No Content\r\n\r\n")
        talks.append(talk)
    assert not found(tmp_path, together(talks), "connection-exhaustion")


GREETING = b"220 (vsFTPd 3.0.3)\r\n"


def test_who_never_says_a_word_is_caught() -> None:
    finding = caught("connection-exhaustion-held-idle", "connection-exhaustion")
    assert "silence" in finding.title
    assert finding.counts["octets_sent"] == 0


def silent_ones(
    count: int, *, port: int = 21, greeting: bytes = GREETING, closed: int = 70, word: bytes = b""
) -> list[Talk]:
    """Connections on which the client says nothing, or one word; closed after some seconds, or never (0)."""
    talks = []
    for number in range(count):
        talk = Talk((40_000 + number, port), begin=number * 10_000_000)
        if greeting:
            talk.say(number * 10_000_000 + SECOND // 2, 1, greeting)
        if word:
            talk.say(number * 10_000_000 + SECOND, 0, word)
        if closed:
            talk.tell(closed * SECOND, 0, FIN | ACK)
        talks.append(talk)
    return talks


def other(seconds: int) -> Talk:
    """Somebody else, whose packets say how long the capture went on."""
    talk = Talk((50_000, 22), ("10.0.0.9", "10.0.0.10"))
    talk.say(seconds * SECOND, 0, b"end")
    return talk


@pytest.mark.parametrize(("count", "findings"), [(29, 0), (30, 1)])
def test_thirty_silent_ones_are_enough(tmp_path: Path, count: int, findings: int) -> None:
    assert len(found(tmp_path, together(silent_ones(count)), "connection-exhaustion")) == findings


@pytest.mark.parametrize(("seconds", "findings"), [(25, 0), (95, 1)])
def test_silent_ones_may_outlast_the_capture(tmp_path: Path, seconds: int, findings: int) -> None:
    talks = [*silent_ones(50, closed=0), other(seconds)]
    assert len(found(tmp_path, together(talks), "connection-exhaustion")) == findings


@pytest.mark.parametrize(("port", "findings"), [(6379, 0), (80, 1), (443, 1)])
def test_where_nobody_speaks_it_may_be_a_pool_but_not_of_the_web(
    tmp_path: Path, port: int, findings: int
) -> None:
    talks = silent_ones(40, port=port, greeting=b"")
    assert len(found(tmp_path, together(talks), "connection-exhaustion")) == findings


def test_idle_sessions_have_logged_in(tmp_path: Path) -> None:
    talks = silent_ones(60, port=143, greeting=b"* OK ready\r\n", word=b"a LOGIN me secret\r\n")
    assert not found(tmp_path, together(talks), "connection-exhaustion")


def test_subscribers_only_listen(tmp_path: Path) -> None:
    talks = silent_ones(40, port=30_003, greeting=b"MSG,3,,,4840D6,,,,,,,37000\r\n")
    for talk in talks:
        for second in range(5, 65, 5):
            talk.say(second * SECOND, 1, b"MSG,3,,,4840D6,,,,,,,37000\r\n")
    assert not found(tmp_path, together(talks), "connection-exhaustion")


@pytest.mark.parametrize(("speaking", "findings"), [(10, 1), (11, 0)])
def test_browsers_behind_one_address_open_some_ahead(tmp_path: Path, speaking: int, findings: int) -> None:
    """A quarter of those on which nothing is said are spoken on."""
    talks = silent_ones(40, port=80, greeting=b"")
    for number in range(speaking):
        talk = Talk((45_000 + number, 80))
        for second in range(1, 62, 20):
            talk.say(second * SECOND, 0, b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            talk.say(second * SECOND + SECOND // 2, 1, b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        talk.tell(70 * SECOND, 0, FIN | ACK)
        talks.append(talk)
    assert len(found(tmp_path, together(talks), "connection-exhaustion")) == findings


def test_what_was_said_may_have_been_lost_in_recording(tmp_path: Path) -> None:
    talks = silent_ones(40, closed=0)
    for talk in talks:
        talk.numbers[0] += 90  # the server acknowledges them
        talk.tell(60 * SECOND, 1, ACK)
        talk.tell(70 * SECOND, 0, FIN | ACK)
    assert not found(tmp_path, together(talks), "connection-exhaustion")


def sessions(
    count: int, *, port: int = 25, sources: int = 1, word: bytes = b"NOOP\r\n", every: int = 7, last: int = 70
) -> list[Talk]:
    """Connections on which a word is answered every few seconds."""
    talks = []
    for number in range(count):
        host = f"10.0.1.{1 + number % sources}"
        talk = Talk((40_000 + number, port), (host, "192.0.2.7"), number * 5_000_000)
        talk.say(SECOND // 2, 1, b"220 mail.example ESMTP\r\n")
        for second in range(1, last, every):
            talk.say(second * SECOND, 0, word)
            talk.say(second * SECOND + SECOND // 10, 1, b"250 2.0.0 Ok\r\n")
        talk.tell(last * SECOND, 0, FIN | ACK)
        talks.append(talk)
    return talks


@pytest.mark.parametrize("name", ["bots", "https6"])
def test_sessions_that_only_last_are_caught(name: str) -> None:
    finding = caught(f"connection-exhaustion-held-{name}", "connection-exhaustion")
    assert finding.counts["open_at_once"] >= 70


@pytest.mark.parametrize(("count", "findings"), [(29, 0), (30, 1)])
def test_thirty_sessions_that_only_say_noop(tmp_path: Path, count: int, findings: int) -> None:
    (*told,) = found(tmp_path, together(sessions(count)), "connection-exhaustion")
    assert len(told) == findings
    assert all("keep-alive" in finding.title for finding in told)


@pytest.mark.parametrize("port", [21, 993, 1883, 3306, 5222, 6379, 6667, 8080])
def test_mailboxes_queues_chats_and_pools_are_kept_alive(tmp_path: Path, port: int) -> None:
    assert not found(tmp_path, together(sessions(60, port=port)), "connection-exhaustion")


def test_senders_of_mail_have_something_to_say(tmp_path: Path) -> None:
    talks = sessions(60, word=b"MAIL FROM:<anna@range.example>\r\n")
    assert not found(tmp_path, together(talks), "connection-exhaustion")


def test_each_sender_keeps_a_few_sessions_ready(tmp_path: Path) -> None:
    assert not found(tmp_path, together(sessions(60, sources=10)), "connection-exhaustion")
    assert found(tmp_path, together(sessions(64, sources=8)), "connection-exhaustion")


def encrypted(
    count: int, *, port: int = 443, pieces: int = 6, size: int = 50, answered: bool = False, every: int = 9
) -> list[Talk]:
    """Connections with the handshake of TLS, and a record of the client every few seconds."""
    talks = []
    for number in range(count):
        talk = Talk((40_000 + number, port), begin=number * 10_000_000)
        begin = number * 10_000_000 + SECOND // 10
        for step, (side, length) in enumerate(((0, 297), (1, 1_200), (0, 80), (1, 150))):
            talk.say(begin + step * SECOND // 100, side, b"\x16\x03\x03" + bytes(length - 3))
        for piece in range(1, pieces + 1):
            talk.say(begin + piece * every * SECOND, 0, b"\x17\x03\x03" + bytes(size - 3))
            if answered:
                talk.say(begin + piece * every * SECOND + SECOND // 10, 1, b"\x17\x03\x03" + bytes(40))
        talk.tell(70 * SECOND, 0, FIN | ACK)
        talks.append(talk)
    return talks


@pytest.mark.parametrize(("count", "findings"), [(29, 0), (30, 1)])
def test_thirty_that_send_pieces_within_tls(tmp_path: Path, count: int, findings: int) -> None:
    told = found(tmp_path, together(encrypted(count)), "connection-exhaustion")
    assert [("in TLS" in one.title, one.severity) for one in told] == [(True, Severity.MEDIUM)] * findings


@pytest.mark.parametrize(
    "how",
    [
        {"answered": True},  # pings of WebSockets, HTTP/2 and gRPC
        {"port": 8883},  # MQTT
        {"port": 6514},  # syslog
        {"size": 200},  # records of a log
        {"pieces": 6, "every": 0},  # a request in pieces at once, idle since
        {"pieces": 3, "every": 15},  # a heartbeat or two
    ],
)
def test_what_is_said_within_tls_and_nobody_waits_for(tmp_path: Path, how: dict[str, int]) -> None:
    assert not found(tmp_path, together(encrypted(60, **how)), "connection-exhaustion")


def readers(
    count: int, *, port: int = 143, logins: int = 0, sources: int = 1, word: bytes = b"x7 NOOP\r\n"
) -> list[Talk]:
    """Sessions of mailboxes that say a word now and then; on the first few somebody logs in."""
    talks = []
    for number in range(count):
        host = f"10.0.1.{1 + number % sources}"
        talk = Talk((40_000 + number, port), (host, "192.0.2.7"), number * 5_000_000)
        talk.say(SECOND // 2, 1, b"* OK [CAPABILITY IMAP4rev1 LITERAL+ ID ENABLE IDLE] ready.\r\n")
        if number < logins:
            talk.say(SECOND, 0, b"x1 login anna secret\r\n" if port == 143 else b"USER anna\r\n")
            talk.say(SECOND + SECOND // 10, 1, b"x1 OK Logged in\r\n")
        for second in range(2, 70, 7):
            talk.say(second * SECOND, 0, word)
            talk.say(second * SECOND + SECOND // 10, 1, b"x7 OK NOOP completed.\r\n")
        talk.tell(70 * SECOND, 0, FIN | ACK)
        talks.append(talk)
    return talks


def test_sessions_of_a_mailbox_that_nobody_logs_in_to_are_caught() -> None:
    finding = caught("connection-exhaustion-held-imap", "connection-exhaustion")
    assert finding.counts["open_at_once"] == 110
    assert finding.severity is Severity.MEDIUM


@pytest.mark.parametrize(
    ("port", "count", "findings"), [(143, 29, 0), (143, 30, 1), (110, 30, 1), (993, 60, 0)]
)
def test_thirty_sessions_without_a_login(tmp_path: Path, port: int, count: int, findings: int) -> None:
    assert len(found(tmp_path, together(readers(count, port=port)), "connection-exhaustion")) == findings


@pytest.mark.parametrize("port", [110, 143])
@pytest.mark.parametrize("word", [b"x7 NOOP\r\n", b"DONE\r\n", b"x8 IDLE\r\n"])
def test_who_logs_in_may_rest_in_a_mailbox(tmp_path: Path, port: int, word: bytes) -> None:
    """Telephones and programs for mail behind one address translator."""
    talks = readers(120, port=port, logins=120, word=word)
    assert not found(tmp_path, together(talks), "connection-exhaustion")


@pytest.mark.parametrize(("logins", "findings"), [(10, 1), (35, 0)])
def test_each_login_is_of_one_session(tmp_path: Path, logins: int, findings: int) -> None:
    talks = readers(60, logins=logins)
    assert len(found(tmp_path, together(talks), "connection-exhaustion")) == findings


def test_each_reader_has_a_few_sessions(tmp_path: Path) -> None:
    assert not found(tmp_path, together(readers(60, sources=10)), "connection-exhaustion")


def test_of_what_was_cut_off_nobody_knows_whether_it_was_a_login(tmp_path: Path) -> None:
    path = tmp_path / "cut.pcap"
    frames = sorted(together(readers(60, logins=60)), key=lambda frame: frame[0])
    path.write_bytes(shortened(capture_of((wire.START + time, octets) for time, octets in frames), 58))
    assert not netanatomy.open(path).findings(only=["connection-exhaustion"])


def test_a_login_may_have_been_lost_in_recording(tmp_path: Path) -> None:
    talks = readers(60, logins=60)
    for talk in talks:
        lost = next(place for place, (_, octets) in enumerate(talk.frames) if b"login" in octets)
        del talk.frames[lost]
    assert not found(tmp_path, together(talks), "connection-exhaustion")
