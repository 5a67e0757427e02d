"""Forged farewells between a station and its access point, as aireplay-ng sends them.

No radio exists in network namespaces: these frames are made by Scapy and were never on the air. What they
hold is what `aireplay-ng -0 3 -a AP -c STATION` sends: bursts of 64 in each direction, reason 7.
"""

import json
from base64 import b64decode

from lab.namespaces import Host
from lab.range import Range
from lab.scenario import Scenario

RADIOTAP = 127  # LINKTYPE_IEEE802_11_RADIOTAP
AP, CLIENT = "00:1b:21:30:00:01", "00:1b:21:30:00:65"

PROGRAM = """
import json, base64
AP, CLIENT, OTHER = "00:1b:21:30:00:01", "00:1b:21:30:00:65", "00:1b:21:30:00:66"
frames, count = [], {}
def say(when, who, frame, signal):
    number = count[who] = count.get(who, 0) + 1
    frame.SC = (number % 4096) << 4
    radio = RadioTap(present="Flags+Rate+Channel+dBm_AntSignal", Flags=0, Rate=2, ChannelFrequency=2437,
                     ChannelFlags=0x00a0, dBm_AntSignal=signal)
    frames.append((when, who, base64.b64encode(bytes(radio / frame)).decode()))
for tick in range(200):
    beacon = Dot11(type=0, subtype=8, addr1="ff:ff:ff:ff:ff:ff", addr2=AP, addr3=AP)
    beacon = beacon / Dot11Beacon(cap="ESS+privacy") / Dot11Elt(ID="SSID", info=b"range")
    say(tick * 0.1024, "ap", beacon, -50)
for tick in range(150):
    data = Dot11(type=2, subtype=0, FCfield="to-DS+protected", addr1=AP, addr2=CLIENT, addr3=AP)
    say(0.05 + tick * 0.13, "station", data / Raw(bytes(60)), -57)
    data = Dot11(type=2, subtype=0, FCfield="from-DS+protected", addr1=OTHER, addr2=AP, addr3=AP)
    say(0.07 + tick * 0.13, "ap", data / Raw(bytes(90)), -50)
# Roaming: one real farewell.
say(3.0, "station", Dot11(type=0, subtype=10, addr1=AP, addr2=OTHER, addr3=AP) / Dot11Disas(reason=8), -61)
for burst in range(3):
    for number in range(64):
        when = 8 + burst * 1.4 + number * 0.009
        down = Dot11(type=0, subtype=12, addr1=CLIENT, addr2=AP, addr3=AP) / Dot11Deauth(reason=7)
        up = Dot11(type=0, subtype=12, addr1=AP, addr2=CLIENT, addr3=AP) / Dot11Deauth(reason=7)
        say(when, "attacker", down, -33)
        say(when + 0.004, "attacker", up, -33)
print(json.dumps(frames))
"""


def run(net: Range) -> None:
    hosts: dict[str, Host] = {name: net.inside(name, address=False) for name in ("ap", "station", "attacker")}
    with net.attack(
        "wifi-deauthentication",
        by=hosts["attacker"],
        attacker_known=False,
        victims=[CLIENT],
        others={"claimed": [AP, CLIENT]},
        frames="type mgt subtype deauth",
    ):
        said = net.scapy(hosts["attacker"], PROGRAM)
    frames = [(when, hosts[who], b64decode(octets)) for when, who, octets in json.loads(said)]
    net.made(frames, RADIOTAP)


SCENARIO = Scenario(
    name="wifi-deauthentication-aireplay",
    about="Three bursts of forged farewells, as of aireplay-ng, between a station and its access point.",
    detectors=("wifi-deauthentication",),
    run=run,
)
