"""`safeconduct up`: one data folder, started or resumed, until Ctrl-C."""

import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from safeconduct import clock, log
from safeconduct.access.client import KeeperAway
from safeconduct.command import (
    authority,
    copies,
    family,
    folder,
    postgres,
    public,
    rooting,
    upgrading,
    users,
)
from safeconduct.command import origin as address
from safeconduct.command.once import once
from safeconduct.command.silence import LOOKS_S, Silence
from safeconduct.command.supervise import PATIENCE_S, DoesNotStart, Family, Stopped
from safeconduct.command.trouble import Trouble
from safeconduct.refusal import Refused

LOOK_S = 0.1  # between two looks at the children
KEYS_S = 30.0  # between two looks whether the keys of the links were turned
PORT = 8400  # of loopback, unless another is named


def _keys(house: family.House) -> None:
    root = house.root
    told = ("--make-root", "--root", root.kind, *root.arguments)
    try:
        rooting.keeper(house.folder, *told, told={"root": root.word})
    except Trouble as why:
        raise Trouble(f"The root could not be made. {why}") from None


def _first_link(origin: str) -> str:
    """Return the one-time link of the first administrator, "" when there is one already."""
    import django

    django.setup()
    from django.db import DatabaseError

    from safeconduct.access import actions

    try:
        invited = actions.first_administrator(now=clock.now())
    except (Refused, KeeperAway) as no:
        raise Trouble(str(no)) from None
    except DatabaseError as failed:
        raise Trouble(upgrading.unwritten(failed)) from None
    return f"{origin}/sign-in/join/{invited.token}" if invited else ""


def prepare(house: family.House) -> dict[str, str]:
    """Make the keys and the tables of a folder; return the environment of its parts."""
    env = folder.set_environment(
        house.folder,
        SAFECONDUCT_PORT=str(house.port),
        SAFECONDUCT_ORIGIN=house.origin,
        SAFECONDUCT_LISTEN=house.opened.listen if house.opened else "",
        DJANGO_SETTINGS_MODULE="safeconduct.web.settings",
    )
    copies.sweep(house.folder)
    once(upgrading.upgrade, house.folder)
    if not house.root.made:
        _keys(house)
    return env


@contextmanager
def running(
    house: family.House, *, patience_s: Sequence[float] = PATIENCE_S
) -> Iterator[tuple[Family, str]]:
    """Run the family of a prepared folder; yield it and the first administrator's link.

    Args:
        house: whose parts run.
        patience_s: as `Family`.

    Raises:
        Trouble: a part does not start; the message says why and names its log.
    """
    env = prepare(house)
    parts = Family(house.folder, env=env, patience_s=patience_s)
    try:
        yield parts, _started(parts, house)
    finally:
        parts.stop()


def _started(parts: Family, house: family.House) -> str:
    try:
        folder.remember(house.folder, origin=house.origin, tables=postgres.tables())
        parts.start((family.keeper(house),))
        family.enrol_gateways(house)
        handed = family.link_keys(house)
        parts.start(family.others(house, handed=handed, shown=_shown(house)))
        _look_after(parts, house, handed)
        return once(_first_link, house.origin)
    except (DoesNotStart, Refused, KeeperAway) as no:
        raise Trouble(str(no)) from None
    except OSError as failed:
        raise Trouble(
            f"{house.folder} cannot be written: {failed.strerror}. Free space on its disk, "
            "then run this again; it goes on where it stands."
        ) from None


def _look_after(parts: Family, house: family.House, handed: Mapping[str, Any]) -> None:
    handing = family.Handing(house, handed)
    parts.chore(lambda: handing.look(parts), every_s=KEYS_S)
    silence = Silence(house, since=clock.wall())
    parts.chore(lambda: silence.look(wall=clock.wall()), every_s=LOOKS_S)
    parts.chore(lambda: family.hold_links(house), every_s=KEYS_S)
    if house.opened is not None:
        following = public.Following(house, house.opened, parts)
        parts.chore(lambda: following.look(wall=clock.wall()), every_s=public.LOOKS_S)


def _shown(house: family.House) -> dict[str, str] | None:
    """Return the certificate of a console in the open; the keeper runs by now."""
    if house.opened is None:
        return None
    return public.shown(house, house.opened, wall=clock.wall()).told()


@dataclass(frozen=True, slots=True)
class Place:
    """Where the console is to be reached, as the command line says it.

    Attributes:
        port: of loopback; None is 8400.
        origin: its address behind a proxy, "" for none.
        asked: how it stands in the open.
    """

    port: int | None = None
    origin: str = ""
    asked: public.Asked = public.NOTHING


def _wanted(place: Place) -> tuple[str, public.Open | None]:
    """Return the address that is asked for and how it stands in the open; "" and None for neither."""
    if place.origin and place.asked.name:
        raise Trouble(
            "Choose one: --origin for a console behind a proxy, --public for one without."
        )
    found, opened = public.read(place.asked, wall=clock.wall())
    return (address.read(place.origin) if place.origin else found), opened


def _port(place: Place, origin: str, opened: public.Open | None) -> int:
    """Return the port to listen on, which is free.

    Raises:
        Trouble: it is not, or a port of loopback is asked for and nothing listens there.
    """
    if opened is None:
        port = place.port or PORT
        if not folder.is_free(port):
            raise Trouble(f"Port {port} is taken by another program. Choose another with --port.")
        return port
    if place.port is not None:
        raise Trouble(
            "--port is of a console on loopback, and this one stands in the open. Leave it out; "
            "its port is written into --public NAME:PORT."
        )
    public.insist_on_free(opened, origin)
    return address.port_of(origin)


def run(
    data: Path, *, place: Place, profile: Path | None, root: rooting.Wanted, who: str = ""
) -> int:
    """Start or resume the programme of `data` and stay until Ctrl-C.

    Args:
        place: where the console is to be reached; what it leaves open is as an earlier start had it.
        who: the two users that its parts run as, as the command line says them.

    Returns:
        0: it was stopped in order, or runs already. main() makes 2 of a Trouble, and 130 of a
        Ctrl-C that broke the start off.
    """
    with users.acting(users.of_others(data)):  # who lives there may lay traps for root
        return _run(data, place, profile, root, users.chosen(who, data))


def _run(
    data: Path, place: Place, profile: Path | None, root: rooting.Wanted, two: users.Users | None
) -> int:
    wanted, opened = _wanted(place)
    fresh = folder.make(data, stamp="real", profile=profile)
    with folder.alone(data) as ours:
        if not ours:
            return _runs_already(data, wanted)
        with users.living_in(data, two):
            origin = wanted or address.kept(data)
            opened = opened if wanted else public.kept(data)
            port = _port(place, origin, opened)
            brought = _brought(data, root, fresh=fresh)
            log.configure(process="supervisor", file=data / "logs/supervisor.log")
            stopped = Stopped()
            house = family.House(
                data.absolute(), port, "real", family.new_tokens(), brought, origin, opened, two
            )
            with running(house) as (parts, link):
                if wanted:  # not before all parts took it
                    address.keep(data, wanted)
                    public.keep(data, opened)
                stopped.starting = False
                _say(house, link)
                stay(parts, until=lambda: stopped.asked)
            print("Stopped.")
    return 0


def _brought(data: Path, root: rooting.Wanted, *, fresh: bool) -> rooting.Root:
    """Return the root that came with the start, into a folder that can be started."""
    folder.insist_on_room(data)
    folder.insist_on_tables(data, postgres.tables())
    folder.insist_on_profile(data)
    brought = rooting.bring(data, root)
    if fresh:
        print(f"A new data folder, stamped real: {data}. Its root: {brought.kind}.")
        print("Back both up, apart from each other: docs/operate.md, Key ceremony.")
    return brought


def _runs_already(data: Path, wanted: str) -> int:
    there = str(folder.remembered(data).get("origin", ""))
    if wanted not in {"", there}:
        raise Trouble(f"It runs already at {there}. Stop it, then start it at {wanted}.")
    print(f"It runs already: {there or 'see its terminal'}")
    return 0


def _say(house: family.House, link: str) -> None:
    print(f"The console is at {house.origin}")
    if house.opened:
        _say_trusted(house, house.opened)
    elif house.public.startswith("https:"):
        print(f"The TLS proxy on this machine passes on to 127.0.0.1:{house.port}")
    if link:
        print(f"The first administrator opens this link once, within a day:\n  {link}")
    if house.users is None and os.geteuid() == 0:
        print("Everything runs as root. Make two users, then start it again:")
        print(f"  {users.MAKE}")
    if not (house.folder / "gateways.toml").exists():
        print("No gateway is configured yet: docs/operate.md, Gateways, tells how.")
    print("Ctrl-C stops everything.", flush=True)


def _say_trusted(house: family.House, opened: public.Open) -> None:
    """Say whose certificate it shows, and what a telephone needs to trust it."""
    if opened.certificate:
        print(f"It shows the certificate {opened.certificate}")
        return
    print("Its own authority signs for this name alone. Its SHA-256:")
    print(f"  {authority.fingerprint(authority.root_of(house.folder))}")
    print("A page for telephones: safeconduct public page --data DIR --to FOLDER")


def stay(parts: Family, *, until: Callable[[], bool]) -> None:
    """Tend the family until `until` says so."""
    while not until():
        parts.tend()
        time.sleep(LOOK_S)


def invite(data: Path) -> int:
    """Print a new link for the first administrator of a running programme."""
    if not (data / "stamp").exists():
        raise Trouble(f"{data} is no data folder. Run: safeconduct up --data {data}")
    with folder.alone(data) as ours:
        if ours:
            raise Trouble(f"Nothing runs in {data}. Run: safeconduct up --data {data}")
    origin = str(folder.remembered(data).get("origin", ""))
    folder.set_environment(data, DJANGO_SETTINGS_MODULE="safeconduct.web.settings")
    with users.acting(users.of_others(data)):
        link = _first_link(origin)
    print(link or "There is an administrator already; he invites others on the page People.")
    return 0
