"""Rules loaded into the real nftables, and packets sent through them: which came through.

In a network namespace that is made for it and removed in every case stand two interfaces of this
process (TUN and TAP): IP packets, without the tags and tunnels of their link, are written to one, whole
frames to the other. What the rules leave is copied to a netlink socket by a `log` statement behind them.
A write returns when the packet has gone through, so each answer belongs to one packet. Nothing leaves
the namespace: it has no other interface.

Needs Linux, root, `ip` and `nft`. Limits go by the clock of the kernel: `sent` says when each packet was
written, so that the same can be calculated for the very same times.
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import shutil
import socket
import struct
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from types import TracebackType
from typing import TypeVar

from netanatomy.errors import NetanatomyError
from netanatomy.firewall.nftables import PRIORITY, Named, file_text
from netanatomy.schema.frozen import frozen

Given = TypeVar("Given")

IP_INTERFACE, FRAME_INTERFACE = "ip0", "frame0"
IN_FRONT, BEHIND = 7, 8  # groups of the log statements in front of the rules and behind them
ETHERNET_OCTETS = 14
IPV6_HEADER = 40  # octets (RFC 8200 section 3)
COMMAND_SECONDS = 20.0
MAXIMUM_PACKET = 65_535 + 32  # octets of a packet with what stands in front of it
MTU = 65_521  # octets: the most that TUN takes (Linux: 65535 less a link header)

CLONE_NEWNET = 0x40000000  # linux/sched.h
TUNSETIFF = 0x400454CA  # linux/if_tun.h
IFF_TUN, IFF_TAP, IFF_NO_PI = 0x0001, 0x0002, 0x1000
SIOCGIFFLAGS, SIOCSIFFLAGS, SIOCSIFMTU = 0x8913, 0x8914, 0x8922  # linux/sockios.h
IFF_UP = 0x1
NETLINK_NETFILTER = 12  # linux/netlink.h
NFNL_LOG = 4  # NFNL_SUBSYS_ULOG of linux/netfilter/nfnetlink.h
CONFIGURE = 1  # NFULNL_MSG_CONFIG of linux/netfilter/nfnetlink_log.h
COMMAND_ATTRIBUTE, MODE_ATTRIBUTE, PARCEL_ATTRIBUTE = 1, 2, 5  # NFULA_CFG_CMD, _MODE, _QTHRESH
BIND = 1  # NFULNL_CFG_CMD_BIND
COPY_NOTHING = 0  # NFULNL_COPY_NONE
REQUEST_AND_ACKNOWLEDGE = 5  # NLM_F_REQUEST | NLM_F_ACK
GROUP_OFFSET = 18  # octets: res_id of struct nfgenmsg, behind struct nlmsghdr
RECEIVE_BUFFER = 2**20  # octets


class ReplayError(NetanatomyError):
    """The rules cannot be tried in the real nftables here; the message says why."""


@frozen
class Passage:
    """What became of one packet.

    Attributes:
        arrived: whether it came to the rules at all: Linux takes no broken IP header that far.
        passed: whether the rules left it.
        sent: when it was written, by the kernel's monotonic clock, in ns; 0 where there was nothing to write.
        done: when it had gone through.
    """

    arrived: bool
    passed: bool
    sent: int
    done: int


def whole_packet(octets: bytes) -> bytes:
    """An IP packet as long as its header says: longer with zeros, shorter without its padding.

    >>> len(whole_packet(bytes.fromhex("4500001e") + bytes(16)))
    30
    """
    if len(octets) < 6:
        return octets
    own = octets[2:4] if octets[0] >> 4 == 4 else octets[4:6]
    length = int.from_bytes(own, "big") + (0 if octets[0] >> 4 == 4 else IPV6_HEADER)
    return (
        octets[:length].ljust(min(length, MTU), b"\0")
        if length > IPV6_HEADER or octets[0] >> 4 == 4
        else octets
    )


def why_not_here() -> str:
    """Why the real nftables cannot be had here; empty where it can.

    >>> isinstance(why_not_here(), str)
    True
    """
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        return "a network namespace needs root"
    for program in ("nft", "ip"):
        if _program(program) is None:
            return f"{program} is not installed"
    return ""


class Replay:
    """The real nftables with rules loaded, to be used with `with`.

    Args:
        rules: what is loaded.

    Raises:
        ReplayError: the namespace or the interfaces cannot be made, or nft refuses the rules.
    """

    def __init__(self, rules: Sequence[Named]) -> None:
        if reason := why_not_here():
            raise ReplayError(reason)
        self._name = f"netanatomy-{os.getpid()}"
        self._open: list[int] = []
        self._answers: socket.socket | None = None
        _run("ip", "netns", "add", self._name)
        try:
            self._build(rules)
        except BaseException:
            self.close()
            raise

    def _build(self, rules: Sequence[Named]) -> None:
        with _inside(self._name):
            self._ip = _interface(IP_INTERFACE, IFF_TUN)
            self._open.append(self._ip)
            self._frames = _interface(FRAME_INTERFACE, IFF_TAP)
            self._open.append(self._frames)
            self._answers = _log_socket()
        self._nft(_around() + file_text(rules, (), FRAME_INTERFACE))

    def ip_packet(self, octets: bytes) -> Passage:
        """Let an IP packet come in, beginning with its header."""
        return self._sent(self._ip, octets)

    def frame(self, octets: bytes) -> Passage:
        """Let an Ethernet frame come in; only rules on whole frames judge it."""
        return self._sent(self._frames, octets)

    def _sent(self, interface: int, octets: bytes) -> Passage:
        answers = self._answers
        if answers is None:
            raise ReplayError("the replay is closed")
        begin = time.monotonic_ns()
        os.write(interface, octets[:MAXIMUM_PACKET])
        end = time.monotonic_ns()
        heard = set()
        while True:
            try:
                answer = answers.recv(RECEIVE_BUFFER)
            except BlockingIOError:
                return Passage(IN_FRONT in heard, BEHIND in heard, begin, end)
            heard.add(int.from_bytes(answer[GROUP_OFFSET : GROUP_OFFSET + 2], "big"))

    def _nft(self, text: str) -> None:
        command = ("ip", "netns", "exec", self._name, "nft", "-f", "-")
        _run(*command, told=text)

    def frame_of_capture(self, octets: bytes, ethernet: bool, internet: int | None, original: int) -> Passage:
        """Let what a capture recorded come in: as a frame, then, where that is left, its IP packet.

        Args:
            octets: the frame as far as it was captured; what is missing is sent as zeros.
            ethernet: whether it is an Ethernet frame; else there is only its IP packet.
            internet: where its outermost IP header begins; None where there is none.
            original: octets that the frame had.
        """
        frame = None
        if ethernet and len(octets) >= ETHERNET_OCTETS:
            frame = self.frame(octets.ljust(min(original, MTU), b"\0"))
            if not frame.passed:
                return frame
        if internet is None:
            return frame or Passage(False, False, 0, 0)
        packet = self.ip_packet(whole_packet(octets[internet:]))
        return packet if frame is None else replace(packet, sent=frame.sent)

    def close(self) -> None:
        """Remove everything."""
        if self._answers is not None:
            self._answers.close()
            self._answers = None
        while self._open:
            os.close(self._open.pop())
        _run("ip", "netns", "delete", self._name)

    def __enter__(self) -> Replay:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _around() -> str:
    """Chains in front of the rules' and behind them that tell of each packet; the last end its way."""
    packets, frames = "hook prerouting", f'hook ingress device "{FRAME_INTERFACE}"'
    said = []
    for family, hook, only in (("inet", packets, f'iifname "{IP_INTERFACE}" '), ("netdev", frames, "")):
        before = f"type filter {hook} priority {PRIORITY - 1}; policy accept"
        after = f"type filter {hook} priority {PRIORITY + 1}; policy accept"
        said += [
            f"table {family} around {{",
            f"    chain before {{ {before}; {only}log group {IN_FRONT}; }}",
            f"    chain behind {{ {after}; {only}log group {BEHIND} drop; }}",
            "}",
        ]
    return "\n".join((*said, ""))


@contextmanager
def _inside(name: str) -> Iterator[None]:
    """This thread in the namespace: what it opens meanwhile stays there."""
    libc = ctypes.CDLL(None, use_errno=True)
    home = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
    try:
        there = os.open(f"/run/netns/{name}", os.O_RDONLY)
        try:
            _enter(libc, there)
            try:
                yield
            finally:
                _enter(libc, home)
        finally:
            os.close(there)
    finally:
        os.close(home)


def _enter(libc: ctypes.CDLL, namespace: int) -> None:
    if libc.setns(namespace, CLONE_NEWNET) != 0:
        raise ReplayError(f"a network namespace cannot be entered: {os.strerror(ctypes.get_errno())}")


def _interface(name: str, kind: int) -> int:
    """A TUN or TAP interface that is up, in the namespace of this thread."""

    def make() -> int:
        made = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
        try:
            fcntl.ioctl(made, TUNSETIFF, struct.pack("16sH22x", name.encode(), kind | IFF_NO_PI))
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
                fcntl.ioctl(any_socket, SIOCSIFMTU, struct.pack("16si20x", name.encode(), MTU))
                flags = struct.pack("16sh22x", name.encode(), 0)
                now = struct.unpack("16sh22x", fcntl.ioctl(any_socket, SIOCGIFFLAGS, flags))[1]
                up = struct.pack("16sh22x", name.encode(), now | IFF_UP)
                fcntl.ioctl(any_socket, SIOCSIFFLAGS, up)
        except OSError:
            os.close(made)
            raise
        return made

    return _tried(make, f"the interface {name}")


def _log_socket() -> socket.socket:
    """A netlink socket that hears of each packet that a log statement of the group sees."""

    def make() -> socket.socket:
        made = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_NETFILTER)
        try:
            made.bind((0, 0))
            for group in (IN_FRONT, BEHIND):
                _configure(made, group, _attribute(COMMAND_ATTRIBUTE, bytes((BIND,))))
                _configure(made, group, _attribute(MODE_ATTRIBUTE, struct.pack(">IBB", 0, COPY_NOTHING, 0)))
                # Each packet is told of at once, not in parcels of a hundred.
                _configure(made, group, _attribute(PARCEL_ATTRIBUTE, struct.pack(">I", 1)))
        except OSError:
            made.close()
            raise
        made.setblocking(False)
        return made

    return _tried(make, "the log of the kernel")


def _configure(log: socket.socket, group: int, attribute: bytes) -> None:
    body = struct.pack(">BBH", socket.AF_UNSPEC, 0, group) + attribute
    kind = NFNL_LOG << 8 | CONFIGURE
    log.send(struct.pack("=IHHII", 16 + len(body), kind, REQUEST_AND_ACKNOWLEDGE, 1, 0) + body)
    answer = log.recv(RECEIVE_BUFFER)
    refused = -struct.unpack_from("=i", answer, 16)[0]
    if refused:
        raise OSError(refused, os.strerror(refused))


def _attribute(kind: int, value: bytes) -> bytes:
    return struct.pack("=HH", 4 + len(value), kind) + value + bytes(-len(value) % 4)


def _tried(make: Callable[[], Given], what: str) -> Given:
    try:
        return make()
    except OSError as error:
        raise ReplayError(f"{what} cannot be made: {error.strerror or error}") from error


def _program(name: str) -> str | None:
    return shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")


def _run(*command: str, told: str = "") -> None:
    program = _program(command[0]) or command[0]
    try:
        done = subprocess.run(
            [program, *command[1:]],
            input=told,
            capture_output=True,
            text=True,
            timeout=COMMAND_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ReplayError(f"{' '.join(command[:2])}: {error}") from error
    if done.returncode:
        said = " ".join(done.stderr.split())[:300]
        raise ReplayError(f"{' '.join(command)} failed: {said}")
