"""Many strangers at once: what each of them needs of the keeper is asked for all of them together.

A stranger takes two indexes, a compartment and its keys: four questions, of which one waits for the
keeper's disk. Compartments that nobody has taken yet are nobody's: they wait in this process's memory
for whoever writes next, and a death leaves them empty. No more are made than there are strangers.
"""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field

from safeconduct.access import keyring
from safeconduct.access.keyring import Keyring
from safeconduct.access.rules import WorkerId
from safeconduct.post.models import Handle

# What one who takes in seals and reads: his text, its beginning, our first answer, a sign of force.
MET = ("text", "line", "sent", "sign")


@dataclass(slots=True)
class Meeting:
    """What the keeper told beforehand of those who are taken in next.

    Attributes:
        indexes: by kind ("phone", "optout") and number in the one international form.
        ahead: how many compartments are made where one is needed.
    """

    indexes: dict[tuple[str, str], bytes] = field(default_factory=dict)
    ahead: int = 1

    def index(self, worker: WorkerId, kind: str, number: str) -> bytes:
        """Return a number's blind index of a kind."""
        return self.indexes.get((kind, number)) or keyring.blind(worker, kind, number)

    def compartment(self, worker: WorkerId) -> tuple[str, Keyring]:
        """Return a compartment that is nobody's yet, and its keys; it is given out once."""
        with _lock:
            empty = _empty.setdefault(worker.token, [])
            if not empty:
                empty.extend(keyring.new_compartments(worker, [*MET, "phone"], count=self.ahead))
            return empty.pop()


# By the token of whoever had them made: another keeper knows another token, and none of these.
_empty: dict[str, list[tuple[str, Keyring]]] = {}
_lock = threading.Lock()


def meet(worker: WorkerId, numbers: Sequence[str]) -> Meeting:
    """Ask the keeper what taking in many people takes, in as many questions as for one.

    Args:
        numbers: in the one international form.

    Raises:
        Refused, KeeperAway: nothing is known then.
    """
    phones = keyring.blind_many(worker, "phone", numbers)
    heard = Handle.objects.filter(index__in=phones).values_list("index", flat=True)
    known = set(map(bytes, heard))
    new = [n for n, index in zip(numbers, phones, strict=True) if index not in known]
    optouts = keyring.blind_many(worker, "optout", new)
    indexes = {("phone", number): index for number, index in zip(numbers, phones, strict=True)}
    indexes |= {("optout", number): index for number, index in zip(new, optouts, strict=True)}
    return Meeting(indexes, ahead=max(1, len(new)))
