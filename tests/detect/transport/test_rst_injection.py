from __future__ import annotations

from pathlib import Path

from netanatomy.schema.findings import Finding, Severity
from tests.detect.built import SECOND, Talk, found
from tests.detect.support import caught, silent
from tests.wire import ACK, RST

DETECTOR = "rst-injection"
STRANGER = "02:00:00:00:00:99"


def test_tcpkill_is_caught_and_its_machine_named() -> None:
    finding = caught("rst-injection-tcpkill", DETECTOR)
    assert finding.others["sender"] == ("00:1b:21:20:00:42",)
    assert finding.rule is not None


def test_guesses_are_caught() -> None:
    assert caught("rst-injection-guessed", DETECTOR).severity is Severity.MEDIUM


def test_scans_and_browsing_end_their_own_connections() -> None:
    silent("busy-browsing", DETECTOR)
    silent("port-scan-syn", DETECTOR)


def after(folder: Path, talk: Talk, **how: object) -> list[Finding]:
    """A conversation, and then a RST in the client's name."""
    for second in range(1, 4):
        talk.say(second * SECOND, 0, b"question")
        talk.say(second * SECOND + SECOND // 2, 1, b"answer")
    talk.tell(4 * SECOND, 0, RST | ACK, **how)  # type: ignore[arg-type]
    return found(folder, talk.frames, DETECTOR)


def test_an_ordinary_end_is_none(tmp_path: Path) -> None:
    assert not after(tmp_path, Talk())


def test_another_time_to_live_alone_is_a_device_on_the_way(tmp_path: Path) -> None:
    (finding,) = after(tmp_path, Talk(), ttl=250)
    assert finding.severity is Severity.LOW


def test_another_machine_with_a_number_that_does_not_fit(tmp_path: Path) -> None:
    (finding,) = after(tmp_path, Talk(), mac=STRANGER, ahead=700)
    assert finding.severity is Severity.HIGH
    assert finding.others["sender"] == (STRANGER,)
    assert finding.attackers == ()


def test_a_side_that_goes_on_did_not_send_it(tmp_path: Path) -> None:
    talk = Talk()
    after(tmp_path, talk, ttl=250)
    talk.say(5 * SECOND, 0, b"still here")
    (finding,) = found(tmp_path, talk.frames, DETECTOR)
    assert finding.severity is Severity.MEDIUM


def test_four_numbers_are_late_and_five_are_guesses(tmp_path: Path) -> None:
    def guessed(count: int) -> list[Finding]:
        talk = Talk()
        talk.say(SECOND, 0, b"question")
        talk.say(2 * SECOND, 1, b"answer")
        for number in range(count):
            talk.tell(3 * SECOND + number, 0, RST, ahead=1_000_000 * (number + 1))
        talk.say(4 * SECOND, 0, b"more")
        return found(tmp_path, talk.frames, DETECTOR)

    assert not guessed(4)
    assert len(guessed(5)) == 1


def test_a_closed_port_is_no_injection(tmp_path: Path) -> None:
    talk = Talk(handshake=False)
    talk.tell(0, 0, 2)
    talk.tell(1_000, 1, RST | ACK, ahead=-5_000, ttl=200)
    assert not found(tmp_path, talk.frames, DETECTOR)
