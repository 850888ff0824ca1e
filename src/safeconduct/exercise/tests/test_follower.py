"""Whoever gets the texts, and nothing else, comes to the place; with a wrong word he does not."""

import random

import pytest

from safeconduct.exercise.district import build, write
from safeconduct.exercise.driver import Driver
from safeconduct.exercise.follower import follow
from safeconduct.exercise.heard import NotUnderstood, Order, heard
from safeconduct.exercise.offered import share
from safeconduct.exercise.refused import CLASSES
from safeconduct.exercise.sent import MEN, miscounted, shares, swapped, trips
from safeconduct.ways.danger import price
from safeconduct.ways.extract import read_extract
from safeconduct.ways.route import Web
from safeconduct.ways.stepwords import UNITS, units
from safeconduct.ways.tests.grids import NOON

TRIPS = 7


@pytest.fixture(scope="module")
def web(tmp_path_factory):
    path = tmp_path_factory.mktemp("district") / "district.osm.pbf"
    write(build(7), path)
    roads = read_extract(path)
    return Web(roads, price(roads, [], at=NOON))


@pytest.fixture(scope="module")
def drawn(web):
    return [
        trip
        for language, seed in (("ru", 5), ("uk", 6), ("en", 7), ("fr", 8), ("sw", 9))
        for trip in trips(web, TRIPS, language=language, seed=seed)
    ]


def test_whoever_is_told_comes_to_the_place_and_with_a_wrong_side_does_not(drawn):
    """Five men who take a metre, an angle and a lane for different things follow each text."""
    found = shares(drawn)
    assert found["told"] >= 0.5
    assert found["arrive"] == 1.0, [(t.lost, t.texts) for t in drawn if t.lost]
    assert found["swapped noticed"] >= 0.9
    assert found["miscount noticed"] >= 0.8  # of some thirty; hundreds are counted on real roads


def test_a_way_takes_three_texts_at_most_and_a_refused_one_has_its_reason(drawn):
    for trip in drawn:
        assert len(trip.texts) <= 3
        assert all(units(text) <= UNITS for text in trip.texts)
        assert bool(trip.texts) != (trip.refused in CLASSES)
        assert trip.lost <= MEN


def test_whoever_may_start_anywhere_is_offered_two_places_that_can_be_told(web):
    assert share(web, 1, language="ru") == 1.0


def test_a_wrong_word_is_another_word():
    text = "1) Юг\n2-й влево\n2) 200м\nПравее\nМесто у 1-го поворота вправо"
    assert swapped(swapped(text, "ru"), "ru") == text
    assert "2-й вправо" in swapped(text, "ru")
    assert "левее" in swapped(text, "ru").lower()
    assert miscounted(text, random.Random(1)) != text
    assert {miscounted(text, random.Random(n))[-33:] for n in range(9)} != {text[-33:]}
    assert all("200м" in miscounted(text, random.Random(n)) for n in range(9))
    assert miscounted("1) Юг", random.Random(1)) == "1) Юг"
    assert swapped("Вправо, вліво", "uk") == "Вліво, вправо"
    assert swapped("Kulia\nKaa kushoto", "sw") == "Kushoto\nKaa kulia"
    for text in ("Km 2\nYa 1 kulia", "2 km\n1e à gauche"):
        assert miscounted(text, random.Random(1)) == text.replace("1", "2")


def test_words_are_heard_as_they_are_meant_in_five_languages():
    assert heard("1) Север\n2-й влево\n2) Место: АЗС «св. Анна», Лозна", language="ru") == [
        Order("leave", number=0),
        Order("turn", "left", 2),
        Order("at", mark="fuel", stop=True),
    ]
    assert heard("За 2-м кольцом 1,2км\nВправо", language="ru") == [
        Order("after", "right", metres=1200.0, circles=2)
    ]
    assert heard("Головною\nВ кінці вліво", language="uk") == [Order("end", "left", keeps="main")]
    assert heard("Прямо\nЗа церковью 2-й влево", language="ru") == [
        Order("turn", "left", 2, keeps="straight", beyond="church")
    ]
    assert heard("2км\nПравіше", language="uk") == [Order("fork", "right", skips=2000.0)]
    assert heard("Главной 2,1км\n2й влево", language="ru") == [
        Order("turn", "left", 2, keeps="main", skips=2100.0)
    ]
    assert heard("Straight on 400m\nPlace: bridge", language="en") == [
        Order("at", mark="bridge", keeps="straight", skips=400.0, stop=True)
    ]
    assert heard("Past the roundabout 400m\nTurning 2 left", language="en") == [
        Order("turn", "left", 2, circles=1, skips=400.0)
    ]
    assert heard("Сразу левее\n2й перекрёсток: вправо", language="ru") == [
        Order("next", "left"),
        Order("next", "right", 2),
    ]
    assert heard("Місце на 2-му перехресті: міст", language="uk") == [
        Order("next", number=2, stop=True)
    ]
    assert heard("Місце біля 2го проїзду вліво: церква", language="uk") == [
        Order("lane", "left", 2, stop=True)
    ]
    assert heard("Place at the dirt track right: bridge", language="en") == [
        Order("track", "right", stop=True)
    ]
    assert heard("За кольцом на грунтовку", language="ru") == [
        Order("onto", mark="track", circles=1)
    ]
    assert heard("На СВ, левее", language="ru") == [Order("leave", "left", number=45)]
    assert heard("На ПдЗх, правіше", language="uk") == [Order("leave", "right", number=225)]
    assert heard("Go NW, keep left", language="en") == [Order("leave", "left", number=315)]
    assert heard("Roundabout: exit 3", language="en") == [Order("circle", number=3)]
    assert heard("Vers le S-O, serrez à droite\n2e à gauche (1,2 km)", language="fr") == [
        Order("leave", "right", number=225),
        Order("turn", "left", 2, metres=1200.0),
    ]
    assert heard("Par la grande route 2,1 km\nÀ l'église à droite", language="fr") == [
        Order("at", "right", mark="church", keeps="main", skips=2100.0)
    ]
    assert heard(
        "Après le pont voie d'accès 2 à gauche\nLieu à la 1re à droite: ferme, Lozna", language="fr"
    ) == [
        Order("lane", "left", 2, beyond="bridge"),
        Order("turn", "right", stop=True),
    ]
    assert heard("Nenda kusini-magharibi, kaa kulia\nKm 6\nBarabara ya 3 kulia", language="sw") == [
        Order("leave", "right", number=225),
        Order("road", "right", 3, skips=6000.0),
    ]
    assert heard("Moja kwa moja m 400\nMsalabani kulia", language="sw") == [
        Order("at", "right", mark="cross", keeps="straight", skips=400.0)
    ]
    assert heard(
        "Baada ya mzunguko wa 2 ya 2 kushoto\nMahali njia ya vumbi kulia", language="sw"
    ) == [
        Order("turn", "left", 2, circles=2),
        Order("track", "right", stop=True),
    ]


def test_what_he_does_not_understand_he_does_not_guess(web):
    with pytest.raises(NotUnderstood):
        heard("Туда", language="ru")
    journey = follow(web.roads, 0, "Туда", language="ru", driver=Driver())
    assert journey.lost
    assert journey.edges == ()
