"""How a page is looked at: whoever it speaks to, whatever it says to the console, whatever axe finds."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, CDPSession, Page

SCHEMES = ("light", "dark")
LANGUAGES = ("en", "uk", "ru")
WIDE, NARROW = {"width": 1440, "height": 900}, {"width": 720, "height": 1000}


@dataclass
class Looked:
    """What one browser tab did while we looked.

    Attributes:
        faults: errors it wrote to its console, or threw.
        asked: hosts it asked for anything.
    """

    page: Page
    faults: list[str] = field(default_factory=list)
    asked: set[str] = field(default_factory=set)

    def found_by_axe(self) -> list[str]:
        """Return axe's findings, one line each."""
        told = Axe().run(self.page).response["violations"]
        return [
            f"{each['id']}: {each['help']}: {each['nodes'][0]['html'][:200]}"
            f" {each['nodes'][0].get('failureSummary', '')[:300]}"
            for each in told
        ]

    def small_text(self) -> list[str]:
        """Return what is written smaller than 13 px."""
        found: list[str] = self.page.evaluate(
            """() => [...document.querySelectorAll("body *")].filter((e) =>
              [...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim()) && e.offsetParent
              && parseFloat(getComputedStyle(e).fontSize) < 12.99).map((e) => e.outerHTML.slice(0, 120))"""
        )
        return found

    def cut_off(self) -> bool:
        """Return whether anything stands out of its window or its sheet."""
        wide: bool = self.page.evaluate(
            """() => {
              const root = document.documentElement;
              const out = (e) => {
                const sheet = e.parentElement.closest(".sheet, .part");
                return sheet && !e.closest("[hidden], .sprite, table") && e.getClientRects().length
                  && e.getBoundingClientRect().right > sheet.getBoundingClientRect().right + 1;
              };
              return root.scrollWidth > root.clientWidth + 1
                || [...document.querySelectorAll("main .sheet *, main .part *")].some(out);
            }"""
        )
        return wide


@contextmanager
def tab(
    chrome: Browser,
    *,
    scheme: str = "light",
    language: str = "en",
    size: dict[str, int] = WIDE,
    cookies: list[dict[str, str]] | None = None,
) -> Iterator[Looked]:
    """Open one tab in a browser of its own, and watch what it does."""
    context = chrome.new_context(
        viewport=size,  # type: ignore[arg-type]  # a dict of two numbers is a ViewportSize
        color_scheme=scheme,  # type: ignore[arg-type]
        locale=language,
    )
    try:
        if cookies:
            context.add_cookies(cookies)  # type: ignore[arg-type]
        yield watched(context)
    finally:
        context.close()


def watched(context: BrowserContext) -> Looked:
    """Open a page of `context` and write down what goes wrong in it."""
    looked = Looked(context.new_page())
    looked.page.on(
        "console",
        lambda said: looked.faults.append(said.text) if said.type == "error" else None,
    )
    looked.page.on("pageerror", lambda error: looked.faults.append(str(error)))
    looked.page.on("request", lambda asked: looked.asked.add(urlsplit(asked.url).netloc))
    return looked


def virtual_key(page: Page) -> CDPSession:
    """Give the browser of `page` a passkey that touches itself, as a person would."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    session.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "internal",
                "hasResidentKey": True,
                "hasUserVerification": True,
                "isUserVerified": True,
                "automaticPresenceSimulation": True,
            }
        },
    )
    return session
