"""Two users of the machine for one programme: the keeper's own, and one for all the rest. Root gives them.

What root starts does everything as the second of them (its effective user), and is root again for as
long as it starts or ends a part, or reads what only root may. The keeper's files lie apart, in a
folder that is the keeper's: nobody else opens them, and one other user speaks to its socket.
"""

import os
import pwd
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from safeconduct import apart, clock
from safeconduct.command.trouble import Trouble

KEEPER, OTHERS = "safeconduct-keeper", "safeconduct"
MAKE = f"for u in {KEEPER} {OTHERS}; do useradd -r -U -M -s /usr/sbin/nologin $u; done"
_BEGUN = f"{apart.FOLDER}.new"
_MOVED = ("keys.db*", "keeper-log.db*", "root.key*")
# What each user must be able to do before anything is changed: load the program, and enter the folders.
_LOOK = "import os, sys, safeconduct; sys.exit(0 if os.access(sys.argv[1], os.X_OK) else 3)"


@dataclass(frozen=True, slots=True)
class User:
    """A user of the machine, with his group; neither needs a name."""

    uid: int
    gid: int


@dataclass(frozen=True, slots=True)
class Users:
    """Who the keeper is, and who everything else is."""

    keeper: User
    others: User


ROOT = User(0, 0)


def chosen(told: str, data: Path) -> Users | None:
    """Return the two users of a folder; None where one user has to do.

    Args:
        told: KEEPER,OTHERS, names or numbers; "" takes those the folder has, else those of the
            names KEEPER and OTHERS, if there are both.

    Raises:
        Trouble: we are not root and would have to be, or there are no such two.
    """
    there, found = owners(data), None
    if os.getuid() == 0:
        found = _named(told) if told else there or _by_name()
    elif told or there:
        raise Trouble(
            "The keeper has a user of its own here, and only root can start it as that user. "
            "Start it as root."
        )
    if found is None:
        insist_on_whole(data)
    return found


def insist_on_whole(data: Path) -> None:
    """Refuse a folder whose keeper's files lie in two places: whoever opened it would make new ones.

    Raises:
        Trouble: with what to do.
    """
    if os.path.lexists(data / _BEGUN) and not os.path.lexists(data / apart.FOLDER):
        raise Trouble(
            "An earlier start was killed while it gave the keeper a user of its own. Start it again "
            "as root, and name both users again with --users; it goes on where it stands."
        )


def _named(told: str) -> Users:
    names = [name.strip() for name in told.split(",")]
    found = [_user(name) for name in names if name]
    if len({user.uid for user in found} - {0}) != len(names) or len(names) != 2:  # noqa: PLR2004  as it says below
        raise Trouble("--users takes two different users, and neither is root: KEEPER,OTHERS.")
    return Users(*found)


def _by_name() -> Users | None:
    try:
        return Users(_user(KEEPER), _user(OTHERS))
    except Trouble:
        return None


def _user(told: str) -> User:
    try:
        found = pwd.getpwuid(int(told)) if told.isdigit() else pwd.getpwnam(told)
    except KeyError:
        if told.isdigit():  # a user without a name, as a container has them
            return User(int(told), int(told))
        raise Trouble(f"There is no user {told!r}. Make both: {MAKE}") from None
    return User(found.pw_uid, found.pw_gid)


def owners(data: Path) -> Users | None:
    """Return the users that a folder has; None where its keeper's files do not lie apart.

    Raises:
        Trouble: the keeper's folder is not its own: the others' user can put another in its place.
    """
    own = data / apart.FOLDER
    if not os.path.lexists(own):
        return None
    folder, inner = data.stat(), own.lstat()
    if not stat.S_ISDIR(inner.st_mode) or inner.st_uid in {0, folder.st_uid}:
        raise Trouble(
            f"{own} is not the keeper's own any more: somebody put it there. Find out who, and find "
            "the keeper's folder of before."
        )
    return Users(User(inner.st_uid, folder.st_gid), User(folder.st_uid, inner.st_gid))


def become(user: User) -> None:
    """Be this user for good; for a child that root, acting as whomever, has just made."""
    os.seteuid(0)
    os.setgroups([])
    os.setresgid(user.gid, user.gid, user.gid)
    os.setresuid(user.uid, user.uid, user.uid)


def becoming(user: User | None) -> Callable[[], None] | None:
    """Return what makes a child of ours this user."""
    return (lambda: become(user)) if user else None


def of_keeper(data: Path) -> User | None:
    """Return whom a keeper's command must be run as; None: as whoever runs us."""
    there = owners(data) if os.getuid() == 0 else None
    return there.keeper if there else None


def of_others(data: Path) -> User | None:
    """Return whom root acts as in a folder that has two users."""
    there = owners(data) if os.getuid() == 0 else None
    return there.others if there else None


@contextmanager
def acting(user: User | None) -> Iterator[None]:
    """Act as this user, until the end; root, who started us, can be had back (`as_root`)."""
    if user is None:
        yield
        return
    before, groups = User(os.geteuid(), os.getegid()), os.getgroups()
    _act_as(user, [])
    mask = os.umask(0o077)  # our children's too: the keeper's user enters the folder
    try:
        yield
    finally:
        os.umask(mask)
        _act_as(before, groups)


def _act_as(user: User, groups: list[int]) -> None:
    os.seteuid(0)
    os.setgroups(groups)
    os.setegid(user.gid)
    os.seteuid(user.uid)


@contextmanager
def as_root() -> Iterator[None]:
    """Be root again for a moment, where root started us; else go on as we are."""
    before = os.geteuid()
    os.seteuid(os.getuid())
    try:
        yield
    finally:
        os.seteuid(before)


def outsider() -> User | None:
    """Return whom a child is that is none of the programme's: root again, where we act as another."""
    return ROOT if os.getuid() == 0 != os.geteuid() else None


@contextmanager
def living_in(data: Path, users: Users | None) -> Iterator[None]:
    """Make a folder theirs, and act as the second of them; nobody else works in it meanwhile.

    Raises:
        Trouble: one of them cannot reach the folder or the program.
    """
    if users is None:
        yield
        return
    with as_root():
        for user in (users.keeper, users.others):
            _insist_on_reach(data.absolute().parent, user)
        _take_apart(data, users)
    with acting(users.others):
        yield


def mend(data: Path) -> None:
    """Give what root has just made in a folder of two users to the user whose it is there."""
    users = owners(data) if os.geteuid() == 0 and (data / clock.STAMP).exists() else None
    if users:
        _give(data, users.others.uid, users.others.gid, only_of=0)
        _give(apart.of_keeper(data), users.keeper.uid, users.others.gid, only_of=0)


def _take_apart(data: Path, users: Users) -> None:
    """Lay the keeper's files apart and give everything to whose it is; killed on the way, it goes on."""
    own, keeper, others = data / apart.FOLDER, users.keeper, users.others
    first = owners(data) is None
    place = data / _BEGUN if first else own
    if first:
        moved = _to_move(data, place)
        _begin(data, place, users)
        for each in moved:
            each.rename(place / each.name)
        (data / "keeper.sock").unlink(missing_ok=True)
    _give(data, others.uid, others.gid)
    _give(place, keeper.uid, others.gid)
    os.chown(place, keeper.uid, others.gid, follow_symlinks=False)
    _fit(
        place, 0o2710
    )  # the others reach the socket by its name; what is made here is their group's
    os.chown(data, others.uid, keeper.gid)
    for each in [path for path in data.iterdir() if path != place]:
        told = each.lstat().st_mode
        if stat.S_ISREG(told) or stat.S_ISDIR(told):
            mode = stat.S_IMODE(told)
            _fit(each, mode | 0o444 if each.name in clock.FILES else mode & 0o700)
    data.chmod(0o710)  # the keeper reaches its folder and the clock, and reads nothing else
    if first:
        place.rename(own)


def _to_move(data: Path, place: Path) -> list[Path]:
    """Return those of the keeper's files that do not lie apart yet.

    Raises:
        Trouble: one of them lies there too, or has a second name.
    """
    found = [path for names in _MOVED for path in data.glob(names)]
    for each in found:
        if os.path.lexists(place / each.name):
            raise Trouble(
                f"Both {each} and {place / each.name} are there, and one of them may be new and empty. "
                "Look which (its size and its date tell), move that one away, and start again; "
                "nothing was changed."
            )
        if _twice(each.lstat()):
            raise Trouble(
                f"{each} has a second name (a hard link), so it could not become the keeper's. Copy "
                "it, rename the copy over it, and start again; nothing was changed."
            )
    return found


def _begin(data: Path, place: Path, users: Users) -> None:
    """Make the place that is the keeper's, and give away a first folder: who cannot, changes nothing.

    Raises:
        Trouble: nothing can be given to one of them here.
    """
    place.mkdir(mode=0o700, exist_ok=True)
    (data / "run").mkdir(mode=0o700, exist_ok=True)
    try:
        os.chown(place, users.keeper.uid, users.others.gid, follow_symlinks=False)
        os.chown(data / "run", users.others.uid, users.others.gid, follow_symlinks=False)
    except OSError as no:
        with suppress(OSError):  # what an earlier start had moved stays in it
            place.rmdir()
        raise Trouble(
            f"Nothing in {data} can be given to the users {users.keeper.uid} and {users.others.uid}: "
            f"{no.strerror}. Choose others with --users, or another disk; nothing was changed."
        ) from None


def _fit(path: Path, mode: int) -> None:
    """Give a file or folder this mode; through no link, though one were put there meanwhile.

    A file with a second name may be somebody's elsewhere: it is left.
    """
    at = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    try:
        if not _twice(os.fstat(at)):
            os.fchmod(at, mode)
    finally:
        os.close(at)


def _give(top: Path, uid: int, gid: int, *, only_of: int | None = None) -> None:
    """Give all below a folder to a user, but for what is the keeper's; links are not followed.

    A file with a second name may be somebody's elsewhere: it is left.
    """
    for path, folders, files, at in os.fwalk(top, follow_symlinks=False):
        if Path(path) == top:
            folders[:] = [name for name in folders if name not in {apart.FOLDER, _BEGUN}]
        for name in (*folders, *files):
            with suppress(FileNotFoundError):  # a journal, which comes and goes
                told = os.stat(name, dir_fd=at, follow_symlinks=False)
                if (
                    not _twice(told)
                    and only_of in {None, told.st_uid}
                    and (told.st_uid, told.st_gid) != (uid, gid)
                ):
                    os.chown(name, uid, gid, dir_fd=at, follow_symlinks=False)


def _twice(told: os.stat_result) -> bool:
    return stat.S_ISREG(told.st_mode) and told.st_nlink > 1


def _insist_on_reach(place: Path, user: User) -> None:
    argv = [sys.executable, "-c", _LOOK, str(place)]
    try:
        done = subprocess.run(argv, preexec_fn=becoming(user), capture_output=True, check=False)
        code = done.returncode
    except OSError:
        code = 1
    except subprocess.SubprocessError:  # by `become`
        raise Trouble(
            f"Root may not become the user {user.uid} here, as in a container that does not know it. "
            "Choose others with --users; nothing was changed."
        ) from None
    if code:
        what = place if code == 3 else sys.prefix  # noqa: PLR2004  _LOOK's own
        raise Trouble(
            f"The user {user.uid} cannot enter {what}. Let others enter it and the folders above it "
            "(chmod o+x), or choose another place, then run this again; nothing was changed."
        )
