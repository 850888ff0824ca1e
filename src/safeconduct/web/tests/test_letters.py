"""A NUL in what is sent breaks nothing and stops no stop, whatever database is below."""

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import path

from safeconduct.access.doors import open_to_all
from safeconduct.access.rules import Duty

pytestmark = pytest.mark.django_db


@open_to_all
def _told(request):
    given = request.POST if request.method == "POST" else request.GET
    return HttpResponse(ascii([list(each) for each in given.lists()]))


urlpatterns = [path("told/", _told), path("<str:ref>/", _told)]


@pytest.fixture
def told(settings, keeper):
    settings.ROOT_URLCONF = __name__
    return Client()


def test_a_nul_in_a_name_or_a_value_comes_as_a_letter_that_is_gone(told):
    sent = {"a\0b": ["x\0", "y"], "c": "d"}
    for answer in (told.post("/told/", sent), told.get("/told/", sent)):
        assert answer.content.decode() == r"[['a\ufffdb', ['x\ufffd', 'y']], ['c', ['d']]]"


def test_what_holds_none_comes_as_it_was_sent(told):
    sent = {"a": ["\ufffd", "ё\n", ""]}
    assert told.post("/told/", sent).content.decode() == r"[['a', ['\ufffd', '\u0451\n', '']]]"


def test_an_address_with_a_nul_names_nothing(officer, client_of):
    browser = client_of(officer(Duty.SUP))
    for url in ("/cases/a%00b/", "/conversations/%00/", "/%00"):
        assert browser.get(url).status_code == browser.post(url).status_code == 404
