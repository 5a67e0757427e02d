"""Radio: three stations move between two access points; a few leave, as stations do."""

import struct

from lab.namespaces import Host
from lab.range import Range
from lab.scenario import Scenario

IEEE802_11 = 105  # LINKTYPE_IEEE802_11
BEACON, PROBE_REQUEST, AUTHENTICATION, ASSOCIATION_REQUEST = 0x80, 0x40, 0xB0, 0x00
ASSOCIATION_RESPONSE, DISASSOCIATION, DEAUTHENTICATION, DATA = 0x10, 0xA0, 0xC0, 0x08
EVERYBODY = "ff:ff:ff:ff:ff:ff"


def octets(mac: str) -> bytes:
    """A MAC address as octets."""
    return bytes.fromhex(mac.replace(":", ""))


def frame(kind: int, to: str, by: str, network: str, number: int, body: bytes) -> bytes:
    """A management frame (IEEE 802.11-2020, 9.3.3.1)."""
    header = bytes([kind, 0]) + struct.pack("<H", 314) + octets(to) + octets(by) + octets(network)
    return header + struct.pack("<H", (number & 0xFFF) << 4) + body


def run(net: Range) -> None:
    points = [net.inside("point1"), net.inside("point2")]
    stations = [net.inside(f"pc{number}") for number in (1, 2, 3)]
    sent: list[tuple[float, Host, bytes]] = []
    name = b"\x00\x06office\x01\x04\x82\x84\x8b\x96"
    for turn in range(300):
        for place, point in enumerate(points):
            body = struct.pack("<QHH", turn * 102_400, 100, 0x0411) + name
            sent.append(
                (
                    turn * 0.1024 + place * 0.03,
                    point,
                    frame(BEACON, EVERYBODY, point.mac, point.mac, turn, body),
                )
            )
    for place, station in enumerate(stations):
        at = 1.0 + place
        for move in range(4):
            point = points[(place + move) % 2]
            steps = (
                (station, frame(PROBE_REQUEST, EVERYBODY, station.mac, EVERYBODY, move * 9, name)),
                (
                    station,
                    frame(AUTHENTICATION, point.mac, station.mac, point.mac, move * 9 + 1, b"\0\0\1\0\0\0"),
                ),
                (
                    point,
                    frame(AUTHENTICATION, station.mac, point.mac, point.mac, move * 9 + 2, b"\0\0\2\0\0\0"),
                ),
                (
                    station,
                    frame(
                        ASSOCIATION_REQUEST,
                        point.mac,
                        station.mac,
                        point.mac,
                        move * 9 + 3,
                        b"\1\4\5\0" + name,
                    ),
                ),
                (
                    point,
                    frame(
                        ASSOCIATION_RESPONSE,
                        station.mac,
                        point.mac,
                        point.mac,
                        move * 9 + 4,
                        b"\1\4\0\0\1\xc0" + name[8:],
                    ),
                ),
            )
            for step, (who, what) in enumerate(steps):
                sent.append((at + step * 0.004, who, what))
            for datum in range(25):
                # To the distribution system (To DS): BSSID, source, destination (9.3.2.1).
                header = (
                    bytes([DATA, 1])
                    + bytes(2)
                    + octets(point.mac)
                    + octets(station.mac)
                    + octets(points[0].mac)
                )
                snap = header + struct.pack("<H", datum << 4) + b"\xaa\xaa\x03\0\0\0\x88\xb5" + bytes(60)
                sent.append((at + 0.1 + datum * 0.2, station, snap))
            at += 6.5
            # Reason 8 and 3: the station leaves (9.4.1.7).
            if move % 2:
                sent.append(
                    (
                        at - 0.2,
                        station,
                        frame(DISASSOCIATION, point.mac, station.mac, point.mac, 90, b"\x08\0"),
                    )
                )
            else:
                sent.append(
                    (
                        at - 0.2,
                        station,
                        frame(DEAUTHENTICATION, point.mac, station.mac, point.mac, 91, b"\x03\0"),
                    )
                )
    # The second access point restarts: it sends everybody away (reason 3, 9.4.1.7).
    for late in (0.0, 0.02):
        sent.append(
            (
                29.0 + late,
                points[1],
                frame(DEAUTHENTICATION, EVERYBODY, points[1].mac, points[1].mac, 92, b"\x03\0"),
            )
        )
    net.made(sent, IEEE802_11)


SCENARIO = Scenario(
    name="wireless-roaming",
    about="Three stations roam between two access points, and leave in order each time.",
    run=run,
    held_out=True,
)
