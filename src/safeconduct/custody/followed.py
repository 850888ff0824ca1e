"""When he is out: whether he is followed up, when a check-in may be written down, how he is looked after. Pure."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from safeconduct.refusal import Refusal, listed, said

AGREED = "yes"
FOLLOWED = (
    AGREED,
    "refused",
)  # who refuses is asked after by nobody, and may come back at any time
UNFOLLOWED = "aftercare_no"  # the kind of a talk in which he refused it
EARLY = timedelta(days=3)  # before its day, a check-in may be written down (P)
LOOKED = ("as_agreed", "visit", "contact_person", "local_partner")
FOUND = ("safe", "in_danger", "not_found")


def may_check_in(due_at: datetime, note: str, *, now: datetime) -> Refusal | None:
    """Judge whether a check-in that is due at `due_at` may be written down now.

    Five of them on the day of his release would be nobody asking after him for a year.
    """
    if now < due_at - EARLY:
        return Refusal(
            "custody.too_early",
            said(
                "This check-in is due on {day}; today it says nothing of how he is then.",
                day=f"{due_at:%Y-%m-%d}",
            ),
            "Write it down within three days before that day, or afterwards.",
        )
    if not note.strip():
        return Refusal(
            "custody.no_word",
            "It is not said how he is.",
            "Write in a few words how he is, or that he did not wish to say.",
        )
    return None


def looked_after(content: Mapping[str, str]) -> Refusal | None:
    """Judge how somebody was looked after who missed his check-in, and how he was found."""
    if content.get("how") not in LOOKED:
        return Refusal(
            "custody.not_so",
            "He is not looked for so.",
            "As he agreed, by a visit, by the person he named or by a local partner; never by an old number.",
        )
    if content.get("found") not in FOUND:
        return Refusal(
            "custody.not_said",
            "It is not said how he was found.",
            said("One of: {choices}.", choices=listed(FOUND)),
        )
    return None


def aftercare(content: Mapping[str, str]) -> Refusal | None:
    """Judge how aftercare begins: he said whether he is followed up, threats and countersignature are written."""
    if content.get("follow") not in FOLLOWED:
        return Refusal(
            "custody.no_follow",
            "It is not said whether he wants to be followed up.",
            "Choose that he agreed, or that he refused; his refusal is a full answer.",
        )
    needed = ("threats", "countersigned", *(("touch",) if content["follow"] == AGREED else ()))
    if any(not content.get(field, "").strip() for field in needed):
        return Refusal(
            "custody.not_whole",
            "How to stay in touch, threats, or his countersignature is missing.",
            "Write all three; of one who refuses to be followed up, the last two.",
        )
    return None
