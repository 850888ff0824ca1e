"""That there is film of an escort is noted, by who may know his whole way; the film stays where it lies."""

from datetime import datetime, timedelta

from django.db import transaction

from safeconduct.access.keyring import open_fields
from safeconduct.access.rules import Absent, Officer, Purpose, can, digest_of
from safeconduct.audit import actions as audit
from safeconduct.escort import films, page, queries
from safeconduct.escort.actions.opening import tell
from safeconduct.escort.models import Film
from safeconduct.escort.sealed import FILM
from safeconduct.refs import new_ref
from safeconduct.refusal import Refusal, insist

VERB = "escort.film_noted"


@transaction.atomic
def note_film(
    officer: Officer, *, ref: str, recorder: str, sha256: str, after_s: int, now: datetime
) -> Film:
    """Note where film of an escort lies; the log keeps the digest of what was noted.

    Args:
        recorder: which one, and where it or its card lies.
        sha256: of the file, in hex, made where it lies.
        after_s: seconds since GO at which it begins, below 0 before it.

    Raises:
        Refused: not his duty, no recorder, no hash, a beginning that is still to come, or noted already.
        Absent: there is no such escort for `officer`, or it has not begun.
    """
    insist(can(officer, VERB, among=films.NOTERS))
    told = films.read(recorder, sha256)
    escort = queries.escort_for(officer, Purpose.WRITE, ref=ref, lock=True)
    opened = page.open_passage(officer, ref, now=now, limit=timedelta(0))
    if escort.began_at is None or not opened.sight.whole:
        raise Absent
    begins_at = escort.began_at + timedelta(seconds=after_s)
    keys = open_fields(officer, Purpose.WRITE, [escort.compartment], ["body"])
    known = {each.sha256 for _ref, each in films.films_in(keys, escort)}
    insist(_may_note(begins_at, known=told.sha256 in known, now=now))
    row = new_ref()
    box = keys.seal(
        told.to_bytes(), field=FILM, kind="body", compartment=escort.compartment, ref=row
    )
    film = Film.objects.create(
        ref=row, escort=escort, reference=box, begins_at=begins_at, by=officer.ref, at=now
    )
    said = {"film": row, "recorder": told.recorder, "sha256": told.sha256, "s": after_s}
    audit.record(officer.ref, VERB, ref=row, now=now, digest=digest_of(said))
    tell(escort, "escort.film")
    return film


def _may_note(begins_at: datetime, *, known: bool, now: datetime) -> Refusal | None:
    if known:
        return Refusal(
            "escort.film_known", "This film is noted already.", "Look for it on the replay's page."
        )
    if begins_at > now:
        return Refusal(
            "escort.film_to_come",
            "A film that is noted has begun.",
            "Correct the seconds after GO and send again.",
        )
    return None
