"""Thirty downloads are at work when the recording begins, and none ends before it does."""

from lab.range import Range
from lab.scenario import Scenario


def run(net: Range) -> None:
    sites = [net.web(net.outside("www")), net.web(net.outside("mirror"))]
    for site in sites:
        (site.folder / "www" / "system.iso").write_bytes(bytes(4_000_000))
    people = [net.inside(name) for name in ("pc3", "pc4", "desk1", "desk2", "desk3")]
    net.web(), net.names(), net.inside("pc1"), net.inside("pc2"), net.outside("visitor")
    for person in people:
        # A short buffer, so that what is read slowly comes slowly as well.
        person.run("sysctl", "-qw", "net.ipv4.tcp_rmem=4096 16384 24576")
        for site in sites:
            for scheme, address in (("http", site.ip), ("https", site.ip), ("http", f"[{site.ip6}]")):
                words = "curl -s -k -g --limit-rate 14k -o /dev/null"
                person.start(*words.split(), f"{scheme}://{address}/system.iso")
    net.quiet(4)
    net.everyday()
    net.quiet(10)


SCENARIO = Scenario(
    name="mid-stream-downloads",
    about="Thirty downloads of five people, by both families and TLS, began long before the recording.",
    run=run,
    snap_octets=80,
)
