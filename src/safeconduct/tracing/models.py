"""Tracing requests of relatives, and their video calls. Who is sought lies sealed in the asker's own compartment, and in no case's."""

from django.db import models
from django.db.models import F, Q

from safeconduct import names
from safeconduct.access.fields import SealedField
from safeconduct.refs import new_ref
from safeconduct.tracing.rules import Stage


class TracingRequest(models.Model):
    """One request by one asker. Its time of answer is fixed with its row."""

    ref = models.CharField(max_length=20, unique=True, default=new_ref)
    person_ref = models.CharField(max_length=20, db_index=True)  # who asks; opaque
    compartment = models.CharField(max_length=20, db_index=True)  # the asker's
    language = models.CharField(max_length=8)
    sought = SealedField()  # kind "text": who is sought, as the asker says it
    opened_by = models.CharField(max_length=40)
    opened_at = models.DateTimeField()
    due_at = models.DateTimeField()
    kinship = SealedField(null=True)  # kind "text": which proof was seen
    ground = models.CharField(max_length=8, blank=True)  # rules.Ground
    paper = SealedField(null=True)  # kind "text": which consent or decision
    described = SealedField(null=True)  # kind "text": names, father's, birth date, marks
    keys = models.BinaryField(max_length=16 * names.MOST, default=b"")  # until answered
    file = SealedField(null=True)  # kind "body", in "kin:<ref>": what the lawyer decides on
    file_digest = models.BinaryField(max_length=32, null=True)
    put_by = models.CharField(max_length=40, blank=True)
    decided_by = models.CharField(max_length=40, blank=True)
    decided_at = models.DateTimeField(null=True)
    answer = models.CharField(max_length=20, blank=True)  # rules.Answer
    answered_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["compartment"],
                condition=Q(answered_at__isnull=True),
                name="one_open_request_per_asker",
            ),
            models.CheckConstraint(
                condition=Q(answered_at__isnull=True) | Q(answered_at__gte=F("due_at")),
                name="request_answered_when_due",
            ),
            models.CheckConstraint(
                condition=Q(decided_at__isnull=True)
                | (Q(file_digest__isnull=False) & ~Q(decided_by="") & ~Q(decided_by=F("put_by"))),
                name="request_decided_by_another",
            ),
        )

    def __str__(self) -> str:
        return self.ref


class CallRequest(models.Model):
    """One video call that an asker wants who was told of confirmed news. When she is told is fixed with its row."""

    ref = models.CharField(max_length=20, unique=True, default=new_ref)
    request = models.ForeignKey(TracingRequest, on_delete=models.PROTECT, related_name="+")
    caller = SealedField(null=True)  # kind "sent": who she is, as he is told it; until handed on
    keys = models.BinaryField(max_length=16 * names.MOST, default=b"")  # until handed on
    token = models.CharField(max_length=20, blank=True)  # custody's name for it; until it is over
    asked_by = models.CharField(max_length=40)
    asked_at = models.DateTimeField()
    due_at = models.DateTimeField()  # of the next step, fixed with the one before
    stage = models.CharField(max_length=6, default=Stage.ASKED.value)
    at = models.DateTimeField(null=True)  # the time she was told
    told_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["request"], condition=~Q(stage=Stage.OVER.value), name="one_call_at_a_time"
            ),
            models.CheckConstraint(
                condition=Q(stage__in=[each.value for each in Stage]), name="call_stage_is_known"
            ),
            models.CheckConstraint(
                condition=~Q(stage=Stage.OVER.value) | Q(token="", keys=b""),
                name="call_that_is_over_joins_nobody",
            ),
        )

    def __str__(self) -> str:
        return self.ref
