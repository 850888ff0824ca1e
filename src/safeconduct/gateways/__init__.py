"""The edge: one process per channel. No Django, no numpy, no database, no room."""
