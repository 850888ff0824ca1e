"""The papers of one arrival. Bodies are sealed; nothing written is changed, a newer paper follows."""

from django.db import models
from django.db.models import Q

from safeconduct.access.fields import SealedField
from safeconduct.reception.phoned import STATES
from safeconduct.reception.rules import EFFECT, EQUIPMENT, GATES, MONEY
from safeconduct.refs import new_ref

NAMED = ("four", "card")  # who he is, and his family: sealed to each reader's own key as well
PAPERS = ("challenge", "posture", "secure", "medical", "four", "rights", "card")


class Arrival(models.Model):
    """One person's arrival: how many were expected with him, and in which language he is read to."""

    ref = models.CharField(max_length=20, unique=True, default=new_ref)
    case = models.OneToOneField("cases.Case", on_delete=models.PROTECT, related_name="+")
    language = models.CharField(max_length=8)
    expected = models.PositiveSmallIntegerField(default=1)
    accounted = models.PositiveSmallIntegerField(default=0)  # extras with a case of their own
    opened_at = models.DateTimeField()
    opened_by = models.CharField(max_length=64)

    def __str__(self) -> str:
        return self.ref


class HeadCount(models.Model):
    """How many people somebody counted at a gate, and when."""

    arrival = models.ForeignKey(Arrival, on_delete=models.CASCADE, related_name="counts")
    gate = models.CharField(max_length=8)
    counted = models.PositiveSmallIntegerField()
    at = models.DateTimeField()
    by = models.CharField(max_length=64)

    class Meta:
        constraints = (
            models.CheckConstraint(condition=Q(gate__in=GATES), name="head_count_gate_is_known"),
        )

    def __str__(self) -> str:
        return f"{self.gate} {self.pk}"


class Paper(models.Model):
    """One paper: its kind, who wrote it and when; the content is sealed, its digest is not."""

    ref = models.CharField(max_length=20, unique=True, default=new_ref)
    arrival = models.ForeignKey(Arrival, on_delete=models.CASCADE, related_name="papers")
    kind = models.CharField(max_length=12)
    at = models.DateTimeField()
    by = models.CharField(max_length=64)
    digest = models.BinaryField(max_length=32)
    body = SealedField(rewritten=True)  # sealed anew when a reader is let out

    class Meta:
        constraints = (
            models.CheckConstraint(condition=Q(kind__in=PAPERS), name="paper_kind_is_known"),
        )

    def __str__(self) -> str:
        return self.ref


class Item(models.Model):
    """One thing he brought: an effect, counted money, or equipment that an offer speaks of."""

    ref = models.CharField(max_length=20, unique=True, default=new_ref)
    arrival = models.ForeignKey(Arrival, on_delete=models.CASCADE, related_name="items")
    kind = models.CharField(max_length=10)
    at = models.DateTimeField()
    by = models.CharField(max_length=64)
    digest = models.BinaryField(max_length=32)
    body = SealedField()  # what, serial, state, sum and currency, the offer's version
    returned_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(kind__in=[EFFECT, MONEY, EQUIPMENT]), name="item_kind_is_known"
            ),
        )

    def __str__(self) -> str:
        return self.ref


class Photo(models.Model):
    """A photograph of one item, encoded anew so that it says nothing of where and by what."""

    ref = models.CharField(max_length=20, unique=True, default=new_ref)
    item = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="photos")
    at = models.DateTimeField()
    by = models.CharField(max_length=64)
    digest = models.BinaryField(max_length=32)
    body = SealedField()

    def __str__(self) -> str:
        return self.ref


class Handover(models.Model):
    """What giver and receiver sign: the counted people, the papers and the things, by digest."""

    ref = models.CharField(max_length=20, unique=True, default=new_ref)
    arrival = models.OneToOneField(Arrival, on_delete=models.CASCADE, related_name="handover")
    digest = models.BinaryField(max_length=32)
    put_at = models.DateTimeField()
    put_by = models.CharField(max_length=64)
    given_at = models.DateTimeField(null=True)
    given_by = models.CharField(max_length=64, default="", blank=True)
    taken_at = models.DateTimeField(null=True)
    taken_by = models.CharField(max_length=64, default="", blank=True)

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(taken_at__isnull=True) | Q(given_at__lte=models.F("taken_at")),
                name="handover_is_given_before_it_is_taken",
            ),
            models.CheckConstraint(
                condition=Q(taken_by="") | ~Q(taken_by=models.F("given_by")),
                name="handover_is_signed_by_two",
            ),
        )

    def __str__(self) -> str:
        return self.ref


class PhoneKey(models.Model):
    """A key that telephones seal to; its private half is sealed for whoever receives."""

    ref = models.CharField(max_length=20, unique=True, default=new_ref)
    public = models.BinaryField(max_length=32)
    private = SealedField()
    made_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.ref


class PhoneEntry(models.Model):
    """One entry of a telephone: when it was written, when it came, and what became of it.

    What was done lies in its case's compartment, what a person must look at in that of telephones.
    """

    ref = models.CharField(max_length=20, unique=True, default=new_ref)
    entry = models.CharField(max_length=34, unique=True)  # the telephone's own number for it
    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, null=True, related_name="+")
    tag = models.CharField(max_length=8, default="", blank=True, db_index=True)
    state = models.CharField(max_length=4)
    at = models.DateTimeField()  # by the telephone's clock; as it came where it does not open
    came_at = models.DateTimeField()
    by = models.CharField(max_length=64)  # who was signed in when it was sent
    key = models.CharField(max_length=20)
    box = models.BinaryField(max_length=16384, default=b"")  # as it came, where it does not open
    body = SealedField(null=True)
    seen_at = models.DateTimeField(null=True)  # when somebody said that he had looked at it
    seen_by = models.CharField(max_length=64, default="", blank=True)

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(state__in=STATES), name="phone_entry_state_is_known"
            ),
        )

    def __str__(self) -> str:
        return self.ref
