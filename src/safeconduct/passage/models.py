"""Passages, their plans, danger reports and read-backs. Places, times and words are sealed."""

from django.db import models
from django.db.models import F, Q

from safeconduct.access.fields import SealedField
from safeconduct.passage.rules import LIVING, State
from safeconduct.passage.verdicts import Verdict
from safeconduct.refs import new_ref

_VERDICTS = [(str(verdict), str(verdict)) for verdict in Verdict]
_STATES = [(str(state), str(state)) for state in State]


class Passage(models.Model):
    """One journey of one case, with all its plans. `request` is what the planner starts from."""

    ref = models.CharField(max_length=20, unique=True, default=new_ref)
    case_ref = models.CharField(max_length=20)
    person_ref = models.CharField(max_length=20)
    compartment = models.CharField(max_length=20, db_index=True)
    opened_by = models.CharField(max_length=40)
    opened_at = models.DateTimeField()
    # his start, the team's start, limits: rooms see the plan, not this
    request = SealedField(rewritten=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["case_ref"], condition=Q(ended_at=None), name="passage_one_open_per_case"
            ),
        )

    def __str__(self) -> str:
        return self.ref


class Plan(models.Model):
    """One exact plan. Its content never changes: a change is another plan."""

    ref = models.CharField(max_length=20, unique=True, default=new_ref)
    passage = models.ForeignKey(Passage, on_delete=models.CASCADE, related_name="plans")
    number = models.PositiveIntegerField()
    state = models.CharField(max_length=10, choices=_STATES, default=State.DRAFT)
    content = SealedField()  # kind "pos": canonical JSON, the text that two people approve
    digest = models.BinaryField(max_length=32)
    language = models.CharField(max_length=8)  # his, beside the seal: an abort needs it unopened
    made_by = models.CharField(max_length=40)
    made_at = models.DateTimeField()
    approved_at = models.DateTimeField(null=True)
    offered_at = models.DateTimeField(null=True)
    agreed_at = models.DateTimeField(null=True)
    letter = models.CharField(max_length=1, blank=True)  # A or B says nothing without the content
    go_round = models.PositiveIntegerField(
        default=1
    )  # a GO that was given too long ago is begun anew
    gone_at = models.DateTimeField(null=True)
    told = models.PositiveIntegerField(default=0)  # texts of the way that have left
    # led to the other place: asked for from where he waits on a leg, then two people's yes
    switch_leg = models.PositiveSmallIntegerField(null=True)
    switch_asked_at = models.DateTimeField(null=True)
    switched_to = models.CharField(max_length=1, blank=True)
    switched_at = models.DateTimeField(null=True)
    sent_back = SealedField(null=True)  # why an approver sent it back
    burned_at = models.DateTimeField(null=True)  # untold, when something that knew it was seized
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["passage", "number"], name="plan_number_once"),
            models.UniqueConstraint(
                fields=["passage"],
                condition=Q(state__in=sorted(LIVING)),
                name="plan_one_living_per_passage",
            ),
            models.CheckConstraint(
                condition=Q(gone_at=None) | Q(agreed_at__isnull=False),
                name="plan_no_go_before_his_yes",
            ),
            models.CheckConstraint(
                condition=Q(switched_at=None)
                | Q(gone_at__isnull=False, switch_leg__isnull=False) & ~Q(switched_to=F("letter")),
                name="plan_turned_on_the_way_to_the_other_place",
            ),
            models.CheckConstraint(
                condition=Q(offered_at=None) | Q(approved_at__isnull=False),
                name="plan_not_told_before_approval",
            ),
        )

    def __str__(self) -> str:
        return self.ref


class Counter(models.Model):
    """What he proposed instead of a plan he was told, or his no to it, in his own words."""

    ref = models.CharField(max_length=20, unique=True, default=new_ref)
    plan = models.ForeignKey(Plan, on_delete=models.CASCADE, related_name="counters")
    words = SealedField()
    message = models.CharField(max_length=20, blank=True)  # his text; "" for what he said by voice
    by = models.CharField(max_length=40)
    at = models.DateTimeField()
    followed_at = models.DateTimeField(
        null=True
    )  # the case is ready again, what he knew has burned

    def __str__(self) -> str:
        return self.ref


class ReadBack(models.Model):
    """What one person on duty said back in his own words, of one plan."""

    ref = models.CharField(max_length=20, unique=True, default=new_ref)
    plan = models.ForeignKey(Plan, on_delete=models.CASCADE, related_name="read_backs")
    person = models.CharField(max_length=40)
    duty = models.CharField(max_length=3)
    words = SealedField()
    language = models.CharField(max_length=8)
    at = models.DateTimeField()
    void_at = models.DateTimeField(
        null=True
    )  # his unit was relieved, or he is not ready: nobody is held to it

    def __str__(self) -> str:
        return self.ref


class DangerReport(models.Model):
    """A danger that a planner reported. It is the programme's: no row leads from it to a case.

    Its content never changes: what was moved, seen again or merged is another report, and this one
    says which. So the refs of those that stand say what is known, exactly.
    """

    ref = models.CharField(max_length=20, unique=True, default=new_ref)
    content = SealedField()  # kind "pos", in the compartment of dangers: `reports.danger_of`
    made_by = models.CharField(max_length=40)
    made_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, db_index=True)
    became = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, related_name="+")

    def __str__(self) -> str:
        return self.ref


class Repricing(models.Model):
    """What a plan's ways cost by the reports that stand: the verdict beside the seal, the rest in it."""

    ref = models.CharField(max_length=20, unique=True, default=new_ref)
    plan = models.OneToOneField(Plan, on_delete=models.CASCADE, related_name="repricing")
    known_as = models.CharField(max_length=64, db_index=True)  # which reports it was priced with
    verdict = models.CharField(max_length=8, choices=_VERDICTS, default=Verdict.SAME)
    p_milli = models.PositiveIntegerField()  # the larger of its ways' figures
    at = models.DateTimeField()
    front_due = models.BooleanField(default=False)  # its ways are to be searched anew
    front_at = models.DateTimeField(null=True)  # when they were searched, or could not be
    front_failed = models.BooleanField(default=False)
    # kind "pos": per letter the figure, which reports cost something there, the ways found anew
    content = SealedField(rewritten=True)

    def __str__(self) -> str:
        return self.ref


class Said(models.Model):
    """A text of a plan that left, by its place in the plan: what he was told, and when."""

    plan = models.ForeignKey(Plan, on_delete=models.CASCADE, related_name="said")
    part = models.CharField(max_length=12)  # "A", "B", "time", "sign", "leg 1" …
    message = models.CharField(max_length=20)
    at = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["plan", "part"], name="said_once"),)

    def __str__(self) -> str:
        return f"{self.plan_id}.{self.part}"


class SaidBack(models.Model):
    """That he said one leg of his way back by voice, and whether rightly; his words are kept nowhere."""

    plan = models.ForeignKey(Plan, on_delete=models.CASCADE, related_name="said_back")
    part = models.CharField(max_length=12)
    rightly = models.BooleanField()
    by = models.CharField(max_length=40)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.plan_id}.{self.part}"
