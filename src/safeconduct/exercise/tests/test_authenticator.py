import json

import pytest
import webauthn
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import UserVerificationRequirement

from safeconduct.exercise.authenticator import Authenticator, text

ORIGIN = "http://localhost:8400"


def enrolled(rp_id="localhost", origin=ORIGIN):
    key = Authenticator()
    options = webauthn.generate_registration_options(
        rp_id=rp_id, rp_name="safeconduct", user_name="Operator 14"
    )
    answer = key.register(webauthn.options_to_json(options), origin)
    known = webauthn.verify_registration_response(
        credential=answer,
        expected_challenge=options.challenge,
        expected_rp_id=rp_id,
        expected_origin=ORIGIN,
        require_user_verification=True,
    )
    return key, known


def verified(known, assertion, challenge, *, count=0):
    return webauthn.verify_authentication_response(
        credential=assertion,
        expected_challenge=challenge,
        expected_rp_id="localhost",
        expected_origin=ORIGIN,
        credential_public_key=known.credential_public_key,
        credential_current_sign_count=count,
        require_user_verification=True,
    )


def test_its_passkey_and_its_yes_hold_before_another_authors_library():
    key, known = enrolled()
    assert known.user_verified
    assert known.fmt == "none"
    challenge = b"c" * 32
    assertion = key.sign(text(challenge), ORIGIN, "localhost")
    assert verified(known, assertion, challenge).new_sign_count == 1
    again = key.sign(text(challenge), ORIGIN, "localhost")
    assert verified(known, again, challenge, count=1).new_sign_count == 2


def test_it_answers_the_options_of_signing_in():
    key, known = enrolled()
    options = webauthn.generate_authentication_options(
        rp_id="localhost", user_verification=UserVerificationRequirement.REQUIRED
    )
    answer = key.answer(webauthn.options_to_json(options), ORIGIN)
    assert verified(known, answer, options.challenge).user_verified


def test_a_yes_to_something_else_or_from_elsewhere_does_not_hold():
    key, known = enrolled()
    asked = b"c" * 32
    for challenge, origin in ((b"d" * 32, ORIGIN), (asked, "http://localhost:9999")):
        assertion = key.sign(text(challenge), origin, "localhost")
        with pytest.raises(WebAuthnException):
            verified(known, assertion, asked)
    other, _ = enrolled()
    told = json.loads(key.sign(text(asked), ORIGIN, "localhost"))
    theirs = json.loads(other.sign(text(asked), ORIGIN, "localhost"))
    told["response"]["signature"] = theirs["response"]["signature"]
    with pytest.raises(WebAuthnException):
        verified(known, json.dumps(told), asked)


def test_a_passkey_of_another_address_is_not_registered():
    with pytest.raises(WebAuthnException):
        enrolled(origin="http://elsewhere:8400")


def test_without_a_passkey_for_the_site_there_is_no_yes():
    with pytest.raises(LookupError, match="register one first"):
        Authenticator().sign(text(b"c" * 32), ORIGIN, "localhost")
