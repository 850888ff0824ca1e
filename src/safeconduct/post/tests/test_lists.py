"""A campaign's list: read part by part, each number once, sealed, and deleted at the end."""

from collections import Counter

import pytest
from django.db import IntegrityError, connection, transaction

from safeconduct.post import actions, progress
from safeconduct.post.actions.lists import AT_A_TIME
from safeconduct.post.campaign_tables import (
    Batch,
    Lane,
    ListPart,
    Receipted,
    Recipient,
    Told,
    ToldPart,
    Wording,
)
from safeconduct.post.tests.conftest import NOON
from safeconduct.post.tests.listed import (
    drain,
    number,
    outcomes,
    parts_of,
    queue,
    read,
)
from safeconduct.refs import new_refs
from safeconduct.refusal import Refused


def test_a_list_is_read_part_by_part_each_number_once_and_goes_on_after_a_death(campaigner):
    actions.put_list(campaigner, campaign="camp", parts=parts_of(), now=NOON)
    again = (20, 2, f"{number(3)},uk,Europe/Kyiv\n0{number(0)[4:]},ru,Europe/Kyiv")  # two doubles
    actions.put_list(campaigner, campaign="camp", parts=[again], now=NOON)
    assert progress.unread_of("camp") == 14
    assert actions.read_part(campaigner, campaign="camp", region="UA", variants={})
    assert Recipient.objects.count() == 5
    read(campaigner)  # as another life would: by what lies there
    assert progress.unread_of("camp") == 0
    assert Recipient.objects.count() == 12
    assert progress.segments_of("camp") == [
        ("ru", "Europe/Kyiv", 4), ("ru", "UTC", 2), ("uk", "Europe/Kyiv", 4), ("uk", "UTC", 2),
    ]  # fmt: skip
    for lane in Lane.objects.all():
        places = Recipient.objects.filter(lane=lane).values_list("position", flat=True)
        assert sorted(places) == list(range(1, lane.total + 1))


def test_a_line_without_a_number_is_named_by_its_place_and_never_said(campaigner):
    first, count, text = parts_of()[0]
    actions.put_list(
        campaigner, campaign="camp", parts=[(first, count + 2, f"{text}\n\n12,ru,UTC")], now=NOON
    )
    with pytest.raises(Refused, match=f"Line {first + count + 1} ") as caught:
        read(campaigner)
    assert "38050" not in str(caught.value)
    assert not Recipient.objects.exists()


def test_a_list_lies_sealed_before_and_after_it_is_read(campaigner):
    actions.put_list(campaigner, campaign="camp", parts=parts_of(), now=NOON)
    for box in ListPart.objects.values_list("body", flat=True):
        assert b"3805" not in bytes(box)
    read(campaigner)
    assert not ListPart.objects.exists()
    for row in Recipient.objects.values_list("number", "index", "optout_index"):
        assert not any(b"3805" in bytes(each) for each in row)


def test_numbers_of_a_part_have_refs_that_stand_together_and_rise_with_their_places(campaigner):
    actions.put_list(campaigner, campaign="camp", parts=parts_of(10), now=NOON)
    read(campaigner)
    rows = Recipient.objects.filter(lane__zone="Europe/Kyiv").order_by("position")
    refs = list(rows.values_list("ref", flat=True))
    assert refs == [ref for part in (refs[:5], refs[5:]) for ref in sorted(part)]
    assert [len({ref[:6] for ref in part}) for part in (refs[:5], refs[5:])] == [1, 1]
    assert len({ref[6:] for ref in refs}) == len(refs)
    with pytest.raises(ValueError, match="too many"):
        new_refs(10_001)


def test_which_text_a_number_gets_is_drawn_by_its_hash_and_not_by_its_place(campaigner):
    actions.put_list(campaigner, campaign="camp", parts=parts_of(400, size=200), now=NOON)
    read(campaigner, variants={"ru": 2, "uk": 1})
    got = Counter(Recipient.objects.values_list("language", "variant"))
    assert got["uk", 1] == 0
    assert 60 < got["ru", 0] < 140  # of 200; five deviations
    once = dict(Recipient.objects.values_list("index", "variant"))
    Recipient.objects.all().delete()
    Lane.objects.update(total=0)
    actions.put_list(campaigner, campaign="camp", parts=parts_of(400, size=90), now=NOON)
    read(campaigner, variants={"ru": 2, "uk": 1})
    assert dict(Recipient.objects.values_list("index", "variant")) == once


def test_a_frozen_list_and_what_was_told_are_never_rewritten(listed):
    queue(listed)
    drain()
    for table, change in (
        (Recipient, {"language": "ru"}), (Told, {"outcome": "SENT"}), (Lane, {"position": 0}),
    ):  # fmt: skip
        with pytest.raises(IntegrityError), transaction.atomic():
            table.objects.update(**change)


def test_the_list_is_dropped_with_its_texts_and_all_that_was_told_of_each(listed):
    queue(listed)
    drain()
    actions.drop_recipients(listed, campaign="camp", now=NOON)
    for table in (Recipient, Wording, ListPart, Told, ToldPart, Receipted, Batch):
        assert not table.objects.exists()
    assert outcomes() == {"SENT": 12}


def test_a_great_list_goes_by_and_by_and_is_counted_until_it_is_gone(listed, monkeypatch):
    count = 2 * AT_A_TIME + 5
    queue(listed)
    drain()
    lane = Lane.objects.first()
    box = Recipient.objects.first().number
    rows = [
        (f"r{n}", "camp", lane.pk, 100 + n, bytes(box), f"{n:016}".encode(), b"o", "ru", 0)
        for n in range(count)
    ]
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO post_recipient (ref, campaign, lane_id, position, number, index, "
            "optout_index, language, variant) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)".replace(
                " index,", ' "index",'
            ),
            rows,
        )
    actions.drop_recipients(listed, campaign="camp", now=NOON)
    left = progress.left_of("camp")
    assert 0 < left <= count
    while actions.drop_more("camp"):
        assert progress.left_of("camp") < left
        left = progress.left_of("camp")
    assert progress.left_of("camp") == 0
