"""Many kinds of traffic of which not everything is recorded; helper of the scenarios about that."""

import time
from collections.abc import Callable

from lab import servers
from lab.range import Range


def traffic(net: Range, seconds: float, keep: Callable[[int], bool]) -> None:
    """Web, FTP, DNS, pings; `keep` says of the number of each frame whether it is recorded."""
    www, files = net.web(net.outside("www")), net.inside("files")
    servers.files(files)
    people = [net.inside(name) for name in ("pc3", "pc4")]
    net.everyday()
    for person in people:
        page = " ".join(f"http://{www.ip}/logo.png?{picture}" for picture in range(6))
        net.loop(person, f"curl -s -Z --parallel-max 6 -m 5 {page} -o /dev/null", 0.9)
        net.loop(
            person, f"curl -s -m 5 -o /dev/null http://{net.web().ip}/form?[1-6] -H 'Connection: close'", 0.7
        )
        net.loop(person, f"curl -s -m 5 -o /dev/null ftp://{files.ip}/report.txt", 1.2)
        net.loop(person, f"fping -q -c 4 -p 200 -b 100 -R {www.ip}", 0.5)
    net.quiet(seconds)
    taken = net.finish().frames
    host, now = people[0], time.time_ns()
    net.made(
        [
            ((frame.when - now) / 1e9, host, frame.octets)
            for number, frame in enumerate(taken)
            if keep(number)
        ],
        net.link_type,
    )
