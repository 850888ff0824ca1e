"""An escort: its track, alerts, orders, no-fire areas, contacts and head-counts. Places are sealed.

Nothing here steers an aircraft: an order is words to people. A contact is what a human reported,
serves one alert, and leaves by no export and no list.
"""

from django.db import models
from django.db.models import Q

from safeconduct.access.fields import SealedField
from safeconduct.escort.rules import GATES, Order
from safeconduct.refs import new_ref


class Escort(models.Model):
    """The watch over one passage; `passage` is its name to the outside too."""

    passage = models.CharField(max_length=20, unique=True)
    case_ref = models.CharField(max_length=20, db_index=True)
    compartment = models.CharField(max_length=64, db_index=True)
    opened_at = models.DateTimeField()
    began_at = models.DateTimeField(null=True)  # GO
    ended_at = models.DateTimeField(null=True)  # contact, or no longer on the way
    aircraft = models.CharField(max_length=20, blank=True)  # "aircraft:1" once it is on station
    tracker = models.CharField(max_length=20, default="vehicle", blank=True)  # "": none of its own
    reached_m = models.FloatField(default=0)  # along the agreed way, before what memory holds
    furthest_m = models.FloatField(default=0)
    news_at = models.DateTimeField(null=True)  # last trusted news of him
    unit_at = models.DateTimeField(null=True)  # the receiving unit's last word
    wind_m_s = models.PositiveSmallIntegerField(default=0)  # by the pilot's word
    leaves_at = models.DateTimeField(null=True)  # when the aircraft must leave him
    relief_at = models.DateTimeField(null=True)  # when the next one must start
    unit_ready = models.BooleanField(default=True)  # and what it was
    unit = models.CharField(max_length=12, blank=True)  # "unit:1", as the map gateway's file has it
    map_at = models.DateTimeField(null=True)  # when the units' map server answered last
    searched_until = models.DateTimeField(null=True)  # till then the unit sees where he was last

    def __str__(self) -> str:
        return self.passage


class Kit(models.Model):
    """What its worker holds in memory of an escort under way, for a start while the keeper is locked.

    Sealed under a key of that worker's memory and the supervisor's; on this disk alone it opens nothing.
    """

    escort = models.OneToOneField(Escort, on_delete=models.CASCADE, related_name="kit")
    sealed = models.BinaryField()
    armed_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"kit {self.pk}"


class Assignment(models.Model):
    """One passage given to one station in the field, under a reference that stands nowhere else."""

    ref = models.CharField(max_length=20, unique=True, default=new_ref)  # its name at the station
    escort = models.ForeignKey(Escort, on_delete=models.PROTECT, related_name="assignments")
    station = models.CharField(max_length=40)  # the gateway's name
    person = models.CharField(max_length=40)  # in whose name the station acts
    by = models.CharField(max_length=40)
    at = models.DateTimeField()
    turn = models.PositiveIntegerField(default=0)  # of the briefing sent last
    sent = models.BinaryField(default=bytes, max_length=32)  # sha256 of what it told
    held_turn = models.PositiveIntegerField(default=0)  # of the briefing that the station has
    held_at = models.DateTimeField(null=True)
    heard_at = models.DateTimeField(null=True)  # when records of it came last
    refused_at = models.DateTimeField(null=True)  # it holds another passage, or could not judge
    number = models.BigIntegerField(default=0)  # of its last record taken in
    head = models.BinaryField(default=bytes, max_length=32)  # of its chain there
    broken_at = models.DateTimeField(null=True)  # a record was missing, swapped or changed
    ended_by = models.CharField(max_length=40, blank=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["station"],
                condition=Q(ended_at__isnull=True),
                name="station_holds_one_passage",
            ),
            models.UniqueConstraint(
                fields=["escort"],
                condition=Q(ended_at__isnull=True),
                name="passage_has_one_station",
            ),
        )

    def __str__(self) -> str:
        return self.ref


class Stretch(models.Model):
    """Some fixes of one subject as they came together, in one sealed box. Never changed."""

    ref = models.CharField(max_length=20, unique=True, default=new_ref)
    escort = models.ForeignKey(Escort, on_delete=models.PROTECT, related_name="track")
    route = models.CharField(max_length=40)
    first = models.BigIntegerField()  # arrival numbers of the route, both included
    last = models.BigIntegerField()
    subject = models.CharField(max_length=20)
    source = models.CharField(max_length=20)
    fixed_from = models.DateTimeField()
    fixed_until = models.DateTimeField(db_index=True)
    fixes = SealedField()  # kind "pos": canonical JSON

    def __str__(self) -> str:
        return self.ref


class FlightPiece(models.Model):
    """Some seconds of what passed between us and one machine, as a .tlog has it, sealed. Never changed."""

    ref = models.CharField(max_length=20, unique=True, default=new_ref)
    escort = models.ForeignKey(Escort, on_delete=models.PROTECT, related_name="pieces")
    route = models.CharField(max_length=40)
    arrival = models.BigIntegerField()
    subject = models.CharField(max_length=20)
    began = models.DateTimeField()
    ended = models.DateTimeField()
    log = SealedField()  # kind "pos"

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["escort", "route", "arrival", "began"], name="flight_piece_once"
            ),
        )

    def __str__(self) -> str:
        return self.ref


class Reading(models.Model):
    """What one aircraft's parameters said when they were read last, before a flight. Of no person."""

    subject = models.CharField(max_length=20, unique=True)  # "aircraft:1"
    at = models.DateTimeField()
    told = models.TextField()  # AircraftRead, as it came

    def __str__(self) -> str:
        return self.subject


class Signature(models.Model):
    """One person's word for one thing of an aircraft that no parameter showed. A new reading ends it."""

    reading = models.ForeignKey(Reading, on_delete=models.CASCADE, related_name="signatures")
    key = models.CharField(max_length=40)  # of the finding: a parameter, "hook", "home"
    by = models.CharField(max_length=40)
    at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["reading", "key"], name="finding_signed_once"),
        )

    def __str__(self) -> str:
        return f"{self.reading_id}.{self.key}"


class Alert(models.Model):
    """One cause for a human to look, from its raising to its clearing."""

    ref = models.CharField(max_length=20, unique=True, default=new_ref)
    escort = models.ForeignKey(Escort, on_delete=models.PROTECT, related_name="alerts")
    key = models.CharField(max_length=60)  # "STOPPED", "CLOSING:<contact>"
    cause = models.CharField(max_length=20)
    grave = models.BooleanField()
    measured = models.IntegerField()
    limit = models.IntegerField()
    unit = models.CharField(max_length=12)
    old = models.BooleanField(default=False)
    owner = models.CharField(max_length=3)
    raised_at = models.DateTimeField()
    taken_by = models.CharField(max_length=40, blank=True)
    taken_at = models.DateTimeField(null=True)
    answer = models.PositiveSmallIntegerField(null=True)
    answered_by = models.CharField(max_length=40, blank=True)
    answered_at = models.DateTimeField(null=True)
    called_at = models.DateTimeField(null=True)  # the pager was used because nobody answered
    passed_at = models.DateTimeField(null=True)  # the passage commander was called as well
    cleared_at = models.DateTimeField(null=True)
    station = models.CharField(max_length=40, blank=True)  # that raised it, "" for the core
    there_at = models.DateTimeField(null=True)  # when whoever sits at the station took it

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["escort", "key"],
                condition=Q(cleared_at__isnull=True),
                name="alert_once_for_each_cause",
            ),
            models.CheckConstraint(
                condition=Q(answer__isnull=True) | Q(answer__in=[1, 2, 3]),
                name="alert_answer_is_one_of_three",
            ),
        )

    def __str__(self) -> str:
        return self.ref


class Instruction(models.Model):
    """HOLD, LEAD or ABORT: words to pilot, units and, where he agreed to it, to him."""

    ref = models.CharField(max_length=20, unique=True, default=new_ref)
    escort = models.ForeignKey(Escort, on_delete=models.PROTECT, related_name="instructions")
    order = models.CharField(max_length=6, choices=[(str(o), str(o)) for o in Order])
    by = models.CharField(max_length=40)
    at = models.DateTimeField()
    called_at = models.DateTimeField(null=True)  # all parties were called
    told_at = models.DateTimeField(null=True)  # the text he agreed to has left, for HOLD
    not_told = models.CharField(max_length=60, blank=True)  # code of why no text could leave
    ended_at = models.DateTimeField(null=True)
    ended_by = models.CharField(max_length=40, blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["escort", "order"],
                condition=Q(ended_at__isnull=True),
                name="instruction_once_in_force",
            ),
        )

    def __str__(self) -> str:
        return self.ref


class Heard(models.Model):
    """One party's word that an instruction was heard."""

    instruction = models.ForeignKey(Instruction, on_delete=models.PROTECT, related_name="heard")
    duty = models.CharField(max_length=3)
    by = models.CharField(max_length=40)
    at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["instruction", "duty"], name="heard_once_by_each_duty"),
        )

    def __str__(self) -> str:
        return f"{self.instruction_id}.{self.duty}"


class NoFireArea(models.Model):
    """Space and time in which nobody fires. A named person ends it; no clock does."""

    ref = models.CharField(max_length=20, unique=True, default=new_ref)
    marker = models.CharField(max_length=20, unique=True, default=new_ref)  # its name outside
    escort = models.ForeignKey(Escort, on_delete=models.PROTECT, related_name="areas")
    shape = SealedField()  # kind "pos": ring in 1e-7 degrees
    valid_from = models.DateTimeField()
    valid_until = models.DateTimeField()
    requested_by = models.CharField(max_length=40)
    requested_at = models.DateTimeField()
    acked_by = models.CharField(max_length=40, blank=True)
    acked_at = models.DateTimeField(null=True)  # the last time
    published = models.CharField(max_length=80, blank=True)  # what the maps were told last
    published_at = models.DateTimeField(null=True)
    shown_at = models.DateTimeField(null=True)  # the map server answered after it was given it
    map_read_at = models.DateTimeField(null=True)  # a unit's device has it, or its page was opened
    map_acked_at = models.DateTimeField(
        null=True
    )  # somebody wrote so on the map: shown, never a yes
    lapsed_at = models.DateTimeField(null=True)  # it was not renewed in time: an alarm, no end
    ended_by = models.CharField(max_length=40, blank=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, ended_by="")
                | (Q(ended_at__isnull=False) & ~Q(ended_by="") & ~Q(ended_by__startswith="SYS:")),
                name="no_fire_is_ended_by_a_named_person",
            ),
            models.UniqueConstraint(
                fields=["escort"],
                condition=Q(ended_at__isnull=True),
                name="no_fire_one_area_at_a_time",
            ),
        )

    def __str__(self) -> str:
        return self.ref


class Mark(models.Model):
    """One thing of an escort on the units' maps, under a random name of its own. Its place is told, not kept."""

    escort = models.ForeignKey(Escort, on_delete=models.PROTECT, related_name="marks")
    what = models.CharField(max_length=10)  # passage/disclosing.py: "way", "vehicle", "stop" …
    marker = models.CharField(max_length=20, unique=True, default=new_ref)  # its name outside
    began_at = models.DateTimeField()
    to = models.CharField(
        max_length=30
    )  # for whom of the gateway's file; for another it is another mark
    shown_at = models.DateTimeField(null=True)  # the map server answered after it was given it
    unmeant = models.BooleanField(default=False)  # the gateway's file names nobody whom it is for
    lying = models.PositiveSmallIntegerField(default=0)
    walking = models.PositiveSmallIntegerField(default=0)
    ended_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)  # the same, after it was told that it is over

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["escort", "what"],
                condition=Q(ended_at__isnull=True),
                name="mark_one_of_each_at_a_time",
            ),
        )

    def __str__(self) -> str:
        return self.marker


class UnitPlace(models.Model):
    """Where the receiving unit's own map had it last, and when; the newest alone."""

    ref = models.CharField(max_length=20, unique=True, default=new_ref)
    escort = models.OneToOneField(Escort, on_delete=models.PROTECT, related_name="unit_place")
    seen = SealedField(rewritten=True)  # kind "pos"
    said_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.ref


class Contact(models.Model):
    """Somebody whom a human saw coming. It serves the closing alert and nothing else."""

    ref = models.CharField(max_length=20, unique=True, default=new_ref)
    escort = models.ForeignKey(Escort, on_delete=models.PROTECT, related_name="contacts")
    seen = SealedField(rewritten=True)  # kind "pos": place, heading, speed
    by = models.CharField(max_length=40)  # "map:<hash>" where a unit's map told it
    reported_at = models.DateTimeField()
    ended_by = models.CharField(max_length=40, blank=True)
    ended_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.ref


class HeadCount(models.Model):
    """How many people there were at one gate, by whom."""

    escort = models.ForeignKey(Escort, on_delete=models.PROTECT, related_name="heads")
    gate = models.CharField(max_length=8, choices=[(gate, gate) for gate in GATES])
    count = models.PositiveSmallIntegerField()
    by = models.CharField(max_length=40)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.escort_id}.{self.gate}"


class Export(models.Model):
    """The record of an escort on its way out of the house: for whom, who asked, who granted. The record itself is not kept."""

    ref = models.CharField(max_length=20, unique=True, default=new_ref)
    escort = models.ForeignKey(Escort, on_delete=models.PROTECT, related_name="exports")
    recipient = SealedField()  # a name
    key = models.BinaryField()  # the recipient's public one
    digest = models.BinaryField(max_length=32)
    by = models.CharField(max_length=40)
    at = models.DateTimeField()
    granted_by = models.CharField(max_length=40, blank=True)
    granted_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.ref


class Film(models.Model):
    """That film of an escort lies somewhere else: on which recorder, from when, and its hash. Never the film itself."""

    ref = models.CharField(max_length=20, unique=True, default=new_ref)
    escort = models.ForeignKey(Escort, on_delete=models.PROTECT, related_name="films")
    reference = SealedField()  # recorder and sha256
    begins_at = models.DateTimeField()
    by = models.CharField(max_length=40)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return self.ref
