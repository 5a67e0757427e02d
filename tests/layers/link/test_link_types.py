from __future__ import annotations

import shutil
import struct
import subprocess

import pytest

from netanatomy.layers.link.link_types import (
    LINK_TYPES,
    link_type_description,
    link_type_name,
    linktype_of,
)

DLT_NAMES = {
    119: "PRISM_HEADER",
    127: "IEEE802_11_RADIO",
    163: "IEEE802_11_RADIO_AVS",
    195: "IEEE802_15_4",
    209: "IPMB_LINUX",
}
"""Names that libpcap's programs show although the registry of files has others."""


def test_numbers_fit_their_field():
    assert all(0 <= number < 1 << 16 for number in LINK_TYPES)
    names = [each.name for each in LINK_TYPES.values()]
    assert len(set(names)) == len(names)


def test_historic_numbers_become_registered_ones():
    for number in range(1 << 16):
        assert linktype_of(linktype_of(number)) == linktype_of(number)
    assert {linktype_of(number) for number in (11, 12, 13, 14, 16, 18, 19)} == {100, 101, 106, 109}


@pytest.mark.parametrize(
    ("number", "name"),
    [
        (0, "NULL"),
        (147, "USER0"),
        (162, "USER15"),
        (187, "BLUETOOTH_HCI_H4"),
        (189, "USB_LINUX"),
        (276, "LINUX_SLL2"),
    ],
)
def test_names(number, name):
    assert link_type_name(number) == name
    assert link_type_description(number)


def test_unregistered():
    assert link_type_name(65535) == "65535"


@pytest.mark.skipif(shutil.which("tcpdump") is None, reason="tcpdump is not installed")
def test_libpcap_agrees_on_the_names(tmp_path):
    differing = []
    # Those whose number in a file is the number in libpcap's interface as well.
    for number in sorted(each for each in LINK_TYPES if 104 <= each < 290):
        path = tmp_path / str(number)
        path.write_bytes(struct.pack("<IHHIIII", 0xA1B2C3D4, 2, 4, 0, 0, 100, number))
        run = subprocess.run(["tcpdump", "-r", path], capture_output=True, text=True, check=False)
        told = run.stderr.partition("link-type ")[2].partition(" ")[0].rstrip(",")
        name = DLT_NAMES.get(number, LINK_TYPES[number].name)
        if told and not told.isdigit() and told != name:
            differing.append((number, told, name))
    assert differing == []
