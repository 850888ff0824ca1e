"""Every form of the console takes what no page of ours sends, and never breaks: refused in words, nothing changed.

Here each form is about something that is not there, for those who may post to it. Forms about something that is
there stand with the pages of their rooms: `custody/tests/test_views.py`, `escort/tests/test_views.py`.
"""

import pytest
from conftest import NOON
from django.http import HttpResponse
from django.test import Client
from django.urls import path

from safeconduct.access.doors import open_to_all
from safeconduct.access.rules import Duty
from safeconduct.audit import actions as audit
from tests import forms
from tests.test_doors import URLS, duties_of, filled

pytestmark = pytest.mark.django_db
# The keeper is one for all tests: a lock would shut it, two unlock codes would change how it is opened.
SPARED = ("/people/lock/", "/people/me/unlock-code/")


@pytest.fixture
def everybody(officer, client_of):
    """One signed-in person for each duty."""
    return {duty: client_of(officer(duty)) for duty in Duty}


def test_no_form_breaks_or_changes_anything_that_it_refuses(everybody):
    by_url = {}
    tried_there = tuple(f"{room}<" for room in (*forms.HELD, *forms.UNDER_WAY))
    for route, pattern in URLS:
        if route not in SPARED and not route.startswith(tried_there):
            duties = duties_of(pattern)
            by_url[filled(route)] = everybody[duties[0]] if duties else Client()
    signing_out = by_url.pop("/sign-out/")
    wrong = forms.attack(by_url) + forms.attack({"/sign-out/": signing_out})
    assert not wrong, "\n".join(wrong)


@open_to_all
def _careless(request):
    return HttpResponse(str(int(request.POST["text"])))


@open_to_all
def _half(_request):
    audit.record("nobody", "test.half", ref="nothing", now=NOON)
    return HttpResponse(status=409)


@open_to_all
def _proud(_request):
    return HttpResponse("Traceback (most recent call last): …")


urlpatterns = [path("careless/", _careless), path("half/", _half), path("proud/", _proud)]


def test_a_form_that_breaks_that_acts_and_refuses_or_that_shows_its_fault_is_found(
    settings, keeper
):
    settings.ROOT_URLCONF = __name__
    for url, fault in (
        ("/careless/", "ValueError"),
        ("/half/", "409, and it changed"),
        ("/proud/", "it shows a traceback"),
    ):
        assert fault in "\n".join(forms.attack({url: Client()}))
