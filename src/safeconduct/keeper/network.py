"""No network for the keeper: a filter of the kernel's over its own calls, never taken off again.

What it filters is seccomp(2), mode 2: `socket` makes Unix sockets and no others, and the two
calls by which a socket comes without `socket` are refused. It needs no privilege, holds in a
container too, and leaves the uids that SO_PEERCRED tells as they are (docs/decisions/0093).
"""

import ctypes
import errno
import os
import socket
import struct
import sys
from dataclasses import dataclass

NONE, WANTED, OPEN = "none", "wanted", "open"  # what `ping` tells; OPEN: the kernel has no filter

_PR_SET_NO_NEW_PRIVS, _PR_SET_SECCOMP, _MODE_FILTER = 38, 22, 2  # linux/prctl.h, linux/seccomp.h
_IO_URING_SETUP, _PIDFD_GETFD = 425, 438  # one number on every machine: asm-generic/unistd.h
_X32 = 0x4000_0000  # calls of another ABI of x86-64, numbered anew: asm/unistd.h
_NR, _ARCH, _FIRST = 0, 4, 16  # offsets in struct seccomp_data; the low half of argument one
_LOAD, _EQUAL, _AT_LEAST, _ANSWER = 0x20, 0x15, 0x35, 0x06  # BPF: ld abs, jeq, jge, ret
_ALLOW, _REFUSE = 0x7FFF_0000, 0x0005_0000 | errno.EAFNOSUPPORT  # linux/seccomp.h


@dataclass(frozen=True, slots=True)
class _Machine:
    """What the kernel calls a machine (linux/audit.h), and the number of `socket` on it."""

    arch: int
    socket: int


_MACHINES = {"x86_64": _Machine(0xC000_003E, 41), "aarch64": _Machine(0xC000_00B7, 198)}


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("code", ctypes.c_char_p))


def _filter(machine: _Machine) -> bytes:
    """Return the filter: an array of struct sock_filter (linux/filter.h)."""
    steps = (  # what to do, with what, steps to jump over if so, if not
        (_LOAD, _ARCH, 0, 0),
        (_EQUAL, machine.arch, 0, 7),
        (_LOAD, _NR, 0, 0),
        (_AT_LEAST, _X32, 5, 0),
        (_EQUAL, _IO_URING_SETUP, 4, 0),
        (_EQUAL, _PIDFD_GETFD, 3, 0),
        (_EQUAL, machine.socket, 0, 3),
        (_LOAD, _FIRST, 0, 0),
        (_EQUAL, socket.AF_UNIX, 1, 0),
        (_ANSWER, _REFUSE, 0, 0),
        (_ANSWER, _ALLOW, 0, 0),
    )
    return b"".join(struct.pack("=HBBI", what, yes, no, k) for what, k, yes, no in steps)


def leave() -> str:
    """Make no more sockets but Unix ones, for good; call it before there is a second thread.

    Returns:
        NONE: it holds, and was tried. OPEN: this kernel or machine does not take the filter.
    """
    machine = _MACHINES.get(os.uname().machine)
    if machine is not None and sys.maxsize > 2**32:
        _install(_filter(machine))
    return OPEN if _makes_a_socket() else NONE


def _install(code: bytes) -> None:
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    unsigned = ctypes.c_ulong
    program = _Program(len(code) // 8, code)
    if prctl(_PR_SET_NO_NEW_PRIVS, unsigned(1), unsigned(0), unsigned(0), unsigned(0)) == 0:
        prctl(
            _PR_SET_SECCOMP, unsigned(_MODE_FILTER), ctypes.byref(program), unsigned(0), unsigned(0)
        )


def _makes_a_socket() -> bool:
    try:
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM).close()
    except OSError:
        return False
    return True
