"""Offers with their versions, and what was promised to whom. The database refuses what rules refuse."""

from django.db import models
from django.db.models import F, Q

from safeconduct.access.fields import SealedField
from safeconduct.refs import new_ref


class Offer(models.Model):
    """One thing that a law or an authority allows the programme to offer."""

    ref = models.CharField(max_length=20, unique=True, default=new_ref)
    number = models.PositiveIntegerField(unique=True)  # spoken: O-12
    kind = models.CharField(max_length=8, choices=[("reward", "reward"), ("standard", "standard")])
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.ref


class Version(models.Model):
    """One exact wording of an offer, bound by a digest; never changed, only followed by the next."""

    ref = models.CharField(max_length=20, unique=True, default=new_ref)
    offer = models.ForeignKey(Offer, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    kind = models.CharField(max_length=8)  # the offer's, repeated for the constraint
    name = models.CharField(max_length=120)
    authority = models.CharField(max_length=200)
    legal_basis = models.CharField(max_length=300)
    items = models.JSONField(default=list)  # what is promised, one line each
    conditions = models.TextField(blank=True)  # one line each; "" means none
    given_for = models.CharField(max_length=12, blank=True, default="")  # clash.Thing, of a reward
    amount = models.BigIntegerField(null=True)  # minor units (cents)
    budget = models.BigIntegerField(null=True)  # the cap, minor units
    currency = models.CharField(max_length=3, blank=True)  # ISO 4217
    starts_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)
    texts = models.JSONField(default=dict)  # language → the text he is shown
    digest = models.BinaryField(max_length=32)
    proposed_by = models.CharField(max_length=40)  # a person's ref
    proposed_at = models.DateTimeField()
    approved_at = models.DateTimeField(null=True)
    approved_by = models.JSONField(default=list)  # [person's ref, duty] of those who did
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_by = models.CharField(max_length=40, blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["offer", "number"], name="one_version_per_number"),
            models.CheckConstraint(
                condition=Q(kind="reward")
                | Q(kind="standard", conditions="", amount__isnull=True, budget__isnull=True),
                name="a_standard_takes_no_condition",
            ),
            models.CheckConstraint(
                condition=Q(amount__isnull=True) | Q(budget__gte=F("amount"), amount__gt=0),
                name="money_has_a_cap",
            ),
        )

    def __str__(self) -> str:
        return self.ref


class Ruling(models.Model):
    """A lawyer's word which of two versions that contradict one another binds; it counts once signed."""

    ref = models.CharField(max_length=20, unique=True, default=new_ref)
    version = models.ForeignKey(Version, on_delete=models.PROTECT, related_name="+")
    other = models.ForeignKey(Version, on_delete=models.PROTECT, related_name="+")
    binds = models.ForeignKey(Version, on_delete=models.PROTECT, related_name="+", null=True)
    why = models.TextField(max_length=1000)
    digest = models.BinaryField(max_length=32)
    by = models.CharField(max_length=40)
    at = models.DateTimeField()

    class Meta:
        constraints = (
            models.CheckConstraint(condition=~Q(why=""), name="a_ruling_says_why"),
            models.CheckConstraint(
                condition=Q(binds__isnull=True) | Q(binds=F("version")) | Q(binds=F("other")),
                name="one_of_the_two_binds",
            ),
        )

    def __str__(self) -> str:
        return self.ref


class Pledge(models.Model):
    """One promise to one person: the exact version, when and how it was shown, what became of it."""

    ref = models.CharField(max_length=20, unique=True, default=new_ref)
    person_ref = models.CharField(max_length=20, db_index=True)  # opaque; cases point back
    compartment = models.CharField(max_length=20, db_index=True)
    version = models.ForeignKey(Version, on_delete=models.PROTECT, related_name="+")
    item = models.CharField(max_length=200)
    language = models.CharField(max_length=8)
    channel = models.CharField(max_length=20)
    message_ref = models.CharField(max_length=20, blank=True)  # the text that showed it
    shown_at = models.DateTimeField()
    state = models.CharField(max_length=9, default="SHOWN")
    accepted_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True)
    settled_at = models.DateTimeField(null=True)
    failed_at = models.DateTimeField(null=True)  # stays, though it is made good later
    rung = models.PositiveIntegerField(null=True)  # how often its passed date has called somebody
    # What kept it was undone: its date calls anew from then on, after what had rung before.
    again_at = models.DateTimeField(null=True)
    rung_before = models.PositiveIntegerField(null=True)
    receipt_ref = models.CharField(max_length=64, blank=True)  # his receipt
    receipt_digest = models.BinaryField(max_length=32, null=True)
    note = SealedField(null=True)  # the remedy, or why he waived it

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["person_ref", "version", "item"], name="promised_once_per_version"
            ),
            models.CheckConstraint(
                condition=Q(state="SHOWN") | Q(due_at__isnull=False, accepted_at__isnull=False),
                name="accepted_means_a_due_date",
            ),
            models.CheckConstraint(
                condition=~Q(state="FULFILLED") | ~Q(receipt_ref=""), name="kept_against_a_receipt"
            ),
        )

    def __str__(self) -> str:
        return self.ref


class Account(models.Model):
    """One account of a version's money; `balance` is what its entries sum to, and nothing else sets it.

    The database adds each entry up (migration 0003): no balance but the authority's goes below
    nothing, so more than was granted cannot be promised, and more than was promised cannot be paid.
    """

    ref = models.CharField(max_length=20, unique=True, default=new_ref)
    version = models.ForeignKey(Version, on_delete=models.PROTECT, related_name="+")
    pledge = models.ForeignKey(Pledge, on_delete=models.PROTECT, related_name="+", null=True)
    kind = models.CharField(max_length=8)  # money.Account
    currency = models.CharField(max_length=3)
    balance = models.BigIntegerField(default=0)  # minor units

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["version", "kind"],
                condition=Q(pledge__isnull=True),
                name="one_account_of_a_version",
            ),
            models.UniqueConstraint(fields=["pledge", "kind"], name="one_account_of_a_pledge"),
            models.CheckConstraint(
                condition=Q(kind__in=["granted", "free"], pledge__isnull=True)
                | Q(kind__in=["reserved", "paid"], pledge__isnull=False),
                name="reserved_and_paid_are_of_a_pledge",
            ),
            models.CheckConstraint(
                condition=Q(kind="granted", balance__lte=0)
                | (~Q(kind="granted") & Q(balance__gte=0)),
                name="nothing_below_nothing",
            ),
        )

    def __str__(self) -> str:
        return self.ref


class Order(models.Model):
    """A payment to one person, or the undoing of one: proposed by one, approved by another, then done."""

    ref = models.CharField(max_length=20, unique=True, default=new_ref)
    pledge = models.ForeignKey(Pledge, on_delete=models.PROTECT, related_name="+")
    undoes = models.ForeignKey("self", on_delete=models.PROTECT, related_name="+", null=True)
    amount = models.BigIntegerField()  # minor units
    currency = models.CharField(max_length=3)
    digest = models.BinaryField(max_length=32)
    proposed_by = models.CharField(max_length=40)
    proposed_at = models.DateTimeField()
    approved_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)
    done_by = models.CharField(max_length=40, blank=True)
    receipt_ref = models.CharField(max_length=64, blank=True)  # his receipt; an undoing has none
    receipt_digest = models.BinaryField(max_length=32, null=True)
    cancelled_at = models.DateTimeField(null=True)
    rung = models.PositiveIntegerField(null=True)  # how often somebody was called to pay it
    note = SealedField(null=True)  # why it is undone

    class Meta:
        constraints = (
            models.CheckConstraint(condition=Q(amount__gt=0), name="an_order_is_of_something"),
            models.CheckConstraint(
                condition=Q(done_at__isnull=True)
                | (Q(approved_at__isnull=False, cancelled_at__isnull=True)),
                name="done_after_two",
            ),
            models.CheckConstraint(
                condition=Q(done_at__isnull=True) | Q(undoes__isnull=False) | ~Q(receipt_ref=""),
                name="paid_against_a_receipt",
            ),
            models.UniqueConstraint(
                fields=["undoes"], condition=Q(cancelled_at__isnull=True), name="undone_once"
            ),
        )

    def __str__(self) -> str:
        return self.ref


class Entry(models.Model):
    """Money that went from one account to another: it leaves the one and comes to the other.

    Never changed and never deleted; what was wrong is undone by an entry that goes back.
    """

    ref = models.CharField(max_length=20, unique=True, default=new_ref)
    kind = models.CharField(max_length=8)  # money.Move
    source = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    target = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    amount = models.BigIntegerField()  # minor units of both accounts' currency
    order = models.OneToOneField(Order, on_delete=models.PROTECT, related_name="+", null=True)
    at = models.DateTimeField()
    by = models.CharField(max_length=40)

    class Meta:
        constraints = (
            models.CheckConstraint(condition=Q(amount__gt=0), name="an_entry_moves_something"),
            models.CheckConstraint(
                condition=Q(kind__in=["pay", "undo"], order__isnull=False)
                | (Q(kind__in=["grant", "reserve", "release"], order__isnull=True))
                | Q(kind="pay", by="SYS:carried"),  # kept before there were orders
                name="paid_by_an_order",
            ),
        )

    def __str__(self) -> str:
        return self.ref


class Shown(models.Model):
    """Each time a version was shown to a person: his text, its channel, the message."""

    person_ref = models.CharField(max_length=20, db_index=True)
    version = models.ForeignKey(Version, on_delete=models.PROTECT, related_name="+")
    language = models.CharField(max_length=8)
    channel = models.CharField(max_length=20)
    message_ref = models.CharField(max_length=20, blank=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.version_id} {self.at:%Y-%m-%d}"


class Postponement(models.Model):
    """Recorded lateness: when it is hoped for now. The due date itself never moves."""

    pledge = models.ForeignKey(Pledge, on_delete=models.CASCADE, related_name="postponements")
    hoped_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    recorded_by = models.CharField(max_length=40)

    def __str__(self) -> str:
        return f"{self.pledge_id} {self.hoped_at:%Y-%m-%d}"
