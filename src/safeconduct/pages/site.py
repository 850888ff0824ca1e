"""The public site: still pages, signed as a whole, so that any mirror proves itself without us.

Pure: words in, files out. No script, no form, nothing from elsewhere: checked when it is made and
again by whoever verifies. A clone of the site cannot be signed; an old copy says when it ended.
"""

import hashlib
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from html import escape
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from safeconduct import sealing
from safeconduct.pages import contact

SUMS, SIGNATURE, UNTIL = "SHA256SUMS", "SHA256SUMS.sig", "until.txt"
_TAGS = frozenset(
    [
        "html",
        "head",
        "meta",
        "title",
        "style",
        "body",
        "nav",
        "a",
        "main",
        "h1",
        "h2",
        "p",
        "ul",
        "li",
        "footer",
        "code",
    ]
)
_ATTRIBUTES = frozenset({"lang", "charset", "name", "content", "http-equiv", "href", "hreflang"})
_ATTRIBUTES |= {"aria-label", "aria-current", "class", "dir"}
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"

Files = Mapping[str, bytes]  # name → content; all lie in one folder


class WrongSite(ValueError):
    """What the programme wrote for its site cannot be used; the message says what to mend."""


@dataclass(frozen=True, slots=True)
class Words:
    """One language: a title, what is told, and the ways to reach us, each shown as it stands."""

    title: str
    text: Sequence[str]
    ways: Sequence[str]


@lru_cache(maxsize=1)
def _own() -> Mapping[str, Mapping[str, str]]:
    told: Mapping[str, Mapping[str, str]] = tomllib.loads(
        Path(__file__).with_name("site.toml").read_text("utf-8")
    )
    return told


def read(told: Mapping[str, Any]) -> dict[str, Words]:
    """Return language → words, from the programme's parsed file: one table for each, the first first.

    Raises:
        WrongSite: a language lacks words, or we lack ours in it.
    """
    found = {}
    for language in told:
        if language not in _own():
            raise WrongSite(f"there are no words of ours in {language!r} for a site")
        try:
            part = told[language]
            words = Words(str(part["title"]), list(part["text"]), list(part["ways"]))
        except (KeyError, TypeError):
            raise WrongSite(f"[{language}] needs title, text and ways") from None
        if not (words.title and words.text and words.ways):
            raise WrongSite(f"[{language}] has an empty title, text or ways")
        found[language] = words
    if not found:
        raise WrongSite("the file has no language; give it one table for each")
    return found


def spoken(key: bytes) -> str:
    """Return a public key as it is printed: 16 groups of four."""
    plain = key.hex()
    return " ".join(plain[at : at + 4] for at in range(0, len(plain), 4))


def key_of(printed: str) -> bytes:
    """Return the public key that `spoken` printed; spaces and case do not matter.

    Raises:
        WrongSite: it is no such key.
    """
    try:
        key = bytes.fromhex("".join(printed.split()))
    except ValueError:
        key = b""
    if len(key) != sealing.KEY_BYTES:
        raise WrongSite("the printed key has 64 letters and digits, 0-9 and a-f")
    return key


def made(site: Mapping[str, Words], *, private: bytes, until: date) -> dict[str, bytes]:
    """Return the whole site: a page for each language, the sums of all files, and their signature.

    Args:
        private: Ed25519, 32 bytes; it is used for this alone.
        until: the last day on which the site counts.
    """
    printed = spoken(sealing.sign_public(private))
    files = {
        f"{language}.html": _page(language, site, printed=printed, until=until) for language in site
    }
    files["index.html"] = files[f"{next(iter(site))}.html"]
    files[UNTIL] = f"{until.isoformat()}\n".encode()
    sums = "".join(f"{hashlib.sha256(files[n]).hexdigest()}  {n}\n" for n in sorted(files))
    files[SUMS] = sums.encode()
    files[SIGNATURE] = sealing.sign(private, files[SUMS])
    return files


def _page(language: str, site: Mapping[str, Words], *, printed: str, until: date) -> bytes:
    words, own = site[language], _own()[language]
    links = "".join(
        f'<a href="{each}.html" lang="{each}" hreflang="{each}"'
        + (' aria-current="page"' if each == language else "")
        + f">{escape(contact.words()[each]['name'])}</a>"
        for each in site
    )
    text = "".join(f"<p>{escape(each)}</p>" for each in words.text)
    ways = "".join(f"<li><code>{escape(each)}</code></li>" for each in words.ways)
    return (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        '<meta name="referrer" content="no-referrer">'
        f"<title>{escape(words.title)}</title><style>{contact.STYLE}{_STYLE}</style></head><body>"
        f'<nav aria-label="{escape(contact.words()[language]["languages"])}">{links}</nav>'
        f"<main><h1>{escape(words.title)}</h1>{text}<h2>{escape(own['ways'])}</h2><ul>{ways}</ul>"
        f'</main><footer class="s"><h2>{escape(own["genuine"])}</h2><p>{escape(own["check"])}</p>'
        f"<p><code>{printed}</code></p><p>{escape(own['until'])} {until.isoformat()}</p></footer>"
        "</body></html>\n"
    ).encode()


_STYLE = "code{font-size:1rem;overflow-wrap:anywhere}h2{font-size:1.125rem;margin:1.4rem 0 .4rem}"


def fault(files: Files, *, key: bytes, today: date) -> str:
    """Return the first thing that is wrong with a copy of the site, "" if it is genuine and counts.

    Args:
        files: everything in the copy's folder.
        key: the programme's public key, as printed.
        today: the day of who verifies.
    """
    sums, signature = files.get(SUMS, b""), files.get(SIGNATURE, b"")
    try:
        sealing.verify(key, sums, signature)
    except (sealing.Tampered, ValueError):
        return "the signature is not by this key: it is not the programme's site"
    told = dict(line.split("  ", 1)[::-1] for line in sums.decode().splitlines())
    for name in sorted(told.keys() | (files.keys() - {SUMS, SIGNATURE})):
        if name not in files:
            return f"{shown(name)} is missing"
        if name not in told:
            return f"{shown(name)} is not part of the site"
        if hashlib.sha256(files[name]).hexdigest() != told[name]:
            return f"{shown(name)} was altered"
        if name.endswith(".html") and (strange := foreign(files[name])):
            return f"{shown(name)} holds {strange}"
    until = date.fromisoformat(files[UNTIL].decode().strip())
    return "" if today <= until else f"this copy is old: it counted until {until.isoformat()}"


def shown(name: str) -> str:
    """Return a file's name so that it stays one word of one line, whoever chose it."""
    return name if name.isprintable() else ascii(name)


class _Looking(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.strange = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _TAGS:
            self.strange = self.strange or f"<{tag}>"
        for name, value in attrs:
            leads = name == "href" and not str(value).endswith(".html")
            if name not in _ATTRIBUTES or leads or (name == "href" and ":" in str(value)):
                self.strange = self.strange or f"{name}={value!r}"

    handle_startendtag = handle_starttag


def foreign(page: bytes) -> str:
    """Return the first thing on a page that a still page of ours never has, "" for none."""
    looking = _Looking()
    looking.feed(page.decode("utf-8", "replace"))
    style = page.decode("utf-8", "replace").partition("<style>")[2].partition("</style>")[0]
    if not looking.strange and ("url(" in style or "@import" in style):
        return "a style that fetches"
    return looking.strange
