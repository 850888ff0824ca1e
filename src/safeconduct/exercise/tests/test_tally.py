"""The judge of the kill test finds what it is there to find: each figure stays at nought and can rise."""

from datetime import UTC, datetime

import pytest

from safeconduct.exercise import rounds, wire
from safeconduct.exercise.kills import GAPS
from safeconduct.exercise.tally import Campaign, Seen, judge

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
HIM, HER = "+380672000000", "+380672000001"
OFFER = "Мы вас слышим."


def log(*, came=(), unanswered=(), left=()):
    """A carrier's log: what it delivered (number, words, part, parts), and what it took of us."""
    told = wire.Carrier()
    for asked, (number, text, *place) in enumerate((*came, *unanswered)):
        group = (7, *place) if place else (0, 1, 1)
        told.delivered.append(wire.Text(AT, "out", number[1:], "100", text, (1, asked), group))
        if asked < len(came):
            told.acknowledged[1, asked] = AT
    told.submitted += [
        wire.Text(AT, "in", "100", number[1:], text, (1, 900 + asked))
        for asked, (number, text) in enumerate(left)
    ]
    return told


def his(text, *, again=False):
    return Seen(text, ours=False, marked=again)


def ours(text, *, fate="SENT", twice=False):
    return Seen(text, ours=True, marked=twice, fate=fate)


def tallied(record, *, said=(), page=(), campaigns=()):
    return judge(record, said={HIM: said}, pages={HIM: page}, campaigns=campaigns)


def test_where_everything_stands_as_it_was_said_nothing_is_amiss():
    record = log(
        came=[(HIM, "да"), (HIM, "да"), (HIM, "we wait ", 1, 2), (HIM, "by the window", 2, 2)],
        left=[(HIM, OFFER), (HER, "campaign")],
    )
    found = tallied(
        record,
        said=["да", "да", "we wait by the window"],
        page=[his("да"), his("да"), his("we wait by the window"), ours(OFFER)],
        campaigns=[Campaign("campaign", 2, {"sent": 1, "unknown": 1})],
    )
    assert found.amiss == []
    assert (found.texts_in, found.texts_out, found.unknown) == (3, 2, 1)


def test_an_acknowledged_text_that_stands_nowhere_is_lost():
    found = tallied(log(came=[(HIM, "да")]), said=["да"])
    assert (found.texts_in, found.lost, found.merged) == (1, 1, 0)


def test_a_text_that_the_carrier_owes_still_is_not_lost():
    found = tallied(log(unanswered=[(HIM, "да")]), said=["да"])
    assert (found.texts_in, found.amiss) == (0, [])


def test_two_equal_texts_that_stand_once_are_merged():
    found = tallied(log(came=[(HIM, "да")] * 2), said=["да"] * 2, page=[his("да")])
    assert (found.lost, found.merged) == (0, 1)


def test_words_that_nobody_said_so_are_two_texts_merged():
    record = log(came=[(HIM, "one"), (HIM, "two")])
    found = tallied(record, said=["one", "two"], page=[his("one"), his("two"), his("onetwo")])
    assert found.merged == 1


@pytest.mark.parametrize("again", [True, False])
def test_a_text_that_stands_once_more_must_be_marked(again):
    record = log(came=[(HIM, "да")], unanswered=[(HIM, "да")])
    found = tallied(record, said=["да"], page=[his("да"), his("да", again=again)])
    assert (found.doubled_in, found.untold) == (1, int(not again))


@pytest.mark.parametrize("twice", [True, False])
def test_a_text_of_ours_that_left_twice_must_be_told(twice):
    record = log(left=[(HIM, OFFER)] * 2)
    found = tallied(record, page=[ours(OFFER, twice=twice)])
    assert (found.doubled_out, found.untold) == (1, int(not twice))


def test_what_left_and_stands_on_no_page_was_told_to_nobody():
    assert tallied(log(left=[(HIM, OFFER)])).untold == 1


def test_what_is_said_to_be_sent_was_taken_by_the_carrier():
    assert tallied(log(), page=[ours(OFFER)]).untrue == 1
    assert tallied(log(), page=[ours(OFFER, fate="UNKNOWN")]).untrue == 0


def test_a_text_of_ours_without_an_outcome_is_unaccounted():
    assert tallied(log(left=[(HIM, OFFER)]), page=[ours(OFFER, fate="")]).unaccounted == 1


def test_a_campaign_is_never_doubled_and_each_number_ends_in_one_outcome():
    record = log(left=[(HER, "campaign")] * 2)
    found = tallied(record, campaigns=[Campaign("campaign", 3, {"sent": 1, "skipped": 1})])
    assert (found.doubled_out, found.untold, found.unaccounted, found.untrue) == (1, 1, 1, 0)
    found = tallied(record, campaigns=[Campaign("campaign", 2, {"sent": 2})])
    assert found.untrue == 1


def test_any_ten_rounds_in_a_row_kill_every_process_and_reach_every_gap():
    for first in (0, 7, 1000):
        drawn = [rounds.draw(seed) for seed in range(first, first + 10)]
        assert {one.gap for one in drawn} - {""} == set(GAPS)
        assert {one.victim for one in drawn} == {
            rounds.GATEWAY, rounds.WORKER, rounds.KEEPER, rounds.CARRIER,
        }  # fmt: skip


def test_a_round_is_the_same_whenever_it_is_drawn_and_in_each_somebody_repeats_himself():
    for seed in range(200):
        one = rounds.draw(seed)
        assert one == rounds.draw(seed)
        assert len(set(one.said)) < len(one.said)
        assert not any(sign.isdigit() for _number, text in one.answered for sign in text)
