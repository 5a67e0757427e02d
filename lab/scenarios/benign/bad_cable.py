"""What people do over a bad cable; helper of the scenarios about such cables."""

from lab.range import Range


def traffic(net: Range, wire: str) -> None:
    """One person inside and one outside fetch, send, ask and ping over such cables."""
    www = net.web(net.outside("www"))
    pc3, visitor = net.inside("pc3", wire=wire), net.outside("visitor", wire=wire)
    web = net.web()
    net.everyday()
    net.loop(pc3, f"curl -s -m 8 -o /dev/null http://{www.ip}/report.pdf", 1.5)
    net.loop(pc3, f"curl -s -m 5 -o /dev/null http://{web.ip}/logo.png", 0.8)
    net.loop(pc3, f"dig +tries=3 +timeout=1 @{net.names().ip} web.range.example", 0.7)
    net.loop(pc3, f"ping -n -q -c 2 -i 0.3 -W 1 {web.ip}", 1.0)
    net.loop(visitor, f"curl -s -m 8 -o /dev/null http://{web.ip}/report.pdf", 1.5)
    net.loop(visitor, f"curl -s -m 5 -d @/etc/services -o /dev/null http://{web.ip}/form", 1.0)
    net.quiet(12)
