"""Another programme is another file: its words for duties and states, and what it keeps apart."""

import shutil

import pytest

from safeconduct.access import actions
from safeconduct.access.rules import Duty
from safeconduct.cases import gates
from safeconduct.programme import load
from safeconduct.refs import new_ref
from safeconduct.refusal import Refused
from safeconduct.web.tests.test_views import page

pytestmark = pytest.mark.django_db


@pytest.fixture
def rivers(data_folder):
    """Run on the second shipped profile for one test."""
    path = data_folder / "programme.toml"
    assert not path.exists()
    shutil.copyfile(load.SHIPPED / "rivers.toml", path)
    yield load.current()
    path.unlink()


def new_person(admin, *duties):
    actions.refuse_person(admin, person=new_ref(), name="Somebody 1", duties=duties, reason="new")


def test_the_console_calls_duties_and_states_by_the_programme_s_words(rivers, officer, client_of):
    assert gates.name_of("RECEIVED") == "At the transit site"
    assert gates.name_of("SECURED") == "Secured"
    told = page(client_of(officer(Duty.RCV)))
    assert "Contact team lead" in told
    assert "Receiving lead" not in told


def test_without_that_file_they_are_called_as_everywhere(officer, client_of):
    assert gates.name_of("RECEIVED") == "Received"
    assert "Receiving lead" in page(client_of(officer(Duty.RCV)))


def test_whoever_talks_with_him_does_not_grade_him_where_the_programme_says_so(rivers, admin):
    new_person(admin, Duty.OP)
    with pytest.raises(Refused, match=r"apart: Operator \(OP\), Verifier \(VER\)"):
        new_person(admin, Duty.OP, Duty.VER)


def test_where_the_programme_says_nothing_of_it_one_person_may_do_both(admin):
    new_person(admin, Duty.OP, Duty.VER)


def test_settings_show_the_new_limits_as_sentences(officer, client_of):
    told = " ".join(page(client_of(officer(Duty.OP))).split())
    assert 'reaches beyond every point of both ways by</td><td class="number nowrap">800 m' in told
    assert 'figure for it is above</td><td class="number nowrap">0.15<' in told
