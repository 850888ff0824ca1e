"""Screens of this room: coming in, what waits for me, people and duties, the roster."""
