"""Passkeys, verified here and nowhere else: WebAuthn with user verification required."""

import hashlib
import json
from typing import Any

import webauthn
from webauthn.helpers import base64url_to_bytes
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from safeconduct.keeper.house import House
from safeconduct.refusal import Refusal, Refused

OTHER_NAME = Refusal(
    "passkey.other_name",
    "The people here made their passkeys under another host name, and under this one nobody comes in.",
    "Start with --origin of that name again; its DNS may point to another machine.",
)
NOT_HIS = Refusal("passkey.refused", "The passkey's answer does not hold.", "Try again with yours.")
# What an answer that is none raises; the last where it is nested without an end.
_MALFORMED = (ValueError, KeyError, TypeError, RecursionError)
LIVES_S = 300  # a person looks for the key, reads, touches


def _challenge_in(credential: str) -> bytes:
    """Return the challenge a browser says it answered; it counts only once `spend` knows it."""
    try:
        told = json.loads(base64url_to_bytes(json.loads(credential)["response"]["clientDataJSON"]))
        return base64url_to_bytes(told["challenge"])
    except _MALFORMED:
        raise Refused(NOT_HIS) from None


def creation_options(house: House, *, person: str, name: str, context: bytes) -> str:
    """Return what `navigator.credentials.create` takes, as JSON."""
    challenge, _ = house.mint("enrol", context, lives_s=LIVES_S)
    options = webauthn.generate_registration_options(
        rp_id=house.rp_id,
        rp_name="safeconduct",
        user_id=person.encode(),
        user_name=name,
        challenge=challenge,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED,
            user_verification=UserVerificationRequirement.REQUIRED,
        ),
        exclude_credentials=[PublicKeyCredentialDescriptor(id=i) for i in ids_of(house, person)],
    )
    return webauthn.options_to_json(options)


def verify_creation(house: House, credential: str, *, context: bytes) -> tuple[Any, ...]:
    """Return id, public key, sign count and attestation of a new passkey.

    Raises:
        Refused: it does not answer our challenge, or without verifying its person.
    """
    challenge = _challenge_in(credential)
    try:
        found = webauthn.verify_registration_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=house.rp_id,
            expected_origin=house.origins,
            require_user_verification=True,
        )
    except (WebAuthnException, *_MALFORMED):
        raise Refused(NOT_HIS) from None
    house.spend(challenge, "enrol", context)
    return (
        found.credential_id,
        found.credential_public_key,
        found.sign_count,
        found.attestation_object,
    )


def insist_on_the_name(house: House) -> None:
    """Return if the passkeys that were made so far can answer under our name.

    Raises:
        Refused: they were made under another one. A passkey's name never changes (WebAuthn §6.1).
    """
    ours = hashlib.sha256(house.rp_id.encode()).digest()
    made = house.store.db.execute(
        "SELECT k.attestation FROM passkey k JOIN person p ON p.ref = k.person "
        "WHERE p.ended_at IS NULL"
    )
    names = [webauthn.helpers.parse_attestation_object(a).auth_data.rp_id_hash for (a,) in made]
    if names and ours not in names:
        raise Refused(OTHER_NAME)


def request_options(house: House, *, person: str) -> str:
    """Return what `navigator.credentials.get` takes to sign in, as JSON."""
    challenge, _ = house.mint("login", b"", lives_s=LIVES_S)
    options = webauthn.generate_authentication_options(
        rp_id=house.rp_id,
        challenge=challenge,
        allow_credentials=[PublicKeyCredentialDescriptor(id=i) for i in ids_of(house, person)],
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return webauthn.options_to_json(options)


def verify_login(house: House, assertion: str) -> str:
    """Return the person whose passkey answered one of our login challenges.

    Raises:
        Refused: it does not hold.
    """
    challenge = _challenge_in(assertion)
    person = verify(house, assertion, challenge=challenge)
    house.spend(challenge, "login", b"")
    return person


def verify(house: House, assertion: str, *, challenge: bytes) -> str:
    """Return the person whose living passkey signed `challenge`, and remember its count.

    Raises:
        Refused: unknown key, other challenge, other origin, or its person was not verified.
    """
    try:
        key_id = base64url_to_bytes(json.loads(assertion)["rawId"])
    except _MALFORMED:
        raise Refused(NOT_HIS) from None
    row = house.store.db.execute(
        "SELECT k.person, k.public_key, k.count FROM passkey k JOIN person p ON p.ref = k.person "
        "WHERE k.id=? AND p.ended_at IS NULL",
        (key_id,),
    ).fetchone()
    if row is None:
        raise Refused(NOT_HIS)
    person, public_key, count = row
    try:
        found = webauthn.verify_authentication_response(
            credential=assertion,
            expected_challenge=challenge,
            expected_rp_id=house.rp_id,
            expected_origin=house.origins,
            credential_public_key=public_key,
            credential_current_sign_count=count,
            require_user_verification=True,
        )
    except (WebAuthnException, *_MALFORMED):
        raise Refused(NOT_HIS) from None
    if found.new_sign_count != count:
        with house.store.write() as db:
            db.execute("UPDATE passkey SET count=? WHERE id=?", (found.new_sign_count, key_id))
    return str(person)


def ids_of(house: House, person: str) -> list[bytes]:
    """Return the ids of a person's passkeys."""
    rows = house.store.db.execute("SELECT id FROM passkey WHERE person=?", (person,))
    return [key_id for (key_id,) in rows]
