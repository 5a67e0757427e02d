"""One line there and back over a socket with an option that no ordinary program sets.

    python3 socket_options.py KIND serve|ask LOCAL REMOTE

Both sides run it; `serve` prints "ready" once it listens and ends after one line.
"""

from __future__ import annotations

import socket
import struct
import sys

PORT = 7007
SECONDS = 10
LINE = b"a line over an unusual socket\n"
# linux/in.h, linux/tcp.h and linux/in6.h; Python's socket module does not name them all.
IPPROTO_MPTCP, IPPROTO_UDPLITE = 262, 136
TCP_MD5SIG, TCP_FASTOPEN, MSG_FASTOPEN = 14, 23, 0x20000000
IPV6_HOPOPTS, IPV6_DSTOPTS = 54, 59
UDPLITE_SEND_CSCOV, UDPLITE_RECV_CSCOV = 10, 11
KINDS = ("udp-lite", "mptcp", "tcp-md5", "tcp-fast-open", "ipv6-options")


def opened(kind: str, local: str, remote: str) -> socket.socket:
    """The socket with its option set."""
    family = socket.AF_INET6 if ":" in local else socket.AF_INET
    if kind == "udp-lite":
        made = socket.socket(family, socket.SOCK_DGRAM, IPPROTO_UDPLITE)
        made.setsockopt(IPPROTO_UDPLITE, UDPLITE_SEND_CSCOV, 20)  # the header and 12 octets
        made.setsockopt(IPPROTO_UDPLITE, UDPLITE_RECV_CSCOV, 8)
    elif kind == "ipv6-options":
        made = socket.socket(family, socket.SOCK_DGRAM)
        padding = bytes([0, 0, 1, 4, 0, 0, 0, 0])  # next header, length, PadN of 4 (RFC 8200, 4.2)
        made.setsockopt(socket.IPPROTO_IPV6, IPV6_HOPOPTS, padding)
        made.setsockopt(socket.IPPROTO_IPV6, IPV6_DSTOPTS, padding)
    else:
        made = socket.socket(family, socket.SOCK_STREAM, IPPROTO_MPTCP if kind == "mptcp" else 0)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if kind == "tcp-md5":
        # struct tcp_md5sig: sockaddr_storage (128), flags, prefix length, key length, interface, key (80).
        peer = struct.pack("=HH4s120x", family, 0, socket.inet_aton(remote))
        key = b"thrown away"
        made.setsockopt(
            socket.IPPROTO_TCP, TCP_MD5SIG, peer + struct.pack("=BBHI80s", 0, 0, len(key), 0, key)
        )
    made.settimeout(SECONDS)
    return made


def serve(kind: str, local: str, remote: str) -> None:
    """Answer one line; with Fast Open two, since the first visit only fetches the cookie."""
    with opened(kind, local, remote) as server:
        server.bind((local, PORT))
        if kind in {"udp-lite", "ipv6-options"}:
            print("ready", flush=True)
            line, peer = server.recvfrom(2048)
            server.sendto(line, peer)
            return
        if kind == "tcp-fast-open":
            server.setsockopt(socket.IPPROTO_TCP, TCP_FASTOPEN, 5)
        server.listen()
        print("ready", flush=True)
        for _ in range(2 if kind == "tcp-fast-open" else 1):
            connection, _peer = server.accept()
            with connection:
                connection.sendall(connection.recv(2048))


def ask(kind: str, local: str, remote: str) -> None:
    """Send the line and check what comes back."""
    for _ in range(2 if kind == "tcp-fast-open" else 1):
        with opened(kind, local, remote) as client:
            if kind == "tcp-fast-open":
                client.settimeout(None)  # a socket with a time-out does not wait within sendto
                client.sendto(LINE, MSG_FASTOPEN, (remote, PORT))
            else:
                client.connect((remote, PORT))
                client.send(LINE)
            if client.recv(2048) != LINE:
                sys.exit(f"{kind}: not what was sent")


if __name__ == "__main__":
    kind, side, here, there = sys.argv[1:]
    (serve if side == "serve" else ask)(kind, here, there)
