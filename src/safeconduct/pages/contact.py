"""How the contact page looks. Pure: words and values in, one whole HTML page out.

No script, no picture, nothing from elsewhere, no absolute address: it works under any name and path.
The way out is first in tab order and always in sight; the title is dull; no word names a programme.
"""

import hashlib
import tomllib
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from html import escape
from pathlib import Path

from safeconduct.pages.serving import SIZE

MOST_LETTERS = 2000  # of one text; percent-encoded Cyrillic fits spool/http.py:MOST_BODY
PIECE_BYTES = 1200  # of an answer, as it stands in the page; a longer one is shown in pieces

Words = Mapping[str, Mapping[str, str]]  # language → key → words

STYLE = (
    ":root{color-scheme:light dark;scroll-padding-bottom:5rem;"  # what has focus is not under the way out
    "--g:#fff;--t:#1b1d1a;--l:#ddd;--a:#24507a;--e:#777;--o:#fff;--s:#4d5049;--w:#ececea}"
    "@media(prefers-color-scheme:dark){:root{"  # older telephones know this, and not light-dark()
    "--g:#161716;--t:#e6e6e0;--l:#333;--a:#a3c4ea;--e:#888;--o:#10202f;--s:#b9bbb3;--w:#2a2c2a}}"
    "body{margin:0 auto;max-width:34rem;padding:0 1rem 6rem;"
    'font:1.0625rem/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif;'
    "background:var(--g);color:var(--t)}"
    "nav{display:flex;flex-wrap:wrap;gap:0 .9rem;font-size:.875rem;"
    "border-bottom:1px solid var(--l)}"
    "nav a{padding:.75rem 0;white-space:nowrap}a{color:var(--a)}"
    "[aria-current]{color:inherit;font-weight:600;text-decoration:none}"
    "h1{font-size:1.375rem;line-height:1.3;margin:1.1rem 0 .5rem}p{margin:.5rem 0}"
    "label{display:block;font-weight:600;margin-top:1rem}"
    "textarea,input{box-sizing:border-box;width:100%;font:inherit;color:inherit;background:none;"
    "border:1px solid var(--e);border-radius:6px;padding:.6rem .7rem;margin-top:.35rem}"
    "button{font:inherit;font-weight:600;width:100%;min-height:3rem;margin-top:.9rem;"
    "border:1px solid var(--a);border-radius:6px;"
    "background:var(--a);color:var(--o)}"
    ".q{background:none;color:var(--a)}"
    ".s,details{font-size:.9375rem;color:var(--s)}"
    "details{margin-top:1rem;border-top:1px solid var(--l);padding-top:.6rem}"
    "summary{padding:.6rem 0}summary~*{color:var(--t)}"
    ".c{font-size:1.25rem;font-weight:600;line-height:1.9;word-spacing:.3em;"
    "border:1px solid var(--e);border-radius:6px;padding:.5rem .8rem}"
    "blockquote{margin:.8rem 0;padding-inline-start:.8rem;border-inline-start:3px solid var(--a);"
    "white-space:pre-wrap;overflow-wrap:anywhere}time{font-size:.8125rem}"
    ".away{position:fixed;left:0;right:0;bottom:0;padding:.9rem;text-align:center;"
    "background:var(--w);color:inherit;font-weight:600}"
    ":focus-visible{outline:3px solid var(--a);outline-offset:2px}"
    ".away:focus-visible{outline-offset:-4px}"
)
_STYLE_HASH = b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
HEADERS = (
    ("Content-Type", "text/html; charset=utf-8"),
    ("Cache-Control", "no-store"),
    ("Referrer-Policy", "no-referrer"),
    (
        "Content-Security-Policy",
        f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; img-src data:; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    ),
    ("X-Content-Type-Options", "nosniff"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("X-Robots-Tag", "noindex"),
)


@lru_cache(maxsize=1)
def words() -> Words:
    """Return the shipped words of the page, every language of them."""
    told: Words = tomllib.loads(Path(__file__).with_name("contact.toml").read_text("utf-8"))
    return told


@dataclass(frozen=True, slots=True)
class Page:
    """One language's page, and the languages it offers beside it.

    Attributes:
        nonce: fresh for each page; a form sent twice is taken once.
    """

    language: str
    languages: Sequence[str]
    nonce: str

    def _say(self, key: str) -> str:
        return escape(words()[self.language][key])

    def _whole(self, main: str) -> bytes:
        title = self._say("title")
        return (
            f'<!doctype html><html lang="{self.language}"><head><meta charset="utf-8">'
            '<meta name="viewport" content="width=device-width, initial-scale=1">'
            '<meta name="referrer" content="no-referrer"><meta name="robots" content="noindex">'
            f'<title>{title}</title><link rel="icon" href="data:,"><style>{STYLE}</style></head><body>'
            f'<header><a class="away" href="?away=1" rel="noreferrer">{self._say("away")}</a></header>'
            f'<nav aria-label="{self._say("languages")}">{self._links()}</nav>'
            f'<main>{main}<p class="s">{self._say("history")}</p></main></body></html>'
        ).encode()

    def _links(self) -> str:
        return "".join(
            f'<a href="?l={each}" lang="{each}" hreflang="{each}"'
            + (' aria-current="page"' if each == self.language else "")
            + f">{escape(words()[each]['name'])}</a>"
            for each in self.languages
        )

    def _form(self, do: str, inner: str, *, button: str, session: str = "", dress: str = "") -> str:
        hidden = {"do": do, "f": self.nonce, "s": session}
        return (
            f'<form method="post" action="?l={self.language}" autocomplete="off">'
            + "".join(
                f'<input type="hidden" name="{k}" value="{v}">' for k, v in hidden.items() if v
            )
            + f"{inner}<button{dress}>{self._say(button)}</button></form>"
        )

    def _writing(self, *, label: str, session: str = "") -> str:
        field = (
            f'<label for="m">{self._say(label)}</label><textarea id="m" name="m" rows="4" '
            f'maxlength="{MOST_LETTERS}" autocomplete="off" required></textarea>'
        )
        return self._form("write", field, button="send", session=session)

    def start(self) -> bytes:
        """Return the page everybody sees first, and whoever follows an old address."""
        field = (
            f'<label for="k">{self._say("six")}</label>'
            '<input id="k" name="k" autocomplete="off" autocapitalize="none" spellcheck="false" required>'
        )
        return self._whole(
            f"<h1>{self._say('ask')}</h1><p>{self._say('intro')}</p>"
            f"{self._writing(label='question')}<p class='s'>{self._say('then')}</p>"
            f"<details><summary>{self._say('back')}</summary>"
            f"{self._form('read', field, button='read')}</details>"
        )

    def code(self, code: str) -> bytes:
        """Return the page that shows him his six words."""
        return self._whole(
            f"<h1>{self._say('written')}</h1><p>{self._say('yours')}</p>"
            f'<p class="c" translate="no">{escape(code)}</p><p>{self._say("keep")}</p>'
        )

    def told(self, key: str, *, then: str = "") -> bytes:
        """Return a page that says one thing."""
        return self._whole(f"<h1>{self._say(key)}</h1>" + (then and f"<p>{self._say(then)}</p>"))

    def answers(self, pieces: Sequence[tuple[str, str]], *, at: int, session: str) -> bytes:
        """Return the answers from piece `at` on, newest first, as many as fit one page.

        Args:
            pieces: when, and the text of a piece, as `pieces_of` cuts it.
            session: lets the next forms go without the code; only this page ever bears it.
        """
        shown: list[str] = []
        for when, text in pieces[at:]:
            piece = f"<blockquote><time>{escape(when)}</time>\n{escape(text)}</blockquote>"
            if len(self._answers([*shown, piece], more=len(pieces), session=session)) > SIZE:
                break
            shown.append(piece)
        rest = at + len(shown)
        return self._answers(shown, more=rest if rest < len(pieces) else 0, session=session)

    def _answers(self, shown: Sequence[str], *, more: int, session: str) -> bytes:
        older = f'<input type="hidden" name="at" value="{more}">'
        parts = [f"<h1>{self._say('answers')}</h1>", *shown]
        if not shown:
            parts.append(f"<p>{self._say('none')}</p>")
        if more:
            parts.append(
                self._form("older", older, button="older", session=session, dress=' class="q"')
            )
        parts.append(self._writing(label="more", session=session))
        if shown:
            parts.append(
                self._form("erase", "", button="erase", session=session, dress=' class="q"')
            )
        parts.append(f'<p class="s">{self._say("minutes")}</p>')
        return self._whole("".join(parts))


def pieces_of(text: str) -> list[str]:
    """Return an answer cut so that each piece takes at most PIECE_BYTES in the page."""
    pieces, now, size = [], "", 0
    for letter in text:
        cost = len(escape(letter).encode())
        if size + cost > PIECE_BYTES:
            pieces.append(now)
            now, size = "", 0
        now, size = now + letter, size + cost
    return [*pieces, now]
