"""What the frame itself keeps: which forms were sent, so that none acts twice."""

from django.db import models

LONGEST = 400  # signs of a path that an answer led to


class Posted(models.Model):
    """One form that one person sent and that acted, by a digest; it is kept for a day."""

    person = models.CharField(max_length=20)  # the ref of who sent it
    digest = models.BinaryField(max_length=32)  # sha256 of its once, its path and its fields
    to = models.CharField(max_length=LONGEST, default="", blank=True)  # where its answer led
    at = models.DateTimeField(db_index=True)  # real time

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["person", "digest"], name="posted_acts_once"),
        )

    def __str__(self) -> str:
        return f"{self.person} {self.at:%H:%M:%S}"
