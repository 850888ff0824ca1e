"""SMPP 3.4: codec, client session and a small server session. Knows no room, no clock, no Django.

Begin with `client.Client`; README.md beside this file says what is where in the specification.
"""
