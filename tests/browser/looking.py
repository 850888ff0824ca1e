"""How a page is looked at: whoever it speaks to, whatever it says to the console, whatever axe finds."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, CDPSession, Page

SCHEMES = ("light", "dark")
WIDE, NARROW = {"width": 1440, "height": 900}, {"width": 720, "height": 1000}
HAND, PAPER = {"width": 390, "height": 844}, {"width": 720, "height": 1020}  # A4 within its margins


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

    def found_by_axe(self, *rules: str) -> list[str]:
        """Return axe's findings, one line each: of these rules, or of all."""
        only = {"runOnly": {"type": "rule", "values": list(rules)}} if rules else {}
        with self.standing_still():
            self.page.evaluate(Axe().axe_script)
            # What passed is ten times as much, and nobody reads it.
            told = self.page.evaluate(
                "only => axe.run({...only, resultTypes: ['violations']}).then((all) => all.violations)",
                only,
            )
        return [
            f"{each['id']}: {each['help']}: {each['nodes'][0]['html'][:200]}"
            f" {each['nodes'][0].get('failureSummary', '')[:300]}"
            for each in told
        ]

    @contextmanager
    def standing_still(self) -> Iterator[None]:
        """Let no live region be swapped meanwhile: a page that nobody sees waits, and asks anew afterwards."""
        self.page.evaluate(
            """() => Object.defineProperty(document, "hidden", { value: true, configurable: true })"""
        )
        self.page.wait_for_function(
            """() => !document.querySelector(".htmx-request, .htmx-swapping, .htmx-settling, .htmx-added")"""
        )
        # A colour on its way to another scheme is nobody's colour: the way ends here, whatever the machine's speed.
        self.page.evaluate(
            """() => document.getAnimations().filter((e) => e instanceof CSSTransition).forEach((e) => e.finish())"""
        )
        yield
        self.page.evaluate(
            """() => { delete document.hidden; document.dispatchEvent(new Event("visibilitychange")); }"""
        )

    def small_text(self) -> list[str]:
        """Return what is written smaller than 13 px."""
        found: list[str] = self.page.evaluate(
            """() => [...document.querySelectorAll("body *")].filter((e) =>
              [...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim()) && e.offsetParent
              && parseFloat(getComputedStyle(e).fontSize) < 12.99).map((e) => e.outerHTML.slice(0, 120))"""
        )
        return found

    def lost_to_keys(self) -> list[str]:
        """Return what Tab does not reach, and what it reaches without a ring one can see."""
        with self.standing_still():  # a swapped region has other stops than those counted
            return self._lost_to_keys()

    def _lost_to_keys(self) -> list[str]:
        stops: int = self.page.evaluate(
            """() => {
              const can = "a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex='0']";
              const first = (e) => e.type !== "radio" || e.checked || (e.form
                && ![...e.form.querySelectorAll(`[name="${e.name}"]`)].some((r) => r.checked)
                && e === e.form.querySelector(`[name="${e.name}"]`));
              const anew = !window.stops;
              window.stops = new Set([...document.querySelectorAll(can)].filter((e) => !e.disabled
                && e.checkVisibility({visibilityProperty: true}) && e.tabIndex >= 0 && first(e)));
              window.unseen = [];
              if (anew) document.addEventListener("focusin", ({ target: e }) => {
                const look = getComputedStyle(e);
                const rings = look.outlineStyle !== "none" && parseFloat(look.outlineWidth) > 2.9;
                // a date has stops of its own inside, which the browser marks itself
                if (!rings && !["date", "time"].includes(e.type)) window.unseen.push(e);
                window.stops.delete(e);
              });
              return window.stops.size;
            }"""
        )
        pressed, left = 0, stops
        while left and pressed < 2 * stops + 10:  # a date has stops of its own; what scrolls is one
            for _stop in range(left):
                self.page.keyboard.down("Tab")
            pressed += left
            left = self.page.evaluate("() => window.stops.size")
        self.page.keyboard.up("Tab")
        lost: list[str] = self.page.evaluate(
            """() => [["Tab never reaches", [...window.stops]], ["focus does not show on", window.unseen]].flatMap(
              ([why, all]) => all.slice(0, 3).map((e) => `${why} ${e.outerHTML.slice(0, 120)}`))"""
        )
        return lost

    def cut_off(self) -> list[str]:
        """Return what stands out of its window or its sheet."""
        out: list[str] = self.page.evaluate(
            """() => {
              const root = document.documentElement;
              const right = (e) => e.getBoundingClientRect().right;
              const told = (e) => e.outerHTML.replace(/\\s+/g, " ").slice(0, 120);
              const out = (e) => {
                const sheet = e.parentElement.closest(".sheet, .part");
                return sheet && !["auto", "scroll"].includes(getComputedStyle(sheet).overflowX)
                  && !e.closest("[hidden], .sprite, .scrolls") && e.getClientRects().length
                  && right(e) > right(sheet) + 1;
              };
              const found = [...document.querySelectorAll("main .sheet *, main .part *")].filter(out);
              const panes = [root, ...document.querySelectorAll(".page-body, .columns.flush > *")];
              for (const pane of panes.filter((e) => e.scrollWidth > e.clientWidth + 1)) {
                const edge = pane === root ? root.clientWidth : right(pane);
                found.push(pane, ...[...pane.querySelectorAll("*")].filter((e) =>
                  !e.closest(".scrolls, .sprite, .rooms") && e.getClientRects().length && right(e) > edge + 1));
              }
              return found.slice(0, 6).map(told);
            }"""
        )
        return out


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
