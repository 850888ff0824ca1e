"""Claims with their sources, and totals from before this ledger. No row here knows a person."""

from django.db import models
from django.db.models import F, Q

from safeconduct.refs import new_ref
from safeconduct.situation.rules import Counts, Party, Qualifier

KINDS = [(counts.value, counts.value) for counts in Counts]


class Source(models.Model):
    """Somebody who says or prints things: an outlet, a spokesman, a mission. Public bodies only."""

    ref = models.CharField(max_length=20, unique=True, default=new_ref)
    name = models.CharField(max_length=120, unique=True)
    party = models.CharField(max_length=8, choices=[(p.value, p.value) for p in Party])

    def __str__(self) -> str:
        return self.ref


class Claim(models.Model):
    """One thing said, by a claimant, as one outlet printed it. Outlet and claimant stay apart."""

    ref = models.CharField(max_length=20, unique=True, default=new_ref)
    outlet = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="+")
    claimant = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="+")
    published_on = models.DateField()
    quote = models.CharField(max_length=300)
    language = models.CharField(max_length=8)
    counts = models.CharField(max_length=24, choices=KINDS)
    qualifier = models.CharField(max_length=10, choices=[(q.value, q.value) for q in Qualifier])
    low = models.PositiveIntegerField(null=True)
    high = models.PositiveIntegerField(null=True)
    number_text = models.CharField(max_length=40, blank=True, default="")
    region = models.CharField(max_length=8, blank=True, default="")  # ISO 3166-2
    reliability = models.CharField(max_length=1)
    credibility = models.PositiveSmallIntegerField()
    coded_by = models.CharField(max_length=20)  # ref of the coder
    coded_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(high__isnull=True) | Q(low__lte=F("high")), name="claim_range_forwards"
            ),
            models.CheckConstraint(
                condition=Q(credibility__gte=1, credibility__lte=6), name="claim_credibility_1_to_6"
            ),
            models.CheckConstraint(
                condition=Q(reliability__in=list("ABCDEF")), name="claim_reliability_a_to_f"
            ),
        )

    def __str__(self) -> str:
        return self.ref


class EarlierTotal(models.Model):
    """A month's total from the programme's records before this ledger. Counts once two have signed.

    A wrong one is withdrawn with a reason, by two people where it counted; it stays to be seen, and
    the month may be entered anew.
    """

    ref = models.CharField(max_length=20, unique=True, default=new_ref)
    counts = models.CharField(max_length=24, choices=KINDS)
    month = models.DateField()  # its first day
    count = models.PositiveIntegerField()
    record_sha256 = models.CharField(max_length=64)  # of the document it was taken from
    entered_by = models.CharField(max_length=20)
    entered_at = models.DateTimeField()
    confirmed_by = models.CharField(max_length=20, blank=True, default="")
    confirmed_at = models.DateTimeField(null=True)
    doubted_by = models.CharField(max_length=20, blank=True, default="")
    doubted_at = models.DateTimeField(null=True)
    doubt = models.CharField(max_length=200, blank=True, default="")  # why it is wrong
    withdrawn_by = models.CharField(max_length=20, blank=True, default="")
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["counts", "month"],
                condition=Q(withdrawn_at=None),
                name="earlier_total_once_a_month",
            ),
            models.CheckConstraint(
                condition=~Q(confirmed_by=F("entered_by")), name="earlier_total_by_two"
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_at=None, withdrawn_by="")
                | (
                    Q(withdrawn_at__isnull=False)
                    & ~Q(withdrawn_by="")
                    & ~Q(doubt="")
                    & (Q(confirmed_at=None) | ~Q(withdrawn_by=F("doubted_by")))
                ),
                name="earlier_total_withdrawn_by_two",
            ),
        )

    def __str__(self) -> str:
        return self.ref
