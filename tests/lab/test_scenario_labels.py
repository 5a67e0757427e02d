"""The committed captures of the lab and their labels agree with each other, and with tshark."""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import zstandard

from lab.capture import frame_times
from lab.range_labels import as_ranges
from lab.scenario import GROUPS, scenarios
from lab.scenarios.__main__ import MAXIMUM_FRAMES, MAXIMUM_OCTETS

CAPTURES = Path(__file__).parents[2] / "lab" / "captures"
LABELS = sorted(CAPTURES.glob("*.labels.json"))

# Who a frame says it is from, as tshark reads it: headers, what ARP claims, a radio's addresses.
SENDERS = (
    *("eth.src", "ip.src", "ipv6.src", "arp.src.hw_mac", "arp.src.proto_ipv4", "wlan.sa", "wlan.ta"),
    *("dhcp.hw.mac_addr", "stp.bridge.hw"),
    *("icmp.redir_gw", "icmpv6.nd.rd.target_address"),  # a forged redirect names its sender as the better hop
)

pytestmark = pytest.mark.skipif(not LABELS, reason="no capture of the lab is made yet (make lab)")


@dataclass(frozen=True)
class Labelled:
    capture: Path
    octets: bytes
    times: list[int]
    labels: dict[str, Any]


@pytest.fixture(scope="module", params=LABELS, ids=lambda path: path.name.removesuffix(".labels.json"))
def labelled(request: pytest.FixtureRequest) -> Labelled:
    path: Path = request.param
    capture = path.with_name(path.name.replace(".labels.json", ".pcapng.zst"))
    octets = zstandard.ZstdDecompressor().stream_reader(capture.read_bytes()).read()
    return Labelled(capture, octets, frame_times(octets), json.loads(path.read_text()))


def numbers(ranges: str) -> list[int]:
    """Frame numbers of a text such as `1-3,7`."""
    found: list[int] = []
    for part in filter(None, ranges.split(",")):
        first, _, last = part.partition("-")
        found += range(int(first), int(last or first) + 1)
    return found


def test_ranges_read_back() -> None:
    for ranges in ("", "1", "1-2", "3,5-9,11"):
        assert as_ranges(numbers(ranges)) == ranges


def test_every_scenario_is_labelled_and_every_label_has_its_scenario() -> None:
    assert {one.name for one in scenarios()} == {path.name.removesuffix(".labels.json") for path in LABELS}


def test_labels_say_what_their_scenario_says(labelled: Labelled) -> None:
    labels = labelled.labels
    scenario = next(one for one in scenarios() if one.name == labels["scenario"])
    assert labels["group"] == scenario.group
    assert labels["group"] in GROUPS
    assert labels["held_out"] == scenario.held_out
    assert labels["detectors"] == list(scenario.detectors)
    assert labels["attack"] == bool(scenario.detectors) == (scenario.group != "benign")
    named = {one["detector"] for one in labels["incidents"]}
    assert set(scenario.detectors) <= named, "a detector that the scenario is for has no incident"


def test_capture_is_small_and_in_order(labelled: Labelled) -> None:
    assert labelled.capture.stat().st_size <= MAXIMUM_OCTETS
    assert 0 < len(labelled.times) == labelled.labels["frames"] <= MAXIMUM_FRAMES
    assert labelled.times == sorted(labelled.times)


def test_incidents_lie_within_the_capture(labelled: Labelled) -> None:
    times = labelled.times
    for incident in labelled.labels["incidents"]:
        frames, responses = numbers(incident["frames"]), numbers(incident["responses"])
        assert frames
        assert frames == sorted(set(frames))
        assert 1 <= frames[0] <= frames[-1] <= len(times)
        assert all(1 <= number <= len(times) for number in responses)
        assert not set(frames) & set(responses)
        assert incident["start"] == times[frames[0] - 1]
        assert incident["end"] == times[frames[-1] - 1]


def test_ordinary_traffic_is_beside_the_attack(labelled: Labelled) -> None:
    attack: set[int] = set()
    for incident in labelled.labels["incidents"]:
        attack |= {*numbers(incident["frames"]), *numbers(incident["responses"])}
    assert len(labelled.times) - len(attack) >= 20


def test_attackers_and_only_named_ones_are_said_to_be_known(labelled: Labelled) -> None:
    for incident in labelled.labels["incidents"]:
        assert bool(incident["attackers"]) == incident["attacker_known"]


def test_no_victim_is_a_group_of_devices(labelled: Labelled) -> None:
    """A group is nobody, whoever listens to it; everybody (a broadcast) is somebody."""
    for incident in labelled.labels["incidents"]:
        stations = [one for one in incident["victims"] if one.count(":") == 5 and one != "ff:ff:ff:ff:ff:ff"]
        assert not [one for one in stations if int(one[:2], 16) & 1]


@pytest.mark.skipif(shutil.which("tshark") is None, reason="tshark is not installed")
def test_tshark_sees_the_attackers_in_their_frames(labelled: Labelled) -> None:
    incidents = [one for one in labelled.labels["incidents"] if one["attacker_known"]]
    if not incidents:
        pytest.skip("nobody's address is an attacker's here")
    fields = [word for field in SENDERS for word in ("-e", field)]
    shown = subprocess.run(
        ["tshark", "-n", "-r", "-", "-T", "fields", *fields],
        input=labelled.octets,
        capture_output=True,
        check=True,
    ).stdout.decode()
    senders = [set(line.replace("\t", ",").split(",")) for line in shown.splitlines()]
    assert len(senders) == len(labelled.times)
    for incident in incidents:
        said = set[str]().union(*(senders[number - 1] for number in numbers(incident["frames"])))
        assert set(incident["attackers"]) <= said
