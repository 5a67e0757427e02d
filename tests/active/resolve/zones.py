"""A small DNS for the tests: a root, a top-level domain, and zones that are right or wrong on purpose."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

import dns.dnssec
import dns.name
import dns.rdataset
import dns.rdatatype
import dns.rrset
import dns.zone
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from dns.dnssectypes import Algorithm

DAY = 86_400
SECURE = "secure.test."
NSEC3 = "hashed.test."
HEAD = """\
$TTL 300
@ SOA ns.{zone} host.{zone} 1 3600 600 86400 300
@ NS ns.{zone}
ns.{zone} A 127.0.0.1
"""
CONTENT = """\
www A 192.0.2.1
www A 10.0.0.1
www AAAA 2001:db8::1
only4 A 198.51.100.7
alias CNAME www
away CNAME www.plain.test.
loop1 CNAME loop2
loop2 CNAME loop1
mail MX 10 www
long TXT {long}
odd TXT "\\027[31mred\\226\\128\\174"
svc HTTPS 1 . alpn=h2,h3
a.b.ent A 192.0.2.9
*.wild A 192.0.2.2
tree DNAME www.plain.test.
""".replace("{long}", " ".join(f'"{chr(97 + number % 26) * 200}"' for number in range(12)))


@dataclass(frozen=True)
class Key:
    """A key that signs everything in one zone."""

    private: object
    public: object

    def ds(self, zone: str) -> str:
        return dns.dnssec.make_ds(zone, self.public, "SHA256").to_text()


def make_key(algorithm: Algorithm = Algorithm.ECDSAP256SHA256) -> Key:
    if algorithm == Algorithm.ED25519:
        private = ed25519.Ed25519PrivateKey.generate()
    elif algorithm == Algorithm.RSASHA256:
        private = rsa.generate_private_key(65537, 2048)
    else:
        private = ec.generate_private_key(ec.SECP256R1())
    return Key(private, dns.dnssec.make_dnskey(private.public_key(), algorithm, flags=257))


def make_zone(origin: str, text: str, key: Key | None, *, expired: bool = False) -> dns.zone.Zone:
    zone = dns.zone.from_text(
        HEAD.format(zone=origin if origin != "." else "") + text, origin, relativize=False
    )
    if key is not None:
        now = int(time.time())
        begin, end = (now - 20 * DAY, now - 10 * DAY) if expired else (now - DAY, now + 10 * DAY)
        dns.dnssec.sign_zone(zone, keys=[(key.private, key.public)], inception=begin, expiration=end)
    return zone


def spoil(zone: dns.zone.Zone, name: str, record_type: str) -> None:
    """Turn a bit in the signature of one record set around."""
    owner = dns.name.from_text(name)
    covers = dns.rdatatype.from_text(record_type)
    signatures = zone.get_rdataset(owner, "RRSIG", covers)
    (good,) = signatures
    signature = bytes([good.signature[0] ^ 1]) + good.signature[1:]
    with zone.writer() as change:
        change.replace(owner, dns.rdataset.from_rdata(300, good.replace(signature=signature)))


def remove(zone: dns.zone.Zone, name: str, record_type: str) -> None:
    """Take one record set away, but not its signature."""
    with zone.writer() as change:
        change.delete(dns.name.from_text(name), record_type)


def write(zone: dns.zone.Zone, path: Path) -> None:
    zone.to_file(str(path), relativize=False, want_origin=True)


def tree(folder: Path) -> dict[str, Path]:
    """All zones, in files of a folder, and the trust anchor in `anchor`; the zone name gives the file."""
    keys = {
        ".": make_key(Algorithm.RSASHA256),
        "test.": make_key(),
        SECURE: make_key(Algorithm.ED25519),
        "broken.test.": make_key(),
        "expired.test.": make_key(),
        "stranger.test.": make_key(),
        "stripped.test.": make_key(),
        "island.test.": make_key(),
        "unproven.test.": make_key(),
    }
    other = make_key()
    zones: dict[str, dns.zone.Zone] = {}
    for origin, key in keys.items():
        if origin not in (".", "test."):
            zones[origin] = make_zone(origin, CONTENT, key, expired=origin == "expired.test.")
    zones["plain.test."] = make_zone("plain.test.", CONTENT, None)
    spoil(zones["broken.test."], "www.broken.test.", "A")
    with zones["stripped.test."].writer() as change:
        change.delete(dns.name.from_text("www.stripped.test."), "RRSIG", "A")
    with zones["unproven.test."].writer() as change:
        for name in list(zones["unproven.test."].nodes)[1:]:  # without the apex, BIND takes it for unsigned
            change.delete(name, "NSEC")
            change.delete(name, "RRSIG", "NSEC")
    delegations = "".join(f"{origin} NS ns.{origin}\nns.{origin} A 127.0.0.1\n" for origin in zones)
    delegations += f"{NSEC3} NS ns.{NSEC3}\nns.{NSEC3} A 127.0.0.1\n"
    for origin in zones:
        if origin in keys and origin != "island.test.":
            key = other if origin == "stranger.test." else keys[origin]
            delegations += f"{origin} DS {key.ds(origin)}\n"
    delegations += f"unsigned.test. NS ns.unsigned.test.\nunsigned.test. DS {other.ds('unsigned.test.')}\n"
    delegations += "ns.unsigned.test. A 127.0.0.1\n"
    zones["unsigned.test."] = make_zone("unsigned.test.", CONTENT, None)
    hashed = folder / "hashed.ds"
    if hashed.exists():
        delegations += hashed.read_text()
    zones["test."] = make_zone("test.", delegations, keys["test."])
    root = f"test. NS ns.test.\ntest. DS {keys['test.'].ds('test.')}\nns.test. A 127.0.0.1\n"
    zones["."] = make_zone(".", root, keys["."])
    paths = {}
    for origin, zone in zones.items():
        paths[origin] = folder / f"{origin}zone"
        write(zone, paths[origin])
    (folder / "anchor").write_text(f". IN DS {keys['.'].ds('.')}\n")
    return paths
