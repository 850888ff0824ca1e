import re
from datetime import timedelta

import pytest
from django.urls import resolve

from safeconduct import clock
from safeconduct.access.rules import Duty
from safeconduct.notices import actions as notices
from safeconduct.web import serve
from safeconduct.web.frame import ROOMS, SILENT_AFTER, rooms_for

pytestmark = pytest.mark.django_db


def page(client, url="/settings/"):
    return client.get(url).content.decode()


def test_the_rooms_on_the_left_are_those_whose_doors_open(officer):
    everything = {room.url for group in rooms_for(Duty, path="/") for room in group}
    there = {url for group in ROOMS for url, _name in group if url in everything}
    for duty in Duty:
        seen = {room.url for group in rooms_for({duty}, path="/") for room in group}
        assert seen == {
            url for url in there if str(duty) in getattr(resolve(url).func, "duties", ())
        }


def test_the_room_one_is_in_is_marked_and_no_other():
    (here,) = [r for group in rooms_for(Duty, path="/settings/keys/") for r in group if r.here]
    assert here.url == "/settings/"


def test_a_room_on_the_left_bears_no_count(officer, client_of):
    assert "count" not in page(client_of(officer(Duty.OP))).split("</nav>")[0]


def test_a_silent_worker_shows_on_every_page_and_a_living_one_does_not(officer, client_of):
    client = client_of(officer(Duty.OP))
    assert "The clocks do not run yet" in page(client)
    notices.beat("worker", wall=clock.wall())
    assert "The clocks" not in page(client)
    notices.beat("worker", wall=clock.wall() - SILENT_AFTER - timedelta(seconds=1))
    assert "The clocks stand still since" in page(client)


def test_an_exercise_says_so_on_every_page_and_also_before_one_signs_in(client, data_folder):
    assert "Nothing here is real" in page(client, "/sign-in/")


def test_who_chose_a_language_gets_it_and_no_unknown_one(officer, client_of):
    client = client_of(officer(Duty.OP))
    assert '<html lang="en">' in page(client)
    client.post("/settings/language/", {"language": "uk"})
    assert '<html lang="uk">' in page(client)
    client.post("/settings/language/", {"language": "xx"})
    assert '<html lang="uk">' in page(client)


def test_who_switched_the_keys_off_has_them_off_and_can_switch_them_on(officer, client_of):
    client = client_of(officer(Duty.OP))
    assert 'data-keys="on"' in page(client)
    client.post("/settings/keys/", {"keys": "off"})
    assert 'data-keys="off"' in page(client)
    client.post("/settings/keys/", {"keys": "on"})
    assert 'data-keys="on"' in page(client)


def test_settings_show_the_programme_as_it_is_set(officer, client_of):
    told = page(client_of(officer(Duty.AUD)))
    for shown in (
        "Europe/Kyiv",
        "stamped exercise",
        "gc3.17",
        "with all about it, within",
        "500 m",
        "A read-back counts for",
        "30 min",
    ):
        assert shown in told


def test_work_that_was_given_up_stands_on_the_page(officer, client_of):
    client = client_of(officer(Duty.ADM))
    assert "given up" not in page(client)
    notices.put_job("post.send", "m1", due_at=clock.wall())
    at = clock.wall()
    for _attempt in range(notices.MAX_ATTEMPTS + 1):
        notices.claim_jobs(["post.send"], wall=at)
        at += notices.LEASE
    told = page(client)
    assert 'data-kind="notices.job"' in told
    assert 'data-kind="notices.given_up"' in told
    (number,) = re.findall(r'data-kind="notices.job" data-ref="(\d+)"', told)
    assert client_of(officer(Duty.OP)).post(f"/settings/jobs/{number}/again/").status_code == 404
    client.post(f"/settings/jobs/{number}/again/")
    assert "given up" not in page(client)
    assert len(notices.claim_jobs(["post.send"], wall=at)) == 1


def test_a_page_that_is_not_there_looks_like_one_that_is_closed(officer, client_of):
    client = client_of(officer(Duty.OP))
    absent, closed = client.get("/nowhere/"), client.get("/people/roster/add/")
    assert absent.status_code == 404
    assert "Nothing here for you" in absent.content.decode()
    if closed.status_code == 404:
        assert "Nothing here for you" in closed.content.decode()


def test_no_page_is_kept_and_none_may_be_framed_or_speak_to_another_host(officer, client_of):
    answer = client_of(officer(Duty.OP)).get("/settings/")
    assert answer["Cache-Control"] == "no-store"
    assert answer["X-Frame-Options"] == "DENY"
    assert answer["Referrer-Policy"] == "same-origin"
    told = answer["Content-Security-Policy"]
    assert "default-src 'none'" in told
    assert "unsafe" not in told


def test_the_server_keeps_no_list_of_what_was_asked_for():
    assert (
        serve.configuration(0).access_log is False
    )  # which tiles a map asks for tells what is planned


def test_alive_is_said_to_everybody_and_nothing_else(client):
    answer = client.get("/healthz")
    assert (answer.status_code, answer.content) == (200, b"alive\n")


def test_ready_means_that_database_keeper_and_clocks_all_work(client, keeper):
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json() == {"database": True, "keeper": True, "worker": False}
    notices.beat("worker", wall=clock.wall())
    assert client.get("/readyz").json() == {"database": True, "keeper": True, "worker": True}
    assert client.get("/readyz").status_code == 200


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("web/console.css", "text/css"),
        ("web/console.js", "text/javascript"),
        ("web/mark.svg", "image/svg+xml"),
        ("django_htmx/htmx-2.min.js", "text/javascript"),
    ],
)
def test_the_console_serves_its_own_files(client, path, kind):
    answer = client.get(f"/static/{path}")
    assert answer.status_code == 200
    assert answer["Content-Type"].startswith(kind)
    assert len(answer.content) > 100
    assert "Access-Control-Allow-Origin" not in answer
    again = client.get(f"/static/{path}", headers={"If-None-Match": answer["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
