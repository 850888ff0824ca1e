"""What law keeps of an erased case: shut as a living one, to those whose duty it is, one by one."""

import pytest

from safeconduct import sealing
from safeconduct.access import client, keyring, ownkeys
from safeconduct.access.rules import Duty, Purpose
from safeconduct.keeper.tests.closing import Closing
from safeconduct.keeper.tests.test_ownkeys import NAME, PLACE, Desk, carved, everything_of, opened
from safeconduct.refusal import Refused

KEPT, WORTH = "core:case1", "a telephone, two photographs"


def desk_of(town):
    desk = Desk(town)
    desk.ref = KEPT
    return desk


def reader(desk, duty):
    return desk.reader(duty, let_in=False)


def writes(desk, who):
    property_of(who)  # the first to open it makes it
    desk.write(who)


def property_of(who, *, purpose=Purpose.READ):
    return keyring.open_fields(who, purpose, [KEPT], ["body"])


def test_root_disk_and_database_together_open_no_name_of_an_erased_case(fresh):
    desk = desk_of(fresh())
    dpo, leg = reader(desk, Duty.DPO), reader(desk, Duty.LEG)
    writes(desk, dpo)
    thing = property_of(dpo).seal(WORTH, compartment=KEPT, **PLACE)
    assert desk.read(leg) == NAME
    desk.town.process.stop()
    keys, inner = everything_of(desk.town.process.folder)
    address = sealing.address(PLACE["field"], KEPT, PLACE["ref"])
    assert {carved(key, thing, address) for key in keys} == {"", WORTH}
    assert {carved(key, desk.box, address) for key in keys} == {""}
    info = sealing.address("own", KEPT, "row1", leg.ref)
    assert not any(
        opened(each, desk.copies[leg.ref], info) for each in (*keys, *inner) if len(each) == 96
    )
    (private,) = [found for each in inner if (found := with_words(desk, leg, each))]
    own = opened(private, desk.copies[leg.ref], info)
    assert NAME in {carved(sealing.named_key(key, own), desk.box, address) for key in keys}


def with_words(desk, who, box):
    try:
        secret = ownkeys.secret_of(desk.words[who.ref])
        return sealing.unseal(secret, box, sealing.address("own", who.ref))
    except sealing.Tampered:
        return b""


def test_one_login_opens_so_many_erased_cases_a_day_and_lists_none(fresh):
    town = fresh("--rate", "case=3")
    legal = town.person(Duty.LEG)
    for n in range(3):
        keyring.open_fields(legal, Purpose.READ, [f"core:c{n}"], ["body", "name"])
    with pytest.raises(Refused, match="within 24 hours"):
        keyring.open_fields(legal, Purpose.READ, ["core:c3"], ["body"])
    with pytest.raises(Refused):
        keyring.open_fields(legal, Purpose.READ, ["core"], ["body"])
    lines = client.log(town.person(Duty.AUD).login, subject="core:c1")
    assert (lines[0]["who"], lines[0]["verb"]) == (legal.ref, "opened READ")


def test_nobody_else_opens_it_and_no_worker(town):
    desk = desk_of(town)
    writes(desk, reader(desk, Duty.DPO))
    for duty in (Duty.RCP, Duty.OP, Duty.SUP, Duty.AUD):
        stranger = reader(desk, duty)
        with pytest.raises(Refused):
            property_of(stranger)
        with pytest.raises(Refused, match="not let in"):
            ownkeys.read(stranger.login, compartment=KEPT, copies={"row1": b"x"})
    for name in ("ingest", "send", "clocks"):
        with pytest.raises(Refused, match="not opened for that purpose"):
            property_of(town.worker(name), purpose=Purpose(name.upper()))


def test_whose_duty_ended_reads_it_no_more(town):
    desk = desk_of(town)
    leg = reader(desk, Duty.LEG)
    writes(desk, reader(desk, Duty.DPO))
    assert desk.read(leg) == NAME
    client.end_duty(town.administrator().login, person=leg.ref, duty=Duty.LEG, reason="left")
    for reading in (desk.read, property_of):
        with pytest.raises(Refused):
            reading(leg)


def test_when_its_own_term_ends_two_people_destroy_its_key_as_any(fresh):
    town = fresh()
    desk, at = desk_of(town), Closing(town)
    dpo = reader(desk, Duty.DPO)
    writes(desk, dpo)
    with pytest.raises(Refused, match="two people"):
        at.close(KEPT, at.yeses(KEPT)[:1])
    assert at.close(KEPT)
    assert property_of(dpo).gone(KEPT)
    with pytest.raises(Refused):
        desk.read(dpo)
    with pytest.raises(Refused, match="belongs to the programme"):
        at.close("programme")
