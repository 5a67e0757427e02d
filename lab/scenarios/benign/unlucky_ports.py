"""Client ports by chance, and servers by choice, that are known from trojans and tools."""

from lab.range import Range
from lab.scenario import Scenario


def run(net: Range) -> None:
    www, web, pc3 = net.web(net.outside("www")), net.web(), net.inside("pc3")
    files = net.inside("files")
    for served in (9999, 8888, 5555):
        files.start("/usr/bin/python3", "-m", "http.server", "-d", str(web.folder / "www"), str(served))
    net.everyday()
    for port in (1337, 4444, 6667, 12345, 27374, 31337, 54321, 1080):
        net.loop(pc3, f"curl -s -m 2 --local-port {port} -o /dev/null http://{www.ip}/", 5.0)
        pc3.start(
            "dig", "+tries=1", "+timeout=1", "-b", f"{pc3.ip}#{port}", f"@{net.names().ip}", "range.example"
        )
    for served in (9999, 8888, 5555):
        net.loop(pc3, f"curl -s -m 2 -o /dev/null http://{files.ip}:{served}/report.pdf", 2.0)
    net.quiet(12)


SCENARIO = Scenario(
    name="unlucky-ports",
    about="A client has source ports like 31337 by chance; small web servers run on 9999 and others.",
    run=run,
    snap_octets=200,
)
