"""Every page, by every kind of person, in both schemes and all languages; then by keyboard alone.

The pages are those of a house where nothing has happened yet. With a whole passage on them the main
ones are held against axe by `test_with_content.py`, all of them against the same questions by
`just screenshots`.
"""

import re
import zlib
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.browser.house import House
from tests.browser.looking import HAND, NARROW, SCHEMES, WIDE, Looked, tab, virtual_key
from tests.browser.staff import (
    Person,
    administrator,
    cookies,
    hired,
    pages_of,
    shape_of,
)


@pytest.fixture(scope="module")
def staff(chrome: Browser, product: House) -> Iterator[list[Person]]:
    """Return one person for each group of duties, the administrator first."""
    with administrator(chrome, product) as admin:
        others = hired(chrome, product, admin.page)
        assert admin.faults == []
        yield [Person("Administrator 1", cookies(admin.page)), *others]


def open_as(
    person: Person, chrome: Browser, house: House, path: str, **how: object
) -> Iterator[Looked]:
    """Open one page as one person."""
    with tab(chrome, cookies=person.cookies, **how) as looked:  # type: ignore[arg-type]
        looked.page.goto(house.origin + path)
        yield looked


def faults_of(looked: Looked, house: House) -> list[str]:
    """Return everything that is wrong with the page in this tab, wide and in narrower windows."""
    found = [
        *looked.faults,
        *(f"asks {host}" for host in looked.asked - {house.origin.removeprefix("http://")}),
        *looked.found_by_axe(),
        *(f"under 13 px: {text}" for text in looked.small_text()),
    ]
    for size in (WIDE, NARROW, HAND):  # the same page, without loading it again
        looked.page.set_viewport_size(size)  # type: ignore[arg-type]  # a dict of two numbers
        found += [f"cut off at {size['width']} px: {out}" for out in looked.cut_off()]
    looked.page.set_viewport_size(WIDE)  # type: ignore[arg-type]
    return found


@pytest.fixture(scope="module")
def ways(chrome: Browser, product: House, staff: list[Person]) -> list[tuple[Person, list[str]]]:
    """Return each person with every page he can reach by links."""
    return [(person, pages_of(chrome, product, person)) for person in staff]


# Contrast hangs on the scheme, room for words on the language: each is met, not each with each.
DRESSES = [("light", "en"), ("dark", "uk"), ("light", "ru")]


@pytest.mark.parametrize(("scheme", "language"), DRESSES)
def test_every_page_is_sound_in_every_scheme_and_language(chrome, product, ways, scheme, language):
    chosen = [{"name": "django_language", "value": language, "url": product.origin}]
    first = (scheme, language) == DRESSES[0]
    wrong: dict[str, list[str]] = {}
    seen: set[str] = set()
    for person, paths in ways:
        with tab(chrome, scheme=scheme, cookies=[*person.cookies, *chosen]) as looked:
            for path in paths:
                if shape_of(path) in seen and not first:
                    continue  # by each person once; in other dress, each page once
                seen.add(shape_of(path))
                looked.page.goto(product.origin + path)
                assert looked.page.locator("html").get_attribute("lang") == language
                found = faults_of(looked, product) + (looked.lost_to_keys() if first else [])
                if found:
                    wrong[f"{person.name} {path}"] = found
                looked.faults.clear()
    assert wrong == {}


def test_the_looking_finds_what_is_cut_off_and_what_keys_do_not_reach(chrome):
    with tab(chrome, size=HAND) as looked:
        looked.page.set_content("<main><p class=sheet><a href=/>a way on</a></p></main>")
        assert looked.cut_off() == []
        assert "focus does not show" in looked.lost_to_keys()[0]
        looked.page.add_style_tag(content="a { display: block; width: 500px; outline: 3px solid }")
        assert "way on" in "".join(looked.cut_off())
        assert looked.lost_to_keys() == []


def test_every_printed_sheet_says_whose_it_is_and_when(chrome, product, staff):
    with tab(chrome, cookies=staff[0].cookies) as looked:
        looked.page.goto(f"{product.origin}/settings/")
        line = looked.page.locator("p.printed")
        expect(line).to_be_hidden()
        assert "/settings/" in (line.text_content() or "")
        assert staff[0].name in (line.text_content() or "")
        line.evaluate("e => e.style.setProperty('color', 'rgb(255, 0, 128)')")
        paper = looked.page.pdf(format="A4")
    streams = re.findall(rb"stream\r?\n(.*?)endstream", paper, re.DOTALL)
    inked = [zlib.decompress(each) for each in streams if each.startswith(b"x")]
    sheets = len(re.findall(rb"/Type /Page\b", paper))
    assert sheets > 1
    assert sum(b"1 0 .502 rg" in each for each in inked) == sheets


def test_the_sign_in_page_is_sound_before_anybody_is_known(chrome, product, staff):
    for scheme in SCHEMES:
        with tab(chrome, scheme=scheme) as looked:
            looked.page.goto(f"{product.origin}/")
            assert looked.page.url == f"{product.origin}/sign-in/"
            assert faults_of(looked, product) == []


def test_a_link_that_was_used_makes_no_second_passkey(chrome, product, staff):
    with tab(chrome) as looked:
        virtual_key(looked.page)
        looked.page.goto(product.invite)
        expect(looked.page.locator("[data-refusal]")).to_be_visible()
        expect(looked.page.locator("form[data-enrol]")).to_have_count(0)


@pytest.fixture
def at_home(chrome: Browser, product: House, staff: list[Person]) -> Iterator[Page]:
    """Stand on "For you" as somebody who holds every duty of the way."""
    for looked in open_as(staff[1], chrome, product, "/"):
        yield looked.page
        assert looked.faults == []


def test_the_first_tab_stop_leads_to_the_content(at_home):
    at_home.keyboard.press("Tab")
    focused = at_home.locator(":focus")
    expect(focused).to_have_class("skip")
    assert focused.evaluate("e => getComputedStyle(e).outlineWidth") == "3px"
    at_home.keyboard.press("Enter")
    assert at_home.url.endswith("#content")


def test_every_room_is_reached_by_keyboard_alone(at_home):
    rooms = at_home.locator("nav.rooms > a").all_inner_texts()
    reached = []
    for _stop in range(len(rooms) + 2):
        at_home.keyboard.press("Tab")
        reached.append(at_home.locator(":focus").inner_text())
    assert set(rooms) <= set(reached)


def test_the_list_of_keys_opens_on_its_key_and_closes_on_escape(at_home):
    at_home.keyboard.press("Shift+Slash")
    expect(at_home.locator("dialog#keys")).to_be_visible()
    at_home.keyboard.press("Escape")
    expect(at_home.locator("dialog#keys")).to_be_hidden()


def test_keys_rest_when_they_are_switched_off(chrome, product, staff):
    off = [{"name": "keys", "value": "off", "url": product.origin}]
    with tab(chrome, cookies=[*staff[1].cookies, *off]) as looked:
        looked.page.goto(f"{product.origin}/")
        looked.page.keyboard.press("Shift+Slash")
        expect(looked.page.locator("dialog#keys")).to_be_hidden()


ABORT = """() => {
  const form = document.createElement("form");
  form.addEventListener("submit", (event) => {
    event.preventDefault(); document.body.dataset.stopped = "yes"; });
  form.innerHTML = '<button class="abort" data-key="a" data-again="A again stops everything">'
    + '<span data-words>ABORT</span></button><textarea></textarea>';
  document.querySelector("main").append(form);
}"""


CYRILLIC_A = """() => document.body.dispatchEvent(
  new KeyboardEvent("keydown", {key: "ф", code: "KeyA", bubbles: true, cancelable: true}))"""


def clock_stands(page: Page) -> None:
    """Let the page's timers wait for `clock.run_for`, however long the machine takes in between."""
    page.clock.install(time="2026-11-22T12:00:00Z")
    page.clock.pause_at("2026-11-22T13:00:00Z")


def stopped(page: Page) -> bool:
    """Return whether the grave act was sent."""
    return page.evaluate("() => document.body.dataset.stopped") == "yes"


def test_a_pressed_once_arms_and_twice_stops(at_home):
    at_home.evaluate(ABORT)
    at_home.keyboard.press("KeyA")
    expect(at_home.locator("button.abort")).to_have_class("abort once")
    expect(at_home.locator("button.abort")).to_have_text("A again stops everything")
    assert not stopped(at_home)
    at_home.keyboard.press("KeyA")
    assert stopped(at_home)


def test_escape_lets_go_of_an_armed_abort(at_home):
    at_home.evaluate(ABORT)
    at_home.keyboard.press("KeyA")
    at_home.keyboard.press("Escape")
    expect(at_home.locator("button.abort")).to_have_class("abort")
    expect(at_home.locator("button.abort")).to_have_text("ABORT")
    at_home.keyboard.press("KeyA")
    assert not stopped(at_home)


def test_five_seconds_let_go_of_an_armed_abort(at_home):
    clock_stands(at_home)
    at_home.evaluate(ABORT)
    button = at_home.locator("button.abort")
    at_home.keyboard.press("KeyA")
    at_home.clock.run_for(4_900)
    expect(button).to_have_class("abort once")
    at_home.clock.run_for(200)
    expect(button).to_have_class("abort")
    at_home.keyboard.press("KeyA")
    assert not stopped(at_home)


def test_two_clicks_stop_as_two_keys_do(at_home):
    at_home.evaluate(ABORT)
    at_home.click("button.abort")
    assert not stopped(at_home)
    at_home.click("button.abort")
    assert stopped(at_home)


def test_a_cyrillic_layout_stops_as_well(at_home):
    at_home.evaluate(ABORT)
    for _press in range(2):
        at_home.evaluate(CYRILLIC_A)
    assert stopped(at_home)


def test_who_types_an_a_stops_nothing(at_home):
    at_home.evaluate(ABORT)
    at_home.locator("main textarea").last.press_sequentially("aa")
    assert not stopped(at_home)


def test_a_key_held_down_counts_once(at_home):
    at_home.evaluate(ABORT)
    at_home.keyboard.down("KeyA")
    at_home.keyboard.down("KeyA")
    at_home.keyboard.up("KeyA")
    assert not stopped(at_home)


def test_a_lost_link_shows_until_it_is_back(chrome, product, staff):
    with tab(chrome, cookies=staff[1].cookies) as looked:
        looked.page.route("**/live*", lambda route: route.abort())
        looked.page.goto(f"{product.origin}/")
        strip = looked.page.locator("[data-strip=link]")
        expect(strip).to_be_hidden()  # a restart of a second is no news
        expect(strip).to_be_visible()
        looked.page.unroute("**/live*")
        expect(strip).to_be_hidden(timeout=15_000)


def test_what_another_does_shows_without_loading_the_page_again(chrome, product, staff):
    with (
        tab(chrome, cookies=staff[0].cookies) as his,
        tab(chrome, cookies=staff[0].cookies) as other,
    ):
        for looked in (his, other):
            looked.page.goto(f"{product.origin}/people/roster/")
        expect(other.page.locator("[data-kind='access.unheard']")).to_be_visible()
        form = his.page.locator("form[data-act='access.add_shift']")
        assert form.count() == 1
        form.locator("button.first").click()
        expect(other.page.locator("[data-kind='access.unheard']")).to_have_count(0)
        assert other.faults == []


ASK_ANEW = """() => document.dispatchEvent(new Event("visibilitychange"))"""


def test_what_is_typed_while_the_page_asks_anew_keeps_every_letter(chrome, product, staff):
    asked: list[Route] = []

    def hold(route: Route) -> None:  # a slow line: the answer comes when the test lets it
        asked.append(route)

    (receiver,) = (person for person in staff if person.name == "Way 1")
    with tab(chrome, cookies=receiver.cookies) as looked:
        page = looked.page
        page.goto(f"{product.origin}/reception/")
        field = page.locator("#reception #ref")
        before = field.element_handle()
        page.route("**/reception/", hold)
        with page.expect_request("**/reception/"):
            page.evaluate(ASK_ANEW)
        field.focus()
        page.keyboard.type("CASE")
        with page.expect_response("**/reception/"):
            for each in asked:
                each.continue_()
        page.unroute("**/reception/")
        page.wait_for_timeout(200)  # the time a swap takes
        page.keyboard.type("-14")
        assert field.input_value() == "CASE-14"
        field.fill("")
        field.blur()  # what was put off is asked when he has done
        page.wait_for_function("field => !field.isConnected", arg=before)
        expect(page.locator("[data-stale]")).to_have_count(0)


OPENED = """() => {
  const box = document.createElement("p");
  box.innerHTML = '<span data-opened>his true name</span><span data-closed hidden>sealed</span>';
  document.querySelector("main").append(box);
  document.dispatchEvent(new Event("htmx:afterSettle"));
}"""


def test_what_was_opened_closes_itself_after_ten_seconds(at_home):
    clock_stands(at_home)
    at_home.evaluate(OPENED)
    at_home.clock.run_for(9_900)
    expect(at_home.locator("[data-opened]")).to_be_visible()
    at_home.clock.run_for(200)
    expect(at_home.locator("[data-opened]")).to_have_count(0)
    expect(at_home.locator("[data-closed]")).to_be_visible()


def test_what_was_opened_closes_when_the_tab_is_left(at_home):
    at_home.evaluate(OPENED)
    at_home.evaluate(
        """() => {
          Object.defineProperty(document, "hidden", {value: true, configurable: true});
          document.dispatchEvent(new Event("visibilitychange"));
        }"""
    )
    expect(at_home.locator("[data-opened]")).to_have_count(0)
