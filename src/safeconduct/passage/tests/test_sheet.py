"""What approvers read is what they sign: the sheet, its figures in words, and what stands beside it."""

from datetime import timedelta
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safeconduct.access.rules import Duty
from safeconduct.geo import distance_m
from safeconduct.passage import actions
from safeconduct.passage.drawing import drawn
from safeconduct.passage.odds import one_in
from safeconduct.passage.outlook import PLAINEST
from safeconduct.passage.plan import points_in
from safeconduct.passage.sheet import sheet_of
from safeconduct.passage.tests.conftest import PROFILE

HALF_M = 500
VOID = frozenset({"input", "br", "img", "path", "circle", "rect", "use", "meta", "link", "hr"})


class Marked(HTMLParser):
    """Reads a page: the words in the digest, those beside it, and those of a section with no mark."""

    def __init__(self):
        super().__init__()
        self.within, self.digest, self.beside, self.unmarked = [], [], [], []

    def handle_starttag(self, tag, attrs):
        told = dict(attrs)
        mark = next((m for m in ("data-digest", "data-beside") if m in told), "")
        if tag not in VOID:
            self.within.append((tag, mark, "part" in (told.get("class") or "").split()))
        if mark == "data-digest" or any(m == "data-digest" for _t, m, _p in self.within):
            self.digest += [v for k, v in attrs if k in {"d", "cx", "cy", "y", "height"} and v]

    def handle_endtag(self, tag):
        while self.within and self.within.pop()[0] != tag:
            pass

    def handle_data(self, data):
        words = data.split()
        marks = [mark for _tag, mark, _part in self.within if mark]
        if "data-digest" in marks:
            self.digest += words
        elif "data-beside" in marks:
            self.beside += words
        elif any(part for _tag, _mark, part in self.within):
            self.unmarked += words


def read(client, journey):
    page = Marked()
    page.feed(client.get(f"/passage/{journey.passage.ref}/").content.decode())
    return page


def a_danger(journey, *, kind="hunters", minutes=20):
    """A report beside the straight way, made before a plan is put up or after."""
    at = journey.outlook().ranking.choices[0].point
    actions.report_danger(
        journey[Duty.PLN],
        ref=journey.passage.ref,
        report={
            "kind": kind, "lat_e7": round((at.lat_deg + 0.02) * 10**7),
            "lon_e7": round(at.lon_deg * 10**7), "radius_m": 700, "rate_e9": 90_000,
            "seen_at": int((journey.now - timedelta(minutes=minutes)).timestamp()),
            "half_life_s": 7200, "uncertainty_m": 100, "source": "own", "grade": "B2",
        },
        profile=PROFILE,
        now=journey.now,
    )  # fmt: skip


def test_two_pages_of_one_digest_say_the_same_but_for_what_is_marked_as_beside_it(
    journey, client_of
):
    journey.drafts()
    a_danger(journey)
    journey.proposes()
    browser = client_of(journey[Duty.LEG])
    before = read(browser, journey)
    assert "calibrated." in before.digest
    assert not before.unmarked
    journey.prepares()
    journey.approves(Duty.DPC)
    a_danger(journey, kind="checkpoint", minutes=1)
    journey.wait(minutes=15)
    after = read(browser, journey)
    assert after.digest == before.digest
    assert after.beside != before.beside
    assert not after.unmarked


@pytest.mark.parametrize(
    "other",
    [
        {"risk": "the ford is deep"},
        {"why": "nothing else was near"},
        {"question": "как звали кота"},
        {"answer": "Барсик"},
        {"signs": ("lamp_twice",)},
    ],
    ids=lambda each: next(iter(each)),
)
def test_whatever_differs_on_the_sheet_differs_in_the_digest(journey, client_of, other):
    journey.drafts()
    first = journey.proposes()
    browser = client_of(journey[Duty.LEG])
    shown = read(browser, journey).digest
    second = journey.proposes(**other)
    assert read(browser, journey).digest != shown
    assert bytes(second.digest) != bytes(first.digest)


def test_the_sheet_names_choice_cost_rejected_ways_and_what_the_figure_rests_on(journey):
    journey.drafts()
    a_danger(journey)
    journey.proposes()
    content = journey.content()
    told = sheet_of(content, zone="Europe/Kyiv")
    assert told.choice[0].startswith("The way to A takes")
    assert sum(row.chosen for row in told.rows) == 1
    assert all(row.why for row in told.rows if not row.chosen)
    assert any("never calibrated" in each for each in told.known)
    assert any("20 min before" in each for each in told.known)
    for way in content["ways"].values():
        parts = [each["part_milli"] for each in way["rests_on"]]
        assert not parts or abs(sum(parts) - 1000) <= len(parts)
    assert {why for why, _count in told.left_out}


def test_without_a_report_the_sheet_says_that_the_model_says_nothing(journey):
    journey.drafts()
    journey.proposes()
    told = sheet_of(journey.content(), zone="Europe/Kyiv")
    assert "the model says nothing of danger" in told.known[0]
    assert all(not way.rests_on for way in told.ways)


@given(st.integers(1, 1000))
def test_a_figure_in_words_is_never_smaller_than_the_figure(p_milli):
    many, of = one_in(p_milli)
    assert many * 1000 >= p_milli * of
    assert many <= of or p_milli > 1000


@given(st.integers(0, 1000), st.integers(0, 1000))
def test_a_larger_figure_is_never_said_as_a_smaller_one(one, other):
    low, high = sorted((one, other))
    (a, of_a), (b, of_b) = one_in(low), one_in(high)
    assert not a or a * of_b <= b * of_a


FIGURES = [
    {"name": "fastest", "time_s": 1800, "open_s": 900, "p_milli": 300},
    {"name": "within15", "time_s": 1980, "open_s": 600, "p_milli": 120},
    {"name": "within30", "time_s": 1980, "open_s": 600, "p_milli": 120},
    {"name": "least", "time_s": 2700, "open_s": 300, "p_milli": 40},
]


def test_the_drawing_has_the_whole_front_and_marks_the_chosen_way_by_a_sign_of_its_own():
    front = [[1800, 300], [1900, 200], [1980, 120], [2300, 60], [2700, 40]]
    picture = drawn(FIGURES, "within30", limit_milli=150, front=front)
    assert [dot.sign for dot in picture.dots] == ["1", "2", "3"]
    assert [dot.names for dot in picture.dots if dot.chosen] == [("within15", "within30")]
    assert len(picture.points) == len(front)
    xs, ys = zip(*picture.points, strict=True)
    assert list(xs) == sorted(xs)
    assert list(ys) == sorted(ys)  # downwards is less danger: later means less
    assert {(dot.x, dot.y) for dot in picture.dots} <= set(picture.points)
    assert picture.unnamed == [(32, "0.20"), (38, "0.06")]  # for whoever does not see its points


@given(st.lists(st.tuples(st.integers(60, 9000), st.integers(0, 1000)), min_size=1, max_size=40))
def test_whatever_front_it_is_given_every_point_lies_within_the_box(points):
    figures = [{"name": "fastest", "time_s": points[0][0], "open_s": 0, "p_milli": points[0][1]}]
    picture = drawn(figures, "fastest", limit_milli=150, front=points)
    assert all(56 <= x <= 706 and 8 <= y <= 168 for x, y in picture.points)


def test_each_leg_says_where_he_waits_and_what_he_does_when_all_is_called_off(journey):
    journey.drafts()
    journey.proposes()
    content = journey.content()
    told = sheet_of(content, zone="Europe/Kyiv")
    for way in told.ways:
        planned = content["ways"][way.letter]
        texts = [each["text"] for each in planned["texts"]]
        steps = [each for each in texts if "место" not in each.lower() or "\n" in each]
        assert len(way.legs) == planned["legs"] == len(steps)
        assert all(leg.off for leg in way.legs)
        assert {hold["leg"] for hold in planned["holds"]} <= set(range(1, planned["legs"] + 1))
        for hold in planned["holds"]:
            assert hold["names"]["ru"] in hold["texts"][0]["text"]
    assert any(way["holds"] for way in content["ways"].values())


def test_a_hold_point_that_was_told_to_anybody_or_has_burned_is_planned_for_nobody(journey):
    journey.to_open()
    journey.offers()
    _places, before = points_in(journey.content())
    actions.withdraw(journey[Duty.PLN], ref=journey.passage.ref, profile=PROFILE, now=journey.now)
    journey.proposes(answer="Рекс", signs=("lamp_twice",))
    places, stands = points_in(journey.content())
    assert before
    for point in (*places, *stands):
        assert all(distance_m(point, gone) > HALF_M for gone in before)


def test_the_whole_front_stands_in_the_plan_and_nothing_on_it_is_beaten(journey):
    journey.drafts()
    a_danger(journey)
    journey.proposes()
    content = journey.content()
    front = content["front"]
    assert front
    for time_s, p_milli in front:
        assert not any(t < time_s and p < p_milli for t, p in front)
    off_front = [each for each in content["figures"] if each["name"] != PLAINEST]
    named = {(each["time_s"], each["p_milli"]) for each in off_front}
    assert named <= {tuple(point) for point in front}
