"""A TLS probe: the session, the chain and why it is trusted or not, and which versions are taken."""

from __future__ import annotations

from netanatomy.active.background import result_of
from netanatomy.active.probe.draft import Draft, ProbeOptions, carry_out
from netanatomy.active.probe.failure import ProbeError
from netanatomy.active.probe.starttls import start_tls
from netanatomy.active.probe.target import host_name, is_address, parse_target
from netanatomy.active.probe.versions import versions
from netanatomy.layers.application.tls import Version
from netanatomy.schema.probe import Probe, ProbeOutcome

DEFAULT_PORT = 443


async def aprobe_tls(
    target: str,
    options: ProbeOptions | None = None,
    *,
    server_name: str = "",
    alpn: tuple[str, ...] = (),
    each_version: bool = False,
) -> Probe:
    """Shake hands with a TLS server.

    Args:
        target: `host` or `host:port`; port 443 without one.
        options: how to probe.
        server_name: whom one wants (SNI) and for whom the certificate must be, if not the target's host.
        alpn: application protocols to offer.
        each_version: also find out which versions the server takes, SSL 3.0 among them.

    Raises:
        UsageError: the target makes no sense, or the authorities cannot be read.

    >>> import asyncio
    >>> from netanatomy.active.echo import TlsEcho
    >>> async def example() -> Probe:
    ...     async with TlsEcho(["127.0.0.1"]) as server:
    ...         return await aprobe_tls("%s:%d" % server.endpoints[0])
    >>> [certificate.names for certificate in asyncio.run(example()).tls.chain]
    [('localhost', '127.0.0.1')]
    """
    draft = Draft("tls", parse_target(target, DEFAULT_PORT), options or ProbeOptions())
    name = host_name(server_name) if server_name else draft.target.host
    if draft.options.ca:
        from netanatomy.active.probe.tls_facts import check_authorities

        check_authorities(draft.options.ca)

    async def work(draft: Draft) -> str:
        try:
            await draft.connect()
            await start_tls(draft, alpn, name)
        except ProbeError as error:
            # A server of SSL 3.0 alone takes no handshake of OpenSSL, and yet there is something to tell.
            if not each_version or error.outcome is not ProbeOutcome.UNUSABLE:
                raise
            await _versions(draft, name)
            if not any(version.accepted for version in draft.versions):
                raise
            draft.notes.append(error.reason)
            taken = ", ".join(version.version for version in draft.versions if version.accepted)
            return f"{draft.target} speaks {taken}, but not with OpenSSL"
        if each_version:
            await _versions(draft, name)
        facts = draft.tls
        said = f"{draft.target} speaks {facts.version} with {facts.suite}" if facts else ""
        if facts and facts.errors:
            reasons = ", ".join(dict.fromkeys(error.name for error in facts.errors))
            said += f"; its certificate is not valid: {reasons}"
        return said

    return await carry_out(draft, work)


def probe_tls(
    target: str,
    options: ProbeOptions | None = None,
    *,
    server_name: str = "",
    alpn: tuple[str, ...] = (),
    each_version: bool = False,
) -> Probe:
    """`aprobe_tls` for code that is not asynchronous.

    A certificate that nobody else vouches for is not trusted, unless one says so:

    >>> import tempfile
    >>> from pathlib import Path
    >>> from netanatomy.active.echo import TlsEcho
    >>> with TlsEcho(["127.0.0.1"]) as server, tempfile.TemporaryDirectory() as folder:
    ...     target = "%s:%d" % server.endpoints[0]
    ...     stranger = probe_tls(target)
    ...     ca = Path(folder, "ca.pem")
    ...     _ = ca.write_text(server.identity.certificate)
    ...     known = probe_tls(target, ProbeOptions(ca=str(ca)))
    >>> stranger.outcome.value, [error.name for error in stranger.tls.errors]
    ('certificate not valid', ['DEPTH_ZERO_SELF_SIGNED_CERT'])
    >>> known.outcome.value, known.tls.errors
    ('reached', ())
    """
    return result_of(
        aprobe_tls(target, options, server_name=server_name, alpn=alpn, each_version=each_version)
    )


async def _versions(draft: Draft, name: str) -> None:
    """Each version on a connection of its own."""
    # Some servers serve one connection at a time.
    draft.close()
    draft.doing = f"offering {draft.target} one version of TLS after the other"
    patience = draft.options.timeout / (2 * len(Version) + 1)
    await versions(draft.side_connection, "" if is_address(name) else name, patience, draft.versions)
    draft.watch.lap("versions")
