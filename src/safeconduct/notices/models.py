"""Notices, leased jobs, and the heartbeat of the loops. Times here are real time, never world time."""

from django.db import models
from django.db.models.functions import Now


class Notice(models.Model):
    """Something happened to a ref. Readers follow by id; rows are trimmed by age."""

    topic = models.CharField(max_length=40)
    subject = models.CharField(max_length=40, blank=True)  # the ref of what it happened to
    audience = models.CharField(
        max_length=60, blank=True
    )  # "", duty:OP, member:<ref>, member:<ref>:OP, person:<ref>
    at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return f"{self.topic} {self.subject}"


class Job(models.Model):
    """Work owed by a loop. Whoever holds the token of a living lease may finish it."""

    kind = models.CharField(max_length=40)
    subject = models.CharField(max_length=80)
    due_at = models.DateTimeField()
    lease_until = models.DateTimeField(null=True)
    lease_token = models.CharField(max_length=32, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    done_at = models.DateTimeField(null=True)
    given_up_at = models.DateTimeField(null=True)
    told_at = models.DateTimeField(null=True)  # when somebody was called because of it

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["kind", "subject"],
                condition=models.Q(done_at__isnull=True, given_up_at__isnull=True),
                name="one_open_job_of_a_kind_for_a_subject",
            ),
        )
        indexes = (
            models.Index(
                fields=["kind", "due_at"],
                condition=models.Q(done_at__isnull=True, given_up_at__isnull=True),
                name="jobs_open_by_due",
            ),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.subject}"


class Heartbeat(models.Model):
    """When a loop last took a step. A silent worker shows on every page."""

    name = models.CharField(max_length=40, primary_key=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name
