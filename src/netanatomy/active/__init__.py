"""The active tools: they ask, connect and serve, instead of reading what others recorded."""
