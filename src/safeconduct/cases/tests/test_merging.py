"""A walk-in and an earlier case are one man: two people say so, two undo it, nothing is moved."""

import pytest
from django.db import IntegrityError, transaction

from safeconduct import clock
from safeconduct.access import keyring
from safeconduct.access.models import Call
from safeconduct.access.rules import Absent, Duty
from safeconduct.cases import actions, merged, queries
from safeconduct.cases.actions.stopping import stop
from safeconduct.cases.machine import MACHINE
from safeconduct.cases.models import Case, Merge, Owed, Proposal
from safeconduct.cases.tests.walking import PROFILE, company, crew, db, house
from safeconduct.cases.totals import awake_at
from safeconduct.refusal import Refused

__all__ = ["company", "crew", "db", "house"]  # fixtures
pytestmark = pytest.mark.django_db
TO_STANDBY = ("APPLIED", "VERIFYING", "STANDBY")
KNOW_HIM = ("OP", "VER", "RCV", "RCP")


class Pair:
    """An earlier case, and a walk-in that may be the same man's."""

    def __init__(self, crew):
        self.crew = crew
        for duty in KNOW_HIM:
            crew[duty]
        self.earlier = crew.opened()
        crew.goes(*TO_STANDBY)
        crew.compartment = keyring.new_compartment(crew.clocks, now=crew.now)
        for duty in KNOW_HIM:
            crew.let_in(crew[duty], Duty(duty))
        crew.ref = self.walk_in = actions.open_case(
            crew.clocks,
            person_ref="",
            compartment=crew.compartment,
            now=crew.now,
            state="WALK_IN",
        )

    def case(self, ref):
        return Case.objects.get(ref=ref)

    def puts_up(self, by="RCP", why="he named his earlier number"):
        ref = actions.propose_merge(
            self.crew[by], ref=self.walk_in, earlier=self.earlier, why=why, now=self.crew.now
        )
        return Proposal.objects.get(ref=ref)

    def yes(self, duty, proposal):
        self.crew.says_yes(self.crew[duty], Duty(duty), proposal)

    def merges(self):
        proposal = self.puts_up()
        self.yes("RCP", proposal)
        self.yes("VER", proposal)

    def parts(self):
        ref = actions.propose_unmerge(
            self.crew["OP"], ref=self.walk_in, why="the marks differ", now=self.crew.now
        )
        proposal = Proposal.objects.get(ref=ref)
        self.yes("OP", proposal)
        self.yes("RCP", proposal)

    def on(self, ref):
        """Go on with this one of the two, with everybody who is here let into it."""
        self.crew.ref, self.crew.compartment = ref, self.case(ref).compartment
        for (duty, _number), officer in self.crew._people.items():
            self.crew.let_in(officer, duty)

    def is_aborted_on_the_way(self):
        self.on(self.earlier)
        self.crew.goes("READY", "PLANNED", "AGREED", "MOVING", "ABORTED")
        self.on(self.walk_in)

    def walk_in_ends(self):
        """He goes to another body as a child, the shortest way there is; all that was owed is done."""
        self.crew.goes("CHILD", "REFERRED_OUT")
        for kind in self.crew.open_debts():
            self.crew.brings(*(MACHINE.kinds[kind].parts or (kind,)))
        self.crew.brings_all("PURGED")
        self.crew.wait(days=31)

    def puts_up_erasure(self, ref):
        self.on(ref)
        dpo = self.crew["DPO"]
        ref = actions.propose_purge(dpo, ref=ref, profile=PROFILE, now=self.crew.now)
        return Proposal.objects.get(ref=ref)

    def erases(self, ref):
        proposal = self.puts_up_erasure(ref)
        self.yes("DPO", proposal)
        self.yes("AUD", proposal)
        assert self.case(ref).state == "PURGED"

    def calls(self, days=7):
        """Let the clocks run, for a week; return for what somebody was called about."""
        Call.objects.all().delete()
        for _day in range(days):
            self.crew.wait(days=1)
            for clocks in (actions.clock_steps, actions.call_about):
                while clocks(self.crew.clocks, profile=PROFILE, now=self.crew.now):
                    pass
        return set(Call.objects.values_list("kind", flat=True))

    def steps(self, to="READY"):
        return actions.advance(
            self.crew["OP"], ref=self.earlier, to=to, profile=PROFILE, now=self.crew.now
        )


@pytest.fixture
def pair(crew):
    return Pair(crew)


def test_one_person_merges_nothing_and_the_second_does(pair):
    proposal = pair.puts_up()
    pair.yes("RCP", proposal)
    assert not Merge.objects.exists()
    with pytest.raises(Refused, match="approved this already"):
        pair.yes("RCP", proposal)
    pair.yes("VER", proposal)
    assert queries.rest_of(pair.case(pair.earlier)).walk_in.ref == pair.walk_in
    assert pair.crew.owes("earlier_case_sought") is not None
    row = Merge.objects.get()
    assert sorted(row.people) == sorted({pair.crew["RCP"].ref, pair.crew["VER"].ref})


def test_the_earlier_case_rests_and_a_stop_on_it_is_taken_as_ever(pair):
    pair.merges()
    with pytest.raises(Refused, match="This case rests"):
        pair.steps()
    with pytest.raises(Refused, match="This case rests"):
        actions.propose(
            pair.crew["VER"],
            ref=pair.earlier,
            to="NOT_ACCEPTED",
            profile=PROFILE,
            now=pair.crew.now,
        )
    stop(pair.crew["OP"], ref=pair.earlier, to="DECLINED", now=pair.crew.now)
    assert pair.case(pair.earlier).state == "DECLINED"


def test_the_walk_in_goes_on_and_what_was_promised_before_binds_it(pair):
    pair.merges()
    pair.crew.goes("SECURED")
    walk_in, earlier = pair.case(pair.walk_in), pair.case(pair.earlier)
    assert walk_in.state == "SECURED"
    assert queries.person_of(walk_in) == earlier.person_ref != ""
    pair.parts()
    assert queries.person_of(walk_in) == ""


def test_two_undo_it_and_the_earlier_case_wakes_as_it_stood(pair):
    before = pair.case(pair.earlier)
    pair.merges()
    pair.parts()
    after = pair.case(pair.earlier)
    assert (after.state, after.version, after.entered_at) == (
        before.state,
        before.version,
        before.entered_at,
    )
    with pytest.raises(Refused, match="missing"):  # of the step itself: it rests no longer
        pair.steps()
    assert Merge.objects.get().end_approvals == 2
    pair.merges()
    assert Merge.objects.filter(ended_at=None).count() == 1


def test_nobody_merges_a_case_that_he_was_not_let_into(pair, officer):
    stranger = officer(Duty.RCP, now=pair.crew.now)
    pair.crew.let_in(stranger, Duty.RCP)  # into the walk-in alone
    with pytest.raises(Absent):
        actions.propose_merge(
            stranger, ref=pair.walk_in, earlier=pair.earlier, why="x", now=pair.crew.now
        )
    proposal = pair.puts_up()
    pair.yes("RCP", proposal)
    with pytest.raises(Absent):
        pair.crew.says_yes(stranger, Duty.RCP, proposal)
    assert not Merge.objects.exists()


def test_no_reason_no_merging_and_no_second_one_beside_it(pair):
    with pytest.raises(Refused, match="No reason"):
        pair.puts_up(why=" ")
    pair.merges()
    with pytest.raises(Refused, match="merged already"):
        pair.puts_up()


def test_of_two_walk_ins_that_name_one_earlier_case_the_second_is_refused_and_says_why(pair):
    first = pair.puts_up()
    pair.walk_in = actions.open_case(
        pair.crew.clocks, person_ref="", compartment=pair.crew.compartment,
        now=pair.crew.now, state="WALK_IN",
    )  # fmt: skip
    second = pair.puts_up()
    pair.yes("RCP", first)
    pair.yes("RCP", second)
    pair.yes("VER", first)
    with pytest.raises(Refused, match="merged already"):
        pair.yes("VER", second)
    assert Merge.objects.count() == 1


@pytest.mark.parametrize(
    ("duty", "here", "earlier", "code"),
    [
        (Duty.RCP, ("", "WALK_IN"), "STANDBY", None),
        (Duty.VER, ("", "IN_CUSTODY"), "MISSING", None),
        (Duty.PIL, ("", "WALK_IN"), "STANDBY", "case.not_your_duty"),
        (Duty.RCP, ("p", "CONTACT"), "STANDBY", "case.no_walk_in"),
        (Duty.RCP, ("", "PURGED"), "STANDBY", "case.no_walk_in"),
        (Duty.RCP, ("", "WALK_IN"), "MOVING", "case.expected"),
        (Duty.RCP, ("", "WALK_IN"), "AGREED", "case.expected"),
        (Duty.RCP, ("", "WALK_IN"), "SECURED", "case.not_earlier"),
        (Duty.RCP, ("", "WALK_IN"), "AFTERCARE", "case.not_earlier"),
    ],
)
def test_who_may_put_up_what(officer, duty, here, earlier, code):
    person, state = here
    refused = merged.may_merge(officer(duty), person_ref=person, state=state, earlier=earlier)
    assert (refused.code if refused else None) == code


def test_the_clocks_of_a_case_that_rests_are_quiet(pair):
    def silent():
        Case.objects.filter(ref=pair.earlier).update(check_in_at=pair.crew.now)
        pair.crew.wait(days=3)
        actions.clock_steps(pair.crew.clocks, profile=PROFILE, now=pair.crew.now)
        return pair.case(pair.earlier).state

    pair.merges()
    Owed.objects.create(
        case=pair.case(pair.earlier), kind="silence_looked_at",
        since=pair.crew.now, due_at=pair.crew.now, step_by="x",
    )  # fmt: skip
    assert silent() == "STANDBY"
    assert queries.due(now=pair.crew.now).count(pair.case(pair.earlier).owed.get()) == 0
    pair.parts()
    assert queries.due(now=pair.crew.now).count(pair.case(pair.earlier).owed.get()) == 1
    assert silent() == "LOST_CONTACT"


def test_when_his_walk_in_is_erased_nobody_looks_for_him_and_his_earlier_case_is_erased_next(pair):
    pair.is_aborted_on_the_way()
    pair.merges()
    pair.walk_in_ends()
    pair.erases(pair.walk_in)
    assert pair.calls() == set()
    assert pair.case(pair.earlier).state == "ABORTED"
    assert Merge.objects.get().walk_in is None  # nothing leads from him to what was erased
    with pytest.raises(Refused, match="rests for good"):
        pair.steps("STANDBY")
    person = pair.case(pair.earlier).person_ref
    proposal = pair.puts_up_erasure(pair.earlier)
    pair.yes("DPO", proposal)
    assert pair.case(pair.earlier).person_ref == person != ""  # one person erases nothing
    pair.yes("AUD", proposal)
    end = pair.case(pair.earlier)
    assert (end.state, end.person_ref, end.compartment) == ("PURGED", "", "")
    (step,) = end.steps.all()
    assert (step.kind, sorted(step.people)) == (
        "correction",
        sorted({pair.crew["DPO"].ref, pair.crew["AUD"].ref}),
    )
    assert not Merge.objects.exists()
    assert pair.calls() == set()


def test_without_a_merging_the_same_silence_after_an_abort_is_looked_into(pair):
    pair.is_aborted_on_the_way()
    assert "cases.missing" in pair.calls()
    assert pair.case(pair.earlier).state == "MISSING"


def test_when_an_old_copy_is_erased_again_nobody_looks_for_him_either(pair):
    pair.is_aborted_on_the_way()
    pair.merges()
    pair.walk_in_ends()
    assert actions.erase_again(pair.case(pair.walk_in).compartment, now=pair.crew.now)
    assert pair.calls() == set()
    assert actions.erase_again(pair.case(pair.earlier).compartment, now=pair.crew.now)
    assert pair.calls() == set()
    assert not Merge.objects.exists()


def test_while_his_walk_in_goes_on_an_old_copys_earlier_case_goes_and_the_walk_in_stays(pair):
    pair.is_aborted_on_the_way()
    pair.merges()
    with pytest.raises(Refused, match="This case rests: he is here"):
        pair.puts_up_erasure(pair.earlier)
    assert actions.erase_again(pair.case(pair.earlier).compartment, now=pair.crew.now)
    assert pair.case(pair.earlier).state == "PURGED"
    assert pair.case(pair.walk_in).state == "WALK_IN"
    assert "cases.missing" not in pair.calls()


def test_two_wake_a_case_that_rests_for_good_if_he_was_another_man(pair, client_of, monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: pair.crew.now)
    pair.is_aborted_on_the_way()
    pair.merges()
    pair.walk_in_ends()
    pair.erases(pair.walk_in)
    pair.on(pair.earlier)
    browser, url = client_of(pair.crew["OP"]), f"/cases/{pair.earlier}/"
    page = browser.get(url).content.decode()
    assert "this case rests for good" in page
    assert pair.walk_in not in page
    assert 'data-act="cases.purge"' not in page
    assert 'data-act="cases.purge"' in client_of(pair.crew["DPO"]).get(url).content.decode()
    assert browser.post(f"{url}unmerge/", {"reason": "he wrote again"}).status_code == 303
    proposal = Proposal.objects.get(verb="unmerge", taken_at=None, void_at=None)
    assert "this case is to rest no longer" in browser.get(url).content.decode()
    pair.yes("OP", proposal)
    assert pair.calls(days=6) == set()  # a day more, and the first yes is too old
    pair.yes("RCP", proposal)
    assert "cases.missing" in pair.calls()


def test_the_database_takes_no_merging_and_no_undoing_by_one(pair):
    rows = {"walk_in": pair.case(pair.walk_in), "earlier": pair.case(pair.earlier)}
    with pytest.raises(IntegrityError), transaction.atomic():
        Merge.objects.create(**rows, since=pair.crew.now, people=["a"], approvals=1)
    row = Merge.objects.create(**rows, since=pair.crew.now, people=["a", "b"], approvals=2)
    with pytest.raises(IntegrityError), transaction.atomic():
        Merge.objects.filter(pk=row.pk).update(ended_at=pair.crew.now, end_approvals=1)
    with pytest.raises(IntegrityError), transaction.atomic():
        Merge.objects.create(**rows, since=pair.crew.now, people=["a", "b"], approvals=2)


def test_who_came_another_way_waits_no_longer_in_the_counts(pair):
    pair.merges()
    assert pair.case(pair.earlier) not in awake_at(pair.crew.now_plus(minutes=1))
    assert pair.case(pair.earlier) in awake_at(Merge.objects.get().since)
    pair.crew.wait(hours=1)
    pair.parts()
    assert pair.case(pair.earlier) in awake_at(pair.crew.now_plus(minutes=1))


def test_the_pages_put_it_up_show_who_rests_and_undo_it(pair, client_of, monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: pair.crew.now)
    browser = client_of(pair.crew["RCP"])
    page = browser.get(f"/cases/{pair.walk_in}/").content.decode()
    assert 'data-act="cases.merge"' in page
    assert f'<option value="{pair.earlier}">' in page
    assert 'data-act="cases.merge"' not in browser.get(f"/cases/{pair.earlier}/").content.decode()
    told = {"earlier": pair.earlier, "reason": "he named his number"}
    assert browser.post(f"/cases/{pair.walk_in}/merge/", told).status_code == 303
    proposal = Proposal.objects.get(verb="merge", taken_at=None)
    waiting = browser.get(f"/cases/{pair.walk_in}/").content.decode()
    assert f"One man: this walk-in and the earlier case {pair.earlier}" in waiting
    pair.yes("RCP", proposal)
    pair.yes("OP", proposal)
    rests = browser.get(f"/cases/{pair.earlier}/").content.decode()
    assert "this case rests" in rests
    assert "No step leads on from here" in rests
    assert "He is here</button>" in rests  # a stop is taken as ever
    assert f'href="/cases/{pair.walk_in}/"' in rests
    assert 'data-act="cases.unmerge"' not in rests
    goes_on = browser.get(f"/cases/{pair.walk_in}/").content.decode()
    assert 'data-act="cases.unmerge"' in goes_on
    again = browser.post(f"/cases/{pair.walk_in}/unmerge/", {"reason": "the marks differ"})
    assert again.status_code == 303
    assert Proposal.objects.filter(verb="unmerge", taken_at=None, void_at=None).count() == 1


def test_a_pilot_is_offered_no_merging(pair, client_of, monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: pair.crew.now)
    pilot = pair.crew["PIL"]
    page = client_of(pilot).get(f"/cases/{pair.walk_in}/").content.decode()
    assert 'data-act="cases.merge"' not in page
    told = {"earlier": pair.earlier, "reason": "x"}
    assert client_of(pilot).post(f"/cases/{pair.walk_in}/merge/", told).status_code in {403, 404}


def test_who_sees_the_walk_in_alone_is_told_to_be_let_into_the_earlier_case_first(
    pair, officer, client_of, monkeypatch
):
    monkeypatch.setattr(clock, "now", lambda: pair.crew.now)
    pair.puts_up()
    here_alone = officer(Duty.RCP, now=pair.crew.now)
    pair.crew.let_in(here_alone, Duty.RCP)
    page = client_of(here_alone).get(f"/cases/{pair.walk_in}/").content.decode()
    assert "be let into that case first" in page
    assert "cases.approve" not in page
    both = client_of(pair.crew["VER"]).get(f"/cases/{pair.walk_in}/").content.decode()
    assert "be let into that case first" not in both
    assert "cases.approve" in both
