"""What a process must not leave behind when it dies or is looked at: its memory. No Django."""

import ctypes
import resource

_PR_SET_DUMPABLE = 4  # linux/prctl.h


def leave_none() -> None:
    """Refuse core dumps, and other processes of this user a look into our memory.

    The limit alone would not do: a core that goes into a pipe is not held by it (core(5)). A
    process that is not dumpable leaves neither.

    Raises:
        OSError: the kernel refused.
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl refused to make this process not dumpable")
