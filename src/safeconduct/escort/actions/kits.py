"""So that a watch goes on though its worker is started anew while the keeper is locked: a kit for each escort.

When a watch begins, the keys it holds are sealed for the escort's worker alone, under a key made from the
token that lives in its memory and the supervisor's. On the disk alone the kit opens nothing. It is gone
when the watch ends.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from safeconduct import sealing
from safeconduct.access.keyring import Keyring
from safeconduct.access.rules import WorkerId
from safeconduct.audit import actions as audit
from safeconduct.envelope import canonical
from safeconduct.escort.models import Escort, Kit


@dataclass(frozen=True, slots=True)
class Held:
    """The keys by which a worker watches over one escort.

    Attributes:
        keys: of places in his compartment, and of the burned list.
        core: the core's private box keys, by which fixes from the gateways open.
    """

    keys: Keyring
    core: tuple[bytes, ...]

    def __repr__(self) -> str:
        """Return nothing of the keys: they must not reach a traceback."""
        return "<Held>"

    def told(self) -> dict[str, Any]:
        """Return plain content, the same for the same keys."""
        return {"keys": sorted(self.keys.carried()), "core": [key.hex() for key in self.core]}


def _key(worker: WorkerId, passage: str) -> bytes:
    return sealing.hkdf(worker.token.encode(), sealing.address("escort-kit", passage))


@transaction.atomic
def arm(worker: WorkerId, escort: Escort, held: Held, *, now: datetime) -> None:
    """Seal what is held of one escort, in the place of what was sealed before; once, if it is the same."""
    before = from_kit(worker, escort)
    if before is not None and before.told() == held.told():
        return
    box = sealing.seal(
        _key(worker, escort.passage),
        sealing.pad(canonical(held.told())),
        sealing.address(escort.passage),
    )
    Kit.objects.update_or_create(escort=escort, defaults={"sealed": box, "armed_at": now})
    audit.record(worker.ref, "escort.armed", ref=escort.passage, now=now)


def from_kit(worker: WorkerId, escort: Escort) -> Held | None:
    """Return what was sealed of an escort; None without a kit, or with one of another start of the house."""
    kit = Kit.objects.filter(escort=escort).first()
    if kit is None:
        return None
    try:
        raw = sealing.unseal(
            _key(worker, escort.passage), bytes(kit.sealed), sealing.address(escort.passage)
        )
    except sealing.Tampered:  # its key died with the supervisor that gave the token
        return None
    told = json.loads(sealing.unpad(raw))
    keys = Keyring.of(told["keys"], worker)
    return Held(keys, tuple(bytes.fromhex(key) for key in told["core"]))


def core_from_kits(worker: WorkerId) -> Sequence[bytes]:
    """Return the core's private box keys out of the newest kit that opens; none without one."""
    kits = Kit.objects.select_related("escort").order_by("-armed_at", "-pk")
    found = (from_kit(worker, kit.escort) for kit in kits)
    return next((held.core for held in found if held is not None), ())
