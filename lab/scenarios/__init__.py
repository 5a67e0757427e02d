"""Attacks and ordinary days on the range, one file each; `python3 -m lab.scenarios` makes their captures."""
