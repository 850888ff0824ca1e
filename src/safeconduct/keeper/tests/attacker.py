"""The attacker of the certificates: every byte there ever was in the keeper's files, and a root.

He does not ask SQLite: he carves. At every offset of every copy he tries whatever could be a sealed
KEK under his root, then whatever could be a compartment's key under every KEK that he found.
"""

import json
import re
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

import pkcs11

from safeconduct import sealing
from safeconduct.keeper.roots.root import NoRoot, address
from safeconduct.keeper.roots.transit import TransitRoot
from safeconduct.keeper.tests.closing import PLACE, SAID

BOX = 1 + 12 + sealing.KEY_BYTES + 16  # version, nonce, key, tag
EPOCHS = range(1, 40)
Carve = Callable[[set[bytes], bytes], Iterable[tuple[int, bytes]]]


def boxes_in(ever: bytes) -> set[bytes]:
    """Return everything that could be a sealed key."""
    starts = (each.start() for each in re.finditer(rb"\x01", ever))
    return {ever[at : at + BOX] for at in starts if at + BOX <= len(ever)}


def by_key(key: bytes) -> Carve:
    """Carve with one key: what a file, a passphrase or two halves come to."""

    def carve(boxes: set[bytes], _ever: bytes) -> Iterable[tuple[int, bytes]]:
        for box in boxes:
            for epoch in EPOCHS:
                try:
                    yield epoch, sealing.unseal(key, box, address(epoch))
                except sealing.Tampered:
                    continue

    return carve


def by_transit(at: dict[str, str], token: str) -> Carve:
    """Carve by asking Vault, as it is now, with the keeper's own token."""

    def carve(_boxes: set[bytes], ever: bytes) -> Iterable[tuple[int, bytes]]:
        root = TransitRoot(at, token)
        for box in set(re.findall(rb"vault:v\d+:[A-Za-z0-9+/]+={0,2}", ever)):
            for epoch in EPOCHS:
                try:
                    yield epoch, root.unseal(box, epoch=epoch)
                except NoRoot:
                    continue
        root.forget()

    return carve


def by_token(module: str, label: str, pin: str) -> Carve:
    """Carve with every key that is in the token as it is now."""

    def carve(boxes: set[bytes], _ever: bytes) -> Iterable[tuple[int, bytes]]:
        token = pkcs11.lib(module).get_token(token_label=label)
        with token.open(rw=True, user_pin=pin) as session:
            for key in list(session.get_objects()):
                epoch = int(key.label.rpartition(" ")[2])  # another's aad would not open it
                for box in boxes:
                    params = pkcs11.GCMParams(box[1:13], address(epoch), 128)
                    try:
                        yield (
                            epoch,
                            bytes(
                                key.decrypt(
                                    box[13:],
                                    mechanism=pkcs11.Mechanism.AES_GCM,
                                    mechanism_param=params,
                                )
                            ),
                        )
                    except pkcs11.PKCS11Error:
                        continue

    return carve


def reads(ever: bytes, carve: Carve, ref: str, box: bytes) -> bool:
    """Return whether he reads the text `box` of compartment `ref`."""
    boxes = boxes_in(ever)
    keks = {(epoch, kek) for epoch, kek in carve(boxes, ever) if len(kek) == sealing.KEY_BYTES}
    for epoch, kek in keks:
        for each in boxes:
            try:
                dek = sealing.unseal(kek, each, f"dek|v1|{ref}|{epoch}".encode())
                told = sealing.unseal_field(
                    sealing.field_key(dek, "body"),
                    box,
                    sealing.address(PLACE["field"], ref, PLACE["ref"]),
                )
            except sealing.Tampered:
                continue
            return told.decode() == SAID
    return False


if __name__ == "__main__":  # a token's library is loaded once in a process, with one folder
    wish = json.loads(sys.stdin.read())
    found = reads(
        Path(wish["ever"]).read_bytes(),
        by_token(wish["module"], wish["label"], wish["pin"]),
        wish["ref"],
        bytes.fromhex(wish["box"]),
    )
    sys.stdout.write("reads" if found else "reads nothing")
