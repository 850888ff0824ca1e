"""A commander's list and its lines. The database refuses what rolled.py refuses: nobody is certified by it alone."""

from django.db import models
from django.db.models import F, Q

from safeconduct.access.fields import SealedField
from safeconduct.cases import graded
from safeconduct.cases.rolled import SECONDS
from safeconduct.refs import new_ref


class Roll(models.Model):
    """A commander's list: what one man says of others, in his own case and under its key. See rolled.py."""

    ref = models.CharField(max_length=20, unique=True, default=new_ref)
    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="rolls")
    digest = models.BinaryField(max_length=32)
    body = SealedField(
        rewritten=True
    )  # names, ranks, birth dates; sealed anew when a reader has left
    by = models.CharField(max_length=64)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return self.ref


class RollLine(models.Model):
    """One line of a list. No number is here: equal telephones of one case meet in a hash under its key."""

    ref = models.CharField(max_length=20, unique=True, default=new_ref)
    roll = models.ForeignKey(Roll, on_delete=models.PROTECT, related_name="lines")
    number = models.PositiveSmallIntegerField()
    phone = models.BinaryField(max_length=16, default=b"")
    same_as = models.PositiveSmallIntegerField(null=True)  # a line above that is the same person
    apart = models.JSONField(default=list)  # lines that look alike and are somebody else
    second = models.CharField(
        max_length=10, default="", blank=True
    )  # graded.Source, not a person's word
    reliability = models.CharField(max_length=1, default="", blank=True)
    credibility = models.PositiveSmallIntegerField(null=True)
    second_note = SealedField(null=True)
    second_by = models.CharField(max_length=64, default="", blank=True)
    certified_by = models.CharField(max_length=64, default="", blank=True)
    certified_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["roll", "number"], name="roll_line_once"),
            models.CheckConstraint(
                condition=Q(certified_at__isnull=True)
                | Q(
                    ~Q(certified_by=F("second_by")),
                    second__in=SECONDS,
                    reliability__in=["A", "B", "C"],
                    credibility__lte=graded.POSSIBLY,
                    same_as__isnull=True,
                ),
                name="nobody_certified_by_a_list_alone",
            ),
        )

    def __str__(self) -> str:
        return self.ref
