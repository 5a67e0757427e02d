"""Bytes to frames: capture files of every common format, compressed or not.

`reader.open_capture` is the way in. On the way from a file to frames stand: `source` (octets in
order), `compression/` (one module each), `stream` (large buffers), `formats/` (one module each,
with its kernel), `merge` (several files in one order of time). What a capture says of itself, and
what is odd about it, goes to the `ledger`.

Anomalies of this layer: `capture-truncated` (the file ends within a record), `capture-damaged` (a
record contradicts the format, or the file can no longer be read), `capture-expansion-limit` (a
decompression bomb), `capture-skipped` (a file in a folder is no capture), `capture-bad-options`
(pcapng options overrun their block) and `capture-time-out-of-range`. The first three end a file,
and there is at most one of them for each.
"""
