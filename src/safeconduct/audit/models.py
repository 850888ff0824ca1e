"""The journal's tables. The database refuses to change or remove an entry (0002_triggers)."""

from datetime import datetime

from django.db import models

from safeconduct.audit import rules


class Entry(models.Model):
    """Who did what to which ref, and when. No content."""

    seq = models.BigIntegerField(primary_key=True)  # leaf index, from 0, without a gap
    at_us = models.BigIntegerField()  # world time, microseconds since 1970 UTC
    who = models.CharField(max_length=64)
    verb = models.CharField(max_length=64)
    subject = models.CharField(max_length=64, db_index=True)
    digest = models.BinaryField(max_length=32)
    leaf = models.BinaryField(max_length=32)

    def __str__(self) -> str:
        return str(self.seq)

    @property
    def at(self) -> datetime:
        """Return the world time of the act."""
        return rules.instant(self.at_us)


class Tree(models.Model):
    """The one row that says how far the log has grown; whoever writes an entry locks it."""

    size = models.BigIntegerField(default=0)
    peaks = models.BinaryField(default=bytes)

    def __str__(self) -> str:
        return str(self.size)


class Lasting(models.Model):
    """One line of the register: what no restore may bring back. Only added (0003_register)."""

    seq = models.BigIntegerField(primary_key=True)  # from 0, without a gap
    at_us = models.BigIntegerField()  # world time of the act
    kind = models.CharField(max_length=12)  # register.KINDS
    value = models.TextField()  # canonical JSON of refs, keyed hashes and sealed bytes

    def __str__(self) -> str:
        return f"{self.seq} {self.kind}"
