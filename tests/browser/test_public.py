"""The console in the open by its own authority, in a browser that was told the key of its issuer."""

import base64
import hashlib

from cryptography import x509
from cryptography.hazmat.primitives import serialization

from safeconduct.command import authority
from tests.browser import house
from tests.browser.looking import tab
from tests.browser.staff import enrol
from tests.known_name import HOST


def pin(pem: bytes) -> str:
    """Return the pin of a certificate's key, as Chromium takes it."""
    key = x509.load_pem_x509_certificate(pem).public_key()
    form = (serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(hashlib.sha256(key.public_bytes(*form)).digest()).decode()


def test_a_passkey_is_made_under_the_name_and_no_key_of_the_console_lies_on_the_disk(tmp_path):
    with house.running(tmp_path / "data", public=HOST) as here:
        issuer = (here.data / authority.FOLDER / "issuer.pem").read_bytes()
        flags = (
            f"--host-resolver-rules=MAP {HOST} 127.0.0.1",
            f"--ignore-certificate-errors-spki-list={pin(issuer)}",
        )
        with house.browser(*flags) as chrome, tab(chrome) as looked:
            page = looked.page
            enrol(page, here.invite)
            assert page.evaluate("isSecureContext && crypto.subtle !== undefined")
            cookies = page.context.cookies()
            assert all(each["secure"] and each["name"].startswith("__Host-") for each in cookies)
            page.goto(f"{here.origin}/people/me/")
            assert page.locator("[data-kind='console.certificate']").count() == 0
            assert looked.faults == []
        with_keys = [
            p for p in here.data.rglob("*") if p.is_file() and b"PRIVATE" in p.read_bytes()
        ]
        assert {path.parent.name for path in with_keys} == {"link"}
