"""The gateway to the units' map is struck out: no area counts as published by it."""

from datetime import timedelta

import pytest

from safeconduct import clock, sealing
from safeconduct.access import client
from safeconduct.access.models import Call
from safeconduct.escort import actions, queries, worker
from safeconduct.escort.models import NoFireArea
from safeconduct.spool import certificates, core_end


@pytest.fixture
def struck_out(tmp_path):
    """Return a data folder whose gateway to the maps is struck out."""
    certificates.found(tmp_path, box_public=sealing.new_box_keys()[1])
    certificates.enrol(tmp_path, "tak", box_public=sealing.new_box_keys()[1])
    core_end.strike_out(tmp_path, "tak")
    return tmp_path


def test_no_area_counts_as_published_by_a_map_gateway_that_was_struck_out(under_way, struck_out):
    area = under_way.row().areas.get()
    assert not actions.publish_area(
        under_way.me, area=area.ref, keys=under_way.keys(), data=struck_out, round_=1,
        now=under_way.now,
    )  # fmt: skip
    area.refresh_from_db()
    assert area.published_at is None
    assert set(queries.areas_to_tell(1)) == {area.ref}
    assert core_end.outgoing(struck_out, "tak").waiting() == 0


@pytest.mark.usefixtures("under_way")
def test_the_loop_then_rests_and_asks_the_keeper_for_no_key(struck_out, settings):
    settings.DATA = struck_out
    before = client.head(since=0)["size"]
    assert not worker.publish_marker()
    assert client.head(since=0)["size"] == before


def open_calls():
    open_ = Call.objects.filter(kind="escort.untold", answered_at=None)
    return sorted(open_.values_list("duty", flat=True))


@pytest.mark.usefixtures("under_way", "time_stands")
def test_who_can_say_the_areas_by_voice_is_called_and_once_answered_again_in_ten_minutes(
    struck_out, settings, monkeypatch
):
    settings.DATA = struck_out
    worker._called.clear()
    for _second in range(3):
        worker.publish_marker()
        assert open_calls() == ["DPC", "FCO"]
    Call.objects.update(answered_at=clock.now())
    worker.publish_marker()
    assert open_calls() == []
    later = clock.wall() + timedelta(seconds=worker.AGAIN_S * worker.CALLED_EACH)
    monkeypatch.setattr(clock, "wall", lambda: later)
    worker.publish_marker()
    assert open_calls() == ["DPC", "FCO"]


@pytest.mark.usefixtures("under_way", "time_stands")
def test_nobody_is_called_while_the_maps_know_every_area(struck_out, settings):
    settings.DATA = struck_out
    worker._called.clear()
    now_round = int(clock.wall().timestamp() // worker.AGAIN_S)
    for area in NoFireArea.objects.select_related("escort"):
        area.published = f"{queries.word_of(area)}|{now_round}"
        area.save(update_fields=["published"])
    worker.publish_marker()
    assert open_calls() == []
