"""What must be true before the console opens. A wrong setting stops the start and names its mend."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.db import connections
from django.urls import URLPattern, URLResolver, get_resolver

from safeconduct import clock
from safeconduct.traces import NOTHING_LEFT

_NO_SECRET = "only-for-tests-and-migrations"  # noqa: S105  the word settings.py falls back to
_LEAST_SECRET = 32
_MAY_SPEAK = {"'self'", "'none'", "data:"}
# What the connection must answer: WAL, nothing lost in a power cut, nothing left that was deleted.
_PRAGMAS = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, **NOTHING_LEFT}


@register(Tags.security)
def secret_is_set(**_told: Any) -> list[CheckMessage]:
    """Refuse to start for real with the secret that everybody knows."""
    if clock.stamp_of(settings.DATA) != "real" or not settings.DATA.exists():
        return []
    if settings.SECRET_KEY != _NO_SECRET and len(settings.SECRET_KEY) >= _LEAST_SECRET:
        return []
    remedy = (
        "Start by `safeconduct up`, which makes one, or set SAFECONDUCT_SECRET to 32 signs or more."
    )
    return [Error("The console has no secret of its own.", hint=remedy, id="safeconduct.E001")]


@register(Tags.security)
def debug_is_off(**_told: Any) -> list[CheckMessage]:
    """Refuse debug pages: they show what must stay sealed."""
    if not settings.DEBUG:
        return []
    return [Error("DEBUG is on.", hint="Set DEBUG = False.", id="safeconduct.E002")]


@register(Tags.security)
def no_other_host_is_asked(**_told: Any) -> list[CheckMessage]:
    """Refuse a content security policy that lets another host, or a script in a page, in."""
    directives = settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]
    loose = sorted(n for n, sources in directives.items() if not set(sources) <= _MAY_SPEAK)
    if not loose and directives.get("default-src") == ["'none'"]:
        return []
    told = f"The content security policy is loose in {', '.join(loose) or 'default-src'}."
    return [Error(told, hint="Allow 'self' and data: only.", id="safeconduct.E003")]


@register(Tags.security)
def stamp_is_kept(**_told: Any) -> list[CheckMessage]:
    """Refuse a real folder whose world time somebody could move."""
    if clock.stamp_of(settings.DATA) == "exercise" or not (settings.DATA / "clock.json").exists():
        return []
    told = "A clock.json lies in a data folder that is not stamped exercise."
    return [Error(told, hint="Remove the file; find out who put it there.", id="safeconduct.E004")]


@register(Tags.database)
def sqlite_keeps_what_it_says(
    databases: Sequence[str] | None = None, **_told: Any
) -> list[CheckMessage]:
    """Ask each SQLite connection back for the pragmas that were set: an old build ignores some."""
    found: list[CheckMessage] = []
    for alias in databases or ():
        connection = connections[alias]
        if connection.vendor != "sqlite" or connection.is_in_memory_db():  # type: ignore[attr-defined]
            continue
        with connection.cursor() as cursor:
            for name, wanted in _PRAGMAS.items():
                cursor.execute(f"PRAGMA {name}")
                ((answer,),) = cursor.fetchall()
                if answer != wanted:
                    told = f"SQLite answers {name}={answer}, not {wanted}."
                    hint = "See SQLITE_PRAGMAS in web/settings.py; is the data folder on a network disk?"
                    found.append(Error(told, hint=hint, id="safeconduct.E005"))
    return found


def doors(
    patterns: Sequence[URLPattern | URLResolver], *, above: str = "/"
) -> Iterator[tuple[str, Callable[..., Any]]]:
    """Yield every URL with its view."""
    for pattern in patterns:
        here = above + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from doors(pattern.url_patterns, above=here)
        elif pattern.callback is not None:
            yield here, pattern.callback


@register(Tags.urls)
def every_door_has_a_duty(**_told: Any) -> list[CheckMessage]:
    """Refuse a URL that declares neither duties nor that it is open to all."""
    return [
        Error(
            f"{url} declares no duty.",
            hint="Put @duty_required(...) or @open_to_all on its view.",
            id="safeconduct.E006",
        )
        for url, view in doors(get_resolver().url_patterns)
        if not getattr(view, "duties", ()) and not getattr(view, "open_to_all", False)
    ]
