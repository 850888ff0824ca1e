"""What stands on the pages of lists, of clashing offers and of who is held: fixtures, each with the pages it fills."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from safeconduct import clock
from safeconduct.access.rules import Duty
from safeconduct.cases import actions as cases
from safeconduct.cases.graded import Signal, Source
from safeconduct.custody import actions as custody
from safeconduct.custody import calls, confirmed
from safeconduct.custody.tests.conftest import carded, crew, held, standard
from safeconduct.custody.tests.test_actions import bureau_confirms, finds, keys_of
from safeconduct.pledges import actions as pledges
from safeconduct.pledges.tests.conftest import REWARD
from safeconduct.pledges.tests.test_clash import RIVAL
from safeconduct.programme import load
from tests.browser.scenes import Sight

__all__ = ["clash", "crew", "held", "outside", "rolls", "standard"]
LISTED = """Кузьмінов Олексій Сергійович;капитан;1995-03-07;+380501112201
Aleksey Kuzminov;;07.03.1995;
Иванов Пётр;рядовой;1999-02-01;0501112203
Сидоренко Іван;молодший сержант;1990-01-01;+380 50 111 22 03
Ткаченко-Білоцерківський Володимир-Станіслав Олександрович;старший лейтенант;1988-11-30;
Петренко Ганна;;1971-05-02;
Бондар Іван;;1969-05-02;
Бондарь Иван;;02.05.1969;"""


def _called(held: Any, *, now: datetime) -> None:
    """Relatives want calls with him: of one the time is over, one has a time, of one he is not asked yet."""
    day = timedelta(days=1)
    carded(held)
    finds(held, "RCP", "yes")
    bureau_confirms(held)
    mother = keys_of(held, names="Aleksey Kuzminov", born="07.03.1995")
    for asked_at in (now - 20 * day, now - 3 * day, now):
        until = asked_at + 7 * day
        asks = {"caller": "his mother, Anna", "until": until, "now": asked_at}
        token = confirmed.ask_call(held.clocks, mother, **asks)
        if asked_at == now:
            continue
        call = {"case": held.ref, "ref": calls.shown(held["RCP"], held.case(), now=now)[0].row.ref}
        custody.answer_call(held["RCP"], **call, word="yes", alone=True, now=asked_at)
        custody.give_call(held["RCP"], **call, at=until + 2 * day, now=asked_at)
        confirmed.call_time(token, now=min(until, now))


@pytest.fixture
def clash(in_force: Any, officer: Any, client_of: Any, touch: Any) -> list[Sight]:
    """A second ministry's sum for the same vehicle, which waits until a lawyer says which binds."""
    now, author = clock.now(), officer(Duty.OFF)
    in_force(REWARD, now=now)
    ref = pledges.propose(author, RIVAL, languages=("ru", "uk", "en"), now=now)
    at = f"/pledges/offers/{ref}/"
    return [
        Sight("clash", officer(Duty.LEG), at),
        Sight("clash-author", author, at),
        Sight("offers-clash", author, "/pledges/"),
        Sight("offers-draft", author, "/pledges/offers/new/"),
    ]


@pytest.fixture
def rolls(crew: Any, staff: Any) -> list[Sight]:
    """A commander's list: what may be one person, one struck, one certified, one to be certified."""
    crew.opened()
    now, (one, other, lawyer) = crew.now, (crew[each] for each in ("VER", "SUP", "LEG"))
    for each in (one, other):
        staff.own_key(each, now=clock.now())
    told: dict[str, Any] = {"ref": crew.ref, "now": now}
    told["roll"] = cases.take_down(one, text=LISTED, region="UA", **told)
    cases.strike(one, number=8, same_as=7, **told)
    paper, said = Signal(Source.PAPER, "B", 2), "военный билет, видели на видео"
    for number in (5, 6):
        cases.back(one, number=number, signal=paper, note=said, **told)
    cases.certify(other, number=5, **told)
    at = f"/cases/{crew.ref}/rolls/"
    return [
        Sight("rolls", one, at, paper=True),
        Sight("rolls-certifies", other, at),
        Sight("rolls-reads", lawyer, at),
    ]


@pytest.fixture
def outside(held: Any, standard: str) -> list[Sight]:
    """One who is held: his letters, a visit that waits for its time, and what he said to the ombudsman."""
    now = clock.now()
    custody.ask_visit(held["DEL"], ref=held.ref, wanted_at=now + timedelta(days=2), now=now)
    voice = custody.hear(
        held["OMB"], ref=held.ref, kind="complaint", words="They put out the light at eight.",
        profile=load.current(), now=now,
    )  # fmt: skip
    _called(held, now=now)
    counts = {"offered": "yes", "letters_sent": "2", "cards_handed": "1"}
    custody.offer_letters(held["RCP"], ref=held.ref, content=counts, now=now)
    return [
        Sight("custody-calls", held["RCP"], f"/custody/{held.ref}/"),
        Sight("visits", held["DEL"], "/custody/visits/"),
        Sight("voices", held["OMB"], "/custody/voices/"),
        Sight("voice", held["OMB"], f"/custody/voices/{voice}/"),
    ]
