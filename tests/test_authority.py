"""The console's own authority: what a browser takes from it, and what a thief of its key could sign."""

import ssl
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.x509.oid import ExtendedKeyUsageOID

from safeconduct import clock, sealing
from safeconduct.command import authority, main
from safeconduct.command.authority import FOLDER
from safeconduct.command.trouble import Trouble
from safeconduct.spool import certificates
from safeconduct.web import tls
from tests.known_name import HOST

KEY = sealing.new_key()
APPLE_MOST = timedelta(days=825)


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    folder = tmp_path_factory.mktemp("data")
    assert authority.found(folder, HOST, key=KEY)
    return folder


def issue(data, *, wall=None):
    return authority.issue(data, HOST, key=KEY, wall=wall or clock.wall())


def first(shown):
    return x509.load_pem_x509_certificates(shown.chain.encode())[0]


def shake_hands(client, server, *, name):
    """Let a browser and a server meet in memory; return the browser's end of it.

    Raises:
        ssl.SSLError: one of them broke off.
    """
    to_client, to_server = ssl.MemoryBIO(), ssl.MemoryBIO()
    browser = client.wrap_bio(to_client, to_server, server_hostname=name)
    console = server.wrap_bio(to_server, to_client, server_side=True)
    for _ in range(4):
        for end in (browser, console):
            try:
                end.do_handshake()
            except ssl.SSLWantReadError:
                continue
    return browser


def trusting(data):
    pem = authority.root_of(data).public_bytes(serialization.Encoding.PEM)
    return ssl.create_default_context(cadata=pem.decode())


def stolen_issuer(data):
    """Return what a thief holds who opened the sealed key."""
    box = (data / FOLDER / "issuer.sealed").read_bytes()
    opened = sealing.unseal(KEY, box, b"v1|console|issuer")
    issuer = x509.load_pem_x509_certificate((data / FOLDER / "issuer.pem").read_bytes())
    return issuer, serialization.load_pem_private_key(opened, None)


def test_who_trusts_the_root_takes_the_console_under_its_name_and_under_no_other(data):
    shown = issue(data)
    served = tls.context(shown.chain, shown.key)
    assert shake_hands(trusting(data), served, name=HOST).version() == "TLSv1.3"
    with pytest.raises(ssl.SSLCertVerificationError, match="Hostname mismatch"):
        shake_hands(trusting(data), served, name="other.example")
    with pytest.raises(ssl.SSLCertVerificationError, match="unable to get local issuer"):
        shake_hands(ssl.create_default_context(), served, name=HOST)


def test_the_stolen_key_of_the_issuer_signs_for_the_consoles_name_and_for_no_other_and_no_number(
    data,
):
    issuer, key = stolen_issuer(data)
    pem = serialization.Encoding.PEM
    outcomes = {}
    for name in (HOST, "bank.example", "example"):
        made, own = certificates.leaf(
            name, may=ExtendedKeyUsageOID.SERVER_AUTH, by=(issuer, key), days=5
        )
        chain = (made.public_bytes(pem) + issuer.public_bytes(pem)).decode()
        served = tls.context(chain, certificates.pem(own).decode())
        try:
            outcomes[name] = shake_hands(trusting(data), served, name=name).version()
        except ssl.SSLCertVerificationError as refused:
            outcomes[name] = refused.verify_message
    assert outcomes == {
        HOST: "TLSv1.3",
        "bank.example": "permitted subtree violation",
        "example": "permitted subtree violation",
    }
    bounds = issuer.extensions.get_extension_for_class(x509.NameConstraints)
    assert bounds.critical
    assert {str(each.value) for each in bounds.value.excluded_subtrees} == {"0.0.0.0/0", "::/0"}


def test_the_key_that_telephones_trust_is_nowhere_and_the_issuers_lies_sealed(data):
    names = {path.name for path in (data / FOLDER).iterdir()}
    assert names == {"root.pem", "issuer.pem", "issuer.sealed"}
    assert not any(b"PRIVATE" in path.read_bytes() for path in (data / FOLDER).iterdir())
    form = (serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    issuer, key = stolen_issuer(data)
    held = key.public_key().public_bytes(*form)
    assert held == issuer.public_key().public_bytes(*form)
    assert held != authority.root_of(data).public_key().public_bytes(*form)
    other = sealing.new_key()
    with pytest.raises(Trouble, match="not of these keys"):
        authority.issue(data, HOST, key=other, wall=clock.wall())


def test_a_certificate_is_new_at_each_start_and_lasts_no_more_than_ninety_days(data):
    one, two = first(issue(data)), first(issue(data))
    assert one.serial_number != two.serial_number
    assert one.public_key() != two.public_key()
    assert one.not_valid_after_utc - one.not_valid_before_utc == timedelta(days=90)
    used = one.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(used) == [ExtendedKeyUsageOID.SERVER_AUTH]
    assert timedelta(days=90) < APPLE_MOST


def test_no_certificate_outlives_its_authority_and_an_ended_one_says_what_to_do(data):
    ends = authority.root_of(data).not_valid_after_utc
    late = issue(data, wall=ends - timedelta(days=30))
    assert first(late).not_valid_after_utc < clock.wall() + timedelta(days=31)
    with pytest.raises(Trouble, match=r"has ended\. Remove .*console.*safeconduct public page"):
        issue(data, wall=ends)


DAMAGE = [b"", b"no certificate", b"-----BEGIN CERTIFICATE-----\nQUJD\n-----END CERTIFICATE-----\n"]


@pytest.mark.parametrize("damage", DAMAGE)
@pytest.mark.parametrize("name", ["issuer.pem", "root.pem"])
def test_a_damaged_certificate_is_named_with_its_mend_and_nothing_is_made_in_its_place(
    tmp_path, name, damage
):
    assert authority.found(tmp_path, HOST, key=KEY)
    path = tmp_path / FOLDER / name
    path.write_bytes(damage)
    with pytest.raises(Trouble, match=rf"{name} is damaged.*Bring it back from a copy"):
        authority.found(tmp_path, HOST, key=KEY)
    assert path.read_bytes() == damage


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_certificate_that_is_renewed_while_it_runs_names_a_damaged_issuer_too(tmp_path, damage):
    assert authority.found(tmp_path, HOST, key=KEY)
    (tmp_path / FOLDER / "issuer.pem").write_bytes(damage)
    with pytest.raises(Trouble, match=r"issuer\.pem is damaged.*Bring it back from a copy"):
        issue(tmp_path)


def test_an_issuer_that_is_not_of_this_programme_is_named_with_its_mend(tmp_path):
    assert authority.found(tmp_path, HOST, key=KEY)
    stranger, _key = certificates.authority("somebody else", days=5)
    path = tmp_path / FOLDER / "issuer.pem"
    path.write_bytes(stranger.public_bytes(serialization.Encoding.PEM))
    with pytest.raises(Trouble, match=r"issuer\.pem is damaged"):
        authority.found(tmp_path, HOST, key=KEY)


def test_a_damaged_root_ends_the_page_for_telephones_with_a_sentence_and_code_2(tmp_path, capsys):
    assert authority.found(tmp_path, HOST, key=KEY)
    (tmp_path / "stamp").write_text("real")
    (tmp_path / FOLDER / "root.pem").write_bytes(b"no certificate")
    told = ["public", "page", "--data", str(tmp_path), "--to", str(tmp_path / "page")]
    assert main.main(told) == 2
    assert "root.pem is damaged" in capsys.readouterr().err


def test_an_authority_is_made_once_and_anew_for_another_name(tmp_path):
    assert authority.found(tmp_path, HOST, key=KEY)
    before = authority.fingerprint(authority.root_of(tmp_path))
    assert not authority.found(tmp_path, HOST, key=KEY)
    assert authority.fingerprint(authority.root_of(tmp_path)) == before
    long = f"{'a' * 60}.{'b' * 60}.example"  # longer than a common name may be
    assert authority.found(tmp_path, long, key=KEY)
    assert authority.name_of(tmp_path) == long
    assert authority.fingerprint(authority.root_of(tmp_path)) != before
    shown = authority.issue(tmp_path, long, key=KEY, wall=clock.wall())
    served = tls.context(shown.chain, shown.key)
    assert shake_hands(trusting(tmp_path), served, name=long).version()


def test_whoever_does_not_ask_for_the_name_is_shown_no_certificate(data):
    served = tls.Served(HOST, issue(data).told())
    browser = trusting(data)
    assert shake_hands(browser, served.listens, name=HOST).version() == "TLSv1.3"
    blind = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    blind.check_hostname, blind.verify_mode = False, ssl.CERT_NONE
    for other in (None, "other.example", "192.0.2.7"):
        with pytest.raises(ssl.SSLError, match=r"(?i)unrecognized|callback"):
            shake_hands(blind, served.listens, name=other)


def test_nothing_older_than_tls_1_2_and_nothing_without_forward_secrecy_is_spoken(data):
    served = tls.Served(HOST, issue(data).told())
    assert served.listens.minimum_version == ssl.TLSVersion.TLSv1_2
    older = trusting(data)
    older.maximum_version = ssl.TLSVersion.TLSv1_2
    assert shake_hands(older, served.listens, name=HOST).cipher()[0].startswith("ECDHE-")
    older.set_ciphers("ECDHE+AES128+SHA256:!AESGCM:!CHACHA20")  # without authenticated boxes
    with pytest.raises(ssl.SSLError):
        shake_hands(older, served.listens, name=HOST)
