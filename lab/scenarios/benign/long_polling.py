"""Many connections that are open for long and say little: WebSockets, server-sent events, long polling."""

from lab.namespaces import listens, wait_for
from lab.range import Range
from lab.scenario import Scenario

# RFC 6455: the handshake, then a ping frame every few seconds; /events is text/event-stream; /poll waits.
SERVER = """
import asyncio, base64, hashlib
async def talk(reader, writer):
    try:
        while line := await reader.readline():
            path = line.split()[1]
            headers = {}
            while (field := await reader.readline()).strip():
                name, _, value = field.decode().partition(':')
                headers[name.lower()] = value.strip()
            if path == b'/socket':
                key = headers['sec-websocket-key'] + '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'
                sign = base64.b64encode(hashlib.sha1(key.encode()).digest()).decode()
                writer.write(('HTTP/1.1 101 Switching Protocols\\r\\nUpgrade: websocket\\r\\n'
                    f'Connection: Upgrade\\r\\nSec-WebSocket-Accept: {sign}\\r\\n\\r\\n').encode())
                while True:
                    await asyncio.sleep(7)
                    writer.write(b'\\x89\\x02hi')
                    await reader.readexactly(8)
            if path == b'/events':
                writer.write(b'HTTP/1.1 200 OK\\r\\nContent-Type: text/event-stream\\r\\n\\r\\n')
                while True:
                    writer.write(b'data: nothing new\\n\\n')
                    await asyncio.sleep(9)
            await asyncio.sleep(12)
            writer.write(b'HTTP/1.1 204 No Content\\r\\n\\r\\n')
    except (ConnectionError, asyncio.IncompleteReadError):
        writer.close()
async def main():
    await (await asyncio.start_server(talk, '', 8080, backlog=200)).serve_forever()
asyncio.run(main())
"""
CLIENT = """
import asyncio, sys
async def hold(path):
    reader, writer = await asyncio.open_connection(sys.argv[1], 8080)
    more = 'Upgrade: websocket\\r\\nConnection: Upgrade\\r\\nSec-WebSocket-Version: 13\\r\\n'
    more += 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\\r\\n'
    ask = f'GET {path} HTTP/1.1\\r\\nHost: talk\\r\\n' + (more if path == '/socket' else '') + '\\r\\n'
    while True:
        writer.write(ask.encode())
        while (await reader.readline()).strip():
            pass
        while path == '/socket':
            await reader.readexactly(4)
            writer.write(b'\\x8a\\x82\\1\\2\\3\\4ik')
        while path == '/events':
            await reader.readline()
async def main():
    held = []
    for number in range(int(sys.argv[2])):
        held.append(asyncio.create_task(hold(('/socket', '/events', '/poll')[number % 3])))
        await asyncio.sleep(0.02)
    await asyncio.gather(*held)
asyncio.run(main())
"""


def run(net: Range) -> None:
    server = net.inside("files")
    office, pc3, pc4 = net.outside("office"), net.inside("pc3"), net.inside("pc4")
    server.start("/usr/bin/python3", "-c", SERVER)
    wait_for("the server", listens(server, 8080))
    net.everyday()
    # The office is one address with many people behind.
    for host, count in ((office, 90), (pc3, 9), (pc4, 6)):
        host.start("/usr/bin/python3", "-c", CLIENT, server.ip, str(count))
    net.quiet(48)


SCENARIO = Scenario(
    name="long-polling",
    about="Ninety people of an office behind one address hold WebSockets, event streams and long polls open.",
    run=run,
)
