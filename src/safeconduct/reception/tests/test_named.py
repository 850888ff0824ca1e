"""Who he is, sealed to each reader's own key: on the page, in the tables, for who comes and who goes."""

import pytest
from django.conf import settings
from django.db import connection

from safeconduct import sealing
from safeconduct.access import actions as access
from safeconduct.access import acts, keyring, ownkeys
from safeconduct.access.models import OwnCopy
from safeconduct.access.rules import Duty, Purpose, digest_of
from safeconduct.keeper.tests.test_ownkeys import everything_of
from safeconduct.pages import wordcode
from safeconduct.reception import actions, queries
from safeconduct.reception.models import Paper
from safeconduct.reception.tests.test_actions import FOUR, secured, write
from safeconduct.refusal import Refused

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_noon")]
NAME = "Zimorodkov"
AES_BYTES = 32


@pytest.fixture
def named(contact):
    """Return a crew in which two have written down who he is: RCP has, LEG may read it."""
    assert contact["LEG"]
    secured(contact)
    write(contact, "RCP", "four", **{**FOUR, "names": NAME})
    return contact


def page(crew, officer, client_of) -> str:
    return client_of(officer).get(f"/reception/{crew.ref}/").content.decode()


def names(crew, officer) -> str:
    arrival = queries.arrival_for(officer, Purpose.READ, ref=crew.ref)
    return queries.named_of(officer, Purpose.READ, arrival)["four"]["names"]


def test_each_reader_reads_it_by_his_own_key_and_shut_it_is_on_no_page(named, staff, client_of):
    one, browser = named["RCP"], client_of(named["RCP"])
    assert names(named, named["LEG"]) == NAME
    assert NAME in page(named, one, client_of)
    browser.post("/people/me/own-key/shut/", {"back": f"/reception/{named.ref}/"})
    shut = page(named, one, client_of)
    assert NAME not in shut
    assert 'data-act="reception.four"' not in shut  # an empty form would write over what stands
    assert browser.get(f"/reception/{named.ref}/card.pdf").status_code == 409
    told = {"words": "zuzu " * 6, "back": f"/reception/{named.ref}/"}
    assert browser.post("/people/me/own-key/open/", told).status_code == 409
    told["words"] = wordcode.shown(staff.words[one.ref], "uk").upper()
    answer = browser.post("/people/me/own-key/open/", told)
    assert (answer.status_code, answer["Location"]) == (303, f"/reception/{named.ref}/")
    assert NAME in page(named, one, client_of)


@pytest.mark.parametrize("back", ["https://elsewhere.example/", "//elsewhere.example/", ""])
def test_opening_leads_to_no_other_site(named, staff, client_of, back):
    told = {"words": staff.words[named["RCP"].ref], "back": back}
    answer = client_of(named["RCP"]).post("/people/me/own-key/open/", told)
    assert answer["Location"] == "/people/me/"


def test_a_key_is_made_on_the_page_by_a_touch_and_its_words_are_shown_once(
    officer, touch, client_of
):
    who = officer(Duty.VER)
    browser = client_of(who)
    assert 'data-act="access.make_own_key"' in browser.get("/people/me/").content.decode()
    proof = touch(who, acts.own_key(who.ref, Duty.VER))
    sent = {"duty": "VER", "nonce": proof.nonce, "assertion": proof.assertion}
    made = browser.post("/people/me/own-key/", sent).content.decode()
    words = made.partition('<p class="digest" translate="no">')[2].partition("<")[0]
    assert len(words.split()) == 6
    assert words not in browser.get("/people/me/").content.decode()
    ownkeys.shut(who.login)
    assert browser.post("/people/me/own-key/open/", {"words": words}).status_code == 303


def test_who_is_let_out_reads_nothing_more_and_the_row_is_sealed_anew_for_the_others(
    named, client_of
):
    gone, stays = named["LEG"], named["RCP"]
    row = Paper.objects.get(kind="four")
    before = bytes(row.body)
    ring = keyring.open_fields(gone, Purpose.READ, [named.compartment], ["name"])
    kept = access_keys(gone, row, named.compartment)
    access.leave(stays, compartment=named.compartment, person=gone.ref, now=named.now)
    assert client_of(gone).get(f"/reception/{named.ref}/").status_code == 404
    with pytest.raises(Refused):
        ownkeys.read(gone.login, compartment=named.compartment, copies={row.ref: b"x" * 1200})
    assert not OwnCopy.objects.get(row=row.ref, person=gone.ref).box
    assert 'data-act="access.share_names"' in page(named, stays, client_of)
    client_of(stays).post(f"/reception/{named.ref}/share/")
    row.refresh_from_db()
    assert bytes(row.body) != before
    assert not OwnCopy.objects.filter(row=row.ref, person=gone.ref).exists()
    place = {"field": queries.BODY, "kind": "name", "compartment": named.compartment}
    assert NAME in ring.open(before, own=kept, ref=row.ref, **place)
    with pytest.raises(Refused, match="changed or moved"):  # even with the keys that he took along
        ring.open(row.body, own=kept, ref=row.ref, **place)
    assert names(named, stays) == NAME


def access_keys(officer, row, compartment) -> bytes:
    """Return the row's own key, as one who copies all he can would keep it."""
    copy = bytes(OwnCopy.objects.get(row=row.ref, person=officer.ref).box)
    return ownkeys.read(officer.login, compartment=compartment, copies={row.ref: copy})[row.ref]


def test_who_comes_later_waits_until_a_colleague_shares_it(named, officer):
    late = officer(Duty.RCV, now=named.now)
    named.let_in(late, Duty.RCV)
    with pytest.raises(Refused, match="before you were let in"):
        names(named, late)
    actions.share_names(named["RCP"], ref=named.ref, now=named.now)
    assert names(named, late) == NAME


def test_who_lost_his_words_makes_a_new_key_and_reads_again_once_it_is_shared(named, staff):
    lost = named["LEG"]
    staff.own_key(lost, now=named.now)
    with pytest.raises(Refused, match="before you had the key"):
        names(named, lost)
    actions.share_names(named["RCP"], ref=named.ref, now=named.now)
    assert names(named, lost) == NAME


def test_what_nobody_can_open_any_more_is_asked_again_and_written_anew(named, staff, client_of):
    one = named["RCP"]
    access.leave(one, compartment=named.compartment, person=named["LEG"].ref, now=named.now)
    staff.own_key(one, now=named.now)  # the last reader lost his words: no copy lives
    said = page(named, one, client_of)
    assert NAME not in said
    assert "write it anew" in said
    assert 'data-act="reception.four"' in said
    write(named, "RCP", "four", **{**FOUR, "names": "Zimorodkova"})
    assert names(named, one) == "Zimorodkova"


def test_the_tables_show_no_name_and_no_digest_of_one_with_the_keepers_root_in_hand(named):
    """The database's dump, and beside it every key that the root and keys.db give."""
    row = Paper.objects.get(kind="four")
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {Paper._meta.db_table}")  # noqa: S608  our own table
        dump = repr(
            [[bytes(v) if isinstance(v, memoryview) else v for v in r] for r in cursor.fetchall()]
        )
    assert NAME not in dump
    assert bytes(row.digest) != digest_of_content()
    keys = [key for key in everything_of(settings.DATA)[0] if len(key) == AES_BYTES]
    place = sealing.address(queries.BODY, named.compartment, row.ref)
    for key in keys:
        with pytest.raises(sealing.Tampered):
            sealing.unseal_field(key, bytes(row.body), place)
    other = Paper.objects.get(kind="secure")  # what names nobody opens so: the search can find
    place = sealing.address(queries.BODY, named.compartment, other.ref)
    assert any(opens(key, bytes(other.body), place) for key in keys)


def digest_of_content() -> bytes:
    return digest_of({**FOUR, "names": NAME})


def opens(key: bytes, box: bytes, place: bytes) -> bool:
    try:
        return bool(sealing.unseal_field(key, box, place))
    except sealing.Tampered:
        return False
