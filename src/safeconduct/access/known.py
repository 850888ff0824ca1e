"""Who was here last, as the database said it: for a stop, when it says nothing any more.

Kept in this process's memory alone, and not past the idle time. Every other act is refused then, so
nothing here says yes to anything: it says who presses, and what the page led to on which he presses.
A login that ends is dropped by whoever ends it here. One that ended elsewhere is dropped when its
holder is next looked up, and where the keeper answers, its word counts before ours.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from safeconduct import apart, clock
from safeconduct.access.connection import Keeper, KeeperAway
from safeconduct.access.rules import Officer
from safeconduct.access.staff import login_lives
from safeconduct.refusal import Refused
from safeconduct.sealing import token_hash

PAGES = 200  # of one login: more than anybody opens between two presses
_KEEPER_S = 0.5  # what a stop may wait for a keeper that neither answers nor is gone


@dataclass(slots=True)
class _Known:
    officer: Officer
    started_at: datetime
    last_seen: datetime  # a hand at work; real time, as all of a login
    noted: datetime  # what the database said of it
    behind: dict[str, str] = field(default_factory=dict)


_logins: dict[bytes, _Known] = {}  # by the hash of its proof; the proof itself is not kept
_lock = threading.Lock()


def remember(
    officer: Officer, *, started_at: datetime, last_seen: datetime, wall: datetime
) -> None:
    """Keep who holds this login, as the database has just said; of one person, one login."""
    with _lock:
        _keep(lambda _login, each: login_lives(each.started_at, each.last_seen, wall=wall))
        mine = token_hash(officer.login)
        _keep(lambda login, each: login == mine or each.officer.ref != officer.ref)
        known = _logins.setdefault(mine, _Known(officer, started_at, last_seen, last_seen))
        known.officer = replace(officer, login="")
        known.last_seen, known.noted = max(known.last_seen, last_seen), last_seen


def hand(login: str, *, wall: datetime) -> timedelta:
    """Note that a hand was at work; return how long before that the database has noted one."""
    with _lock:
        known = _logins.get(token_hash(login))
        if known is None:
            return timedelta(0)  # it has ended
        known.last_seen = wall
        return wall - known.noted


def forget(login: str) -> None:
    """Drop a login that has ended."""
    with _lock:
        _logins.pop(token_hash(login), None)


def forget_person(ref: str) -> None:
    """Drop a person's login: it ended, or what he may do has changed."""
    with _lock:
        _keep(lambda _login, each: each.officer.ref != ref)


def forget_all() -> None:
    """Drop everybody: the panic lock is on."""
    with _lock:
        _logins.clear()


def show(officer: Officer, ref: str, *, behind: str) -> None:
    """Keep what a thing that he was let into leads to: the person of a conversation, say."""
    with _lock:
        known = _logins.get(token_hash(officer.login))
        if known is not None:
            known.behind.pop(ref, None)
            known.behind[ref] = behind
            while len(known.behind) > PAGES:
                del known.behind[next(iter(known.behind))]


def behind(officer: Officer, ref: str) -> str:
    """Return what `ref` led to when he was let into it last; "" where he was not."""
    with _lock:
        known = _logins.get(token_hash(officer.login))
        return known.behind.get(ref, "") if known else ""


def who_stops(login: str, *, wall: datetime) -> Officer | None:
    """Return who holds this login, while the database does not answer; None for nobody we know."""
    with _lock:
        known = _logins.get(token_hash(login))
    if known is None or not login_lives(known.started_at, known.last_seen, wall=wall):
        return None
    if _ended(login):
        forget(login)
        return None
    return replace(known.officer, login=login)


def _ended(login: str) -> bool:
    """Return whether the keeper says so. One that is away says nothing, and is not waited for."""
    folder = clock.data_folder()
    if folder is None:
        return False
    keeper = Keeper(
        apart.of_keeper(folder) / "keeper.sock", connect_s=_KEEPER_S / 5, answer_s=_KEEPER_S
    )
    try:
        keeper.call("whoami", login=login)
    except Refused:
        return True
    except KeeperAway:
        return False
    finally:
        keeper.close()
    return False


def _keep(stays: Callable[[bytes, _Known], bool]) -> None:
    for login in [login for login, each in _logins.items() if not stays(login, each)]:
        del _logins[login]
