"""People at the console: each with a browser and a passkey of his own, hired by the administrator."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

from lxml import html
from playwright.sync_api import Browser, Page, expect

from tests.browser.house import House
from tests.browser.looking import Looked, tab, virtual_key

ON_THE_WAY = (
    *("OP", "VER", "SUP", "PLN", "DPC", "FCO", "PIL", "RCV", "RCP", "MED", "CPO", "LEG", "PLG"),
)
DESKS = {"Way 1": ON_THE_WAY, "Desk 1": ("OFF", "CAM", "TRC", "PUB"), "Auditor 1": ("AUD",)}
# Not followed: what signs out, what is no page, what works once.
_NOT_A_PAGE = re.compile(r"/static/|/sign-|\.(pdf|json|png|svg)$|/live$")
_REF = re.compile(r"/[a-z2-9]{12}(?=/|$)")


@dataclass(frozen=True)
class Person:
    """One person on the staff, with the login his browser holds."""

    name: str
    cookies: list[dict[str, str]]


def enrol(page: Page, link: str) -> None:
    """Open a one-time link, make the passkey, and come in."""
    virtual_key(page)
    page.goto(link)
    page.click("form[data-enrol] button.first")
    expect(page.locator("nav.rooms")).to_be_visible()


def cookies(page: Page) -> list[dict[str, str]]:
    """Return the login of this browser, with the device it counts beside."""
    halves = ("login", "device")
    return [dict(c) for c in page.context.cookies() if c["name"].endswith(halves)]  # type: ignore[misc]


def hire(admin: Page, house: House, *, name: str, duties: tuple[str, ...]) -> str:
    """Add a person by the page People; return his one-time link."""
    admin.goto(f"{house.origin}/people/")
    form = admin.locator("form[data-act='access.add']")
    form.locator("input[name=name]").fill(name)
    for duty in duties:
        form.locator(f"input[name=duties][value={duty}]").check()
    form.locator("input[name=reason]").fill("hired for the browser tests")
    form.locator("button.first").click()
    admin.locator("form[data-challenge] button.first").click()
    link = admin.locator("[data-invite]").get_attribute("data-invite")
    assert link is not None
    return link


@contextmanager
def administrator(chrome: Browser, house: House) -> Iterator[Looked]:
    """Be the first administrator, for as long as the block lasts."""
    with tab(chrome) as looked:
        enrol(looked.page, house.invite)
        yield looked


def hired(chrome: Browser, house: House, admin: Page) -> list[Person]:
    """Hire one person for each group of duties that may be held together."""
    people = []
    for name, duties in DESKS.items():
        link = hire(admin, house, name=name, duties=duties)
        with tab(chrome) as looked:
            enrol(looked.page, link)
            people.append(Person(name, cookies(looked.page)))
    return people


def shape_of(path: str) -> str:
    """Return a path without its refs: two cases are one page."""
    return _REF.sub("/*", path)


def pages_of(chrome: Browser, house: House, person: Person) -> list[str]:
    """Return every page this person can reach by links, each shape of address once."""
    found: dict[str, str] = {"/": "/"}
    waiting = ["/"]
    with tab(chrome, cookies=person.cookies) as looked:
        while waiting:
            at = house.origin + waiting.pop()
            answer = looked.page.request.get(at)
            if "html" not in answer.headers.get("content-type", ""):
                continue
            for link in html.fromstring(answer.body()).xpath("//a/@href"):
                target = urlsplit(urljoin(answer.url, link))
                is_ours = f"{target.scheme}://{target.netloc}" == house.origin
                shape = shape_of(target.path)
                if is_ours and not _NOT_A_PAGE.search(target.path) and shape not in found:
                    found[shape] = target.path
                    waiting.append(target.path)
    return sorted(found.values())
