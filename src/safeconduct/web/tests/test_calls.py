import ast
from pathlib import Path

import pytest

from safeconduct import clock
from safeconduct.access import actions
from safeconduct.access.queries import calls_for
from safeconduct.access.rules import Duty
from safeconduct.custody import rules as custody
from safeconduct.escort import rules as escort
from safeconduct.spool.turns import Keeps
from safeconduct.watch.known import Cause
from safeconduct.web.templatetags.calls import about
from safeconduct.web.tests.test_views import page

SRC = Path(__file__).parents[2]
CAUSES = [
    *(f"escort.{cause.lower()}" for cause in (*Cause, *escort.OWN_CAUSES)),
    *(f"escort.{order.lower()}" for order in escort.Order),
    *(f"gateway.{keeps}" for keeps in Keeps if keeps is not Keeps.WELL),
    *(f"custody.{kind}.{word}" for kind in custody.KINDS for word in ("due", "warned", "broken")),
]


def beginnings():
    """Yield how each cause in the product's code begins, as far as it is written there."""
    for path in SRC.rglob("*.py"):
        if "tests" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            called = isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "page"
            if called and len(node.args) == 2:
                kind = node.args[1]
                first = kind.values[0] if isinstance(kind, ast.JoinedStr) else kind
                if isinstance(first, ast.Constant):
                    yield first.value, isinstance(kind, ast.JoinedStr)


@pytest.mark.parametrize("kind", CAUSES)
def test_every_cause_of_an_escort_of_custody_and_of_a_gateway_says_what_it_is_about(kind):
    assert about(kind) != about("nobody.knows")
    assert kind not in about(kind)


def test_every_cause_written_in_the_code_says_what_it_is_about():
    found = set(beginnings())
    assert len(found) > 8
    for begins, goes_on in found:
        if not goes_on:
            assert about(begins) != about("nobody.knows"), begins
        elif begins not in {
            "escort.",
            "custody.",
            "gateway.",
        }:  # those are held above, cause by cause
            assert about(f"{begins}anything") != about("nobody.knows"), begins


def test_an_alert_and_the_same_alert_unanswered_read_differently():
    told = {about(f"escort.stopped{ending}") for ending in ("", ".unanswered", ".unseen")}
    assert len(told) == 3


def test_what_is_owed_in_a_case_is_not_named_to_everybody_who_holds_the_duty():
    assert about("cases.owed.capture_card") == about("cases.owed.burned")


def test_two_calls_at_the_head_of_a_page_are_told_apart_by_kind_ref_and_age(officer, client_of):
    commander = officer(Duty.DPC)
    now = clock.now()
    refs = [actions.page(Duty.DPC, kind, now=now) for kind in ("escort.stopped", "cases.missing")]
    assert len(calls_for(commander)) == 2
    told = page(client_of(commander), "/calls/")
    for shown in ("Stopped", "Missing", *(f'<span class="ref">{ref}</span>' for ref in refs)):
        assert shown in told
    assert told.count("0 s ·") + told.count("1 s ·") == 2


def test_a_call_of_the_ombudsmans_and_of_a_missed_check_in_say_what_they_are_about():
    assert "ombudsman" in about("custody.voice.due")
    assert "missed his check-in" in about("custody.safety.not_found")
