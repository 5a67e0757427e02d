"""What the tests share."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

# A busy machine is no failure: tests never judge by time.
settings.register_profile("netanatomy", deadline=None, print_blob=True)
settings.load_profile("netanatomy")

CHECKOUT = Path(__file__).resolve().parent.parent


def corpora_folder() -> Path | None:
    """The folder of third-party captures, or None where it is not laid out."""
    folder = Path(os.environ.get("NETANATOMY_CORPORA", CHECKOUT.parent / "shared" / "corpora"))
    return folder if (folder / "MANIFEST.tsv").is_file() else None


@pytest.fixture(scope="session")
def corpora() -> Path:
    """Captures of third parties; a test that needs them skips where they are absent."""
    folder = corpora_folder()
    if folder is None:
        pytest.skip("the captures of third parties are not beside this checkout (set NETANATOMY_CORPORA)")
    return folder
