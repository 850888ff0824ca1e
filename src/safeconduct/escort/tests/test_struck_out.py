"""The gateway to the units' map is struck out: no area counts as published by it."""

from safeconduct import sealing
from safeconduct.escort import actions, queries
from safeconduct.spool import certificates, core_end


def test_no_area_counts_as_published_by_a_map_gateway_that_was_struck_out(under_way, tmp_path):
    area = under_way.row().areas.get()
    certificates.found(tmp_path, box_public=sealing.new_box_keys()[1])
    certificates.enrol(tmp_path, "tak", box_public=sealing.new_box_keys()[1])
    core_end.strike_out(tmp_path, "tak")
    assert not actions.publish_area(
        under_way.me, area=area.ref, keys=under_way.keys(), data=tmp_path, round_=1,
        now=under_way.now,
    )  # fmt: skip
    area.refresh_from_db()
    assert area.published_at is None
    assert set(queries.areas_to_tell(1)) == {area.ref}
    assert core_end.outgoing(tmp_path, "tak").waiting() == 0
