"""A slow network card for tools that know no rate: a second of theirs would be a hundred thousand frames."""

from lab.namespaces import Host


def throttle(host: Host, frames_a_second: int) -> None:
    """What the host sends beyond this rate is dropped before it leaves."""
    host.run("nft", "add", "table", "netdev", "slow")
    host.run("nft", "add chain netdev slow out { type filter hook egress device eth0 priority 0; }")
    host.run("nft", f"add rule netdev slow out limit rate over {frames_a_second}/second drop")
