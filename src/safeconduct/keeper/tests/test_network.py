"""The keeper has no network but where its root is behind one; the kernel sees to it."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from safeconduct.access import client
from safeconduct.keeper.tests import transit_server
from safeconduct.keeper.tests.process import SRC
from safeconduct.keeper.tests.tokens import PIN

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])
REACHING = "safeconduct.keeper.tests.reaching"
NO_FAMILY = "Address family not supported by protocol"
# What each way to a socket says in a process that left the network, and that Unix ones are made.
EVERY_WAY = """
import ctypes, errno, socket
from safeconduct.keeper import network
libc, before = ctypes.CDLL(None, use_errno=True), network._makes_a_socket()
families = {name: getattr(socket, name) for name in dir(socket) if name.startswith("AF_")}
left = network.leave()
def refused(call, *arguments):
    return libc.syscall(call, *arguments) == -1 and ctypes.get_errno() == errno.EAFNOSUPPORT
def made(family):
    return any(not refused(network._MACHINES[network.os.uname().machine].socket, family, kind, 0)
               for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_RAW))
a, b = socket.socketpair()
a.send(b"x")
print(before, left, sorted(name for name, number in families.items() if made(number)), b.recv(1),
      refused(425, 8, 0), refused(438, 0, 0, 0), refused(41 | 0x40000000, socket.AF_INET, 1, 0))
"""
# socket(AF_INET, SOCK_STREAM, 0) by the door of 32-bit programs: int 0x80 with 359 in eax.
BY_32_BIT = """
import ctypes, mmap, sys
from safeconduct.keeper import network
if len(sys.argv) > 1:
    network.leave()
page = mmap.mmap(-1, 4096, prot=7)
page.write(bytes.fromhex("53b867010000bb02000000b90100000031d2cd805bc3"))
print(ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(page)))())
"""


def run(code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    argv = [sys.executable, "-c", code, *arguments]
    return subprocess.run(argv, cwd=SRC, capture_output=True, text=True, check=False)


@pytest.fixture
def port():
    """A port of loopback on which somebody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listens:
        yield listens.getsockname()[1]


def reaches(town, port: int) -> tuple[str, str]:
    """Return how a keeper says it stands to a network, and why it did not reach the port."""
    return client.ping()["network"], town.process.client.call("reach", port=port)["why"]


def test_the_keeper_reaches_no_port_that_listens_but_with_a_root_in_vault(fresh, port):
    assert reaches(fresh(module=REACHING), port) == ("none", NO_FAMILY)
    with transit_server.running() as vault:
        root = ("--root", "vault", "--root-at", f"address={vault.address}")
        town = fresh(module=REACHING, root=root, word=vault.token)
        assert reaches(town, port) == ("wanted", "")
        town.process.stop()


def test_a_token_has_a_network_only_if_its_owner_said_that_it_is_behind_one(fresh, token, port):
    assert reaches(fresh(module=REACHING, root=token.root, word=PIN), port) == ("none", NO_FAMILY)
    behind = (*token.root, "--root-at", "network=yes")
    town = fresh(module=REACHING, root=behind, word=PIN)
    assert reaches(town, port) == ("wanted", "")
    words = {"root": PIN, "new": PIN}
    asked = ("--change-root", *token.root[1:], "--root-at", "network=no")
    other = town.process.run(*asked, told=words)
    assert "else leave it out" in other.stderr


def test_every_thread_of_the_keeper_is_under_the_filter_and_none_takes_it_off(town):
    threads = list(Path(f"/proc/{town.process.process.pid}/task").iterdir())
    assert len(threads) > 1
    for thread in threads:
        told = dict(line.split(":\t") for line in (thread / "status").read_text().splitlines())
        assert (told["Seccomp"], told["NoNewPrivs"]) == ("2", "1")


def test_no_other_door_leads_to_a_socket_and_unix_ones_are_made_as_ever():
    told = run(EVERY_WAY).stdout
    assert told == "True none ['AF_UNIX'] b'x' True True True\n"


@pytest.mark.skipif(os.uname().machine != "x86_64", reason="there is no int 0x80 here")
def test_nor_does_the_door_of_32_bit_programs():
    free = run(BY_32_BIT)
    if free.returncode or int(free.stdout) < 0:
        pytest.skip("this kernel runs no 32-bit programs: there is no such door")
    assert run(BY_32_BIT, "left").stdout == "-97\n"
