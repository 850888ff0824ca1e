"""People on duty, their logins, what they were let into, what they said yes to.

The database refuses what the rules refuse: see 0002_triggers. No name of a person who may
surrender, and no content, ever stands here.
"""

from django.db import models
from django.db.models import F, Q

from safeconduct.access.fields import SealedField
from safeconduct.access.rules import Duty, Method
from safeconduct.refs import new_ref

DUTIES = [(duty.value, duty.value) for duty in Duty]


class Person(models.Model):
    """Somebody on the staff, by pseudonym. Passkeys and codes are the keeper's."""

    ref = models.CharField(max_length=20, unique=True, default=new_ref)
    name = models.CharField(max_length=60, unique=True)  # "Operator 14", never a true name
    language = models.CharField(max_length=8, default="en")
    active = models.BooleanField(default=True)
    created_at = models.DateTimeField()
    own_key_at = models.DateTimeField(null=True)  # wall time; the key itself is the keeper's
    created_by = models.ForeignKey(
        "self", null=True, on_delete=models.PROTECT, related_name="+"
    )  # null: the first administrator, made at the machine itself

    def __str__(self) -> str:
        return self.ref


class HeldDuty(models.Model):
    """One duty of one person, from when to when, who gave it and why."""

    ref = models.CharField(max_length=20, unique=True, default=new_ref)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="duties")
    duty = models.CharField(max_length=3, choices=DUTIES)
    reason = SealedField(null=True)  # see reasons.py
    granted_by = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    since = models.DateTimeField()
    until = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    ended_by = models.CharField(max_length=20, default="", blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["person", "duty"],
                condition=Q(ended_at__isnull=True),
                name="duty_held_once",
            ),
            models.CheckConstraint(
                condition=Q(granted_by__isnull=True) | ~Q(granted_by=F("person")),
                name="duty_not_to_oneself",
            ),
        )

    def __str__(self) -> str:
        return self.ref


class Recovery(models.Model):
    """A colleague lost his passkey: who asked, why, and how it ended. Two others' yes opens it."""

    ref = models.CharField(max_length=20, unique=True, default=new_ref)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    reason = SealedField(null=True)  # see reasons.py
    asked_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    done = models.BooleanField(default=False)  # a link was made; else it was stopped

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["person"],
                condition=Q(ended_at__isnull=True),
                name="one_recovery_at_a_time",
            ),
            models.CheckConstraint(
                condition=~Q(asked_by=F("person")), name="nobody_recovers_himself"
            ),
            models.CheckConstraint(
                condition=Q(done=False) | Q(ended_at__isnull=False), name="done_has_ended"
            ),
        )

    def __str__(self) -> str:
        return self.ref


class Membership(models.Model):
    """One person let into one compartment for one duty. The keeper's own table decides."""

    ref = models.CharField(max_length=20, unique=True, default=new_ref)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="memberships")
    compartment = models.CharField(max_length=64, db_index=True)
    duty = models.CharField(max_length=3, choices=DUTIES)
    reason = SealedField(null=True)  # see reasons.py
    granted_by = models.CharField(max_length=20)  # a person's ref, or a worker's
    taken = models.BooleanField(
        default=False
    )  # an operator or the relatives' desk took it from the queue
    since = models.DateTimeField()
    until = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["person", "compartment", "duty"],
                condition=Q(ended_at__isnull=True),
                name="member_once",
            ),
            models.CheckConstraint(
                condition=Q(taken=False) | Q(duty__in=["OP", "TRC"]),
                name="only_op_and_trc_take",
            ),
            models.CheckConstraint(
                condition=~Q(duty__in=["ADM", "OFF", "CAM", "PUB", "DEL", "OMB"]),
                name="member_has_a_duty_on_the_way",
            ),
            models.CheckConstraint(
                condition=~Q(duty="TRC") | Q(taken=True), name="nobody_lets_tracing_in"
            ),
        )

    def __str__(self) -> str:
        return self.ref


class Glass(models.Model):
    """A supervisor opened for himself what he was not let into; another reviews it. Never deleted.

    The keeper's own table decides what opens and what is owed; this one is what pages show.
    """

    ref = models.CharField(max_length=20, unique=True)  # the keeper's
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    compartment = models.CharField(max_length=64, db_index=True)
    about = models.CharField(max_length=20, default="", blank=True)  # of the room that asked
    url = models.CharField(max_length=200, default="", blank=True)  # its page there
    reason = SealedField(null=True)  # see reasons.py
    asked_at = models.DateTimeField()  # world time, as all times here
    due_at = models.DateTimeField()  # of the review
    told_at = models.DateTimeField(null=True)  # members, supervisors and auditor were told
    until = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    ended_by = models.CharField(max_length=20, default="", blank=True)
    shut = models.BooleanField(default=False)  # the keeper knows that it was ended
    reviewed_at = models.DateTimeField(null=True)
    reviewed_by = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    justified = models.BooleanField(null=True)
    words = SealedField(null=True)
    called_at = models.DateTimeField(null=True)  # when somebody was called about the late review

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(reviewed_by__isnull=True) | ~Q(reviewed_by=F("person")),
                name="glass_reviewed_by_another",
            ),
            models.CheckConstraint(
                condition=Q(
                    reviewed_at__isnull=True, reviewed_by__isnull=True, justified__isnull=True
                )
                | Q(reviewed_at__isnull=False, reviewed_by__isnull=False, justified__isnull=False),
                name="glass_review_is_whole",
            ),
            models.CheckConstraint(
                condition=Q(until__isnull=True) | Q(told_at__isnull=False),
                name="glass_opens_when_told",
            ),
        )

    def __str__(self) -> str:
        return self.ref


class OwnCopy(models.Model):
    """The key of one row that names a person, sealed to one reader's own key.

    Empty: its reader left. It opens nothing more, and says that the row is to be sealed anew.
    """

    row = models.CharField(max_length=20)  # ref of the row, in its own room
    compartment = models.CharField(max_length=64, db_index=True)
    person = models.CharField(max_length=20, db_index=True)  # ref of the reader
    box = models.BinaryField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["row", "person"], name="own_copy_once"),)

    def __str__(self) -> str:
        return self.row


class Login(models.Model):
    """One sign-in. The proof itself is in the person's cookie alone; here lies only its hash."""

    ref = models.CharField(max_length=20, unique=True, default=new_ref)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="logins")
    proof_hash = models.BinaryField(max_length=32, unique=True)
    method = models.CharField(max_length=8, choices=[(m.value, m.value) for m in Method])
    started_at = models.DateTimeField()  # wall time, as all times of logins
    last_seen = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    ended_because = models.CharField(max_length=20, default="", blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["person"],
                condition=Q(ended_at__isnull=True),
                name="one_login_per_person",
            ),
        )

    def __str__(self) -> str:
        return self.ref


class Subject(models.Model):
    """One exact text put up for approval. A changed text is a new row; the old one is closed."""

    ref = models.CharField(max_length=64, db_index=True)  # of what is approved, in its own room
    verb = models.CharField(max_length=60)
    digest = models.BinaryField(max_length=32)
    author = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    title = models.CharField(max_length=120)  # a translatable sentence without name or place
    url = models.CharField(max_length=200)
    duties = models.JSONField(default=list)  # whose yes it waits for
    compartment = models.CharField(max_length=64, default="", blank=True)
    put_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    rung = models.PositiveSmallIntegerField(
        null=True
    )  # how often somebody was called about its age

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["ref", "verb"],
                condition=Q(closed_at__isnull=True),
                name="subject_open_once",
            ),
        )

    def __str__(self) -> str:
        return self.ref


class Approval(models.Model):
    """One person's yes to one exact text. Triggers refuse the author, and any other digest."""

    ref = models.CharField(max_length=20, unique=True, default=new_ref)
    subject = models.ForeignKey(Subject, on_delete=models.PROTECT, related_name="approvals")
    digest = models.BinaryField(max_length=32)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    duty = models.CharField(max_length=3, choices=DUTIES)
    given_at = models.DateTimeField()
    told = models.BinaryField()  # the keeper's word for it, and its signature: proof for later
    signature = models.BinaryField(max_length=64)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["subject", "digest", "person"], name="approval_once_per_person"
            ),
            # One touch is one yes: what was taken down and stands again begins without any.
            models.UniqueConstraint(F("told"), name="yes_counts_once"),
        )

    def __str__(self) -> str:
        return self.ref


class Shift(models.Model):
    """One line of the duty roster: who answers for a duty, from when to when, and how to call him."""

    ref = models.CharField(max_length=20, unique=True, default=new_ref)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="shifts")
    duty = models.CharField(max_length=3, choices=DUTIES)
    begins_at = models.DateTimeField()  # world time
    ends_at = models.DateTimeField()
    place = models.PositiveSmallIntegerField(default=1)  # 1 is called first, then 2 …
    channel = models.CharField(
        max_length=5, choices=[("sms", "sms"), ("sound", "sound")], default="sound"
    )
    handle = SealedField(null=True)  # a number, sealed in the compartment "programme"
    made_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("begins_at")), name="shift_ends_after_it_begins"
            ),
            models.CheckConstraint(
                condition=Q(channel="sound") | Q(handle__isnull=False), name="sms_needs_a_handle"
            ),
        )

    def __str__(self) -> str:
        return self.ref


class Call(models.Model):
    """One call for one duty: who is being called now, since when, and who answered."""

    ref = models.CharField(max_length=20, unique=True, default=new_ref)
    duty = models.CharField(max_length=3, choices=DUTIES)
    kind = models.CharField(max_length=40)  # a stable slug ("escort.stopped"), never content
    made_at = models.DateTimeField()
    shift = models.ForeignKey(Shift, null=True, on_delete=models.PROTECT, related_name="+")
    called_at = models.DateTimeField(null=True)  # when the present one was called
    tried = models.JSONField(default=list)  # refs of shifts called so far, in order
    answered_by = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    answered_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["duty", "kind"],
                condition=Q(answered_at__isnull=True),
                name="one_open_call_per_cause",
            ),
        )

    def __str__(self) -> str:
        return self.ref
