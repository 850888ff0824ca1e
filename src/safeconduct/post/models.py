"""The one door for words: whose number is whose, who must not be written to, and what left.

Handles live here and nowhere else. Outbox rows are only ever added: a cursor moves over them, a
result stands beside an attempt, and nothing says "sent" that nobody has told us.
"""

from django.db import models
from django.db.models import Q

from safeconduct.access.fields import SealedField
from safeconduct.post import campaign_tables  # noqa: F401  Django looks for tables here
from safeconduct.refs import new_ref


class Handle(models.Model):
    """A person who wrote in: an opaque ref outside, a sealed number inside."""

    ref = models.CharField(max_length=20, unique=True, default=new_ref)
    person_ref = models.CharField(max_length=20, unique=True)
    compartment = models.CharField(max_length=20, db_index=True)
    route = models.CharField(max_length=40)  # by which he wrote last; answers go there
    number = SealedField(rewritten=True)  # once his handle is linked with another, or no more
    index = models.BinaryField(max_length=32, unique=True)  # the keeper's blind index
    optout_index = models.BinaryField(max_length=32, db_index=True)  # under its own key
    first_at = models.DateTimeField()
    last_inbound_at = models.DateTimeField()
    language = models.CharField(max_length=8, blank=True)  # a hint, never a route

    def __str__(self) -> str:
        return self.ref


class Part(models.Model):
    """One piece of a text as the carrier delivered it; a whole text is assembled from these rows."""

    ref = models.CharField(max_length=20, unique=True, default=new_ref)
    key = models.CharField(
        max_length=80, unique=True
    )  # route and arrival number, never a carrier's id
    handle = models.ForeignKey(Handle, on_delete=models.CASCADE, related_name="+")
    compartment = models.CharField(max_length=20)
    reference = models.PositiveIntegerField()
    number = models.PositiveSmallIntegerField()
    total = models.PositiveSmallIntegerField()
    body = SealedField(null=True)  # emptied once the whole text is stored
    maybe_again = models.BooleanField(default=False)
    arrived_at = models.DateTimeField()  # world time of its reading
    text_ref = models.CharField(max_length=20, blank=True)  # the whole text it went into

    class Meta:
        indexes = (models.Index(fields=["handle", "reference", "total"], name="parts_of_a_text"),)

    def __str__(self) -> str:
        return self.ref


class OptOut(models.Model):
    """A number that said stop, as a keyed hash. Outlives every erasure; says nothing about whom."""

    index = models.BinaryField(max_length=32, unique=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"opt-out {self.pk}"


class Hold(models.Model):
    """Nothing leaves to a person while one is open. One in silence is seen by no operator."""

    ref = models.CharField(max_length=20, unique=True, default=new_ref)
    person_ref = models.CharField(max_length=20, db_index=True)
    kind = models.CharField(max_length=6)  # rules.HoldKind
    set_at = models.DateTimeField()
    set_by = models.CharField(max_length=40)
    ended_at = models.DateTimeField(null=True)
    ended_by = models.CharField(max_length=40, blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["person_ref", "kind"],
                condition=Q(ended_at__isnull=True),
                name="one_open_hold_of_a_kind",
            ),
        )

    def __str__(self) -> str:
        return self.ref


class Window(models.Model):
    """When he may be written to: each day at his hours, or once; or on the way, until it is closed."""

    ref = models.CharField(max_length=20, unique=True, default=new_ref)
    person_ref = models.CharField(max_length=20, db_index=True)
    kind = models.CharField(max_length=6)  # rules.WindowKind
    zone = models.CharField(max_length=40, default="UTC")
    from_minute = models.PositiveSmallIntegerField(default=0)  # of his day
    to_minute = models.PositiveSmallIntegerField(default=0)  # smaller than from: over midnight
    opens_at = models.DateTimeField()
    closes_at = models.DateTimeField(null=True)
    opened_by = models.CharField(max_length=40)

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(from_minute__lt=1440, to_minute__lt=1440), name="minutes_of_a_day"
            ),
        )

    def __str__(self) -> str:
        return self.ref


class Message(models.Model):
    """One text that may leave. Never changed; the lane's cursor says how far claims have come."""

    id = models.BigAutoField(primary_key=True)
    ref = models.CharField(max_length=20, unique=True, default=new_ref)
    lane = models.CharField(max_length=60)  # "live"; a campaign's numbers have lanes of their own
    person_ref = models.CharField(max_length=20, blank=True, db_index=True)
    compartment = models.CharField(max_length=40)
    kind = models.CharField(max_length=12)  # rules.Kind
    route = models.CharField(max_length=40)
    language = models.CharField(max_length=8)
    body = SealedField()
    proof = SealedField(null=True)  # that a plan's own words stand in what was approved (marks.py)
    tokens = models.JSONField(default=list)  # [kind, ref, digest] of what its promises stand on
    parts = models.PositiveSmallIntegerField(null=True)  # it takes; None: nobody counted
    by = models.CharField(max_length=40)
    put_at = models.DateTimeField()
    not_after = models.DateTimeField()

    class Meta:
        indexes = (models.Index(fields=["lane", "id"], name="outbox_by_lane"),)

    def __str__(self) -> str:
        return self.ref


class Attempt(models.Model):
    """A claim to send one message; committed before any byte leaves. Its ref is the spool's key."""

    ref = models.CharField(max_length=20, unique=True, default=new_ref)
    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="attempts")
    number = models.PositiveSmallIntegerField()
    route = models.CharField(max_length=40)
    claimed_at = models.DateTimeField()
    due_at = models.DateTimeField()  # real time; without any answer by then it is UNKNOWN

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["message", "number"], name="attempts_are_numbered"),
        )

    def __str__(self) -> str:
        return self.ref


class Result(models.Model):
    """What we were told about an attempt, or that nobody told us. A later answer is a second row."""

    attempt = models.ForeignKey(Attempt, on_delete=models.CASCADE, related_name="results")
    outcome = models.CharField(max_length=9)  # rules.Outcome
    status = models.BigIntegerField(default=0)  # the carrier's command status
    reason = models.CharField(max_length=40, blank=True)  # why it was skipped
    at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["attempt", "outcome"], name="one_result_of_a_kind"),
        )

    def __str__(self) -> str:
        return f"{self.attempt_id} {self.outcome}"


class CarrierId(models.Model):
    """The carrier's own id of one part of an attempt. Carriers repeat them; ours it is not."""

    attempt = models.ForeignKey(Attempt, on_delete=models.CASCADE, related_name="carrier_ids")
    route = models.CharField(max_length=40)
    part = models.PositiveSmallIntegerField()
    carrier_id = models.CharField(max_length=65)  # SMPP 3.4 message_id, C-octet string of 65
    stat = models.CharField(max_length=12, blank=True)  # from the delivery receipt, its word
    stat_at = models.DateTimeField(null=True)
    index = models.BinaryField(max_length=32)  # of its destination: ids alone prove nothing

    class Meta:
        indexes = (models.Index(fields=["route", "carrier_id"], name="receipts_find_parts"),)
        constraints = (
            models.UniqueConstraint(fields=["attempt", "part"], name="one_id_for_a_part"),
        )

    def __str__(self) -> str:
        return self.carrier_id


class Orphan(models.Model):
    """A receipt for nothing we know: held for a while, then counted towards the alarm."""

    key = models.CharField(max_length=80, unique=True)
    route = models.CharField(max_length=40)
    carrier_id = models.CharField(max_length=65)
    index = models.BinaryField(max_length=32)  # of its destination
    stat = models.CharField(max_length=12)
    at = models.DateTimeField()
    given_up_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.key


class Heard(models.Model):
    """Which of a route's last receipts belonged to nothing, and since when these are too many."""

    route = models.CharField(max_length=40, unique=True)
    last = models.BinaryField(max_length=125, default=b"")  # fates.hear
    alarmed_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.route


class Cursor(models.Model):
    """How far a lane has been claimed."""

    lane = models.CharField(max_length=60, unique=True)
    position = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return self.lane


class Retry(models.Model):
    """A message to be tried again, or for the first time when its hold has ended."""

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="+")
    due_at = models.DateTimeField()
    reason = models.CharField(max_length=12)  # "held", "unknown"
    done_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["message"], condition=Q(done_at__isnull=True), name="one_open_retry"
            ),
        )

    def __str__(self) -> str:
        return f"{self.message_id} {self.reason}"


class Veil(models.Model):
    """When others are told of a text held in silence what they are told of any: answered, arrived."""

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="veils")
    arrived = models.BooleanField()  # False: the carrier's answer
    due_at = models.DateTimeField()
    told_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["message", "arrived"], name="one_veil_of_a_kind"),
        )

    def __str__(self) -> str:
        return f"{self.message_id} {self.arrived}"


class Kit(models.Model):
    """What must reach him with the keeper gone: number and agreed texts, while his way is open.

    Sealed under a key of the sending worker's memory; on this disk alone it opens nothing.
    """

    window = models.OneToOneField(Window, on_delete=models.CASCADE, related_name="+")
    person_ref = models.CharField(max_length=20, db_index=True)
    sealed = models.BinaryField()
    armed_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"kit {self.pk}"


class Link(models.Model):
    """Two people's word that two handles are one man's. Who follows is read and answered where the other is."""

    ref = models.CharField(max_length=20, unique=True, default=new_ref)
    leads = models.CharField(max_length=20, db_index=True)  # a person_ref
    follows = models.CharField(max_length=20, db_index=True)
    home = models.CharField(
        max_length=20
    )  # compartment of who follows, should they be two after all
    digest = models.BinaryField(max_length=32)
    put_by = models.CharField(max_length=40)
    put_at = models.DateTimeField()
    linked_at = models.DateTimeField(null=True)
    undone_at = models.DateTimeField(null=True)
    undone_by = models.CharField(max_length=40, blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["follows"], condition=Q(undone_at__isnull=True), name="follows_one_alone"
            ),
        )

    def __str__(self) -> str:
        return self.ref
