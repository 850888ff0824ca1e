import sqlite3
from contextlib import closing

import pytest

from safeconduct.access import client, keyring
from safeconduct.access.rules import Duty, Purpose
from safeconduct.refusal import Refused


def read(town, name, *refs):
    purpose = Purpose(name.upper())
    return keyring.open_fields(
        town.worker(name), purpose, refs, ["pos" if name == "clocks" else "sent"]
    )


def grow_older(process, refs, *, hours):
    """Let people have come so many hours ago; the keeper is killed and started anew by it."""
    process.kill()
    with closing(sqlite3.connect(process.folder / "keys.db")) as db, db:
        for ref in refs:
            told = "UPDATE compartment SET made_at = made_at - ? WHERE ref = ?"
            db.execute(told, (hours * 3600, ref))
    process.start()


@pytest.mark.parametrize("name", ["ingest", "send"])
def test_however_many_new_people_write_none_of_them_counts_against_who_takes_them_in(fresh, name):
    town = fresh("--rate", "worker=2")
    flood = client.create(town.worker("ingest"), count=50)
    for ref in flood:
        read(town, name, ref)
    (known,) = client.create(town.worker("ingest"))
    grow_older(town.process, [known], hours=25)
    read(town, name, known)


def test_who_is_new_does_not_count_for_a_worker_that_meets_nobody(fresh):
    town = fresh("--rate", "worker=2")
    flood = client.create(town.worker("ingest"), count=3)
    with pytest.raises(Refused, match="within 24 hours"):
        read(town, "clocks", *flood)


def test_strangers_of_yesterday_use_up_nothing_of_those_whom_staff_has_taken(fresh):
    town = fresh("--rate", "worker=3")
    operator = town.person(Duty.OP)
    refs = client.create(town.worker("ingest"), count=8)
    talked_with, flood = refs[:3], refs[3:]
    client.join_many(
        town.worker("ingest"), talked_with, person=operator.ref, duty=Duty.OP, reason="next"
    )
    grow_older(town.process, refs, hours=25)
    for ref in flood[:3]:
        read(town, "ingest", ref)
    for _ in range(2):
        with pytest.raises(Refused, match="within 24 hours"):
            read(town, "ingest", flood[3])
        for ref in talked_with:
            read(town, "ingest", ref)
        read(town, "ingest", flood[0])
        grow_older(town.process, [], hours=0)  # and a restart forgives nothing
    grow_older(town.process, [talked_with[0]], hours=0)
    (more,) = client.create(town.worker("ingest"))
    client.join_many(town.worker("ingest"), [more], person=operator.ref, duty=Duty.OP, reason="x")
    grow_older(town.process, [more], hours=25)
    with pytest.raises(Refused, match="within 24 hours"):
        read(town, "ingest", more)


def test_one_day_old_is_not_new(fresh):
    town = fresh("--rate", "worker=1")
    refs = client.create(town.worker("ingest"), count=3)
    grow_older(town.process, refs[:2], hours=24)
    read(town, "ingest", refs[0], refs[2])
    with pytest.raises(Refused, match="within 24 hours"):
        read(town, "ingest", refs[1])
