"""An area leaves the maps by a person's word alone; what runs out, or nobody answers, is said aloud."""

from datetime import timedelta

from safeconduct.cot.standing import Standing
from safeconduct.cot.tests.test_writing import NOON, marker, point


def said(standing, at):
    return [word.text for word in standing.words(now=at)]


def minutes(n):
    return NOON + timedelta(minutes=n)


def test_no_clock_takes_an_area_off_and_a_persons_end_does():
    standing = Standing()
    standing.take(marker())
    assert standing.shown(now=minutes(60 * 24 * 7)) == [marker()]
    standing.take(marker(ended=True))
    assert standing.shown(now=NOON) == []
    standing.take(marker(shape="line", says="corridor"))
    assert standing.shown(now=minutes(59)) != []
    assert standing.shown(now=minutes(61)) == []


def test_what_moves_is_not_said_again_and_an_alert_is_until_it_is_over():
    standing = Standing()
    for what in ("vehicle", "drone", "alert", "medical"):
        standing.take(point(what, marker=what))
    assert [each.what for each in standing.shown(now=NOON)] == ["alert", "medical"]
    standing.take(point("alert", marker="alert", ended=True))
    assert [each.what for each in standing.shown(now=NOON)] == ["medical"]


def test_an_area_is_asked_about_until_a_person_answers():
    standing = Standing()
    standing.take(marker())
    assert said(standing, NOON) == ["Area k7m2: valid until 13:00Z. Answer: ack k7m2"]
    assert said(standing, minutes(9)) == []
    assert len(said(standing, minutes(10))) == 1
    standing.acknowledge("k7m2p9qrstuv")
    assert said(standing, minutes(20)) == []


def test_an_area_that_nobody_renewed_is_warned_of_before_and_when_it_lapses_and_stays():
    standing = Standing()
    standing.take(marker())
    standing.acknowledge("k7m2p9qrstuv")
    assert said(standing, minutes(45)) == []  # it is renewed at this minute
    warned = "Area k7m2: not renewed, valid until 13:00Z. It stays. Ask by voice"
    assert (said(standing, minutes(46)), said(standing, minutes(50))) == ([warned], [])
    lapsed = "Area k7m2: lapsed, valid until 13:00Z. It stays. Ask by voice"
    assert (said(standing, minutes(61)), said(standing, minutes(90))) == ([lapsed], [])
    assert standing.shown(now=minutes(90)) == [marker()]


def test_what_a_station_has_stopped_is_shown_no_more_though_the_core_goes_on_telling_it():
    standing = Standing()
    assert standing.take(point("vehicle", marker="he"))
    stop = [point("alert", marker="stop"), point("vehicle", marker="he", ended=True)]
    assert standing.stop(stop) == stop
    assert standing.stop(stop) == []
    assert not standing.take(point("vehicle", marker="he"))
    assert standing.take(point("vehicle", marker="another"))
    assert standing.take(point("vehicle", marker="he", ended=True))  # the core knows it by now
    assert [each.marker for each in standing.shown(now=NOON)] == ["stop"]
    assert standing.take(point("alert", marker="stop", ended=True))
    assert standing.shown(now=NOON) == []
