"""The page over a real socket on loopback: what a lock hides and does not stop, and whose forms count."""

import asyncio
import http.client

import pytest
from tests.ports import free_port

from safeconduct.station.console import server
from safeconduct.station.tests.laptop import WORDS, Laptop, briefing

pytestmark = pytest.mark.enable_socket


class Browser:
    """Asks as a browser of this machine does; keeps the cookie."""

    def __init__(self, port):
        self.host, self.cookie = f"127.0.0.1:{port}", ""

    def ask(self, method, path, body="", **headers):
        line = http.client.HTTPConnection(self.host, timeout=20)
        told = {"Host": self.host, "Cookie": self.cookie}
        if method == "POST":
            told |= {"Origin": f"http://{self.host}"}
        line.request(method, path, body, {**told, **headers})
        answer = line.getresponse()
        self.status, self.page = answer.status, answer.read().decode()
        if kept := answer.getheader("Set-Cookie"):
            self.cookie = kept.partition(";")[0]
        return self.page

    def get(self, path="/", **headers):
        return self.ask("GET", path, **headers)

    def post(self, path, body="", **headers):
        return self.ask("POST", path, body, **headers)

    def unlock(self, words=WORDS):
        return self.post("/unlock", f"words={words.replace(' ', '+')}")


@pytest.fixture
def laptop(tmp_path):
    return Laptop(tmp_path, port=free_port)


def on_page(laptop, story):
    """Run `story(browser)` beside the station's server."""

    async def served():
        where = ("127.0.0.1", laptop.console)
        async with await server(laptop.process.console).listen(where):
            await asyncio.to_thread(story, Browser(laptop.console))

    asyncio.run(served())


def test_a_lock_hides_content_and_stops_neither_watching_nor_abort(laptop):
    ring = "50.3,30.4;50.5,30.4;50.5,30.7"
    station = laptop.briefed(fence=ring)
    laptop.tells(laptop.fix(east_m=100), laptop.fix("aircraft:1", east_m=100))
    laptop.waits(40)

    def story(browser):
        page = browser.get()
        assert "Alerts that stand: 3" in page
        for hidden in ("50.40000", "No news of the vehicle", "find him by eye", "77 %", ring):
            assert hidden not in page, hidden
        assert "not the station" in browser.unlock("six words that somebody guesses")
        browser.unlock()
        page = browser.get()
        for shown in (
            "50.40000",
            "No news of the vehicle",
            "find him by eye",
            "77 %",
            "CUT",
            f"fence 1 ring={ring}",
            'class="fence"',
        ):
            assert shown in page, shown
        browser.post("/lock")
        assert "50.40000" not in browser.get("/live")
        browser.post("/mark")  # behind the lock nothing is said but a stop
        browser.post("/abort")
        assert station.under.aborted_at is not None
        assert "receiving unit" in browser.get()

    on_page(laptop, story)
    assert laptop.words()[-1] == ("abort", "")
    assert len(station.under.pair.vehicle.fixes) == 1


def test_what_somebody_there_says_is_noted_by_its_key(laptop):
    laptop.briefed()
    laptop.tells(laptop.fix("aircraft:1"))

    def story(browser):
        browser.unlock()
        for path, body in (
            ("/mark", ""),
            ("/sighted", "heads=2"),
            ("/here", "heads=1"),
            ("/fires", ""),
        ):
            browser.post(path, body)
            assert browser.status == 303
        for path, body in (("/sighted", "heads=many"), ("/here", ""), ("/go", "")):
            browser.post(path, body)
            assert browser.status == 400

    on_page(laptop, story)
    assert laptop.words()[1:] == [("sighted", ""), ("here", ""), ("fires", "m4rk")]


def test_what_the_core_has_ordered_stands_there_too(laptop):
    laptop.briefed(held=int(laptop.now.timestamp()))

    def story(browser):
        browser.unlock()
        assert "He was told to stand" in browser.get()
        laptop.hears(briefing(turn=2, stopped=int(laptop.now.timestamp())))
        page = browser.get()
        assert "Everything is stopped" in page
        assert "The core has it" in page

    on_page(laptop, story)


def test_no_other_page_and_no_other_name_reaches_it_and_nobody_gives_go_there(laptop):
    station = laptop.briefed()

    def story(browser):
        browser.unlock()
        for headers in (
            {"Origin": "https://evil.example"},
            {"Origin": "null"},
            {"Host": "evil.example:80"},
        ):
            browser.post("/abort", **headers)
            assert browser.status == 403
        stranger = Browser(laptop.console)
        assert "50.4" not in stranger.get()
        for path in ("/go", "/../station.toml", "/static/station.js"):
            browser.get(path)
            assert browser.status == 404

    on_page(laptop, story)
    assert station.under.aborted_at is None


def test_it_locks_itself_after_a_time_without_a_key_and_looking_on_is_no_key(laptop):
    laptop.briefed()
    console = laptop.process.console

    def story(browser):
        browser.unlock()
        console._touched -= 299
        assert "Drone" in browser.get("/live", **{"X-Touched": "1"})
        console._touched -= 299
        assert "Drone" in browser.get("/live")
        console._touched -= 2
        assert "Drone" not in browser.get("/live")

    on_page(laptop, story)
