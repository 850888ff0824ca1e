"""The tables of campaigns: a frozen list, its lanes, what was claimed, what was told of each number.

A number is written to once, so a claim is one row for many numbers: from this place of a lane to
that one. Rows are only added; a lane's position alone moves, and forwards (migration 0002).
"""

from django.db import models

from safeconduct.access.fields import SealedField
from safeconduct.post.rules import Outcome
from safeconduct.refs import new_ref

ARRIVED = (
    "ARRIVED"  # in the tally alone, beside rules.Outcome: the carrier says that every part did
)
PLACES = 8  # keys of `Told` that each recipient has
PLACE = {outcome: place for place, outcome in enumerate(Outcome)}


class ListPart(models.Model):
    """At most a thousand lines of a list as it was brought, sealed, until they are read."""

    ref = models.CharField(max_length=20, unique=True, default=new_ref)
    campaign = models.CharField(max_length=20, db_index=True)
    first_line = models.PositiveIntegerField()  # its number in the file
    lines = models.PositiveIntegerField()
    body = SealedField()

    def __str__(self) -> str:
        return self.ref


class Lane(models.Model):
    """The numbers of one campaign in one time zone, and how far they have been claimed."""

    campaign = models.CharField(max_length=20)
    zone = models.CharField(max_length=40)
    total = models.PositiveIntegerField(default=0)  # numbers, at positions 1…total
    position = models.PositiveIntegerField(default=0)  # of the last that was claimed
    route = models.CharField(max_length=40, blank=True)  # "" until it is begun
    from_minute = models.PositiveSmallIntegerField(default=0)  # of their day; equal: all day
    to_minute = models.PositiveSmallIntegerField(default=0)
    per_second = models.PositiveIntegerField(default=0)  # short messages, real time
    per_hour = models.PositiveIntegerField(default=0)  # the same in one hour; 0: no such limit
    not_after = models.DateTimeField(null=True)
    claimed_at = models.DateTimeField(null=True)  # real time of the last claim
    stopped_at = models.DateTimeField(null=True)
    stopped_by = models.CharField(max_length=40, blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["campaign", "zone"], name="one_lane_for_a_zone"),
        )

    def __str__(self) -> str:
        return f"{self.campaign} {self.zone}"


class Recipient(models.Model):
    """One number of a campaign: number, language and zone, and nothing else."""

    id = models.BigAutoField(primary_key=True)
    ref = models.CharField(
        max_length=20, unique=True, default=new_ref
    )  # the key of its one attempt
    campaign = models.CharField(max_length=20)
    lane = models.ForeignKey(Lane, on_delete=models.CASCADE, related_name="+", db_index=False)
    position = models.PositiveIntegerField()  # 1…n within its lane
    number = SealedField()
    index = models.BinaryField(max_length=32)
    optout_index = models.BinaryField(max_length=32)
    language = models.CharField(max_length=8)
    variant = models.PositiveSmallIntegerField(default=0)  # which of the texts it gets

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["index", "campaign"], name="one_number_once"),
            models.UniqueConstraint(fields=["lane", "position"], name="one_position_in_a_lane"),
        )
        indexes = (models.Index(fields=["optout_index", "campaign"], name="stops_of_a_list"),)

    def __str__(self) -> str:
        return self.ref


class Wording(models.Model):
    """A campaign's text in one language, of one variant, as it leaves."""

    ref = models.CharField(max_length=20, unique=True, default=new_ref)
    campaign = models.CharField(max_length=20)
    language = models.CharField(max_length=8)
    variant = models.PositiveSmallIntegerField()
    body = SealedField()
    parts = models.PositiveSmallIntegerField()  # short messages it takes
    offers = models.JSONField(default=list)  # refs of the versions whose words it says

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["campaign", "language", "variant"], name="one_wording_of_a_kind"
            ),
        )

    def __str__(self) -> str:
        return self.ref


class Batch(models.Model):
    """One claim: the numbers of a lane from `first` to `last`. Its ref is the spool's key."""

    ref = models.CharField(max_length=20, unique=True, default=new_ref)
    lane = models.ForeignKey(Lane, on_delete=models.CASCADE, related_name="+", db_index=False)
    first = models.PositiveIntegerField()
    last = models.PositiveIntegerField()
    route = models.CharField(max_length=40)
    parts = models.PositiveIntegerField()  # short messages of what was not left out
    claimed_at = models.DateTimeField()  # real time
    due_at = models.DateTimeField()  # real time; what nobody has answered by then is UNKNOWN
    closed = models.BooleanField(default=False)  # something was told of each of its numbers

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["lane", "first"], name="a_place_is_claimed_once"),
        )
        indexes = (
            models.Index(fields=["due_at"], condition=models.Q(closed=False), name="open_batches"),
            models.Index(fields=["route", "claimed_at"], name="pace_of_a_route"),
        )

    def __str__(self) -> str:
        return self.ref


class Told(models.Model):
    """What was told of one number's text, or that nobody told. A later word is a second row.

    Its key is made of number and outcome, so it keeps one word of a kind by itself and is appended
    in the order of the list: a million rows are told without an index beside them.
    """

    id = models.BigAutoField(primary_key=True)  # PLACES times the recipient's, and PLACE
    outcome = models.CharField(max_length=9)  # rules.Outcome
    status = models.BigIntegerField(default=0)  # the carrier's command status
    reason = models.CharField(max_length=40, blank=True)  # why it was skipped
    route = models.CharField(max_length=40, blank=True)
    carrier_id = models.CharField(
        max_length=65, blank=True
    )  # of its first part; SMPP 3.4 message_id
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.pk // PLACES} {self.outcome}"


class ToldPart(models.Model):
    """The carrier's own id of the second or a later part of a number's text."""

    recipient = models.ForeignKey(
        Recipient, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    route = models.CharField(max_length=40)
    part = models.PositiveSmallIntegerField()
    carrier_id = models.CharField(max_length=65)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["recipient", "part"], name="one_id_for_a_told_part"),
        )

    def __str__(self) -> str:
        return self.carrier_id


class Receipted(models.Model):
    """What the carrier's receipt said of one part of a number's text, by the carrier's id of it."""

    recipient = models.ForeignKey(
        Recipient, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    carrier_id = models.CharField(max_length=65)
    stat = models.CharField(max_length=12)
    at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["recipient", "carrier_id"], name="one_receipt_of_a_part"
            ),
        )

    def __str__(self) -> str:
        return f"{self.recipient_id} {self.stat}"


class Tally(models.Model):
    """How many numbers of a lane ended so in one hour: what is left when the list is destroyed.

    `outcome` is one of rules.Outcome, or ARRIVED: the carrier says that every part did.
    """

    lane = models.ForeignKey(Lane, on_delete=models.CASCADE, related_name="tallies")
    hour = models.DateTimeField()  # world time
    route = models.CharField(max_length=40, blank=True)
    variant = models.PositiveSmallIntegerField()
    outcome = models.CharField(max_length=9)
    count = models.IntegerField(default=0)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["lane", "hour", "route", "variant", "outcome"], name="one_tally_of_a_kind"
            ),
        )

    def __str__(self) -> str:
        return f"{self.lane_id} {self.outcome} {self.count}"


class Pace(models.Model):
    """How much of a route's rate campaigns have used; they share it, whatever their number."""

    route = models.CharField(max_length=40, unique=True)
    free_at = models.DateTimeField(null=True)  # real time from which there are tokens again
    hour = models.DateTimeField(null=True)  # real time; in it `spent` short messages were claimed
    spent = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return self.route
