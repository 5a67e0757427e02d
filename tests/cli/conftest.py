"""Commands say on standard error that they run uncompiled; these tests are about what else they say."""

from __future__ import annotations

import pytest

from netanatomy.cli import notices

UNCOMPILED = "running uncompiled"


@pytest.fixture(autouse=True)
def compiled_or_not(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same words whether or not there was a C compiler."""
    tell = notices.tell

    def tell_else(text: str) -> None:
        if not text.startswith(UNCOMPILED):
            tell(text)

    monkeypatch.setattr(notices, "tell", tell_else)
