"""After the purge. Alone in its module: the keeper destroys the case's key, and no test undoes that."""

from safeconduct.access.rules import Duty
from safeconduct.cases import actions as case_actions
from safeconduct.cases import queries as cases
from safeconduct.envelope import FlightLog
from safeconduct.escort import actions
from safeconduct.escort.models import Film, FlightPiece, NoFireArea, Stretch
from safeconduct.passage.tests.conftest import PROFILE


def test_of_a_purged_case_no_row_of_its_escort_is_left(under_way):
    crew = under_way.journey
    under_way.drives(5)
    piece = FlightLog("mavlink", 99, "vehicle", under_way.now, under_way.now, b"a frame")
    assert actions.record_flight(under_way.row(), [piece], keys=under_way.watched.keys) == 1
    film = {"recorder": "recorder 2", "sha256": "ab" * 32, "after_s": 1}
    actions.note_film(under_way[Duty.PIL], ref=under_way.ref, now=under_way.now, **film)
    crew.goes("ABORTED", "DECLINED")
    area = under_way.row().areas.get()
    actions.begin_and_end(under_way.me, now=under_way.now)
    crew.brings("his_no", "abort_reason", "abort_order", "turn_back_text", "near_miss")
    assert not actions.forget(under_way.me, now=under_way.now)
    actions.end_area(under_way[Duty.FCO], area=area.ref, reason="", now=under_way.now)
    crew.wait(days=31)
    dpo, auditor = under_way[Duty.DPO], under_way[Duty.AUD]
    proposal = case_actions.propose_purge(dpo, ref=crew.ref, profile=PROFILE, now=crew.now)
    for officer, duty in ((dpo, Duty.DPO), (auditor, Duty.AUD)):
        crew.says_yes(officer, duty, cases.Proposal.objects.get(ref=proposal))
    assert actions.forget(under_way.me, now=crew.now)
    assert not Stretch.objects.exists()
    assert not FlightPiece.objects.exists()
    assert not Film.objects.exists()
    assert not NoFireArea.objects.exists()
    assert not actions.forget(under_way.me, now=crew.now)
