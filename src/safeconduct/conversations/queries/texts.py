"""Ready texts: the profile's own, and those that two people have approved."""

from safeconduct.access.rules import Absent, Act, Duty, Officer, Purpose, digest_of
from safeconduct.conversations.models import CannedText
from safeconduct.programme.profile import Profile

BY_CLOCK = "tracing_"  # texts that answer a tracing request leave at its time, and by nobody's hand
APPROVE_TEXT = "conversations.approve_text"
TEXT_READERS = frozenset({Duty.OP, Duty.SUP, Duty.LEG, Duty.VER})


def text_digest(row: CannedText) -> bytes:
    """Return the digest of a ready text as it stands."""
    return digest_of({"name": row.name, "texts": dict(row.texts)})


def text_act(officer: Officer, row: CannedText) -> Act:
    """Return the act of approving this text, under a duty that `officer` holds."""
    duty = next(iter(sorted(officer.duties & TEXT_READERS)), Duty.OP)
    return Act(APPROVE_TEXT, row.ref, bytes(row.digest), duty)


def text_for(officer: Officer, _purpose: Purpose, *, ref: str, lock: bool = False) -> CannedText:
    """Return one ready text to somebody who reads them.

    Raises:
        Absent: there is none, or it is not among his duties; or it was changed past its digest.
    """
    rows = CannedText.objects.select_for_update() if lock else CannedText.objects.all()
    found = rows.filter(ref=ref).first()
    if (
        found is None
        or not officer.duties & TEXT_READERS
        or text_digest(found) != bytes(found.digest)
    ):
        raise Absent
    return found


def texts_for(officer: Officer, _purpose: Purpose) -> list[CannedText]:
    """Return every ready text that was not withdrawn, newest first."""
    if not officer.duties & TEXT_READERS:
        raise Absent
    return list(CannedText.objects.filter(withdrawn_at=None).order_by("-proposed_at", "-pk"))


def canned_for(
    _officer: Officer, _purpose: Purpose, *, profile: Profile, language: str
) -> list[tuple[str, str, str]]:
    """Return what can be put into a reply in one language: key, name, text."""
    own = [
        (key, key, profile.text(key, language))
        for key in profile.texts
        if not key.startswith(BY_CLOCK)
    ]
    rows = CannedText.objects.filter(approved_at__isnull=False, withdrawn_at=None).order_by("name")
    approved = [row for row in rows if text_digest(row) == bytes(row.digest)]
    return own + [
        (row.ref, row.name, row.texts[language]) for row in approved if row.texts.get(language)
    ]
