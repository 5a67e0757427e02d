"""Text columns made from their buffers: `pa.array` on a list imports pandas where that is installed."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pyarrow as pa


def string_array(texts: Iterable[str]) -> pa.StringArray:
    """An Arrow array of these texts.

    >>> string_array(["tcp", "", "é"]).to_pylist()
    ['tcp', '', 'é']
    """
    octets = [text.encode() for text in texts]
    offsets = np.zeros(len(octets) + 1, np.int32)
    np.cumsum([len(each) for each in octets], out=offsets[1:])
    return pa.StringArray.from_buffers(len(octets), pa.py_buffer(offsets), pa.py_buffer(b"".join(octets)))
