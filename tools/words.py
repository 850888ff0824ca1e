"""Collects the console's words into the catalogues: `just words`. Needs no gettext tools.

Words are marked in templates ({% translate %}, {% blocktranslate %}) and in code (gettext and its
kin). Refusals are words too: the why and the remedy of each `Refusal(...)` are collected as they
stand, and the sentence of each `said(...)`; a page shows them by {{ refusal|told }}.
"""

import ast
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po
from django.template.base import Lexer, Token, TokenType

ROOT = Path(__file__).parent.parent
SRC = ROOT / "src/safeconduct"
LANGUAGES = ("uk", "ru")
ONE = {"gettext", "gettext_lazy", "gettext_noop", "_", "N_"}
MANY = {"ngettext", "ngettext_lazy"}
_NOISE = tuple(
    f'"{name}:'
    for name in (
        *("Project-Id-Version", "Report-Msgid-Bugs-To", "POT-Creation-Date", "PO-Revision-Date"),
        *("Last-Translator", "Language-Team", "Generated-By"),
    )
)
_LITERAL = re.compile(r"""_\(\s*(?:"([^"]*)"|'([^']*)')\s*\)""")


@dataclass(frozen=True)
class Word:
    """One marked text; `many` is its plural form, or empty."""

    one: str
    many: str
    where: str


def _text(node: ast.expr) -> str:
    """Return a literal, also one broken over lines; "" for anything else."""
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def _called(call: ast.Call) -> str:
    named = call.func
    return named.id if isinstance(named, ast.Name) else getattr(named, "attr", "")


def _says(call: ast.Call) -> bool:
    """Return whether this is `said`, of refusal.py; methods of that name are others."""
    return isinstance(call.func, ast.Name) and call.func.id == "said"


def of_code(path: Path) -> Iterator[Word]:
    """Yield the marked texts of one Python file."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call) or not node.args:
            continue
        here, texts = path.relative_to(ROOT).as_posix(), [_text(arg) for arg in node.args]
        if (_called(node) in ONE or _says(node)) and texts[0]:
            yield Word(texts[0], "", here)
        elif _called(node) in MANY and all(texts[:2]):
            yield Word(texts[0], texts[1], here)
        elif _called(node) == "Refusal":
            named = [_text(each.value) for each in node.keywords if each.arg in {"why", "remedy"}]
            yield from (Word(text, "", here) for text in [*texts[1:], *named] if text)


def of_template(path: Path) -> Iterator[Word]:
    """Yield the marked texts of one template."""
    here = path.relative_to(ROOT).as_posix()
    tokens = iter(Lexer(path.read_text(encoding="utf-8")).tokenize())
    for token in tokens:
        if _verb(token) in {"blocktranslate", "blocktrans"}:
            yield Word(*_block(tokens, is_trimmed="trimmed" in token.contents), here)
        elif _verb(token) in {"translate", "trans"}:
            literal = token.split_contents()[1]
            if literal[0] in "\"'":
                yield Word(literal[1:-1].replace("%", "%%"), "", here)
        elif token.token_type in {TokenType.VAR, TokenType.BLOCK}:
            for double, single in _LITERAL.findall(token.contents):
                yield Word((double or single).replace("%", "%%"), "", here)


def _verb(token: Token) -> str:
    return token.contents.split(" ", 1)[0] if token.token_type is TokenType.BLOCK else ""


def _block(tokens: Iterator[Token], *, is_trimmed: bool) -> tuple[str, str]:
    """Return singular and plural of a block, reading `tokens` to its end."""
    parts: list[list[str]] = [[]]
    for token in tokens:
        if _verb(token).startswith("endblocktrans"):
            break
        if _verb(token) == "plural":
            parts.append([])
        elif token.token_type is TokenType.VAR:
            parts[-1].append(f"%({token.contents.split('|')[0].strip()})s")
        else:
            parts[-1].append(token.contents.replace("%", "%%"))
    texts = ["".join(part) for part in parts]
    one, many = (*(_trimmed(text) if is_trimmed else text for text in texts), "")[:2]
    return one, many


def _trimmed(text: str) -> str:
    return " ".join(line.strip() for line in text.splitlines() if line.strip())


def collect() -> Catalog:
    """Return every marked text of the product, in the order of its files."""
    words = [
        word
        for path in sorted(SRC.rglob("*.py"))
        if "tests" not in path.parts and "migrations" not in path.parts
        for word in of_code(path)
    ]
    words += [
        word for path in sorted(SRC.rglob("templates/**/*.html")) for word in of_template(path)
    ]
    template = Catalog(project="safeconduct", fuzzy=False)
    for word in words:
        key: str | tuple[str, str] = (word.one, word.many) if word.many else word.one
        flags = ("python-format",) if "%(" in word.one else ()
        template.add(key, locations=[(word.where, 0)], flags=flags)
    return template


def place(language: str) -> Path:
    """Return where the catalogue of a language lies."""
    return SRC / "locale" / language / "LC_MESSAGES/django.po"


def read(language: str) -> Catalog:
    """Return the catalogue of a language, empty if there is none yet."""
    path = place(language)
    if not path.exists():
        return Catalog(locale=language, project="safeconduct", fuzzy=False)
    with path.open("rb") as source:
        return read_po(source, locale=language)


def missing(catalogue: Catalog) -> list[str]:
    """Return the texts that have no translation, or not in every plural form."""
    lacking = []
    for message in catalogue:
        told = message.string if isinstance(message.string, tuple) else (message.string,)
        if message.id and (not all(told) or message.fuzzy):
            lacking.append(message.id[0] if isinstance(message.id, tuple) else message.id)
    return lacking


def written(catalogue: Catalog) -> str:
    """Return a catalogue as its file reads: without dates and names, which only make conflicts."""
    header = f"# The console in {catalogue.locale_identifier}. Not yet checked by native speakers."
    catalogue.header_comment = header
    target = BytesIO()
    write_po(target, catalogue, width=100)
    lines = target.getvalue().decode().splitlines()
    return "\n".join(line for line in lines if not line.startswith(_NOISE)) + "\n"


def main() -> int:
    """Bring the catalogues up to date and say what has no translation yet."""
    template = collect()
    lacking = 0
    for language in LANGUAGES:
        catalogue = read(language)
        catalogue.update(template, no_fuzzy_matching=True)
        catalogue.obsolete.clear()
        path = place(language)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(written(catalogue), encoding="utf-8")
        found = missing(catalogue)
        lacking += len(found)
        sys.stdout.write(f"{language}: {len(catalogue)} texts, {len(found)} without translation\n")
    return 1 if lacking else 0


if __name__ == "__main__":
    sys.exit(main())
