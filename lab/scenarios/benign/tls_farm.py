"""Many visitors fetch by TLS from one address, behind which five servers take turns."""

from lab.namespaces import listens, wait_for
from lab.range import Range
from lab.scenario import Scenario

FRONT = """
import asyncio, itertools, sys
turn = itertools.cycle(sys.argv[1:])
async def pump(source, sink):
    try:
        while octets := await source.read(4096):
            sink.write(octets)
            await sink.drain()
    except OSError:
        pass  # the other end gave up
    sink.close()
async def serve(reader, writer):
    back_reader, back_writer = await asyncio.open_connection(next(turn), 443)
    await asyncio.gather(pump(reader, back_writer), pump(back_reader, writer))
async def main():
    async with await asyncio.start_server(serve, '', 443) as server:
        await server.serve_forever()
asyncio.run(main())
"""


def run(net: Range) -> None:
    front = net.inside("front", 8)
    backs = [net.web(net.inside(f"back{number}")) for number in range(5)]
    visitors = [net.outside(f"guest{number}") for number in range(8)]
    front.start("/usr/bin/python3", "-c", FRONT, *(back.ip for back in backs))
    wait_for("the front", listens(front, 443))
    net.everyday()
    for number, visitor in enumerate(visitors):
        page = ("", "logo.png", "login", "nothing")[number % 4]
        net.loop(visitor, f"curl -s -k -L -m 4 -o /dev/null https://{front.ip}/{page}", 0.9 + number / 10)
    net.quiet(11)


SCENARIO = Scenario(
    name="tls-farm",
    about="Eight visitors fetch by TLS from one address that hands them to five servers in turn.",
    held_out=True,
    snap_octets=76,
    run=run,
)
