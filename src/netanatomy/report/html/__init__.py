"""The report as one page that needs nothing but itself: no script, no network, no other file."""
