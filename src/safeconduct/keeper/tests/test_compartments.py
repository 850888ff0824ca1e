import contextlib
from datetime import timedelta

import pytest

from safeconduct import clock, sealing
from safeconduct.access import acts, client, keyring
from safeconduct.access.rules import Act, Duty, Purpose
from safeconduct.keeper.tests.conftest import NOON
from safeconduct.refusal import Refused

TEXT = {"field": "post.Message.text", "ref": "row1"}


def read(who, *compartments, kinds=("body",), purpose=Purpose.READ):
    return keyring.open_fields(who, purpose, compartments, kinds)


def member(town, *duties):
    operator = town.person(*(duties or (Duty.OP,)))
    compartment = client.create(town.worker("ingest"))[0]
    join(town, operator, compartment, duty=next(iter(operator.duties)))
    return operator, compartment


def join(town, person, compartment, *, duty, until=None):
    client.join(
        town.worker("ingest"),
        compartment=compartment,
        person=person.ref,
        duty=duty,
        reason="next",
        until=until,
    )


def test_what_the_worker_sealed_a_member_opens_and_nobody_else(town):
    operator, compartment = member(town)
    ring = read(town.worker("ingest"), compartment, kinds=("text",), purpose=Purpose.INGEST)
    box = ring.seal("Хочу сдаться", kind="text", compartment=compartment, **TEXT)
    his = read(operator, compartment, kinds=("text",))
    assert his.open(box, kind="text", compartment=compartment, **TEXT) == "Хочу сдаться"
    with pytest.raises(Refused, match="not let in"):
        read(town.person(Duty.OP, Duty.SUP), compartment)


def test_who_is_put_out_opens_nothing_from_that_moment(town):
    operator, compartment = member(town)
    supervisor = town.person(Duty.SUP)
    client.leave(supervisor, compartment=compartment, person=operator.ref)
    with pytest.raises(Refused, match="not let in"):
        read(operator, compartment)


def test_a_term_ends_in_world_time(fresh):
    town = fresh()
    operator, compartment = member(town)
    join(town, operator, compartment, duty=Duty.OP, until=NOON + timedelta(hours=12))
    read(operator, compartment)
    clock.move(town.process.folder, world=NOON + timedelta(hours=13), speed=1.0)
    with pytest.raises(Refused, match="not let in"):
        read(operator, compartment)


def test_a_duty_that_ended_opens_nothing_though_its_member_stays_in_the_house(town):
    operator = town.person(Duty.OP, Duty.VER)
    compartment = client.create(town.worker("ingest"))[0]
    join(town, operator, compartment, duty=Duty.VER)
    client.end_duty(town.administrator().login, person=operator.ref, duty=Duty.VER, reason="x")
    with pytest.raises(Refused, match="not let in"):
        read(operator, compartment)


def test_a_duty_opens_only_its_kinds_and_nobody_on_the_staff_a_number(town):
    pilot, compartment = member(town, Duty.PIL)
    read(pilot, compartment, kinds=("pos",))
    for kinds in (("name",), ("pos", "phone")):
        with pytest.raises(Refused, match="not opened for that purpose"):
            read(pilot, compartment, kinds=kinds)
    operator, other = member(town)
    with pytest.raises(Refused, match="not opened for that purpose"):
        read(operator, other, kinds=("phone",))


@pytest.mark.parametrize(
    ("name", "purpose", "kinds", "allowed"),
    [
        ("send", Purpose.SEND, ("phone", "sent"), True),
        ("send", Purpose.SEND, ("text",), False),
        ("send", Purpose.SEND, ("line",), False),
        ("send", Purpose.SEND, ("body",), False),
        ("send", Purpose.SEND, ("pos",), False),
        ("send", Purpose.READ, ("sent",), False),
        ("escort", Purpose.ESCORT, ("pos",), True),
        ("escort", Purpose.ESCORT, ("phone",), False),
        ("escort", Purpose.ESCORT, ("text",), False),
        ("escort", Purpose.ESCORT, ("body",), False),
        ("ingest", Purpose.INGEST, ("phone", "text", "line", "sent", "sign"), True),
        ("ingest", Purpose.INGEST, ("body",), False),
        ("ingest", Purpose.INGEST, ("pos",), False),
        ("clocks", Purpose.CLOCKS, ("body", "pos", "sent", "sign"), True),
        ("clocks", Purpose.CLOCKS, ("text",), False),
        ("clocks", Purpose.CLOCKS, ("line",), False),
        ("clocks", Purpose.CLOCKS, ("phone",), False),
        ("clocks", Purpose.CLOCKS, ("name",), False),
        ("web", Purpose.READ, ("body",), False),
        ("link", Purpose.INGEST, ("body",), False),
    ],
)
def test_a_worker_opens_for_its_one_purpose(town, name, purpose, kinds, allowed):
    compartment = client.create(town.worker("ingest"))[0]
    asked = {"purpose": purpose, "compartments": [compartment], "kinds": kinds}
    if allowed:
        assert len(client.open_keys(town.worker(name), **asked).keys) == len(kinds)
        return
    with pytest.raises(Refused, match="not opened for that purpose"):
        client.open_keys(town.worker(name), **asked)


def test_no_worker_but_the_one_that_takes_texts_in_reads_what_was_said(town):
    compartment = client.create(town.worker("ingest"))[0]
    ingest = read(town.worker("ingest"), compartment, kinds=("text",))
    said = ingest.seal("Хочу сдаться", kind="text", compartment=compartment, **TEXT)
    place = sealing.address(TEXT["field"], compartment, TEXT["ref"])
    for name, most in (("send", 2), ("clocks", 4), ("escort", 1)):
        worker, keys = town.worker(name), []
        for kind in sealing.KINDS:
            with contextlib.suppress(Refused):
                ring = read(worker, compartment, kinds=(kind,))
                keys += ring._opened.keys.values()
        assert len(keys) == most
        for key in keys:
            with pytest.raises(sealing.Tampered):
                sealing.unseal_field(key, bytes(said), place)
    again = ingest.open(said, kind="text", compartment=compartment, **TEXT)
    assert again == "Хочу сдаться"  # and so may who has its token: docs/decisions/0097


def test_a_worker_need_not_name_its_purpose_right_to_get_its_own_keys_and_no_more(town):
    compartment = client.create(town.worker("ingest"))[0]
    read(town.worker("send"), compartment, kinds=("sent",), purpose=Purpose.WRITE)
    with pytest.raises(Refused, match="not opened for that purpose"):
        read(town.worker("send"), compartment, kinds=("pos",), purpose=Purpose.WRITE)


def test_a_wrong_token_is_no_worker(town):
    thief = type(town.worker("ingest"))("SYS:ingest", town.process.tokens["send"])
    with pytest.raises(Refused, match="token"):
        client.create(thief)


def takes(who, compartment):
    client.join(who, compartment=compartment, person=who.ref, duty=Duty.OP, reason="next")


def test_an_operator_takes_the_next_one_and_the_second_operator_must_be_let_in(town):
    first, second, supervisor = town.person(Duty.OP), town.person(Duty.OP), town.person(Duty.SUP)
    compartment = client.create(town.worker("ingest"))[0]
    takes(first, compartment)
    with pytest.raises(Refused, match="lets himself in"):
        takes(second, compartment)
    with pytest.raises(Refused):
        town.lets_in(second, supervisor, compartment, duty=Duty.SUP)
    town.lets_in(supervisor, second, compartment, duty=Duty.OP)
    read(second, compartment)


def test_an_officer_who_opens_one_is_its_first_member_and_who_sees_no_case_opens_none(town):
    planner = town.person(Duty.PLN)
    compartment = client.create(planner)[0]
    read(planner, compartment, kinds=("pos",))
    for who in (town.person(Duty.CAM), town.administrator(), town.worker("send")):
        with pytest.raises(Refused):
            client.create(who)


def test_nobody_is_let_in_for_a_duty_the_keeper_does_not_know_him_in(town):
    operator = town.person(Duty.OP)
    compartment = client.create(town.worker("ingest"))[0]
    with pytest.raises(Refused, match="does not hold the duty"):
        join(town, operator, compartment, duty=Duty.LEG)


def test_an_administrator_and_an_auditor_of_nothing_open_nothing(town):
    compartment = client.create(town.worker("ingest"))[0]
    adm = town.administrator()
    with pytest.raises(Refused):
        join(town, adm, compartment, duty=Duty.ADM)
    for who in (adm, town.person(Duty.AUD)):
        for place in (compartment, keyring.PROGRAMME, keyring.BURNED):
            with pytest.raises(Refused):
                read(who, place)


def test_a_page_is_opened_whole_or_not_at_all(town):
    operator, mine = member(town)
    _, foreign = member(town)
    with pytest.raises(Refused, match="not let in"):
        read(operator, mine, foreign)
    with pytest.raises(Refused, match="not let in"):
        read(operator, mine, "neverthere")


def test_named_compartments_have_rules_of_their_own(town):
    offers, campaigner, planner = (
        town.person(Duty.OFF),
        town.person(Duty.CAM),
        town.person(Duty.PLN),
    )
    read(offers, keyring.PROGRAMME)
    read(planner, keyring.BURNED, kinds=("pos",))
    read(town.administrator(), keyring.ROSTER)
    read(campaigner, "campaign:spring", kinds=("phone",))
    for who, place, kind in (
        (offers, keyring.BURNED, "pos"),
        (planner, keyring.ROSTER, "body"),
        (planner, "campaign:spring", "phone"),
        (campaigner, "campaign:spring", "pos"),
        (campaigner, "campaign", "body"),
        (planner, "programme:x", "body"),
    ):
        with pytest.raises(Refused):
            read(who, place, kinds=(kind,))


def test_the_rate_counts_distinct_compartments_and_lists_apart(fresh):
    town = fresh("--rate", "case=3", "--rate", "triage=5")
    operator = town.person(Duty.OP)
    refs = client.create(town.worker("ingest"), count=6)
    client.join_many(town.worker("ingest"), refs, person=operator.ref, duty=Duty.OP, reason="x")
    for _ in range(3):
        read(operator, *refs[:3])
    read(operator, *refs[:5], purpose=Purpose.TRIAGE, kinds=("line",))
    with pytest.raises(Refused, match="within 24 hours"):
        read(operator, refs[3])
    with pytest.raises(Refused, match="within 24 hours"):
        read(operator, refs[5], purpose=Purpose.TRIAGE, kinds=("line",))
    read(operator, refs[0])


@pytest.mark.parametrize("duty", [Duty.OP, Duty.LEG, Duty.PLN, Duty.PIL, Duty.MED])
def test_a_list_opens_last_lines_and_nothing_else_of_a_compartment(town, duty):
    somebody, compartment = member(town, duty)
    read(somebody, compartment, kinds=("line",), purpose=Purpose.TRIAGE)
    for kinds in (("body",), ("pos",), ("name",), ("phone",), ("line", "body")):
        with pytest.raises(Refused, match="not opened for that purpose"):
            read(somebody, compartment, kinds=kinds, purpose=Purpose.TRIAGE)
    with pytest.raises(Refused, match="not opened for that purpose"):
        read(somebody, keyring.PROGRAMME, purpose=Purpose.TRIAGE)
    read(somebody, compartment, kinds=("body", "line"))


def test_a_restart_does_not_forget_what_was_opened_today(fresh):
    town = fresh("--rate", "case=2")
    operator = town.person(Duty.OP)
    refs = client.create(town.worker("ingest"), count=3)
    client.join_many(town.worker("ingest"), refs, person=operator.ref, duty=Duty.OP, reason="x")
    read(operator, *refs[:2])
    town.process.kill()
    town.process.start()
    read(operator, *refs[:2])
    with pytest.raises(Refused, match="within 24 hours"):
        read(operator, refs[2])


def test_all_people_together_have_a_limit_that_a_restart_does_not_lift(fresh):
    town = fresh("--rate", "everybody=2", "--rate", "join=2")
    one, other = town.person(Duty.OP), town.person(Duty.OP)
    refs = client.create(town.worker("ingest"), count=3)
    for ref in refs[:2]:
        join(town, one, ref, duty=Duty.OP)
    join(town, other, refs[2], duty=Duty.OP)
    read(one, *refs[:2])
    town.process.kill()
    town.process.start()
    with pytest.raises(Refused, match="within 24 hours"):
        read(other, refs[2])
    with pytest.raises(Refused, match="within 24 hours"):
        join(town, one, refs[2], duty=Duty.OP)


def test_one_person_is_let_into_only_so_many(fresh):
    town = fresh("--rate", "join=2")
    operator = town.person(Duty.OP)
    refs = client.create(town.worker("ingest"), count=3)
    with pytest.raises(Refused, match="within 24 hours"):
        client.join_many(town.worker("ingest"), refs, person=operator.ref, duty=Duty.OP, reason="x")
    with pytest.raises(Refused, match="not let in"):
        read(operator, refs[0])


def test_equal_numbers_meet_and_the_index_is_not_for_everybody(fresh):
    town = fresh("--rate", "blind=3", "--rate", "lists=4", "--rate", "names=2")
    send = town.worker("ingest")
    one = keyring.blind(send, "phone", "+380501234567")
    assert one == keyring.blind(send, "phone", "+380501234567")
    assert one != keyring.blind(send, "optout", "+380501234567")
    keyring.blind(send, "phone", "+380501234568")
    with pytest.raises(Refused, match="within 24 hours"):
        keyring.blind(send, "phone", "+380501234569")
    assert one == keyring.blind(send, "phone", "+380501234567")
    keyring.blind(send, "phone", "web:" + "a" * 52)  # random, so nobody goes through them
    with pytest.raises(Refused, match="within 24 hours"):
        keyring.blind(send, "phone", "web:" + "a" * 51)
    with pytest.raises(Refused, match="not among your duties"):
        keyring.blind(town.person(Duty.OP), "phone", "+380501234567")
    with pytest.raises(Refused, match="for that purpose"):
        keyring.blind(send, "name", "exact|ALKS KZMNV|1995-03-07|*")
    desk, hears = town.person(Duty.TRC), town.person(Duty.RCP)
    two = ["exact|ALKS KZMNV|1995-03-07|*", "exact|ALKS KZMNV|1995-03-08|*"]
    assert keyring.blind_many(desk, "name", two) == keyring.blind_many(hears, "name", two)
    with pytest.raises(Refused, match="within 24 hours"):
        keyring.blind(desk, "name", "exact|ALKS KZMNV|1995-03-09|*")


def test_whoever_sends_reads_a_list_and_its_receipts_and_not_all_numbers_of_a_country(fresh):
    town = fresh("--rate", "blind=1", "--rate", "lists=4")
    send = town.worker("send")
    numbers = [f"+38050123456{n}" for n in range(4)]
    assert len(set(keyring.blind_many(send, "optout", numbers))) == len(numbers)
    with pytest.raises(Refused, match="within 24 hours"):
        keyring.blind(send, "optout", numbers[0])


def yes(town, person, compartment, *, digest=None):
    act = Act("case.purge", "case1", digest or acts.destroy_digest(compartment), Duty.DPO)
    return client.act(person, act, town.touch(person, act), now=NOON)


def test_two_people_destroy_for_ever_and_one_cannot(town):
    operator, compartment = member(town)
    box = read(operator, compartment).seal("secret", compartment=compartment, **TEXT)
    one, other = town.person(Duty.DPO), town.person(Duty.DPO)
    clocks = town.worker("clocks")
    alone = [yes(town, one, compartment), yes(town, one, compartment)]
    elsewhere = yes(town, other, compartment, digest=acts.destroy_digest("another"))
    for yeses in (alone, [alone[0], elsewhere]):
        with pytest.raises(Refused, match="two people"):
            keyring.destroy(clocks, compartment=compartment, yeses=yeses)
    forged = client.Yes(yes(town, other, compartment).told, alone[0].signature)
    with pytest.raises(Refused, match="not signed here"):
        keyring.destroy(clocks, compartment=compartment, yeses=[alone[0], forged])
    keyring.destroy(
        clocks, compartment=compartment, yeses=[alone[0], yes(town, other, compartment)]
    )
    ring = read(operator, compartment)
    assert ring.gone(compartment)
    with pytest.raises(Refused, match="destroyed"):
        ring.open(box, compartment=compartment, **TEXT)


def test_a_destroyed_key_has_left_the_file_and_never_comes_back(town):
    _, compartment = member(town)
    people = [town.person(Duty.DPO), town.person(Duty.DPO)]
    file = town.process.folder / "keys.db"
    assert compartment.encode() in file.read_bytes()
    yeses = [yes(town, person, compartment) for person in people]
    keyring.destroy(town.worker("clocks"), compartment=compartment, yeses=yeses)
    # that it is gone is remembered, and what was certified of it
    assert file.read_bytes().count(compartment.encode()) == 2
    with pytest.raises(Refused, match="not let in"):
        join(town, people[0], compartment, duty=Duty.DPO)


def test_one_page_of_a_list_does_not_lose_its_others_by_a_destroyed_one(town):
    operator, living = member(town)
    dead = client.create(town.worker("ingest"))[0]
    join(town, operator, dead, duty=Duty.OP)
    people = [town.person(Duty.DPO), town.person(Duty.DPO)]
    yeses = [yes(town, person, dead) for person in people]
    keyring.destroy(town.worker("clocks"), compartment=dead, yeses=yeses)
    ring = read(operator, living, dead)
    box = ring.seal("still here", compartment=living, **TEXT)
    assert ring.open(box, compartment=living, **TEXT) == "still here"


def test_a_keyring_seals_only_where_it_was_opened_and_a_moved_box_stays_shut(town):
    operator, compartment = member(town)
    ring = read(operator, compartment)
    box = ring.seal("here", compartment=compartment, **TEXT)
    with pytest.raises(Refused, match="changed or moved"):
        ring.open(bytes(box), compartment=compartment, field=TEXT["field"], ref="row2")
    with pytest.raises(Refused, match="not opened for this page"):
        ring.seal("x", kind="pos", compartment=compartment, **TEXT)


def test_every_opening_stands_in_the_log_before_the_answer(town):
    operator, compartment = member(town)
    auditor = town.person(Duty.AUD)
    read(operator, compartment)
    entries = client.log(auditor.login, subject=compartment)
    assert (entries[0]["who"], entries[0]["verb"]) == (operator.ref, "opened READ")
    with pytest.raises(Refused, match="not among your duties"):
        client.log(operator.login)
