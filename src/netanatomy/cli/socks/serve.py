"""`netanatomy socks serve`: a SOCKS server that is safe unless told otherwise."""

from __future__ import annotations

import os
import stat
import sys
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from netanatomy.cli.arguments import positive
from netanatomy.cli.command import Command
from netanatomy.cli.notices import tell
from netanatomy.cli.numbers import up_to
from netanatomy.cli.socks.environment import PASSWORD_VARIABLE, USER_VARIABLE, user_and_password
from netanatomy.errors import NetanatomyError, UsageError

if TYPE_CHECKING:
    import ssl

    from netanatomy.active.socks.policy import Endpoint
    from netanatomy.active.socks.settings import Credentials, Settings

MAXIMUM_PASSWORD_FILE = 1 << 20  # octets: a wrong file should not fill the memory
MAXIMUM_SECONDS = 30 * 86400.0
MAXIMUM_OCTETS = 1 << 62
MAXIMUM_CLIENT_SECONDS = 1 << 31


def arguments(parser: ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument(
        "--listen",
        action="append",
        default=[],
        metavar="ADDRESS[:PORT]",
        help="where to listen (default: 127.0.0.1:1080); several are allowed",
    )
    who = parser.add_argument_group("who may use it")
    who.add_argument(
        "--password-file",
        type=Path,
        metavar="FILE",
        help=f"lines USER:PASSWORD that nobody else can read; or set {PASSWORD_VARIABLE} ({USER_VARIABLE})",
    )
    who.add_argument(
        "--client", action="append", default=[], metavar="NET", help="only clients of these networks"
    )
    what = parser.add_argument_group("what it does")
    what.add_argument(
        "--socks4", action="store_true", help="also SOCKS4 and SOCKS4a, which have no passwords"
    )
    what.add_argument("--bind-command", action="store_true", help="also BIND: one connection back")
    what.add_argument("--udp", action="store_true", help="also UDP ASSOCIATE: datagrams")
    what.add_argument("--tls-cert", type=Path, metavar="FILE", help="wrap SOCKS into TLS: certificates (PEM)")
    what.add_argument("--tls-key", type=Path, metavar="FILE", help="the key (PEM), if not in the same file")
    where = parser.add_argument_group(
        "where it goes (by default into the public internet only, and not to port 25)"
    )
    where.add_argument(
        "--allow",
        action="append",
        default=[],
        metavar="NET[:PORT]",
        help="go there as well; the most specific rule decides",
    )
    where.add_argument("--deny", action="append", default=[], metavar="NET[:PORT]", help="do not go there")
    caps = parser.add_argument_group("caps")
    caps.add_argument("--sessions", type=positive, default=4096, metavar="N", help="sessions at once (4096)")
    caps.add_argument(
        "--client-sessions", type=positive, default=1024, metavar="N", help="of one client (1024)"
    )
    caps.add_argument(
        "--handshakes", type=positive, default=512, metavar="N", help="unfinished handshakes at once (512)"
    )
    caps.add_argument(
        "--session-octets", type=positive, metavar="N", help="octets of a session, both ways (no cap)"
    )
    caps.add_argument(
        "--client-octets",
        type=up_to(MAXIMUM_OCTETS),
        default=100 << 30,
        metavar="N",
        help="octets of all sessions of one client in an hour (107374182400, which is 100 GiB; 0: no cap)",
    )
    caps.add_argument("--session-seconds", type=_seconds, metavar="S", help="length of a session (no cap)")
    caps.add_argument(
        "--client-seconds",
        type=up_to(MAXIMUM_CLIENT_SECONDS),
        default=256 * 3600,
        metavar="S",
        help="time of all sessions of one client together in an hour (921600: 256 all the time; 0: no cap)",
    )
    caps.add_argument(
        "--idle-seconds", type=_seconds, default=600.0, metavar="S", help="without an octet (600)"
    )
    caps.add_argument(
        "--handshake-seconds", type=_seconds, default=10.0, metavar="S", help="for a handshake (10)"
    )
    caps.add_argument(
        "--connect-seconds", type=_seconds, default=30.0, metavar="S", help="to resolve and connect (30)"
    )
    caps.add_argument(
        "--bind-seconds", type=_seconds, default=120.0, metavar="S", help="that BIND waits for somebody (120)"
    )
    parser.add_argument(
        "--log", type=Path, metavar="FILE", help="append the log here, not to standard output"
    )
    parser.add_argument(
        "--grace", type=_seconds, default=30.0, metavar="S", help="for sessions to end when it stops (30)"
    )


def run(options: Namespace) -> int:
    """Serve until told to stop."""
    import asyncio

    settings = _settings(options)
    settings.check()
    for warning in settings.warnings():
        tell(f"warning: {warning}")
    with _log(options.log) as log:
        return asyncio.run(_serve(settings, log, options.grace))


async def _serve(settings: Settings, log: _Log, grace: float) -> int:
    import asyncio

    from netanatomy.active.socks.server import SocksServer
    from netanatomy.cli.socks.signals import stop_signals

    server = SocksServer(settings, log.write)
    await server.start()
    stop = stop_signals(asyncio.get_running_loop())
    log.on_failure = stop.set
    for endpoint in server.listening:
        host = f"[{endpoint.address}]" if endpoint.address.version == 6 else f"{endpoint.address}"
        tell(f"listening at {host}:{endpoint.port}")
    await stop.wait()
    count = len(server.sessions)
    tell(f"stopping: {count} session{'s' * (count != 1)} to end (again: at once)")
    stop.clear()
    stopping = asyncio.ensure_future(server.stop(grace))
    again = asyncio.ensure_future(stop.wait())
    await asyncio.wait((stopping, again), return_when=asyncio.FIRST_COMPLETED)
    again.cancel()
    if not stopping.done():
        stopping.cancel()
        server.abort()
        await server.stop(0)
    total = sum(server.counts.values())
    told = ", ".join(f"{name}: {number}" for name, number in sorted(server.counts.items()))
    tell(f"stopped after {total} session{'s' * (total != 1)}{f' ({told})' if told else ''}")
    return 0


def _settings(options: Namespace) -> Settings:
    from ipaddress import ip_network

    from netanatomy.active.socks.descriptors import fitted
    from netanatomy.active.socks.policy import parse_rule
    from netanatomy.active.socks.settings import Limits, Settings

    try:
        clients = tuple(ip_network(text) for text in options.client)
    except ValueError as error:
        raise UsageError(f"--client: {error}") from error
    wanted = Limits(
        sessions=options.sessions,
        client_sessions=options.client_sessions,
        handshakes=options.handshakes,
        handshake_seconds=options.handshake_seconds,
        connect_seconds=options.connect_seconds,
        bind_seconds=options.bind_seconds,
        idle_seconds=options.idle_seconds,
        session_seconds=options.session_seconds,
        session_octets=options.session_octets,
        client_octets=options.client_octets or None,
        client_seconds=options.client_seconds or None,
    )
    limits = fitted(wanted)
    if limits != wanted:
        tell(
            f"the system's limit of open files has room for {limits.sessions} sessions and "
            f"{limits.handshakes} handshakes"
        )
    return Settings(
        listen=tuple(_endpoint(text) for text in options.listen) or Settings().listen,
        credentials=_credentials(options.password_file),
        clients=clients,
        rules=(
            *(parse_rule(text, allow=True) for text in options.allow),
            *(parse_rule(text, allow=False) for text in options.deny),
        ),
        socks4=options.socks4,
        bind=options.bind_command,
        udp=options.udp,
        tls=_tls(options.tls_cert, options.tls_key),
        limits=limits,
    )


def _endpoint(text: str) -> Endpoint:
    """`ADDRESS`, `ADDRESS:PORT` or `[ADDRESS]:PORT`."""
    from ipaddress import ip_address

    from netanatomy.active.socks.policy import Endpoint
    from netanatomy.active.socks.settings import DEFAULT_PORT

    host, port = text, str(DEFAULT_PORT)
    if text.startswith("["):
        host, bracket, rest = text[1:].partition("]")
        if not bracket or (rest and not rest.startswith(":")):
            raise UsageError(f"--listen {text}: IPv6 with a port is written [ADDRESS]:PORT")
        port = rest.removeprefix(":") if rest else port
    elif text.count(":") == 1:
        host, _, port = text.partition(":")
    number = int(port) if port.isascii() and port.isdigit() and len(port) <= 5 else -1
    if not 0 <= number <= 65535:
        raise UsageError(f"--listen {text}: {port!r} is no port (0 to 65535)")
    try:
        return Endpoint(ip_address(host), number)
    except ValueError as error:
        raise UsageError(f"--listen {text}: an IP address is needed") from error


def _credentials(path: Path | None) -> Credentials | None:
    from netanatomy.active.socks.settings import Credentials

    if path is not None:
        return Credentials(dict(_password_lines(path)))
    known = user_and_password()
    if known is None:
        return None
    user, password = known
    return Credentials({os.fsencode(user): os.fsencode(password)})


def _password_lines(path: Path) -> Iterator[tuple[bytes, bytes]]:
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            octets = file.read(MAXIMUM_PASSWORD_FILE + 1)
    except OSError as error:
        raise UsageError(f"--password-file {path}: {error.strerror or error}") from error
    if sys.platform != "win32" and stat.S_ISREG(mode) and mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise UsageError(f"--password-file {path}: others may read it (chmod 600)")
    if len(octets) > MAXIMUM_PASSWORD_FILE:
        raise UsageError(f"--password-file {path}: more than {MAXIMUM_PASSWORD_FILE} octets")
    found = 0
    for number, line in enumerate(octets.splitlines(), 1):
        if not line.strip() or line.startswith(b"#"):
            continue
        user, colon, password = line.partition(b":")
        if not colon or not user or not password:
            raise UsageError(f"--password-file {path}: line {number} is not USER:PASSWORD")
        found += 1
        yield user, password
    if not found:
        raise UsageError(f"--password-file {path}: there is no USER:PASSWORD in it")


def _tls(certificate: Path | None, key: Path | None) -> ssl.SSLContext | None:
    if certificate is None:
        if key is not None:
            raise UsageError("--tls-key goes with --tls-cert")
        return None
    import ssl

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(certificate, key, password=_no_password)
    except OSError as error:
        raise UsageError(f"--tls-cert {certificate}: {error.strerror or error}") from error
    return context


def _no_password() -> str:
    # Without this OpenSSL would ask the terminal, and a service would hang.
    raise UsageError("--tls-key: the key is encrypted: give one that is not")


class _Log:
    """Writes each line of the log at once. Where that fails the server is to stop: nobody would notice."""

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self.failure: OSError | None = None
        self.on_failure: Callable[[], None] | None = None

    def write(self, line: str) -> None:
        """Write a line; after a failure nothing more."""
        if self.failure is not None:
            return
        try:
            print(line, file=self._file, flush=True)
        except OSError as error:
            self.failure = error
            if self.on_failure is not None:
                self.on_failure()


@contextmanager
def _log(path: Path | None) -> Iterator[_Log]:
    """The log: standard output, or a file that is appended to.

    Raises:
        NetanatomyError: it cannot be opened, or could not be written.
    """
    if path is None:
        log = _Log(sys.stdout)
        yield log
        if log.failure is not None:
            raise log.failure if isinstance(log.failure, BrokenPipeError) else _unwritable("-", log.failure)
        return
    try:
        with path.open("a", encoding="ascii") as file:
            log = _Log(file)
            yield log
            if log.failure is not None:
                raise log.failure
    except OSError as error:
        raise _unwritable(str(path), error) from error


def _unwritable(name: str, error: OSError) -> NetanatomyError:
    return NetanatomyError(f"--log {name}: {error.strerror or error}")


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 < seconds <= MAXIMUM_SECONDS:
        raise ArgumentTypeError(f"{text!r} is no number of seconds (above 0, up to {MAXIMUM_SECONDS:g})")
    return seconds


ACTION = Command(
    name="serve",
    summary="a SOCKS server, safe unless told otherwise",
    description=(
        "Serve SOCKS5, and if asked SOCKS4, SOCKS4a, BIND and UDP ASSOCIATE.\n"
        "It listens on loopback only; anywhere else it refuses to start without a password and the networks\n"
        "of its clients. A name is resolved once, every address of it is checked, and the checked one is\n"
        "connected to. Loopback, private, shared (CGNAT), link-local, metadata, multicast and reserved\n"
        "addresses, in any form, this machine's own and port 25 are out of reach unless allowed, as by\n"
        "--allow 10.1.0.0/16, --allow 127.0.0.1:8080 or --allow [fd00::/8]:443. Of several rules the most\n"
        "specific one decides, of two equal ones the denial. Port 25 and the server's own ports take a rule\n"
        "that names them, metadata a rule for that one address.\n"
        "The log has one JSON object a session, on standard output.\n"
        "A client is an IPv4 address or an IPv6 /64; its caps of octets and time are for an hour, and it\n"
        "gets no more before the next one: --client-octets and --client-seconds set them, 0 for none.\n"
        "SIGINT and SIGTERM stop it: sessions may end for --grace seconds. Of what is left nothing more is\n"
        "read, what was read is written as long as it is taken (5 s at most), and both sides are reset:\n"
        "nobody takes what came for all of it. A second signal resets them at once.\n"
        "\n"
        "outcomes in the log:\n"
        "  closed           both sides have finished, and all was passed on\n"
        "  cut, aborted     reset at the stop; at the second signal\n"
        "  stopped          at the stop, before or without a connection\n"
        "  left             the client left before there was a connection\n"
        "  denied, refused, full, failed\n"
        "                   not allowed, not on offer, no room or a client's cap, no connection\n"
        "  unauthenticated, backed off, not admitted\n"
        "                   a wrong password, too soon after one, not among its clients\n"
        "  cap, time-out, idle, evicted\n"
        "                   ended by a cap, and reset\n"
        "  broken, error    the client broke the protocol, a fault of the server\n"
        "\n"
        "exit codes: 0 stopped as asked; 1 an address cannot be listened at, or the log not be written;\n"
        "2 the request makes no sense, or would be an open proxy"
    ),
    arguments=arguments,
    run=run,
    order=10,
)
