"""What colleagues write as a reason: read by whoever judges it, and by no disk."""

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import timedelta

import pytest
from conftest import NOON
from django.db import connection

from safeconduct import clock
from safeconduct.access import actions, acts, keyring, queries, reasons
from safeconduct.access.models import HeldDuty, Membership
from safeconduct.access.rules import Duty, Purpose
from safeconduct.access.tests.test_views import form_of, send
from safeconduct.escort.tests.test_seized import dump
from safeconduct.exercise import diskgrep
from safeconduct.keeper.tests.process import SRC
from safeconduct.refusal import Refused

WHY = {
    "let in": "he is Ivanov of the third battalion",
    "broken": "Petrenko waits at the mill by the ford",
    "review": "Sydorenko is hurt, his mother rang",
    "duty": "she knows the village of Kalynivka",
    "hired": "cousin of Bondarenko from the bakery",
    "lost": "her telephone fell into the Teteriv",
}


@pytest.fixture
def written(db, staff, officer, touch, worker):
    """Write all of them, by those whose work it is; return who can read them."""
    member, chief, second = officer(Duty.OP), officer(Duty.SUP), officer(Duty.SUP)
    admin, other = staff.administrator(now=NOON), officer(Duty.VER)
    room = actions.open_compartment(member, duty=Duty.OP, reason=WHY["let in"], now=NOON)
    staff.lets_in(chief, compartment=room, person=other.ref, duty=Duty.VER, reason=WHY["let in"])
    glass = actions.break_glass(
        chief, compartment=room, about="case", url="/cases/case/", reason=WHY["broken"],
        proof=touch(chief, acts.break_glass(room, reason=WHY["broken"])), now=NOON,
    )  # fmt: skip
    actions.tell_glasses(worker(Purpose.CLOCKS), now=NOON)
    told = {"justified": True, "words": WHY["review"]}
    act = acts.review_glass(glass, Duty.SUP, **told)
    proof = touch(second, act)
    actions.review_glass(second, ref=glass, duty=Duty.SUP, **told, proof=proof, now=NOON)
    until, given = NOON + timedelta(days=1), {"person": other.ref, "duty": Duty.LEG}
    act = acts.grant(other.ref, Duty.LEG, reason=WHY["duty"], until=until)
    actions.hold_duty(
        admin, **given, reason=WHY["duty"], until=until, proof=touch(admin, act), now=NOON
    )
    actions.ask_recovery(chief, person=other.ref, reason=WHY["lost"], now=NOON)
    return {
        "room": room, "glass": glass, "member": member, "chief": chief, "second": second,
        "admin": admin, "other": other,
    }  # fmt: skip


def searched(folder):
    dump(folder / "dump")
    return {found.secret for found in diskgrep.search(folder, WHY)}


def test_no_reason_of_the_staff_lies_readable_in_a_dump(written, tmp_path):
    assert searched(tmp_path) == set()
    with connection.cursor() as cursor:  # and one that did would be found
        cursor.execute("UPDATE access_glass SET about = %s", [WHY["broken"][:20]])
        cursor.execute("UPDATE access_person SET name = %s WHERE ref = %s",
                       [WHY["lost"], written["other"].ref])  # fmt: skip
    assert "lost" in searched(tmp_path)


def test_what_is_typed_into_the_forms_lies_readable_nowhere(written, client_of, staff, tmp_path):
    admin, asked = written["admin"], written["member"]
    browser = client_of(admin)
    form = form_of(browser.get("/people/"), "access.add")
    told = {"name": "Planner 77", "language": "en", "duties": ["PLN"], "reason": WHY["hired"]}
    exactly = send(browser, form, **told)
    assert WHY["hired"] in exactly.content.decode()  # read once more, before the touch
    send(browser, form_of(exactly, "access.create"), staff.key(admin.ref))
    form = form_of(browser.get(f"/people/{asked.ref}/"), "access.ask_recovery")
    send(browser, form, reason=WHY["let in"])
    shown = queries.recovery_of(admin, person=asked.ref)
    assert shown.reason == WHY["let in"]
    assert searched(tmp_path) == set()


def test_whoever_judges_reads_them_as_before(written, client_of):
    other, room = written["other"], written["room"]
    shown = queries.glass_for(written["second"], ref=written["glass"], now=NOON)
    assert (shown.reason, shown.words) == (WHY["broken"], WHY["review"])
    (told,) = queries.told_of_glass(written["member"], now=NOON, compartment=room)
    assert told.reason == WHY["broken"]
    assert queries.recovery_of(written["chief"], person=other.ref).reason == WHY["lost"]
    assert [each.reason for each in queries.recoveries_for(other, now=NOON)] == [WHY["lost"]]
    person = queries.person_for(written["admin"], ref=other.ref, now=NOON, wall=clock.wall())
    assert {held.duty: held.reason for held in person.duties}[Duty.LEG] == WHY["duty"]
    page = client_of(written["admin"]).get(f"/people/{other.ref}/").content.decode()
    assert WHY["duty"] in page


def why_let_in(officer, row):
    line = reasons.Sealed(row.reason, actions.WHY_LET_IN, row.compartment, row.ref)
    return reasons.opened(officer, [line])


def test_why_somebody_was_let_in_is_read_by_members_supervisors_and_the_auditor(written, officer):
    (row,) = Membership.objects.filter(person__ref=written["other"].ref)
    for who in (written["member"], written["second"], officer(Duty.AUD)):
        assert why_let_in(who, row) == [WHY["let in"]]
    assert why_let_in(officer(Duty.OP), row) == [""]  # not let in, judges nothing
    assert why_let_in(officer(Duty.ADM), row) == [""]


def test_who_judges_opens_the_reasons_and_nothing_else(written, officer):
    for judge in (written["second"], officer(Duty.AUD)):
        for kind in ("body", "name", "pos", "phone"):
            for kinds in ([kind], [kind, reasons.WHY]):
                with pytest.raises(Refused):
                    keyring.open_fields(judge, Purpose.READ, [written["room"]], kinds)


def test_a_key_that_was_destroyed_takes_the_reasons_along(written, keeper):
    with closing(sqlite3.connect(keeper.folder / "keys.db")) as db:
        db.execute("DELETE FROM compartment WHERE ref=?", (written["room"],))
        db.commit()
    shown = queries.glass_for(written["second"], ref=written["glass"], now=NOON)
    assert (shown.reason, shown.words) == ("", "")


def test_while_the_keeper_is_away_the_page_tells_of_it_without_the_words(written, keeper):
    keeper.kill()
    try:
        (told,) = queries.told_of_glass(written["member"], now=NOON, compartment=written["room"])
        assert (told.ref, told.reason) == (written["glass"], "")
    finally:
        keeper.start()


def test_a_reason_that_was_moved_to_another_row_opens_nothing(written):
    rows = HeldDuty.objects.filter(reason__isnull=False).order_by("-pk")[:2]
    with connection.cursor() as cursor:
        cursor.execute("UPDATE access_recovery SET reason = %s", [bytes(rows[0].reason)])
    with pytest.raises(Refused, match="changed or moved"):
        queries.recovery_of(written["chief"], person=written["other"].ref)


OLDER = """
import django, sys
from django.core.management import call_command
django.setup()
call_command("migrate", "access", sys.argv[1], verbosity=0)
"""
ROWS = """
INSERT INTO access_person (ref, name, language, active, created_at) VALUES
    ('p1', 'ADM 1', 'en', 1, '2026-01-01'), ('p2', 'SUP 2', 'en', 1, '2026-01-01');
INSERT INTO access_heldduty (ref, person_id, duty, reason, since, ended_by)
    VALUES ('d1', 1, 'ADM', '{duty}', '2026-01-01', '');
INSERT INTO access_membership (ref, person_id, compartment, duty, reason, granted_by, taken, since)
    VALUES ('m1', 2, 'room', 'SUP', '{let in}', 'p1', 0, '2026-01-01');
INSERT INTO access_recovery (ref, person_id, reason, asked_by_id, asked_at, done)
    VALUES ('r1', 2, '{lost}', 1, '2026-01-01', 0);
INSERT INTO access_subject (ref, verb, digest, author_id, title, url, duties, compartment, put_at)
    VALUES ('p2', 'people.recover', x'00', NULL, 't', '/', '[]', '', '2026-01-01');
INSERT INTO access_glass (ref, person_id, compartment, about, url, reason, asked_at, due_at,
    reviewed_at, reviewed_by_id, justified, words, ended_by, shut)
    VALUES ('g1', 2, 'room', 'case', '/', '{broken}', '2026-01-01', '2026-01-02',
    '2026-01-01', 1, 1, '{review}', '', 0);
"""


@pytest.mark.skipif("SAFECONDUCT_POSTGRES" in os.environ, reason="one file is looked into")
def test_tables_with_people_in_them_come_to_hold_no_reason(tmp_path):
    env = {**os.environ, "SAFECONDUCT_DATA": str(tmp_path), "PYTHONPATH": str(SRC)}
    env["DJANGO_SETTINGS_MODULE"] = "safeconduct.web.settings"

    def migrate(to):
        subprocess.run([sys.executable, "-c", OLDER, to], env=env, check=True)

    migrate("0006")
    file = tmp_path / "safeconduct.db"
    with closing(sqlite3.connect(file)) as db:
        db.executescript(ROWS.format(**WHY))
    assert {found.secret for found in diskgrep.search(tmp_path, WHY)} == WHY.keys() - {"hired"}
    migrate("0007")
    with closing(sqlite3.connect(file)) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        assert db.execute("SELECT ended_at FROM access_recovery").fetchone() == ("2026-01-01",)
        assert db.execute("SELECT closed_at FROM access_subject").fetchone() == ("2026-01-01",)
        for table in ("heldduty", "membership", "glass"):
            assert db.execute(f"SELECT count(*) FROM access_{table}").fetchone() == (1,)  # noqa: S608  names of ours
        with pytest.raises(sqlite3.IntegrityError, match="never changed"):
            db.execute("UPDATE access_glass SET words = x'01'")
    assert diskgrep.search(tmp_path, WHY) == []
