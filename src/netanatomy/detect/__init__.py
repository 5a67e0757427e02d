"""Tables in, findings out. Facts are recorded elsewhere; here they are judged.

A file in `link/`, `internet/`, `transport/` or `application/` that defines `DETECTOR` is a detector:
no list names it. What a detector is stands in `detector.py`, what it may keep in `relations.py`.
"""
