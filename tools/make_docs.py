"""Writes the reference of the Python interface, from the docstrings, to `site/`: `make docs`."""

from __future__ import annotations

import pkgutil
from pathlib import Path

import pdoc

import netanatomy

SITE = Path(__file__).resolve().parent.parent / "site"


def main() -> None:
    """Document the public names first, then every module."""
    for name in netanatomy.__all__:  # some are imported only when they are asked for
        setattr(netanatomy, name, getattr(netanatomy, name))
    found = pkgutil.walk_packages(netanatomy.__path__, "netanatomy.")
    modules = [module.name for module in found if not module.name.endswith("__main__")]
    pdoc.render.configure(docformat="google")
    pdoc.pdoc("netanatomy", *modules, output_directory=SITE)


if __name__ == "__main__":
    main()
