"""`safeconduct up`: one data folder, started or resumed, until Ctrl-C."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from safeconduct import clock, log
from safeconduct.command import copies, family, folder, postgres, rooting, upgrading
from safeconduct.command import origin as address
from safeconduct.command.supervise import DoesNotStart, Family, Stopped
from safeconduct.command.trouble import Trouble

LOOK_S = 0.1  # between two looks at the children
KEYS_S = 30.0  # between two looks whether the keys of the links were turned


def _keys(house: family.House) -> None:
    root = house.root
    told = ("--make-root", "--root", root.kind, *root.arguments)
    try:
        rooting.keeper(house.folder, *told, told={"root": root.word})
    except Trouble as why:
        raise Trouble(f"The root could not be made. {why}") from None


def _first_link(origin: str) -> str:
    """Return the one-time link of the first administrator, "" when there is one already."""
    from django.db import connections

    from safeconduct.access import actions

    try:
        invited = actions.first_administrator(now=clock.now())
    finally:
        connections.close_all()
    return f"{origin}/sign-in/join/{invited.token}" if invited else ""


def prepare(house: family.House) -> dict[str, str]:
    """Make the keys and the tables of a folder; return the environment of its parts."""
    env = folder.set_environment(
        house.folder,
        SAFECONDUCT_PORT=str(house.port),
        SAFECONDUCT_ORIGIN=house.origin,
        DJANGO_SETTINGS_MODULE="safeconduct.web.settings",
    )
    copies.sweep(house.folder)
    upgrading.upgrade(house.folder)
    _keys(house)
    return env


@contextmanager
def running(house: family.House) -> Iterator[tuple[Family, str]]:
    """Run the family of a prepared folder; yield it and the first administrator's link.

    Raises:
        Trouble: a part does not start; the message says why and names its log.
    """
    env = prepare(house)
    parts = Family(house.folder, env=env)
    try:
        yield parts, _started(parts, house)
    finally:
        parts.stop()


def _started(parts: Family, house: family.House) -> str:
    from django.db import DatabaseError

    from safeconduct.access.client import KeeperAway
    from safeconduct.refusal import Refused

    try:
        folder.remember(house.folder, origin=house.origin, tables=postgres.tables())
        parts.start((family.keeper(house),))
        family.enrol_gateways(house)
        handed = family.link_keys(house)
        parts.start(family.others(house, handed=handed))
        handing = family.Handing(house, handed)
        parts.chore(lambda: handing.look(parts), every_s=KEYS_S)
        return _first_link(house.origin)
    except (DoesNotStart, Refused, KeeperAway) as no:
        raise Trouble(str(no)) from None
    except DatabaseError as failed:
        raise Trouble(upgrading.unwritten(failed)) from None
    except OSError as failed:
        raise Trouble(
            f"{house.folder} cannot be written: {failed.strerror}. Free space on its disk, "
            "then run this again; it goes on where it stands."
        ) from None


def run(
    data: Path, *, port: int, profile: Path | None, root: rooting.Wanted, origin: str = ""
) -> int:
    """Start or resume the programme of `data` and stay until Ctrl-C.

    Args:
        origin: the console's address behind a proxy; "" takes the one that was kept, if any.

    Returns:
        0: it was stopped in order, or runs already. main() makes 2 of a Trouble, and 130 of a
        Ctrl-C that broke the start off.
    """
    wanted = address.read(origin) if origin else ""
    fresh = folder.make(data, stamp="real", profile=profile)
    with folder.alone(data) as ours:
        if not ours:
            return _runs_already(data, wanted)
        public = wanted or address.kept(data)
        if not folder.is_free(port):
            raise Trouble(f"Port {port} is taken by another program. Choose another with --port.")
        folder.insist_on_room(data)
        folder.insist_on_tables(data, postgres.tables())
        folder.insist_on_profile(data)
        brought = rooting.bring(data, root)
        if fresh:
            print(f"A new data folder, stamped real: {data}. Its root: {brought.kind}.")
            print("Back both up, apart from each other: docs/operate.md, Key ceremony.")
        log.configure(process="supervisor", file=data / "logs/supervisor.log")
        stopped = Stopped()
        house = family.House(data.absolute(), port, "real", family.new_tokens(), brought, public)
        with running(house) as (parts, link):
            if wanted:  # not before all parts took it
                address.keep(data, wanted)
            stopped.starting = False
            _say(house, link)
            stay(parts, until=lambda: stopped.asked)
        print("Stopped.")
    return 0


def _runs_already(data: Path, wanted: str) -> int:
    there = str(folder.remembered(data).get("origin", ""))
    if wanted not in {"", there}:
        raise Trouble(f"It runs already at {there}. Stop it, then start it with --origin {wanted}.")
    print(f"It runs already: {there or 'see its terminal'}")
    return 0


def _say(house: family.House, link: str) -> None:
    print(f"The console is at {house.origin}")
    if house.public.startswith("https:"):
        print(f"The TLS proxy on this machine passes on to 127.0.0.1:{house.port}")
    if link:
        print(f"The first administrator opens this link once, within a day:\n  {link}")
    if not (house.folder / "gateways.toml").exists():
        print("No gateway is configured yet: docs/operate.md, Gateways, tells how.")
    print("Ctrl-C stops everything.", flush=True)


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
    import django

    django.setup()
    link = _first_link(origin)
    print(link or "There is an administrator already; he invites others on the page People.")
    return 0
