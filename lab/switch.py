"""A switch with VLANs and a mirror port: a private Open vSwitch in user space.

The datapath in user space needs no kernel module, speaks 802.1Q, 802.1ad and STP, encapsulates in
GRE, ERSPAN, VXLAN, Geneve and GTP-U, and copies each frame exactly once to its mirror port.
"""

from __future__ import annotations

from lab.namespaces import Host, Laboratory, wait_for

SCHEMA = "/usr/share/openvswitch/vswitch.ovsschema"
PROGRAMS = {
    "ovs-vswitchd": "openvswitch-switch",
    "ovsdb-server": "openvswitch-common",
    "ethtool": "ethtool",
    "ss": "iproute2",
    "unshare": "util-linux",
    "sysctl": "procps",
}


class Switch:
    """One Open vSwitch on a host of its own; `/run` is private, so any number may run."""

    def __init__(self, lab: Laboratory, host: Host, bridge: str = "br0") -> None:
        self.lab = lab
        self.host = host
        self.bridge = bridge
        run = host.folder / "run"
        database, socket = run / "conf.db", run / "db.sock"
        host.run("ovsdb-tool", "create", str(database), SCHEMA)
        self._database = f"--db=unix:{socket}"
        self._control = run / "vswitchd.ctl"
        host.start("ovsdb-server", str(database), f"--remote=punix:{socket}", f"--unixctl={run / 'db.ctl'}")
        wait_for("ovsdb-server", socket.exists)
        self.set("--no-wait", "init", "--", "set", "Open_vSwitch", ".", "other_config:vlan-limit=2")
        host.start(
            # Its OpenFlow sockets go where OVS_RUNDIR says, whatever Debian's default.
            *("env", "OVS_RUNDIR=/run", "ovs-vswitchd", f"unix:{socket}", f"--unixctl={self._control}"),
            f"--log-file={host.folder / 'vswitchd.log'}",
        )
        wait_for("ovs-vswitchd", self._control.exists)
        self.add_bridge(bridge)

    def add_bridge(self, name: str) -> None:
        """One more bridge within the same switch."""
        self.set("add-br", name, "--", "set", "bridge", name, "datapath_type=netdev")

    def set(self, *words: str) -> str:
        """One `ovs-vsctl` transaction."""
        return self.host.run("ovs-vsctl", "--timeout=20", self._database, *words).stdout

    def openflow(self, command: str, *words: str) -> None:
        """One `ovs-ofctl` command to the first bridge, for instance `add-flow`."""
        management = self.host.folder / "run" / f"{self.bridge}.mgmt"
        self.host.run("ovs-ofctl", "-O", "OpenFlow15", command, f"unix:{management}", *words)

    def control(self, *words: str) -> str:
        """One `ovs-appctl` command to the switch."""
        return self.host.run("ovs-appctl", f"--target={self._control}", *words).stdout

    def port(self, name: str, *settings: str, bridge: str = "") -> None:
        """Add an interface of the host as a port (of the first bridge, if none is named) and switch it on."""
        # What the switch's own kernel says on its ports (neighbour discovery) is no traffic of the scenario.
        self.host.sysctl(**{f"net__ipv6__conf__{name}__disable_ipv6": "1"})
        self.host.run("ip", "link", "set", name, "up")
        change = ["--", "set", "port", name, *settings] if settings else []
        self.set("add-port", bridge or self.bridge, name, *change)

    def attach(self, host: Host, interface: str = "eth0", *, vlan: int | None = None) -> None:
        """Cable the host's interface to a port named like the host: untagged, or an access port of a VLAN."""
        self.lab.cable(host, interface, self.host, host.name)
        settings = ["other_config:stp-enable=false"]  # an edge port: it forwards at once and hears no BPDU
        if vlan is not None:
            settings += [f"tag={vlan}"]
        self.port(host.name, *settings)

    def mirror(self, interface: str) -> None:
        """Copy every frame that the switch handles, once, to `interface` of the switch's host."""
        self.lab.cable(self.host, interface, self.host, "mirror0")
        self.host.sysctl(**{f"net__ipv6__conf__{interface}__disable_ipv6": "1"})
        self.host.run("ip", "link", "set", interface, "up")
        self.port("mirror0", "other_config:stp-enable=false")
        self.set(
            *("--", "--id=@port", "get", "port", "mirror0"),
            *("--", "--id=@mirror", "create", "mirror", "name=span", "select-all=true", "output-port=@port"),
            *("--", "set", "bridge", self.bridge, "mirrors=@mirror"),
        )
