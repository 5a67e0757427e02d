"""Forged farewells to all stations of an access point, slowly, as mdk4 sends them.

No radio exists in network namespaces: these frames are made by Scapy and were never on the air. What they
hold is what `mdk4 IF d -B AP -s 3` sends: farewells and separations in turn, to the broadcast address.
"""

import json
from base64 import b64decode

from lab.namespaces import Host
from lab.range import Range
from lab.scenario import Scenario

RADIOTAP = 127  # LINKTYPE_IEEE802_11_RADIOTAP
AP = "00:1b:21:30:00:01"

PROGRAM = """
import json, base64
AP = "00:1b:21:30:00:01"
STATIONS = ["00:1b:21:30:00:%02x" % n for n in (0x65, 0x66, 0x67)]
frames, count = [], {}
def say(when, who, frame, signal):
    number = count[who] = count.get(who, 700) + 1
    frame.SC = (number % 4096) << 4
    radio = RadioTap(present="Flags+Rate+Channel+dBm_AntSignal", Flags=0, Rate=2, ChannelFrequency=2412,
                     ChannelFlags=0x00a0, dBm_AntSignal=signal)
    frames.append((when, who, base64.b64encode(bytes(radio / frame)).decode()))
for tick in range(300):
    beacon = Dot11(type=0, subtype=8, addr1="ff:ff:ff:ff:ff:ff", addr2=AP, addr3=AP)
    beacon = beacon / Dot11Beacon(cap="ESS+privacy") / Dot11Elt(ID="SSID", info=b"hall")
    say(tick * 0.1024, "ap", beacon, -44)
for tick in range(110):
    for place, station in enumerate(STATIONS):
        data = Dot11(type=2, subtype=0, FCfield="to-DS+protected", addr1=AP, addr2=station, addr3=AP)
        say(0.05 + tick * 0.27 + place * 0.05, "station", data / Raw(bytes(70)), -58)
for number in range(45):
    when = 10 + number / 3
    head = dict(type=0, addr1="ff:ff:ff:ff:ff:ff", addr2=AP, addr3=AP)
    if number % 2:
        say(when, "attacker", Dot11(subtype=10, **head) / Dot11Disas(reason=8), -71)
    else:
        say(when, "attacker", Dot11(subtype=12, **head) / Dot11Deauth(reason=1), -71)
print(json.dumps(frames))
"""


def run(net: Range) -> None:
    hosts: dict[str, Host] = {name: net.inside(name, address=False) for name in ("ap", "station", "attacker")}
    with net.attack(
        "wifi-deauthentication",
        by=hosts["attacker"],
        attacker_known=False,
        victims=["ff:ff:ff:ff:ff:ff", AP],
        others={"claimed": [AP]},
        frames="type mgt subtype deauth or type mgt subtype disassoc",
    ):
        said = net.scapy(hosts["attacker"], PROGRAM)
    frames = [(when, hosts[who], b64decode(octets)) for when, who, octets in json.loads(said)]
    net.made(frames, RADIOTAP)


SCENARIO = Scenario(
    name="wifi-deauthentication-held-mdk4",
    about="Forged farewells to all stations of an access point, three a second, as of mdk4.",
    detectors=("wifi-deauthentication",),
    held_out=True,
    run=run,
)
