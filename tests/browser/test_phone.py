"""The telephone's page with the network truly cut: it opens, takes everything in, gives nothing away, and reconciles."""

import os
import re
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from safeconduct.access.rules import Duty, Purpose
from safeconduct.cases.models import Case
from safeconduct.reception import queries
from safeconduct.reception.models import PhoneEntry
from tests.browser.house import browser
from tests.browser.looking import HAND, SCHEMES, Looked, tab
from tests.browser.serving import cookies_of, served

pytestmark = pytest.mark.django_db
SECRETS = (
    "Zimorodkov",
    "service_number",
    "wedding ring",
    "walk_in",
    "children",
    "effect",
    "7315042",
)
TAPS, SECONDS = 5, 60
READ_OUT = """async () => {
    const text = (bytes) => Array.from(new Uint8Array(bytes), (each) => String.fromCharCode(each)).join("");
    const told = [JSON.stringify({ ...localStorage }), JSON.stringify({ ...sessionStorage }), document.cookie];
    for (const { name } of await indexedDB.databases()) {
        const base = await new Promise((done) => { const asked = indexedDB.open(name); asked.onsuccess = () => done(asked.result); });
        for (const where of base.objectStoreNames) {
            const rows = await new Promise((done) => {
                const asked = base.transaction(where).objectStore(where).getAll();
                asked.onsuccess = () => done(asked.result);
            });
            for (const row of rows) told.push(JSON.stringify({ ...row, box: "" }), row.box ? text(row.box) : "");
        }
        base.close();
    }
    const kept = [];
    for (const name of await caches.keys()) {
        for (const asked of await (await caches.open(name)).keys()) kept.push(asked.url);
    }
    return [told.join("\\n"), kept];
}"""
SHOTS = os.environ.get("SHOTS")


def taps(page: Page, *signs: tuple[str, str]) -> int:
    """Tap signs without reading a word, then the check mark; return how many taps it took."""
    form = page.locator("form[data-kind='walk_in']")
    for name, value in signs:
        form.locator(f"label:has(input[name='{name}'][value='{value}'])").click()
    form.locator("button").click()
    return len(signs) + 1


def by_keys_alone(page: Page) -> None:
    """Register one more with the keyboard: Tab to each row of signs, Space or an arrow, Enter."""
    page.locator("form[data-kind='walk_in'] input[name='people']").first.focus()
    page.keyboard.press("Space")
    for _row in range(3):
        page.keyboard.press("Tab")
        page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")


def opens(looked: Looked, origin: str) -> None:
    """Open it once with a link, light and dark, and let it lay by what it needs."""
    page = looked.page
    with page.expect_response(f"{origin}/reception/phone/key"):
        page.goto(f"{origin}/reception/phone/")
    page.wait_for_selector("main[data-ready]")
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme)
        if SHOTS:
            page.screenshot(path=f"{SHOTS}/phone-{scheme}.png", full_page=True)
        assert [*looked.found_by_axe(), *looked.small_text(), *looked.cut_off()] == []
    assert looked.faults == []


def notes_his_things(page: Page) -> None:
    full = {"rank": "unknown", "birth_date": "refused", "service_number": "refused"}
    for kind, fields in (
        ("four", {"names": "Zimorodkov", **full}),
        ("effect", {"what": "wedding ring of Zimorodkov"}),
        ("money", {"money": "7315042", "currency": "RUB"}),
    ):
        form = page.locator(f"form[data-kind='{kind}']")
        for name, text in fields.items():
            form.locator(f"[name='{name}']").fill(text)
        form.locator("button").click()
        expect(form.locator("input").first).to_have_value("")


def works_without_a_link(page: Page) -> str:
    """Register two by five taps, write down what they brought, register one by keys; return the tag."""
    page.reload()
    begun = time.monotonic()
    took = taps(page, ("people", "2"), ("children", "1"), ("hurt", "0"), ("armed", "no"))
    expect(page.locator("#tag")).to_be_visible()
    assert (took, time.monotonic() - begun < SECONDS) == (TAPS, True)
    his = page.locator("#tag b").inner_text()
    expect(page.locator("#others")).to_have_text(f"{his}-2 child")
    notes_his_things(page)
    by_keys_alone(page)
    expect(page.locator("#waiting")).to_have_text("5")
    page.reload()
    expect(page.locator("#waiting")).to_have_text("5")
    return his


def sends_and_sends_again(page: Page, origin: str) -> dict[str, str]:
    """Wait until what waits was sent by itself, send the first once more; return what that became."""
    with page.expect_request(f"{origin}/reception/phone/send") as sent:
        page.context.set_offline(False)
    expect(page.locator("#waiting")).to_have_text("0")
    again = [f"{origin}/reception/phone/send", sent.value.post_data]
    return page.evaluate(
        """([where, body]) => fetch(where, { method: "POST", body: new URLSearchParams(body) })
            .then((answer) => answer.json())""",
        again,
    )


def cut_off_and_read_out(page: Page) -> tuple[str, str, list[str]]:
    """Work with the network cut; return the tag, all that the browser stores, and what it keeps of the page."""
    page.context.set_offline(True)
    his = works_without_a_link(page)
    told, kept = page.evaluate(READ_OUT)
    return his, told, kept


def test_with_the_network_cut_it_opens_takes_in_gives_nothing_away_and_reconciles_once(
    officer,
):
    receiver = officer(Duty.RCP)
    with ThreadPoolExecutor(1) as eyes, ExitStack() as open_there:
        open_there.callback(lambda: eyes.submit(there.close).result())
        there = ExitStack()

        def tab_at(origin: str) -> Looked:
            chrome = there.enter_context(browser())
            cookies = cookies_of(receiver, origin)
            looked = there.enter_context(tab(chrome, size=HAND, cookies=cookies))
            opens(looked, origin)
            return looked

        with served(switched_off=True) as origin:
            page = eyes.submit(tab_at, origin).result().page
        his, told, kept = eyes.submit(cut_off_and_read_out, page).result()
        with served(urlsplit(origin).port or 0):
            became = eyes.submit(sends_and_sends_again, page, origin).result()
    assert [each for each in (*SECRETS, his, receiver.ref, receiver.name) if each in told] == []
    assert len(set(re.findall(r'"entry":"([0-9a-f]{32})"', told))) == 5
    assert "/reception/phone/" in {urlsplit(each).path for each in kept}
    assert became == {"became": "done"}
    assert (Case.objects.count(), PhoneEntry.objects.count()) == (3, 6)
    case = PhoneEntry.objects.get(tag=his).case
    arrival = queries.arrival_for(receiver, Purpose.READ, ref=case.ref)
    named = queries.named_of(receiver, Purpose.READ, arrival)
    assert (named["four"]["names"], named["four"]["birth_date"]) == ("Zimorodkov", "refused")
    things = queries.things_of(arrival, queries.ring_for(receiver, Purpose.READ, arrival))
    assert [each.told.get("what", each.told.get("money")) for each in things] == [
        "wedding ring of Zimorodkov",
        "7315042",
    ]
