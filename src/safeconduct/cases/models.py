"""A case, its steps, its evidence, what is owed, and what was told. The database keeps the way.

A state changes only along a step of the machine that stands in `Step` (0002_triggers); steps and
evidence are never changed, a due date never moves, what has burned stays burned.
"""

from django.db import models
from django.db.models import F, Q

from safeconduct.access.fields import SealedField
from safeconduct.cases import graded, roll_tables, seized  # noqa: F401  Django looks for tables here
from safeconduct.cases.machine import MACHINE
from safeconduct.cases.rules import VEILED
from safeconduct.refs import new_ref

STATES = sorted(MACHINE.states)
PAIRS = [f"{source}>{target}" for source, target in MACHINE.transitions]
PAIRS_OF = {
    people: [
        f"{way.source}>{way.target}"
        for way in MACHINE.transitions.values()
        if way.approvals == people
    ]
    for people in (1, 2, 3)
}
RESTORE = "SYS:restore"  # who erases once more what an old copy brought back


class Case(models.Model):
    """One person's way. Who he is stands elsewhere: here are only refs and a state."""

    ref = models.CharField(max_length=20, unique=True, default=new_ref)
    person_ref = models.CharField(max_length=64, db_index=True)
    conversation_ref = models.CharField(max_length=64, default="", blank=True, db_index=True)
    compartment = models.CharField(max_length=64, db_index=True)
    state = models.CharField(max_length=16)
    ordinary = models.CharField(max_length=16)  # the last state that everybody may see
    entered_at = models.DateTimeField()
    opened_at = models.DateTimeField()
    opened_by = models.CharField(max_length=64)
    version = models.PositiveIntegerField(default=1)  # the number of its last step
    frozen = models.BooleanField(default=False)
    child = models.BooleanField(default=False)
    medical = models.BooleanField(default=False)
    check_in_at = models.DateTimeField(null=True)  # he said that he would write by then
    custody_since = models.DateTimeField(null=True)  # the card and bureau clocks; set once
    unit_relieved_at = models.DateTimeField(null=True)  # what the unit had said before it is void
    unit_not_ready_at = models.DateTimeField(null=True)  # so too; the same lead may say it anew

    class Meta:
        constraints = (
            models.CheckConstraint(condition=Q(state__in=STATES), name="case_state_is_known"),
            models.CheckConstraint(
                condition=Q(ordinary__in=[state for state in STATES if state not in VEILED]),
                name="case_ordinary_is_ordinary",
            ),
            models.UniqueConstraint(
                fields=["person_ref"],
                condition=~Q(state="PURGED") & ~Q(person_ref=""),
                name="one_open_case_per_person",
            ),
        )

    def __str__(self) -> str:
        return self.ref


class Step(models.Model):
    """One step that was taken: from where, to where, by whom, with how many yeses."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="steps")
    seq = models.PositiveIntegerField()
    kind = models.CharField(max_length=10)  # opened, step, correction
    source = models.CharField(max_length=16, default="", blank=True)
    target = models.CharField(max_length=16)
    pair = models.CharField(max_length=33)
    at = models.DateTimeField()
    by = models.CharField(max_length=64)
    people = models.JSONField(default=list)  # refs of those who said yes
    approvals = models.PositiveSmallIntegerField(default=0)
    digest = models.BinaryField(max_length=32, default=b"")  # of what they said yes to
    why = SealedField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["case", "seq"], name="step_once"),
            models.CheckConstraint(
                condition=Q(kind="opened", source="", target__in=sorted(MACHINE.opens_in))
                | Q(kind="correction", approvals__gte=2)
                # After a restore: who said yes stands in the entries that were lost, so nobody here.
                | Q(kind="correction", approvals=0, people=[], by=RESTORE, target=MACHINE.end)
                | (
                    Q(kind="step")
                    & (
                        Q(pair__in=PAIRS_OF[1])
                        | Q(pair__in=PAIRS_OF[2], approvals__gte=2)
                        | Q(pair__in=PAIRS_OF[3], approvals__gte=3)
                    )
                ),
                name="step_is_of_the_machine",
            ),
        )

    def __str__(self) -> str:
        return f"{self.pair} {self.seq}"

    @property
    def ref(self) -> str:
        """Return what its sealed reason is bound to: case and number."""
        return f"{self.case.ref}.{self.seq}"


class Evidence(models.Model):
    """One piece of evidence: what, who brought it, when it came about. Never changed."""

    ref = models.CharField(max_length=20, unique=True, default=new_ref)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="evidence")
    kind = models.CharField(max_length=40)
    by = models.CharField(max_length=64)
    at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    valid_until = models.DateTimeField(null=True)
    digest = models.BinaryField(max_length=32, default=b"")
    note = SealedField(null=True)
    veiled = models.BooleanField(default=False)  # shown to those alone who know of force

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(kind__in=sorted(MACHINE.kinds)), name="evidence_kind_is_known"
            ),
            models.CheckConstraint(
                condition=Q(at__lte=F("recorded_at")), name="evidence_is_not_of_the_future"
            ),
        )

    def __str__(self) -> str:
        return self.ref


class Signal(models.Model):
    """One graded signal of who he is. Never changed; a later one of its source stands in its place."""

    ref = models.CharField(max_length=20, unique=True, default=new_ref)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="signals")
    source = models.CharField(max_length=10)
    reliability = models.CharField(max_length=1)
    credibility = models.PositiveSmallIntegerField()
    note = SealedField(null=True)
    by = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(source__in=sorted(map(str, graded.Source))),
                name="signal_source_is_known",
            ),
            models.CheckConstraint(
                condition=Q(reliability__in=list(graded.RELIABILITY)), name="signal_a_to_f"
            ),
            models.CheckConstraint(
                condition=Q(credibility__gte=1, credibility__lte=6), name="signal_1_to_6"
            ),
        )

    def __str__(self) -> str:
        return self.ref


class Owed(models.Model):
    """Something that fell due with a step. Its date never moves, and there is no way to waive it."""

    ref = models.CharField(max_length=20, unique=True, default=new_ref)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="owed")
    kind = models.CharField(max_length=40)
    since = models.DateTimeField()
    due_at = models.DateTimeField(null=True)  # None: owed, without a clock
    latest_at = models.DateTimeField(null=True)
    step_by = models.CharField(max_length=64)  # who took the step it came from
    veiled = models.BooleanField(default=False)
    done_at = models.DateTimeField(null=True)
    done_by = models.CharField(max_length=64, default="", blank=True)
    called_at = models.DateTimeField(null=True)  # when a person was called about it

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["case", "kind"],
                condition=Q(done_at__isnull=True),
                name="owed_once_at_a_time",
            ),
            models.CheckConstraint(
                condition=Q(done_at__isnull=True, done_by="")
                | (Q(done_at__isnull=False) & ~Q(done_by="")),
                name="owed_is_done_by_somebody",
            ),
        )

    def __str__(self) -> str:
        return self.ref


class Proposal(models.Model):
    """Something put up for two or three people's yes: a step, a fact lifted, a correction, a purge."""

    ref = models.CharField(max_length=20, unique=True, default=new_ref)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="proposals")
    verb = models.CharField(max_length=20)
    to = models.CharField(max_length=16)  # a state, or a fact
    version = models.PositiveIntegerField()  # of the case; after any other step it is void
    digest = models.BinaryField(max_length=32)
    author = models.CharField(max_length=64)
    made_at = models.DateTimeField()
    why = SealedField(null=True)
    taken_at = models.DateTimeField(null=True)
    void_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["case", "verb", "to"],
                condition=Q(taken_at__isnull=True, void_at__isnull=True),
                name="proposed_once_at_a_time",
            ),
        )

    def __str__(self) -> str:
        return self.ref


class BurnedPlace(models.Model):
    """A place that somebody was told. Used once, for ever; from `burned_at` on, with all around it.

    No person stands here: the row outlives erasure under a key of its own (compartment "burned").
    """

    ref = models.CharField(max_length=20, unique=True, default=new_ref)
    case_ref = models.CharField(max_length=20, default="", blank=True)  # emptied by the purge
    cell = models.BinaryField(max_length=32, db_index=True)  # keyed hash of its grid square
    pos = SealedField()
    told_at = models.DateTimeField()
    burned_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.ref


class BurnedSign(models.Model):
    """A sign, challenge or time that somebody was told, as a keyed hash; never told to him again."""

    case_ref = models.CharField(max_length=20, default="", blank=True)
    what = models.CharField(max_length=10)  # sign, challenge, time
    mark = models.BinaryField(max_length=32, db_index=True)
    told_at = models.DateTimeField()
    burned_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.what} {self.pk}"


class Closure(models.Model):
    """The keeper's signed certificate that a case's key was destroyed: who it was stands nowhere."""

    case = models.OneToOneField(Case, on_delete=models.PROTECT, related_name="closure")
    told = models.BinaryField()  # access/closing.py reads it
    signature = models.BinaryField(max_length=64)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"closure of {self.case.ref}"


class Merge(models.Model):
    """Two people's word that a walk-in and an earlier case are one man: that one rests from then on.

    Nothing is moved from one to the other, so two people's word undoes it whole. When the walk-in is
    erased its ref goes from here and the row stays: nobody looks for a man who has come.
    """

    walk_in = models.ForeignKey(Case, null=True, on_delete=models.PROTECT, related_name="merges")
    earlier = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="merged_into")
    since = models.DateTimeField()
    people = models.JSONField(default=list)  # refs of those who said yes
    approvals = models.PositiveSmallIntegerField()
    ended_at = models.DateTimeField(null=True)
    ended_by = models.JSONField(default=list)
    end_approvals = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["walk_in"], condition=Q(ended_at=None), name="one_earlier_case"
            ),
            models.UniqueConstraint(
                fields=["earlier"], condition=Q(ended_at=None), name="rests_for_one"
            ),
            models.CheckConstraint(condition=Q(approvals__gte=2), name="merged_by_two"),
            models.CheckConstraint(
                condition=Q(ended_at=None) | Q(end_approvals__gte=2), name="unmerged_by_two"
            ),
            models.CheckConstraint(
                condition=~Q(walk_in=F("earlier")), name="no_case_is_its_own_earlier_one"
            ),
        )

    def __str__(self) -> str:
        return f"merge {self.pk}"


class Seizure(models.Model):
    """Somebody's word that a thing was seized or read by others, and how much it touched."""

    ref = models.CharField(max_length=20, unique=True, default=new_ref)
    kind = models.CharField(max_length=10)
    name = models.CharField(max_length=64, default="", blank=True)  # see seized.Thing
    since = models.DateTimeField(null=True)
    at = models.DateTimeField()
    by = models.CharField(max_length=64)
    cases = models.PositiveIntegerField()
    places = models.PositiveIntegerField()
    signs = models.PositiveIntegerField()
    on_the_way = models.PositiveIntegerField()
    shut_at = models.DateTimeField(null=True)  # the keeper ended his logins; for staff alone

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(kind__in=sorted(map(str, seized.Kind))), name="seizure_kind_is_known"
            ),
        )

    def __str__(self) -> str:
        return self.ref


class Touched(models.Model):
    """One case that a seized thing touched. The purge deletes it."""

    seizure = models.ForeignKey(Seizure, on_delete=models.PROTECT, related_name="touched")
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="touched")
    # When the places of plans that he was not told yet had burned too; until then none is told.
    plans_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["seizure", "case"], name="touched_once"),)

    def __str__(self) -> str:
        return f"{self.seizure_id} {self.case_id}"
