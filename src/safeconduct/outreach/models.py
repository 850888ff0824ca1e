"""Campaigns. The numbers themselves are `post`'s; here stand the text, the statement, the state."""

from django.db import models
from django.db.models import Q

from safeconduct.outreach.rules import State
from safeconduct.refs import new_ref


class Campaign(models.Model):
    """One approved text to one frozen list. What was approved is bound by its digest."""

    ref = models.CharField(max_length=20, unique=True, default=new_ref)
    name = models.CharField(max_length=60)  # a dull word ("Maiak-3"), never a place
    state = models.CharField(max_length=10, default=State.DRAFT.value)
    texts = models.JSONField(default=dict)  # language → one or two texts, offers' words put in
    offer_refs = models.JSONField(default=list)  # refs of the offer versions whose words they say
    holder = models.CharField(max_length=200)
    basis = models.CharField(max_length=300)
    document_sha256 = models.CharField(max_length=64)
    term_ends = models.DateField()
    segments = models.JSONField(default=list)  # [language, zone, count], without a number
    listed = models.PositiveIntegerField(default=0)
    list_sha256 = models.CharField(max_length=64)  # of the file as it was brought
    lines = models.PositiveIntegerField(default=0)  # of the file
    fault = models.CharField(max_length=300, blank=True)  # why its list was refused
    route = models.CharField(max_length=40)
    per_second = models.PositiveIntegerField()
    per_hour = models.PositiveIntegerField(default=0)  # 0: no such limit
    digest = models.BinaryField(max_length=32)
    made_by = models.CharField(max_length=20)
    made_at = models.DateTimeField()
    approved_at = models.DateTimeField(null=True)
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(state__in=[state.value for state in State]), name="campaign_state_known"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["READING", "REFUSED", "DRAFT", "DESTROYED"])
                | Q(approved_at__isnull=False),
                name="campaign_moves_only_approved",
            ),
            models.UniqueConstraint(
                fields=["name"], condition=~Q(state="REFUSED"), name="one_campaign_of_a_name"
            ),
        )

    def __str__(self) -> str:
        return self.ref
