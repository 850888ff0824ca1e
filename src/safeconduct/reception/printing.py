"""The sheets of an arrival: card, receipts, the medic's note. Each is what was last written down."""

from datetime import datetime

from django.http import HttpResponse

from safeconduct.access import queries as staff
from safeconduct.access.rules import Absent, Officer, Purpose
from safeconduct.cases import queries as cases
from safeconduct.documents import briefing as unit_page
from safeconduct.documents import sheets
from safeconduct.documents.card import card_pdf, receipt_pdf, three
from safeconduct.passage.briefing import briefing_for
from safeconduct.programme.profile import Profile
from safeconduct.reception import page, queries, rules
from safeconduct.reception.models import Arrival
from safeconduct.refusal import insist


def answer(raw: bytes) -> HttpResponse:
    """Return a sheet to be shown where it was asked for."""
    response = HttpResponse(raw, content_type="application/pdf")
    response["Content-Disposition"] = "inline"
    return response


def card_of(officer: Officer, *, ref: str, profile: Profile, now: datetime) -> bytes:
    """Return the capture card.

    Raises:
        Refused: what names him does not open for `officer` now.
        Absent: there is no such case, or it is not for him.
    """
    shown = page.page_for(officer, ref=ref, profile=profile, now=now)
    insist(shown.sealed)
    said = {key: text for key, text in shown.card.items() if key != "refused"}
    written = queries.written_at(shown.arrival)
    begun = shown.arrival.opened_at if shown.arrival else shown.since
    on = written.get("card") or written.get("four") or begun  # never of the state he is in today
    return card_pdf(said, languages=shown.languages, on=on)


def receipt_of(officer: Officer, *, ref: str, profile: Profile) -> bytes:
    """Return the receipt for his things and money, each taken by whom it names (GC III 18).

    Raises:
        Absent: there is no such case, or it is not for `officer`.
    """
    arrival, languages = _arrival(officer, ref=ref, profile=profile)
    things = [each for each in _things(officer, arrival) if each.kind != rules.EQUIPMENT]
    takers = list(staff.names_of(each.by for each in things).values()) or [officer.name]
    lines = [
        (each.told.get("what", ""), f"{each.told.get('money', '')} {each.told.get('currency', '')}")
        for each in things
    ]
    return receipt_pdf(
        [(what, amount.strip()) for what, amount in lines],
        case=ref,
        taker=", ".join(sorted(takers)),
        languages=languages,
        on=things[-1].at if things else arrival.opened_at,
    )


def equipment_of(officer: Officer, *, ref: str, profile: Profile) -> bytes:
    """Return the receipt for the equipment he brought, each with the offer it was shown under.

    Raises:
        Absent: there is no such case, or it is not for `officer`.
    """
    arrival, languages = _arrival(officer, ref=ref, profile=profile)
    things = [each for each in _things(officer, arrival) if each.kind == rules.EQUIPMENT]
    on = things[-1].at if things else arrival.opened_at
    sheet = sheets.equipment(ref, [each.told for each in things])
    return sheets.printed(sheet, case=ref, languages=languages, on=on)


def medical_of(officer: Officer, *, ref: str, profile: Profile) -> bytes:
    """Return the medic's note; it names nobody.

    Raises:
        Absent: there is no such case or note, or it is not for `officer`.
    """
    arrival, languages = _arrival(officer, ref=ref, profile=profile)
    at = queries.written_at(arrival).get("medical")
    if at is None:
        raise Absent
    ring = queries.ring_for(officer, Purpose.READ, arrival)
    sheet = sheets.medical(ref, queries.paper_of(arrival, "medical", ring))
    return sheets.printed(sheet, case=ref, languages=languages, on=at)


def briefing_of(officer: Officer, *, ref: str) -> bytes:
    """Return the page that the receiving unit carries, of the plan that lives.

    Raises:
        Refused: nobody has approved the plan yet.
        Absent: there is no such case or plan, or it is not for `officer`.
    """
    cases.case_for(officer, Purpose.READ, ref=ref)
    told = briefing_for(officer, case_ref=ref)
    page = unit_page.Told(
        ref, told.signs, told.question, told.answer, told.heads, told.call, told.digest
    )
    return unit_page.briefing(page, language=unit_page.spoken_in(officer.language), on=told.made_at)


def cards_of(officer: Officer, *, on: datetime) -> bytes:
    """Return the pictogram cards; they are the same for every case and say nothing of any."""
    return unit_page.cards(language=unit_page.spoken_in(officer.language), on=on)


def _arrival(officer: Officer, *, ref: str, profile: Profile) -> tuple[Arrival, list[str]]:
    arrival = queries.arrival_for(officer, Purpose.READ, ref=ref)
    if arrival is None:
        raise Absent
    return arrival, three(profile.languages, his=arrival.language)


def _things(officer: Officer, arrival: Arrival) -> list[queries.Thing]:
    return queries.things_of(arrival, queries.ring_for(officer, Purpose.READ, arrival))
