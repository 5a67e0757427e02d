"""An exchange and its three providers ask each other every other second whether they are there."""

from lab.range import Range
from lab.scenario import Scenario

# OPTIONS both ways and a REGISTER now and then (RFC 3261), each from port 5060 to port 5060.
PEER = """
import socket, sys, time
mine, register, others = sys.argv[1], sys.argv[2] == 'register', sys.argv[3:]
end = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
end.bind((mine, 5060))
end.settimeout(0.1)
number, due = 0, time.monotonic() + 0.4
def ask(method, other):
    end.sendto((f'{method} sip:{other} SIP/2.0\\r\\n'
                f'Via: SIP/2.0/UDP {mine}:5060;branch=z9hG4bK{number:06}\\r\\n'
                f'From: <sip:trunk@{mine}>;tag=a{number}\\r\\nTo: <sip:{other}>\\r\\n'
                f'Call-ID: {number}@{mine}\\r\\n'
                f'CSeq: {number} {method}\\r\\nMax-Forwards: 70\\r\\nContent-Length: 0\\r\\n\\r\\n').encode(),
               (other, 5060))
while True:
    if time.monotonic() > due:
        due += 2.0
        for other in others:
            number += 1
            try:
                ask('OPTIONS', other)
                if register and number % 10 < 3:
                    ask('REGISTER', other)
            except OSError:
                pass  # an ICMP error for an earlier one
    try:
        said, who = end.recvfrom(4000)
    except OSError:
        continue
    if not said.startswith(b'SIP/2.0'):
        lines = said.split(b'\\r\\n')[1:]
        end.sendto(b'\\r\\n'.join([b'SIP/2.0 200 OK', *lines]), who)
"""


def run(net: Range) -> None:
    exchange = net.inside("exchange", 50)
    providers = [net.outside(f"provider{number}") for number in range(4)]
    phones = [net.inside(f"phone{number}") for number in range(6)]
    partners = [one.ip for one in [*providers, *phones]]
    for one in [*providers[:3], *phones]:
        one.start("/usr/bin/python3", "-c", PEER, one.ip, "register", exchange.ip)
    exchange.start("/usr/bin/python3", "-c", PEER, exchange.ip, "no", *partners)
    net.everyday()
    net.quiet(24)


SCENARIO = Scenario(
    name="sip-trunk",
    about="An exchange, three providers and six telephones ask each other by OPTIONS; one provider is gone.",
    held_out=True,
    snap_octets=120,
    run=run,
)
