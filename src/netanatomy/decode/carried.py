"""The headers of the internet layer that IP, UDP or GRE carry: each to its kernel."""

from __future__ import annotations

import cython

if not cython.compiled:
    from netanatomy.decode.headers import *
    from netanatomy.decode.icmp import icmp, icmpv6
    from netanatomy.decode.ipsec import ah, esp, esp_in_udp
    from netanatomy.decode.routing import igmp, ospf, pim, vrrp
    from netanatomy.decode.rows import Rows
    from netanatomy.decode.tunnels import (
        ayiya,
        erspan,
        erspan3,
        etherip,
        geneve,
        gre,
        gtp_u,
        l2tp,
        l2tpv3,
        nsh,
        teredo,
        vxlan,
        vxlan_gpe,
    )
    from netanatomy.decode.walk import Walk


def carried_header(walk: Walk, rows: Rows, header: cython.int) -> cython.int:
    """Read one header of the internet layer other than IP itself; the code of the next."""
    if header == ICMP:
        return icmp(walk, rows)
    if header == ICMPV6:
        return icmpv6(walk, rows)
    if header == GRE:
        return gre(walk, rows)
    if header == VXLAN:
        return vxlan(walk, rows)
    if header == GENEVE:
        return geneve(walk, rows)
    if header == GTP_U:
        return gtp_u(walk, rows)
    if header == ESP:
        return esp(walk, rows)
    if header == ESP_IN_UDP:
        return esp_in_udp(walk)
    if header == AH:
        return ah(walk, rows)
    if header == IGMP:
        return igmp(walk, rows)
    if header == OSPF:
        return ospf(walk, rows)
    if header == PIM:
        return pim(walk, rows)
    if header == VRRP:
        return vrrp(walk, rows)
    if header == ERSPAN:
        return erspan(walk, rows)
    if header == ERSPAN3:
        return erspan3(walk, rows)
    if header == TEREDO:
        return teredo(walk, rows)
    if header == L2TP:
        return l2tp(walk, rows)
    if header == L2TPV3:
        return l2tpv3(walk, rows)
    if header == ETHERIP:
        return etherip(walk, rows)
    if header == VXLAN_GPE:
        return vxlan_gpe(walk, rows)
    if header == NSH:
        return nsh(walk, rows)
    if header == AYIYA:
        return ayiya(walk, rows)
    return DONE
