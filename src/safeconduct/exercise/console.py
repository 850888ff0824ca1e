"""A member of staff at the console, over HTTP: opens pages, finds forms, presses buttons.

He knows no more than a person sees: a form is found by its `data-act`, a card by its `data-ref`.
His passkey is the software one of exercise/authenticator.py; the keeper verifies it like any other.
"""

import json
import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.cookiejar import Cookie
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import httpx
import lxml.html
from lxml.html import HtmlElement

from safeconduct.exercise.authenticator import Authenticator

REDIRECTS = {301, 302, 303, 307}
MOST_HOPS = 5
SIGN_IN = "/sign-in/"
MY_LOGINS = "/people/me/"


class Stuck(RuntimeError):
    """A member of staff could not do, or did not come to see, what the story says."""


@dataclass(slots=True)
class Shown:
    """One answered page."""

    url: str
    status: int
    tree: HtmlElement

    def text(self) -> str:
        """Return what can be read on the page, in one line."""
        return " ".join(self.tree.text_content().split())

    def refusal(self) -> str:
        """Return the code of the refusal shown, "" if there is none."""
        shown = self.tree.xpath("//*[@data-refusal]/@data-refusal")
        return str(shown[0]) if shown else ""

    def why(self) -> str:
        """Return the words of the refusal shown, else the end of the page."""
        shown = self.tree.xpath("//*[@data-refusal]")
        return " ".join((shown[0].text_content() if shown else self.text()[-300:]).split())

    def refs(self, kind: str) -> list[str]:
        """Return the refs of all cards of `kind`, in the page's order."""
        found = self.tree.xpath("//*[@data-kind=$kind]/@data-ref", kind=kind)
        return [str(ref) for ref in found]

    def said(self, kind: str, ref: str) -> list[str]:
        """Return what the cards of one kind and ref say, after a heading of theirs ("A: …")."""
        cards = [card for card in self.cards(kind) if card.get("data-ref") == ref]
        texts = [" ".join(card.text_content().split()) for card in cards]
        return [text.partition(": ")[2] or text for text in texts]

    def middle(self) -> str:
        """Return a page's head and body, without strips, calls and clock: these go with the minute."""
        own = "//main/header//h1/.. | //main/*[contains(@class, 'page-body')]"
        parts = self.tree.xpath(own) or [self.tree]
        return " ".join(" ".join(part.text_content() for part in parts).split())

    def cards(self, kind: str, *, state: str = "") -> list[HtmlElement]:
        """Return the cards of `kind`, of one state if named."""
        found = self.tree.xpath("//*[@data-kind=$kind]", kind=kind)
        return [card for card in found if not state or card.get("data-state") == state]

    def standing(self) -> str:
        """Return which cards the page shows in which states, for somebody who waits in vain."""
        cards = self.tree.xpath("//*[@data-kind]")
        return ", ".join(f"{c.get('data-kind')}={c.get('data-state') or '-'}" for c in cards[:40])

    def form(self, act: str, *, within: str = "") -> HtmlElement:
        """Return the form of `act`, inside the card `within` when one is named.

        Raises:
            Stuck: no such form is on the page; the message lists those that are.
        """
        root = self.tree
        if within:
            cards = self.tree.xpath("//*[@data-ref=$ref]", ref=within)
            forms = [
                f
                for card in cards
                for f in card.xpath("descendant-or-self::form[@data-act=$a]", a=act)
            ]
        else:
            forms = root.xpath("//form[@data-act=$a]", a=act)
        if not forms:
            there = sorted({str(a) for a in root.xpath("//form/@data-act")})
            said = self.refusal() or self.text()[:300]
            raise Stuck(f"no form {act!r} at {self.url} ({self.status}); there are {there}: {said}")
        return forms[0]


def fields_of(form: HtmlElement) -> dict[str, Any]:
    """Return what a browser would send for the form untouched."""
    return dict(form.form_values())


class Browser:
    """One person's browser: cookies, a passkey, and patience while the console restarts."""

    def __init__(
        self, base: str, *, language: str = "en", trusts: ssl.SSLContext | None = None
    ) -> None:
        """Open a browser.

        Args:
            base: the console's origin.
            trusts: whose certificates it takes; None for those of the system.
        """
        self.base = base
        self.language = language
        self.passkey = Authenticator()
        self.own_words = ""
        self._http = httpx.Client(
            base_url=base,
            timeout=20,
            headers={"Accept-Language": language},
            follow_redirects=False,
            verify=trusts or True,
        )

    def cookies(self) -> list[Cookie]:
        """Return what the console gave this browser to keep."""
        return list(self._http.cookies.jar)

    def close(self) -> None:
        """Close the connection."""
        self._http.close()

    def _ask(
        self, method: str, url: str, *, patience_s: float = 30.0, **given: Any
    ) -> httpx.Response:
        """Ask until somebody answers: a console that restarts is waited for, as a person would."""
        until = time.monotonic() + patience_s
        while True:
            try:
                answer = self._http.request(method, url, **given)
                if answer.status_code != httpx.codes.SERVICE_UNAVAILABLE:
                    return answer
                trouble = "503"
            except httpx.TransportError as broken:
                trouble = type(broken).__name__
            if time.monotonic() > until:
                raise Stuck(f"{method} {url}: the console does not answer ({trouble})")
            time.sleep(0.2)

    def _shown(self, answer: httpx.Response) -> Shown:
        hops = 0
        while answer.status_code in REDIRECTS and hops < MOST_HOPS:
            answer = self._ask("GET", urljoin(str(answer.url), answer.headers["location"]))
            hops += 1
        tree = lxml.html.document_fromstring(answer.content or b"<p></p>", base_url=str(answer.url))
        return Shown(str(answer.url), answer.status_code, tree)

    def open(self, path: str) -> Shown:
        """Open a page and follow where it leads; where it leads to the door, sign in first."""
        page = self._shown(self._ask("GET", urljoin(self.base, path)))
        if page.url.startswith(urljoin(self.base, SIGN_IN)) and not path.startswith(SIGN_IN):
            self.sign_in()
            page = self._shown(self._ask("GET", urljoin(self.base, path)))
        if self.own_words and page.tree.xpath("//form[@data-act='access.open_own_key']"):
            self.press(page, "access.open_own_key", {"words": self.own_words})
            page = self._shown(self._ask("GET", urljoin(self.base, path)))
        return page

    def make_own_key(self) -> None:
        """Make a key of his own where the console offers one, and keep its six words."""
        page = self.open(MY_LOGINS)
        if page.tree.xpath("//form[@data-act='access.make_own_key']"):
            made = self.press(page, "access.make_own_key", {})
            (words,) = made.tree.xpath("//*[@data-kind='access.own_words']//p[@class='digest']")
            self.own_words = str(words.text_content())

    def sign_in(self) -> Shown:
        """Come in with the passkey: after ten idle minutes the console lets everybody out."""
        page = self.open(SIGN_IN)
        return self.press(page, "access.sign_in", {})

    def enrol(self, link: str) -> Shown:
        """Open a one-time link and make the passkey it asks for."""
        page = self.open(urlsplit(link).path)
        options = page.form("access.enrol").get("data-enrol") or ""
        credential = self.passkey.register(options, self.base)
        return self.press(page, "access.enrol", {"credential": credential})

    def fetch(self, path: str) -> httpx.Response:
        """Return a raw answer (a PDF, a JSON layer)."""
        answer = self._ask("GET", urljoin(self.base, path))
        if answer.status_code == httpx.codes.CONFLICT and self.own_words:
            self.open(MY_LOGINS)  # what names a person was shut meanwhile: he opens it there
            answer = self._ask("GET", urljoin(self.base, path))
        return answer

    def send(self, path: str, body: Mapping[str, str]) -> httpx.Response:
        """Send what a page's script sends; return the raw answer."""
        headers = {"Referer": urljoin(self.base, path), "Origin": self.base}
        return self._ask("POST", urljoin(self.base, path), data=dict(body), headers=headers)

    @contextmanager
    def listen(self, *, quiet_s: float = 30.0) -> Iterator[Iterator[str]]:
        """Hear the stream of nudges as an open page does; yield its lines as they come."""
        with self._http.stream("GET", "/live", timeout=quiet_s) as stream:
            yield stream.iter_lines()

    def press(self, page: Shown, act: str, given: Mapping[str, Any], *, within: str = "") -> Shown:
        """Fill the form of `act` and send it; sign it with the passkey if it asks for that."""
        form = page.form(act, within=within)
        sent = fields_of(form)
        files = {k: v for k, v in given.items() if isinstance(v, Path)}
        for name, value in given.items():
            if name not in files:
                sent[name] = value
        if challenge := form.get("data-challenge"):
            site = form.get("data-rp") or ""
            sent["assertion"] = self.passkey.sign(challenge, origin=self.base, rp_id=site)
        url = urljoin(page.url, form.get("action") or page.url)
        opened = {k: (v.name, v.read_bytes()) for k, v in files.items()}
        headers = {"Referer": page.url, "Origin": self.base}
        return self._shown(self._ask("POST", url, data=sent, files=opened or None, headers=headers))

    def types(self, page: Shown, act: str) -> None:
        """Let the page say by itself that somebody types in the form of `act`; nothing is sent yet.

        Raises:
            Stuck: the page tells nobody.
        """
        around = page.tree.xpath("//*[@hx-post][.//form[@data-act=$a]]", a=act)
        if not around:
            raise Stuck(f"nobody is told who types in {act!r} at {page.url} ({page.status})")
        headers = json.loads(page.tree.xpath("string(//body/@hx-headers)"))
        self._ask(
            "POST",
            urljoin(page.url, around[0].get("hx-post")),
            data=json.loads(around[0].get("hx-vals")),
            headers={**headers, "Referer": page.url, "Origin": self.base},
        )

    def wait(self, path: str, seen: Callable[[Shown], bool], *, patience_s: float) -> Shown:
        """Open a page again and again until `seen` is content.

        Raises:
            Stuck: patience ran out; the message shows the beginning of the page as it is.
        """
        began = time.monotonic()
        until = began + patience_s
        while True:
            page = self.open(path)
            if seen(page):
                return page
            if time.monotonic() > until:
                raise Stuck(
                    f"waited {patience_s:.0f} s at {path} in vain; it shows {page.standing()}"
                )
            time.sleep(0.15 if time.monotonic() - began < 2 else 0.6)  # noqa: PLR2004  seconds
