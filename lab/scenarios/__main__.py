"""Make the captures of scenarios: lab/captures/<name>.pcapng.zst and <name>.labels.json.

sudo python3 -m lab.scenarios [--list] [--keep] [--output FOLDER] [NAME | GROUP …]
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

from lab import switch
from lab.discretion import told_of_this_machine
from lab.namespaces import LabError, Laboratory, require
from lab.range import NETWORK, Range
from lab.range_labels import pcapng
from lab.scenario import GROUPS, SCENARIO_SECONDS, Scenario, scenarios

CAPTURES = Path(__file__).parent.parent / "captures"
BROKEN_PIPE = 141  # 128 + SIGPIPE, as a program has that dies of it
MAXIMUM_FRAMES = 20_000
MAXIMUM_OCTETS = 400_000  # of a compressed capture: they are committed
PROGRAMS = (
    {"tcpdump": "tcpdump", "zstd": "zstd", "ethtool": "ethtool"}
    | {"sysctl": "procps", "nginx": "nginx-light", "openssl": "openssl", "dnsmasq": "dnsmasq-base"}
    | {"curl": "curl", "dig": "bind9-dnsutils", "ping": "iputils-ping", "ss": "iproute2"}
)


def make(scenario: Scenario, output: Path, keep: bool) -> str:
    """Run one scenario in a laboratory of its own and write its two files; gives a line about them."""
    require({**PROGRAMS, **(switch.PROGRAMS if scenario.vlan_switch else {}), **scenario.tools})
    began = time.monotonic()
    with Laboratory(SCENARIO_SECONDS) as lab:
        try:
            net = Range(lab, view=scenario.view, vlan_switch=scenario.vlan_switch)
            scenario.run(net)
            recorded = net.finish()
        finally:
            if keep:
                kept = Path(f"/tmp/{lab.folder.name}-{scenario.name}")
                shutil.copytree(lab.folder, kept, symlinks=True, ignore=shutil.ignore_patterns("run"))
                print(f"{scenario.name}: what its programs wrote is in {kept}", file=sys.stderr)
    frames = recorded.frames
    if not frames or len(frames) > MAXIMUM_FRAMES:
        raise LabError(f"{len(frames)} frames; a scenario has 1 to {MAXIMUM_FRAMES}")
    file = output / f"{scenario.name}.pcapng.zst"
    octets = pcapng(frames, scenario.snap_octets, scenario.about, net.link_type)
    if told := told_of_this_machine(octets):
        raise LabError(f"the capture tells of this machine: {', '.join(told)}")
    packed = subprocess.run(
        ["zstd", "-19", "-q", "-c"],
        input=octets,
        capture_output=True,
        check=True,
    ).stdout
    if len(packed) > MAXIMUM_OCTETS:
        raise LabError(f"{len(packed)} octets compressed; a scenario has up to {MAXIMUM_OCTETS}")
    if bool(scenario.detectors) != bool(recorded.incidents):
        raise LabError("a scenario with detectors has incidents, and one without has none")
    labels = {
        "scenario": scenario.name,
        "about": scenario.about,
        "group": scenario.group,
        "attack": bool(scenario.detectors),
        "detectors": list(scenario.detectors),
        "held_out": scenario.held_out,
        "needs_network": scenario.needs_network,
        "view": scenario.view,
        "command": net.commands,
        "seconds": round((frames[-1].when - frames[0].when) / 1e9, 1),
        "frames": len(frames),
        "network": NETWORK,
        "incidents": recorded.incidents,
    }
    file.write_bytes(packed)
    (output / f"{scenario.name}.labels.json").write_text(json.dumps(labels, indent=1) + "\n")
    return (
        f"{scenario.name}: {len(frames)} frames in {labels['seconds']} s, {len(packed) // 1000} kB,"
        f" made in {time.monotonic() - began:.0f} s"
    )


def main() -> int:
    """Exit code 0, 1 if one of them could not be made, 2 for an unknown name, 141 for a reader that left."""
    try:
        code = _main()
        sys.stdout.flush()
    except BrokenPipeError:
        # What is still in the buffer has nowhere to go; without this the interpreter complains at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return BROKEN_PIPE
    return code


def _main() -> int:
    parser = argparse.ArgumentParser(
        prog="python3 -m lab.scenarios", description=str(__doc__).splitlines()[0]
    )
    parser.add_argument("names", nargs="*", metavar="NAME|GROUP", help="which (default: all)")
    parser.add_argument("--list", action="store_true", help="only tell which there are")
    parser.add_argument("--keep", action="store_true", help="keep logs and raw recording in /tmp")
    parser.add_argument("--output", type=Path, default=CAPTURES, help="folder (default: %(default)s)")
    given = parser.parse_args()
    try:
        known = scenarios()
    except LabError as error:
        print(f"lab.scenarios: {error}", file=sys.stderr)
        return 1
    if unknown := set(given.names) - {one.name for one in known} - set(GROUPS):
        parser.error(f"no scenario or group is named {', '.join(sorted(unknown))}")
    wanted = [one for one in known if not given.names or {one.name, one.group} & set(given.names)]
    if given.list:
        for one in wanted:
            print(f"{one.group:<10} {one.name:<36} {', '.join(one.detectors) or '-'}")
        return 0
    given.output.mkdir(parents=True, exist_ok=True)
    failed = 0
    for one in wanted:
        try:
            print(make(one, given.output, given.keep), flush=True)
        except KeyboardInterrupt:
            print("lab.scenarios: interrupted", file=sys.stderr)
            return 1
        except LabError as error:
            failed += 1
            print(f"{one.name}: {error}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
