"""Whether this machine is connected to anything at all: the first thing to know where nothing answers."""

from __future__ import annotations

from ipaddress import ip_address

NOWHERE = "this machine has no network: only loopback has an address"
LINK_ONLY = "this machine has no network beyond its own links: all of its addresses are link-local"


def no_network() -> str:
    """A sentence where this machine is connected to nothing, else nothing."""
    import psutil

    states = psutil.net_if_stats()
    link_local = False
    for interface, listed in psutil.net_if_addrs().items():
        state = states.get(interface)
        if state is not None and not state.isup:
            continue
        for each in listed:
            try:
                address = ip_address(each.address.partition("%")[0])
            except ValueError:
                continue  # a MAC address
            if address.is_link_local:
                link_local = True
            elif not address.is_loopback:
                return ""
    return LINK_ONLY if link_local else NOWHERE
