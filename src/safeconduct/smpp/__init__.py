"""SMPP 3.4: codec, client session and a small server session. Knows no room, no clock, no Django."""
