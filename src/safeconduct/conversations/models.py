"""Conversations, their texts, and what the machine may raise about them. Bodies are sealed."""

from django.db import models
from django.db.models import Q

from safeconduct.access.fields import SealedField
from safeconduct.refs import new_ref


class Conversation(models.Model):
    """One open thread of a person on a route. Who holds it answers it; others see that he does."""

    ref = models.CharField(max_length=20, unique=True, default=new_ref)
    person_ref = models.CharField(max_length=20, db_index=True)
    compartment = models.CharField(max_length=20, db_index=True)
    route = models.CharField(max_length=40)
    state = models.CharField(max_length=6, default="open")
    kind = models.CharField(max_length=12, default="new")  # rules.Kind, what the queue shows
    desk = models.CharField(max_length=9, default="people")  # desks.Desk: in whose queue
    moved_by = models.CharField(max_length=40, blank=True)  # who said so; no machine moves it then
    language = models.CharField(max_length=8, blank=True)
    tier = models.CharField(
        max_length=5, default="soon"
    )  # rules.Tier; raised by rules, lowered by people
    weight = models.SmallIntegerField(default=0)  # rules.Triage.weight; orders, and is never shown
    context = models.CharField(
        max_length=20, blank=True
    )  # what cases told: "in_passage", "approved"
    wave = models.CharField(
        max_length=20, blank=True, default=""
    )  # of many texts alike, by `waves`
    reasons = models.JSONField(default=list)  # rule slugs that fired, without his words
    opened_at = models.DateTimeField()
    waiting_since = models.DateTimeField(null=True)  # oldest text nobody has answered
    last_inbound_at = models.DateTimeField()
    last_at = models.DateTimeField()  # of the newest text either way
    line = SealedField(null=True)  # kind "line": its beginning, all that a list opens
    last = models.ForeignKey("Message", null=True, on_delete=models.SET_NULL, related_name="+")
    holder = models.CharField(max_length=40, blank=True)  # a person's ref
    locked_until = models.DateTimeField(null=True)
    asleep_until = models.DateTimeField(null=True)  # its holder waits for his next safe window
    acknowledged_at = models.DateTimeField(null=True)  # when the approved first answer was put

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["person_ref", "route"],
                condition=Q(state="open"),
                name="one_open_conversation_per_person_and_route",
            ),
        )
        indexes = (
            models.Index(fields=["holder", "-last_at", "-id"], name="own_conversations"),
            models.Index(
                fields=["desk", "waiting_since"],
                condition=Q(state="open", waiting_since__isnull=False),
                name="queue_by_age",
            ),
            models.Index(
                fields=["asleep_until"],
                condition=Q(state="open", locked_until__isnull=True) & ~Q(holder=""),
                name="held_without_lock",
            ),
        )

    def __str__(self) -> str:
        return self.ref


class Message(models.Model):
    """One text of a conversation, or a note of the staff inside it. Stored once per key."""

    ref = models.CharField(max_length=20, unique=True, default=new_ref)
    conversation = models.ForeignKey(
        Conversation, on_delete=models.CASCADE, related_name="messages"
    )
    key = models.CharField(max_length=80, unique=True)  # route and arrival; or the outbox's ref
    direction = models.CharField(max_length=4)  # "in", "out", "note"
    kind = models.CharField(max_length=12, blank=True)  # outbound: reply, script …
    route = models.CharField(max_length=40, blank=True)  # by which it came or left
    language = models.CharField(max_length=8, blank=True)
    body = SealedField()
    at = models.DateTimeField()
    wall_at = models.DateTimeField()  # when the gateway had it, or when it was put out
    by = models.CharField(max_length=40, blank=True)
    maybe_again = models.BooleanField(default=False)  # a possible duplicate stands beside the first
    incomplete = models.BooleanField(default=False)  # parts are missing still
    reader = models.CharField(
        max_length=8, blank=True, default=""
    )  # which lexicon and model read his text

    class Meta:
        indexes = (models.Index(fields=["conversation", "at", "id"], name="texts_in_order"),)

    def __str__(self) -> str:
        return self.ref


class AgreedWord(models.Model):
    """A word agreed with him, sealed; a row says neither which word nor what it means."""

    ref = models.CharField(max_length=20, unique=True, default=new_ref)
    person_ref = models.CharField(max_length=20, db_index=True)
    compartment = models.CharField(max_length=20)
    word = SealedField()  # "distress:<folded>" or "all_clear:<folded>"
    agreed_at = models.DateTimeField()
    agreed_by = models.CharField(max_length=40)
    ended_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.ref


class SecondReading(models.Model):
    """A conversation for a supervisor to read again. Drawn every day, so that one more says nothing."""

    ref = models.CharField(max_length=20, unique=True, default=new_ref)
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="+")
    cause = SealedField()  # "drawn", "word" …: a seized table does not tell
    compartment = models.CharField(max_length=20)
    put_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)
    read_by = models.CharField(max_length=40, blank=True)
    finding = models.CharField(max_length=12, blank=True)  # rules.Finding

    def __str__(self) -> str:
        return self.ref


class Draw(models.Model):
    """A day whose second readings were drawn. Which those were, no table tells."""

    day = models.DateField(unique=True)

    def __str__(self) -> str:
        return f"{self.day}"


class ScriptRun(models.Model):
    """One script in one conversation: where it stands. Moved in the transaction that takes his text in."""

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=40)  # of its file
    digest = models.BinaryField(max_length=32)  # of the file it began with
    step = models.CharField(max_length=40)
    sent = models.PositiveSmallIntegerField(default=0)  # texts
    by = models.CharField(max_length=40)  # a worker, or the operator who began it
    begun_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    why = models.CharField(max_length=12, blank=True)  # see actions/scripted.py

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["conversation"],
                condition=Q(ended_at__isnull=True),
                name="one_open_script_per_conversation",
            ),
        )

    def __str__(self) -> str:
        return f"{self.pk}"


class HandOver(models.Model):
    """A shift gives what it holds to another: both sign, and until the second did, the first holds it."""

    ref = models.CharField(max_length=20, unique=True, default=new_ref)
    given_by = models.CharField(max_length=40)
    given_to = models.CharField(max_length=40, db_index=True)
    given_at = models.DateTimeField()  # the first signature, a touch of his passkey
    taken_at = models.DateTimeField(null=True)  # the second
    ended_at = models.DateTimeField(null=True)  # taken back before the second

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["given_by"],
                condition=Q(taken_at__isnull=True, ended_at__isnull=True),
                name="one_open_hand_over_each",
            ),
            models.CheckConstraint(
                condition=Q(taken_at__isnull=True) | Q(ended_at__isnull=True),
                name="hand_over_taken_or_ended",
            ),
        )

    def __str__(self) -> str:
        return self.ref


class HandedOver(models.Model):
    """One conversation of a hand-over."""

    hand_over = models.ForeignKey(HandOver, on_delete=models.CASCADE, related_name="handed")
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="+")
    knew = models.BooleanField(default=False)  # whoever takes over was let in before

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["hand_over", "conversation"], name="handed_once_in_a_hand_over"
            ),
        )

    def __str__(self) -> str:
        return f"{self.pk}"


class Take(models.Model):
    """One "take next": whose, when. Every fourth takes the oldest."""

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="+")
    by = models.CharField(max_length=40)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.pk}"


class CannedText(models.Model):
    """A ready text in one language, approved by two people beside its author."""

    ref = models.CharField(max_length=20, unique=True, default=new_ref)
    name = models.CharField(max_length=60)
    texts = models.JSONField(default=dict)
    digest = models.BinaryField(max_length=32)
    proposed_by = models.CharField(max_length=40)
    proposed_at = models.DateTimeField()
    approved_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.ref


class Condition(models.Model):
    """A coded hardship, counted by week and region only: no person, no conversation, no day."""

    code = models.CharField(max_length=12)  # rules.Condition
    week = models.DateField()  # its Monday
    region = models.CharField(max_length=12, blank=True)
    count = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["code", "week", "region"], name="one_cell_per_week"),
        )

    def __str__(self) -> str:
        return f"{self.code} {self.week}"


class Presence(models.Model):
    """Who looks at a conversation or writes in it, and when he last did (real time)."""

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="+")
    person = models.CharField(max_length=40)
    writing = models.BooleanField(default=False)
    seen_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["conversation", "person"], name="one_presence_each"),
        )

    def __str__(self) -> str:
        return f"{self.conversation_id} {self.person}"
