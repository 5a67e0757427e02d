"""Telephone calls: SIP to the exchange, and the voice in fifty datagrams a second each way."""

from lab.range import Range
from lab.scenario import Scenario

# An RTP sender and receiver (RFC 3550 section 5.1): G.711, 160 octets every 20 ms.
VOICE = """
import socket, struct, sys, time
own, peer = sys.argv[1:3]
port, seconds, source = (int(word) for word in sys.argv[3:])
voice = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
voice.bind((own, port))
begin = time.monotonic()
number = 0
while time.monotonic() - begin < seconds:
    header = struct.pack('>BBHII', 0x80, 0, number & 65535, 160 * number, source)
    voice.sendto(header + bytes([0xd5]) * 160, (peer, port))
    number += 1
    time.sleep(max(0, begin + number * 0.02 - time.monotonic()))
"""
# A telephone that answers each request with 200 (RFC 3261 section 8.2.6).
EXCHANGE = """
import socket
exchange = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
exchange.bind(('', 5060))
while True:
    request, caller = exchange.recvfrom(4096)
    lines = request.decode(errors='replace').split('\\r\\n')
    kept = [line for line in lines if line.split(':')[0] in ('Via', 'From', 'To', 'Call-ID', 'CSeq')]
    exchange.sendto('\\r\\n'.join(['SIP/2.0 200 OK', *kept, 'Content-Length: 0', '', '']).encode(), caller)
"""


def run(net: Range) -> None:
    exchange = net.inside("exchange", 50)
    calls = [
        (net.inside("phone1"), net.inside("phone2")),
        (net.inside("phone3"), net.inside("phone4")),
        (net.inside("phone5"), net.outside("phone6")),
    ]
    net.everyday()
    exchange.start("/usr/bin/python3", "-c", EXCHANGE)
    for caller, _ in calls:
        net.loop(caller, f"sipsak -s sip:anna@{exchange.ip}", 2.0)
    for number, (one, other) in enumerate(calls):
        port = 16_384 + 2 * number
        for own, peer in ((one, other), (other, one)):
            own.start("/usr/bin/python3", "-c", VOICE, own.ip, peer.ip, str(port), "9", str(1000 + number))
        net.quiet(1)
    net.quiet(11)


SCENARIO = Scenario(
    name="voice-call",
    about="Three telephone calls at once: SIP to the exchange, voice in 50 datagrams a second each way.",
    tools={"sipsak": "sipsak"},
    run=run,
    snap_octets=100,
)
