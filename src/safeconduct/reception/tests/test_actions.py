"""An arrival, from the first word spoken to him to two signatures."""

import pytest
from django.db import connection

from safeconduct.access.rules import Absent, Duty, Proof, Purpose
from safeconduct.cases.tests.walking import PROFILE, TO_MOVING, db, house
from safeconduct.documents import sheets
from safeconduct.pledges import actions as pledges
from safeconduct.pledges.tests.conftest import NOON as PROMISED
from safeconduct.pledges.tests.conftest import REWARD, in_force, proposed
from safeconduct.reception import actions, page, printing, queries
from safeconduct.reception.actions.handing import act_of, content_of
from safeconduct.reception.models import Arrival, Handover, Item, Paper, Photo
from safeconduct.reception.tests.test_papers import picture
from safeconduct.refusal import Refused

pytestmark = pytest.mark.django_db
__all__ = ["db", "house", "in_force", "proposed"]
FOUR = {
    "names": "Ivanov Ivan",
    "rank": "refused",
    "birth_date": "unknown",
    "service_number": "refused",
}


@pytest.fixture
def contact(arrived, db):
    """Return the man of the module, before the receiving unit; what a test does to him is undone."""
    with arrived.undone():
        yield arrived


def write(crew, duty, kind, **content):
    return actions.write_paper(
        crew[duty], ref=crew.ref, kind=kind, content=content, profile=PROFILE, now=crew.now
    )


def secured(crew):
    actions.count_heads(
        crew["RCV"], ref=crew.ref, gate="contact", counted=1, profile=PROFILE, now=crew.now
    )
    actions.secure(
        crew["RCV"],
        ref=crew.ref,
        content={"weapons": "safe", "search": "done", "first_aid": "none needed"},
        profile=PROFILE,
        now=crew.now,
    )


def sign(crew, touch, duty, officer=None):
    officer = officer or crew[duty]
    row = Handover.objects.get(arrival__case__ref=crew.ref)
    proof = touch(officer, act_of(row, Duty(duty)))
    return actions.sign_handover(
        officer, ref=crew.ref, duty=Duty(duty), proof=proof, profile=PROFILE, now=crew.now
    )


def test_from_contact_to_custody_with_every_paper_written(contact, touch):
    crew = contact
    write(crew, "RCV", "challenge", matched="yes")
    write(crew, "RCV", "posture", act="white cloth", discernible="by day", unconditional="yes")
    secured(crew)
    assert crew.case().state == "SECURED"
    item = actions.add_item(
        crew["RCV"],
        ref=crew.ref,
        kind="equipment",
        content={"what": "BMP-2", "serial": "A 123", "serviceable": "yes"},
        picture=picture(),
        profile=PROFILE,
        now=crew.now,
    )
    actions.add_item(
        crew["RCV"],
        ref=crew.ref,
        kind="money",
        content={"money": "1500", "currency": "RUB"},
        profile=PROFILE,
        now=crew.now,
    )
    actions.close_receipt(crew["RCP"], ref=crew.ref, profile=PROFILE, now=crew.now)
    write(crew, "MED", "medical", injuries="none", fit="yes")
    actions.put_handover(crew["RCV"], ref=crew.ref, profile=PROFILE, now=crew.now)
    assert not sign(crew, touch, "RCV")
    assert crew.case().state == "SECURED"
    assert sign(crew, touch, "RCP")
    assert crew.case().state == "RECEIVED"
    actions.write_paper(
        crew["RCP"], ref=crew.ref, kind="four", content=FOUR, profile=PROFILE, now=crew.now
    )
    write(crew, "RCP", "rights", language="ru")
    write(crew, "RCP", "card", name="Ivanov", health="good")
    crew.goes("IN_CUSTODY")
    assert crew.open_debts() == {"bureau_notice", "no_fire_kept"}
    arrival = Arrival.objects.get()
    ring = queries.ring_for(crew["RCP"], queries.Purpose.READ, arrival)
    told = {thing.ref: thing for thing in queries.things_of(arrival, ring)}
    assert told[item].told["serial"] == "A 123"
    assert queries.photo_for(
        crew["RCP"], queries.Purpose.READ, ref=crew.ref, photo=told[item].photos[0]
    ).startswith(b"\xff\xd8")


def test_a_wrong_answer_to_the_challenge_changes_nothing(contact):
    write(contact, "RCV", "challenge", matched="no")
    secured(contact)
    assert contact.case().state == "SECURED"


def test_he_is_not_secured_before_both_are_done(contact):
    with pytest.raises(Refused, match="search"):
        actions.secure(
            contact["RCV"],
            ref=contact.ref,
            content={"weapons": "safe"},
            profile=PROFILE,
            now=contact.now,
        )
    assert contact.case().state == "CONTACT"


def test_a_refused_card_is_on_record_as_a_full_answer(contact):
    secured(contact)
    write(contact, "RCP", "card", refused="yes")
    assert contact.owes("capture_card") == contact.now


def test_papers_wait_until_he_is_here_and_a_strange_field_is_never_taken(crew):
    crew.opened()
    crew.goes(*TO_MOVING)
    with pytest.raises(Refused, match="not here yet"):
        write(crew, "RCV", "challenge", matched="yes")
    crew.goes("CONTACT")
    with pytest.raises(Refused, match="no such field"):
        write(crew, "RCP", "card", name="x", health="good", how="by drone")
    assert Paper.objects.count() == 0


def test_what_is_owed_on_paper_is_written_of_one_who_has_left_and_nothing_else_is(contact):
    secured(contact)
    contact.goes("ESCAPED")
    who = {"ref": contact.ref, "profile": PROFILE, "now": contact.now}
    assert page.page_for(contact["RCV"], **who).may_write
    actions.close_receipt(contact["RCV"], **who)
    write(contact, "RCV", "challenge", matched="unknown")
    assert contact.owes("receipt_started") == contact.owes("challenge_noted") == contact.now
    for kind in contact.case().owed.filter(done_at=None).values_list("kind", flat=True):
        contact.brings(kind)
    assert not page.page_for(contact["RCV"], **who).may_write
    with pytest.raises(Refused, match="not here yet"):
        write(contact, "RCV", "challenge", matched="unknown")


def test_the_receiver_does_not_sign_before_the_giver_nor_one_person_twice(contact, touch, officer):
    secured(contact)
    actions.put_handover(contact["RCV"], ref=contact.ref, profile=PROFILE, now=contact.now)
    with pytest.raises(Refused, match="giver signs first"):
        sign(contact, touch, "RCP")
    both = officer(Duty.RCV, Duty.RCP)
    for duty in (Duty.RCV, Duty.RCP):
        contact.let_in(both, duty)
    sign(contact, touch, "RCV", both)
    with pytest.raises(Refused):
        sign(contact, touch, "RCP", both)
    assert contact.case().state == "SECURED"
    assert sign(contact, touch, "RCP")


def test_where_no_handover_was_put_up_there_is_none_to_sign(contact):
    secured(contact)
    with pytest.raises(Absent):
        actions.sign_handover(
            contact["RCV"],
            ref=contact.ref,
            duty=Duty.RCV,
            proof=Proof("no", "touch"),
            profile=PROFILE,
            now=contact.now,
        )


def test_another_thing_after_the_first_signature_makes_both_sign_anew(contact, touch):
    secured(contact)
    actions.put_handover(contact["RCV"], ref=contact.ref, profile=PROFILE, now=contact.now)
    sign(contact, touch, "RCV")
    actions.add_item(
        contact["RCV"],
        ref=contact.ref,
        kind="effect",
        content={"what": "watch"},
        profile=PROFILE,
        now=contact.now,
    )
    actions.put_handover(contact["RCV"], ref=contact.ref, profile=PROFILE, now=contact.now)
    assert Handover.objects.get().given_at is None
    with pytest.raises(Refused, match="giver signs first"):
        sign(contact, touch, "RCP")


def test_an_extra_man_closes_the_handover_and_gets_a_case_of_his_own(contact):
    secured(contact)
    where = actions.count_heads(
        contact["RCV"], ref=contact.ref, gate="contact", counted=2, profile=PROFILE, now=contact.now
    )
    assert where == "contact"
    put = {"ref": contact.ref, "profile": PROFILE, "now": contact.now}
    with pytest.raises(Refused, match="nobody expected"):
        actions.put_handover(contact["RCV"], **put)
    assert contact.case().state == "SECURED"  # his protection stands
    extra = actions.account_extra(contact["RCV"], **put)
    assert extra != contact.ref
    actions.put_handover(contact["RCV"], **put)


def test_a_walk_in_needs_no_name_and_owes_him_what_it_owes_anybody(crew):
    ref = actions.walk_in(crew["RCV"], now=crew.now)
    case = queries.cases.case_for(crew["RCV"], queries.Purpose.READ, ref=ref)
    assert set(case.owed.values_list("kind", flat=True)) == {
        "fires_told",
        "three_tests",
        "earlier_case_sought",
    }
    with pytest.raises(Refused):
        actions.walk_in(crew["PLG"], now=crew.now)


def test_a_walk_in_is_registered_while_the_keeper_is_dead(crew, keeper):
    receiver = crew["RCV"]
    keeper.kill()
    try:
        ref = actions.walk_in(receiver, now=crew.now)
    finally:
        keeper.start()
    assert queries.cases.case_for(receiver, queries.Purpose.READ, ref=ref).state == "WALK_IN"


def test_nothing_he_said_or_brought_stands_readable_in_the_tables(contact):
    secured(contact)
    actions.write_paper(
        contact["RCP"], ref=contact.ref, kind="four", content={**FOUR, "names": "Zimorodkov"},
        profile=PROFILE, now=contact.now,
    )  # fmt: skip
    actions.add_item(
        contact["RCV"], ref=contact.ref, kind="effect", content={"what": "Kholodilnikov"},
        profile=PROFILE, now=contact.now,
    )  # fmt: skip
    with connection.cursor() as cursor:
        for table in (Paper._meta.db_table, Item._meta.db_table):
            cursor.execute(f"SELECT * FROM {table}")  # noqa: S608  our own table
            raw = repr(
                [
                    [bytes(v) if isinstance(v, memoryview) else v for v in row]
                    for row in cursor.fetchall()
                ]
            )
            assert "Zimorodkov" not in raw
            assert "Kholodilnikov" not in raw


def test_effects_go_back_to_him_and_equipment_does_not(contact):
    secured(contact)
    for kind, content in (("effect", {"what": "ring"}), ("equipment", {"what": "BMP-2"})):
        actions.add_item(
            contact["RCV"], ref=contact.ref, kind=kind, content=content, profile=PROFILE,
            now=contact.now,
        )  # fmt: skip
    assert actions.hand_back(contact["RCP"], ref=contact.ref, profile=PROFILE, now=contact.now) == 1


def test_who_was_not_let_in_writes_nothing(contact, officer):
    with pytest.raises(Absent):
        actions.write_paper(
            officer(Duty.RCV), ref=contact.ref, kind="challenge", content={"matched": "yes"},
            profile=PROFILE, now=contact.now,
        )  # fmt: skip


def test_equipment_names_an_offer_that_he_was_shown_and_no_other(contact, in_force, worker):
    shown, other = in_force(REWARD), in_force(REWARD)
    case = contact.case()
    pledges.show(
        worker(Purpose.INGEST), person_ref=case.person_ref, compartment=case.compartment,
        version_ref=shown.ref, language="ru", channel="smpp", message_ref="", now=PROMISED,
    )  # fmt: skip
    told = {"ref": contact.ref, "kind": "equipment", "profile": PROFILE, "now": contact.now}
    for wrong in (other.ref, "O-1 v1"):
        with pytest.raises(Refused, match="not shown"):
            actions.add_item(contact["RCV"], content={"what": "BMP-2", "offer": wrong}, **told)
    actions.add_item(contact["RCV"], content={"what": "BMP-2", "offer": shown.ref}, **told)
    shown_page = page.page_for(contact["RCV"], ref=contact.ref, profile=PROFILE, now=contact.now)
    assert [ref for ref, _label in shown_page.shown] == [shown.ref]
    label = shown_page.shown[0][1]
    assert [thing.told["offer"] for thing in shown_page.things] == [label]
    of_it = sheets.equipment(contact.ref, [{"what": "BMP-2", "offer": label}])
    on_paper = printing.equipment_of(contact["RCV"], ref=contact.ref, profile=PROFILE)
    assert on_paper == sheets.printed(
        of_it, case=contact.ref, languages=shown_page.languages, on=shown_page.things[0].at
    ), "the receipt names the offer as the page does"


def test_each_of_the_three_tests_has_words_of_its_own_and_two_of_them_leave_it_owed(contact):
    noted = contact.case().evidence.filter(kind="three_tests")
    write(contact, "RCV", "posture", act="white cloth", discernible="by day")
    assert not noted.exists()
    write(contact, "RCV", "posture", act="white cloth", discernible="by day", unconditional="yes")
    assert noted.exists()


def test_another_photograph_of_a_thing_is_another_handover_to_sign(contact):
    secured(contact)
    put = {"ref": contact.ref, "profile": PROFILE, "now": contact.now}
    actions.put_handover(contact["RCV"], **put)
    before = bytes(Handover.objects.get().digest)
    thing = actions.add_item(
        contact["RCV"], kind="equipment", content={"what": "BMP-2"}, picture=picture(), **put
    )
    photo = Photo.objects.get(item__ref=thing)
    arrival = photo.item.arrival
    named = content_of(arrival)["photographs"]
    assert named == [f"{bytes(photo.item.digest).hex()} {bytes(photo.digest).hex()}"]
    actions.put_handover(contact["RCV"], **put)
    assert bytes(Handover.objects.get().digest) != before
