"""Targets of tests/fuzzing.py that are whole files: media, mirrors, maps, keys, what a browser signs."""

import contextlib
import io
import json
import tarfile
import tempfile
from collections.abc import Mapping
from datetime import date
from functools import partial
from pathlib import Path

import httpx

from safeconduct import clock, sealing
from safeconduct.audit.exported import Branch
from safeconduct.audit.rules import branch_bytes
from safeconduct.command import copies, given, sealed, site
from safeconduct.command.trouble import Trouble
from safeconduct.exercise.authenticator import Authenticator
from safeconduct.exercise.district import District, write
from safeconduct.keeper import passkeys
from safeconduct.keeper.house import House
from safeconduct.keeper.journal import Journal
from safeconduct.keeper.roots import two
from safeconduct.keeper.roots.held import Held
from safeconduct.keeper.roots.root import NoRoot
from safeconduct.keeper.roots.transit import TransitRoot
from safeconduct.keeper.store import Store
from safeconduct.keeper.vault import Vault
from safeconduct.pages import site as pages
from safeconduct.programme import load
from safeconduct.programme.profile import WrongProfile
from safeconduct.refusal import Refused
from safeconduct.spool import config, keyfiles
from safeconduct.ways.extract import read_extract
from safeconduct.ways.mapped import load as load_map
from safeconduct.ways.mapped import save as save_map
from safeconduct.ways.roads import WrongMap
from tests.certified import Theirs
from tests.target import Target, lying

KEPT = tempfile.TemporaryDirectory(prefix="fuzzed-")  # until the run ends
PLACE = Path(KEPT.name)
ORIGIN, NAME = "http://localhost:8400", "console.example"
CHALLENGE = bytes(32)


# ---- what lies on media ------------------------------------------------------------------------

sealed.make_key(private=PLACE / "copy.key", public=PLACE / "copy.pub")


def _unpacked(path: Path) -> None:
    sealed.unpack(path, kind=copies.CORE, key=PLACE / "copy.key", into=path.parent / "into")


def _copy_of(tar: bytes) -> bytes:
    """Return a sealed file with this in it, made as whoever had the machine could: by the public half."""
    path = PLACE / "made.copy"
    with (
        path.open("wb") as file,
        sealed._Sealing(file, copies.CORE, PLACE / "copy.pub") as box,
    ):
        box.write(tar)
    return path.read_bytes()


def _inside(raw: bytes) -> None:
    lying(_unpacked, "core.copy")(_copy_of(raw))


def _tar() -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        for name in ("stamp", "heads/keeper-000000000007.json"):
            member = tarfile.TarInfo(name)
            member.size = 4
            tar.addfile(member, io.BytesIO(b"real"))
    return out.getvalue()


def _half() -> bytes:
    at = {"first": str(PLACE / "first"), "second": str(PLACE / "second")}
    two.choose(at)
    return (PLACE / "first").read_bytes()


def _branch() -> bytes:
    private, public = sealing.new_sign_keys()
    told = {"log": "core", "branch": 1, "size": 7, "lost": 9, "at_us": 11}
    signature = sealing.sign(private, branch_bytes(**told, root=bytes(32)))  # type: ignore[arg-type]
    more = {"root": bytes(32).hex(), "key": public.hex(), "signature": signature.hex()}
    return json.dumps({**told, **more}).encode()


# ---- a mirror of the public site ---------------------------------------------------------------

_SIGN, _PRINTED = sealing.new_sign_keys()
_SITE = pages.made(
    {"ru": pages.Words("Выход", ["Вам ответит человек."], ["+380 …"])},
    private=_SIGN,
    until=date(2099, 1, 1),
)


def _mirror(raw: bytes) -> None:
    """One file more or another one: its name up to the first line break, then what is in it."""
    name, _, content = raw.partition(b"\n")
    with tempfile.TemporaryDirectory(dir=PLACE) as folder:
        for own, page in _SITE.items():
            Path(folder, own).write_bytes(page)
        with contextlib.suppress(OSError, ValueError):  # no name of a file
            Path(folder, name.decode("utf-8", "surrogateescape")).write_bytes(content)
        out = io.TextIOWrapper(io.BytesIO(), "utf-8")  # as a terminal takes it
        with contextlib.redirect_stdout(out):
            code = site.verify(Path(folder), key=pages.spoken(_PRINTED))
        out.seek(0)
        said = out.read()
        assert said.startswith("Genuine" if code == 0 else "NOT GENUINE")
        assert said[:-1].isprintable()  # a name that is a line of its own would say what it likes


def _mirrors() -> tuple[bytes, ...]:
    return tuple(name.encode() + b"\n" + page for name, page in _SITE.items())


# ---- what a browser signs ----------------------------------------------------------------------


class _Still(House):
    """A keeper whose wall clock stands: what was asked as a long run began is in time at its end."""

    def wall(self) -> int:
        return 1_800_000_000


class _Signs:
    """A keeper's files with one passkey in them, whose answer to `CHALLENGE` counts again and again."""

    def __init__(self) -> None:
        store = Store(PLACE / "keys.db")
        store.db.execute("PRAGMA synchronous=OFF")
        vault = Vault(store, Held("file", sealing.new_key()))
        self.house = _Still(
            store, vault, Journal(PLACE / "keeper-log.db"), {}, [ORIGIN], "localhost"
        )
        browser = Authenticator()
        asked = passkeys.creation_options(self.house, person="p1", name="Operator", context=b"")
        self.made = browser.register(asked, ORIGIN).encode()
        self.used = browser.sign(sealing.text(CHALLENGE), ORIGIN, "localhost").encode()
        found = passkeys.verify_creation(self.house, self.made.decode(), context=b"")
        with store.write() as db:
            db.execute("INSERT INTO person (ref, since) VALUES ('p1', 0)")
            db.execute("INSERT INTO passkey VALUES (?,'p1',?,?,?,0)", found)

    def make(self, raw: bytes) -> None:
        self.house.store.db.execute("DELETE FROM spent")
        passkeys.verify_creation(self.house, raw.decode("utf-8", "replace"), context=b"")

    def use(self, raw: bytes) -> None:
        self.house.store.db.execute("UPDATE passkey SET count=0")
        told = raw.decode("utf-8", "replace")
        passkeys.verify(self.house, told, challenge=CHALLENGE)
        with contextlib.suppress(Refused):
            passkeys.verify_login(self.house, told)


# ---- what other programs wrote -----------------------------------------------------------------


def _extract(suffix: str) -> bytes:
    path = PLACE / f"small{suffix}"
    district = District(1)
    a, b, c, d = (district.node((x * 300.0, 0.0)) for x in range(4))
    district.way([a, b, c, d], {"highway": "primary", "name": "Лісова"})
    told = {"highway": "tertiary", "bridge": "yes", "maxweight": "10 t", "width": "3"}
    district.way([c, a], {**told, "oneway": "yes"})
    write(district, path)
    return path.read_bytes()


def _map() -> bytes:
    path = PLACE / "small.osm.pbf"
    path.write_bytes(_extract(".osm.pbf"))
    save_map(read_extract(path), PLACE / "small.roads")
    return (PLACE / "small.roads").read_bytes()


def _chain() -> tuple[bytes, bytes]:
    theirs = Theirs(PLACE / "theirs")
    theirs.write(NAME, days=3650)
    return theirs.certificate.read_bytes(), theirs.key.read_bytes()


def _given(path: Path) -> None:
    """The chain and its key, each of which may be anything."""
    chain, _, key = path.read_bytes().partition(b"\n--\n")
    (path.parent / "chain.pem").write_bytes(chain)
    (path.parent / "key.pem").write_bytes(key)
    given.read(
        path.parent / "chain.pem", path.parent / "key.pem", named=True, name=NAME, wall=clock.wall()
    )


class _Vault:
    """The root, before whoever stands at Vault's address: each question is answered alike."""

    def __init__(self) -> None:
        self._root = TransitRoot({"address": "http://localhost:1", "key": "k"}, "token")

    def __call__(self, raw: bytes) -> None:
        answers = httpx.MockTransport(lambda _asked: httpx.Response(200, content=raw))
        self._root._http = httpx.Client(
            base_url="http://localhost:1/v1/", transport=answers, trust_env=False
        )
        self._root.unseal(b"vault:v1:x", epoch=1)
        self._root.seal(bytes(32), epoch=1)


def _vaults() -> bytes:
    told = {"plaintext": "AAAA", "ciphertext": "vault:v1:AAAA", "latest_version": 1}
    told |= {"exportable": False, "allow_plaintext_backup": False}
    return json.dumps({"data": told}).encode()


_GATEWAY = b"""[gateway]
name = "smpp"
stamp = "exercise"
listen = "127.0.0.1:9000"
[smpp]
server = "127.0.0.1:2775"
"""
_PEERS = b'[[gateway]]\nname = "smpp"\naddress = "127.0.0.1:9000"\ninto = "in"\n'
_SIGNS = _Signs()
_KEY = b"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n"

FILES: Mapping[str, Target] = {
    "branch": Target(lying(Branch.read, "branch-core-001.json"), (ValueError,), (_branch(),)),
    "copy": Target(lying(_unpacked, "core.copy"), (Trouble,), (_copy_of(_tar()),)),
    "copy-inside": Target(_inside, (Trouble,), (_tar(),)),
    "extract": Target(lying(read_extract, "a.osm.pbf"), (WrongMap,), (_extract(".osm.pbf"),)),
    "extract-xml": Target(lying(read_extract, "a.osm"), (WrongMap,), (_extract(".osm"),)),
    "map": Target(lying(load_map, "a.roads"), (WrongMap,), (_map(),)),
    "gateway-file": Target(
        lying(partial(config.load, channel="smpp"), "gateway.toml"),
        (config.ConfigWrong,),
        (_GATEWAY,),
    ),
    "gateways-file": Target(
        lying(lambda path: config.peers(path.parent, stamp="exercise"), "gateways.toml"),
        (config.ConfigWrong,),
        (_PEERS,),
    ),
    "given": Target(lying(_given, "both"), (Trouble,), (b"\n--\n".join(_chain()),)),
    "half": Target(lying(two._half, "half"), (NoRoot,), (_half(),)),
    "key-file": Target(lying(keyfiles.read_key, "a.key"), (ValueError,), (_KEY,)),
    "mirror": Target(_mirror, (Trouble,), _mirrors()),
    "passkey-made": Target(_SIGNS.make, (Refused,), (_SIGNS.made,)),
    "passkey-used": Target(_SIGNS.use, (Refused,), (_SIGNS.used,)),
    "profile": Target(
        lying(load.reviewed, "programme.toml"),
        (WrongProfile,),
        ((load.SHIPPED / "rivers.toml").read_bytes(),),
    ),
    "site-key": Target(
        lambda raw: pages.key_of(raw.decode("utf-8", "replace")),
        (pages.WrongSite,),
        (pages.spoken(_PRINTED).encode(),),
    ),
    "vault": Target(_Vault(), (NoRoot,), (_vaults(),)),
}
