from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np

import netanatomy as na
from netanatomy.pipeline.frames import frame
from tests.wire import handshake, write_capture


def test_the_flags_of_a_single_frame_are_kept(tmp_path: Path) -> None:
    capture = na.open(write_capture(tmp_path / "a.pcapng", handshake()))
    batch = next(iter(capture._reading.frames()))
    told = replace(batch, flags=np.arange(len(batch), dtype=np.uint32))
    reader = SimpleNamespace(frames=lambda: iter([told]))
    assert frame(reader, 3).flags.tolist() == [2]  # type: ignore[arg-type, union-attr]
