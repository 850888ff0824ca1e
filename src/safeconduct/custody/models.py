"""Clocks, notices, inspections, interviews, moves. Dates never move; what is sealed stays sealed."""

from django.db import models
from django.db.models import F, Q

from safeconduct.access.fields import SealedField
from safeconduct.custody.call_rules import OUTCOMES, WORDS
from safeconduct.custody.rules import (
    BUREAU_KINDS,
    COUNTS,
    KINDS,
    MOST_LETTERS,
    NOTICES,
    SENT_CARD,
    TRANSFER,
    VOICES,
    WEEKLY,
    WISHES,
)
from safeconduct.refs import new_ref


class Clock(models.Model):
    """One clock for one case. Nothing but its evidence stops it; 0002_triggers and 0010 keep its dates."""

    ref = models.CharField(max_length=20, unique=True, default=new_ref)
    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=12)
    started_at = models.DateTimeField()
    due_at = models.DateTimeField()
    warn_at = models.DateTimeField()
    breach_at = models.DateTimeField()
    rung = models.PositiveSmallIntegerField(default=0)
    rung_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)
    done_by = models.CharField(max_length=64, default="", blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["case", "kind", "started_at"], name="clock_once_for_each_start"
            ),
            models.CheckConstraint(condition=Q(kind__in=KINDS), name="clock_kind_is_known"),
            models.CheckConstraint(
                condition=Q(due_at__lte=F("warn_at"), warn_at__lte=F("breach_at")),
                name="clock_marks_in_order",
            ),
        )

    def __str__(self) -> str:
        return self.ref


class Document(models.Model):
    """One notice: queued when it falls due, sealed when it is sent, confirmed by its receiver."""

    ref = models.CharField(max_length=20, unique=True, default=new_ref)
    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=24)
    queued_at = models.DateTimeField()
    due_at = models.DateTimeField()
    decision = models.CharField(max_length=4, default="", blank=True)  # send, wait
    decided_by = models.CharField(max_length=64, default="", blank=True)
    digest = models.BinaryField(max_length=32, default=b"")
    body = SealedField(null=True)
    sent_at = models.DateTimeField(null=True)
    sent_by = models.CharField(max_length=64, default="", blank=True)
    confirmed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["case", "kind"],
                condition=Q(sent_at__isnull=True),
                name="document_queued_once",
            ),
            models.CheckConstraint(
                condition=Q(
                    kind__in=[*sorted(BUREAU_KINDS), *NOTICES, WEEKLY, TRANSFER, SENT_CARD]
                ),
                name="document_kind_is_known",
            ),
            models.CheckConstraint(
                condition=Q(confirmed_at__isnull=True) | Q(sent_at__isnull=False),
                name="document_confirmed_after_it_was_sent",
            ),
            models.CheckConstraint(
                condition=~Q(kind__in=NOTICES) | Q(sent_at__isnull=True) | Q(decision="send"),
                name="notice_sent_by_decision_only",
            ),
        )

    def __str__(self) -> str:
        return self.ref


class Inspection(models.Model):
    """One line of the standard of custody, seen on a day by a person: met or not."""

    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="+")
    version_ref = models.CharField(max_length=20)  # the standard's version that was inspected
    item = models.CharField(max_length=200)
    met = models.BooleanField()
    at = models.DateTimeField()
    by = models.CharField(max_length=64)

    def __str__(self) -> str:
        return f"{self.version_ref} {self.pk}"


class Move(models.Model):
    """He was moved, fell sick or went to hospital, each of which starts the card's clock anew; or is well."""

    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="+")
    why = models.CharField(max_length=10)  # move, hospital, sick, well
    at = models.DateTimeField()
    by = models.CharField(max_length=64)

    def __str__(self) -> str:
        return f"{self.why} {self.pk}"


class Talk(models.Model):
    """What was said in private or agreed on, sealed: interview, release, aftercare, check-in."""

    ref = models.CharField(max_length=20, unique=True, default=new_ref)
    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=12)
    at = models.DateTimeField()
    by = models.CharField(max_length=64)
    digest = models.BinaryField(max_length=32)
    body = SealedField()

    def __str__(self) -> str:
        return self.ref


class Wish(models.Model):
    """Whether one who asks after him may be told: his own word, or a decision of law while he has said none."""

    case = models.OneToOneField("cases.Case", on_delete=models.PROTECT, related_name="+")
    word = models.CharField(max_length=4)  # rules.WISHES
    at = models.DateTimeField()
    by = models.CharField(max_length=64)

    class Meta:
        constraints = (
            models.CheckConstraint(condition=Q(word__in=WISHES), name="wish_is_one_of_three"),
        )

    def __str__(self) -> str:
        return f"{self.word} {self.pk}"


class Sentence(models.Model):
    """One sentence that tells him, hashed under a key which the keeper alone has; see safeconduct/names.py.

    There is none of whoever has not wished it: nothing is here to be found, and nothing to be read.
    """

    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="+")
    key = models.BinaryField(max_length=16, db_index=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["case", "key"], name="sentence_once"),)

    def __str__(self) -> str:
        return str(self.pk)


class Visit(models.Model):
    """A delegate asks to speak with him alone; the time is given, and whether it was held. No content."""

    ref = models.CharField(max_length=20, unique=True, default=new_ref)
    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    asked_by = models.CharField(max_length=64)
    wanted_at = models.DateTimeField()
    given_at = models.DateTimeField(null=True)
    given_by = models.CharField(max_length=64, default="", blank=True)
    at = models.DateTimeField(null=True)
    held_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["case", "asked_by"],
                condition=Q(held_at__isnull=True),
                name="visit_asked_once",
            ),
            models.CheckConstraint(
                condition=Q(held_at__isnull=True) | Q(given_at__isnull=False),
                name="visit_held_after_it_was_given",
            ),
        )

    def __str__(self) -> str:
        return self.ref


class VideoCall(models.Model):
    """A relative asks to speak with him by video: his word, the time, what she was told. No reason, no content."""

    ref = models.CharField(max_length=20, unique=True, default=new_ref)
    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="+")
    token = models.CharField(max_length=20, unique=True)  # all that tracing knows of it
    asked_at = models.DateTimeField()
    until = models.DateTimeField()  # when she is told, whatever was said; fixed before
    caller = SealedField()  # kind "body": who she is, as he is told it
    word = models.CharField(max_length=4, default="", blank=True)  # call_rules.WORDS
    at = models.DateTimeField(null=True)
    given_at = models.DateTimeField(null=True)
    by = models.CharField(max_length=64, default="", blank=True)  # who wrote down the last of it
    answered_at = models.DateTimeField(null=True)  # when she was told
    told = models.DateTimeField(null=True)  # the time she was told, while it stands
    outcome = models.CharField(max_length=8, default="", blank=True)  # call_rules.OUTCOMES

    class Meta:
        constraints = (
            models.CheckConstraint(condition=Q(word__in=("", *WORDS)), name="call_word_is_known"),
            models.CheckConstraint(
                condition=Q(outcome="") | Q(outcome__in=OUTCOMES, told__isnull=False),
                name="call_held_after_she_was_told",
            ),
            models.CheckConstraint(
                condition=Q(told__isnull=True) | Q(answered_at__isnull=False, at__isnull=False),
                name="call_told_a_time_that_was_given",
            ),
        )

    def __str__(self) -> str:
        return self.ref


class Letters(models.Model):
    """The month's letters and cards were offered to him, and how many went and came since the last time.

    No content and no addressee. Written again, the newest of one `offered_at` counts: the clock stays.
    """

    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="+")
    offered_at = models.DateTimeField()
    at = models.DateTimeField()
    by = models.CharField(max_length=64)
    letters_sent = models.PositiveSmallIntegerField()
    cards_sent = models.PositiveSmallIntegerField()
    letters_handed = models.PositiveSmallIntegerField()
    cards_handed = models.PositiveSmallIntegerField()
    none = models.BooleanField()  # he wanted no forms, which is a full answer

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(**{f"{field}__lte": MOST_LETTERS for field in COUNTS}),
                name="letters_counts_are_small",
            ),
            models.CheckConstraint(
                condition=Q(none=False) | Q(letters_sent=0, cards_sent=0),
                name="letters_none_or_some",
            ),
        )

    def __str__(self) -> str:
        return str(self.pk)


class Voice(models.Model):
    """What he says for himself, and what he was answered: sealed to the ombudsman alone."""

    ref = models.CharField(max_length=20, unique=True, default=new_ref)
    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=12)
    at = models.DateTimeField()
    by = models.CharField(max_length=64)
    due_at = models.DateTimeField()
    rung = models.PositiveSmallIntegerField(default=0)
    digest = models.BinaryField(max_length=32)
    body = SealedField()
    answer = SealedField(null=True)
    answered_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.CheckConstraint(condition=Q(kind__in=VOICES), name="voice_kind_is_known"),
            models.CheckConstraint(
                condition=Q(answered_at__isnull=True) | Q(answer__isnull=False),
                name="voice_answered_in_words",
            ),
        )

    def __str__(self) -> str:
        return self.ref


class Core(models.Model):
    """What law keeps after erasure: a notice, a card, a receipt.

    Under keys of its own, one compartment for each case; what names him also under its readers'.
    """

    ref = models.CharField(max_length=20, unique=True, default=new_ref)
    case_ref = models.CharField(max_length=20, db_index=True)
    kind = models.CharField(max_length=24)
    kept_at = models.DateTimeField()
    digest = models.BinaryField(max_length=32)
    body = SealedField(rewritten=True)  # sealed anew when a reader has left

    def __str__(self) -> str:
        return self.ref
