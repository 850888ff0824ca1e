"""The contact page as he sees it: on a telephone, light and dark, by keys alone, without script."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from safeconduct.pages import contact
from safeconduct.spool.tests.made import programme
from tests.browser.looking import HAND, SCHEMES, WIDE, Looked, tab
from tests.page_world import running, table


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Run the page and its link, in all languages we have words in."""
    lines, port = table()
    made = programme(tmp_path_factory.mktemp("page"), name="web", table=lines)
    with running(data=made.data, folder=made.folder, private=made.gateway_private, port=port):
        yield f"http://127.0.0.1:{port}"


@pytest.fixture
def plain(chrome: Browser) -> Iterator[Page]:
    """Open a telephone's browser that runs no script."""
    context = chrome.new_context(viewport=HAND, java_script_enabled=False)  # type: ignore[arg-type]
    yield context.new_page()
    context.close()


def faults_of(looked: Looked, address: str) -> list[str]:
    """Return whatever is wrong with the page in this tab, on a telephone and on a wide screen."""
    found = [
        *looked.faults,
        *(f"asks {host}" for host in looked.asked if host != address.removeprefix("http://")),
        *looked.found_by_axe(),
        *(f"under 13 px: {text}" for text in looked.small_text()),
        *looked.lost_to_keys(),
    ]
    for size in (WIDE, HAND):
        looked.page.set_viewport_size(size)  # type: ignore[arg-type]  # a dict of two numbers
        found += [f"cut off at {size['width']} px: {out}" for out in looked.cut_off()]
    return found


@pytest.mark.parametrize("scheme", SCHEMES)
def test_on_a_telephone_the_page_has_no_fault_and_asks_nobody_else(
    chrome: Browser, address: str, scheme: str
) -> None:
    with tab(chrome, scheme=scheme, size=HAND) as looked:
        for language in contact.words():
            looked.page.goto(f"{address}/?l={language}")
            looked.page.click("summary")
            assert faults_of(looked, address) == [], language


def test_without_script_he_writes_learns_his_words_and_asks_for_the_answer(
    plain: Page, address: str
) -> None:
    plain.goto(f"{address}/?l=uk")
    plain.fill("#m", "Нас двоє.")
    plain.click("main button >> nth=0")
    code = plain.inner_text(".c")
    assert len(code.split()) == 6
    plain.goto(f"{address}/?l=uk")
    plain.click("summary")
    plain.fill("#k", code)
    plain.click("details button")
    expect(plain.locator("h1")).to_have_text(contact.words()["uk"]["answers"])
    assert plain.context.cookies() == []


def test_the_way_out_is_the_first_key_and_stays_in_sight_at_the_end_of_the_page(
    plain: Page, address: str
) -> None:
    plain.set_viewport_size({"width": 320, "height": 400})
    plain.goto(f"{address}/?l=ru")
    plain.keyboard.press("Tab")
    expect(plain.locator(".away")).to_be_focused()
    plain.locator(".s").last.scroll_into_view_if_needed()
    plain.mouse.wheel(0, 9000)
    way_out, last = plain.locator(".away").bounding_box(), plain.locator(".s").last.bounding_box()
    assert way_out is not None
    assert last is not None
    assert way_out["y"] + way_out["height"] <= 400
    assert last["y"] + last["height"] <= way_out["y"]  # and hides nothing of the page's end
