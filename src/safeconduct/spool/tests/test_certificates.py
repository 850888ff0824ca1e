import ssl

from cryptography import x509

from safeconduct import sealing
from safeconduct.spool import certificates, link
from safeconduct.spool.keyfiles import read_key, write_file

BOX = sealing.new_box_keys()[1]


def held(folder):
    return {p.relative_to(folder): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_making_them_again_changes_no_key_and_brings_a_new_public_box_key_along(tmp_path):
    certificates.found(tmp_path, box_public=BOX)
    certificates.enrol(tmp_path, "smpp", box_public=BOX)
    before = held(tmp_path)
    certificates.found(tmp_path, box_public=BOX)
    certificates.enrol(tmp_path, "smpp", box_public=BOX)
    assert held(tmp_path) == before
    other = sealing.new_box_keys()[1]
    certificates.found(tmp_path, box_public=other)
    certificates.enrol(tmp_path, "smpp", box_public=BOX)
    assert read_key(tmp_path / "gateways/smpp/keys/core-box.pub") == other


def test_every_key_file_is_the_owners_alone(tmp_path):
    certificates.found(tmp_path, box_public=BOX)
    certificates.enrol(tmp_path, "smpp", box_public=BOX)
    for path in tmp_path.rglob("*"):
        assert path.stat().st_mode & 0o077 == 0 or path.is_dir(), path


def test_a_key_is_written_through_no_link_that_somebody_laid_for_it(tmp_path):
    (theirs := tmp_path / "theirs").write_bytes(b"of somebody")
    (tmp_path / "a.key.new").symlink_to(theirs)
    (tmp_path / "a.key").symlink_to(theirs)
    write_file(tmp_path / "a.key", b"a key")
    assert (theirs.read_bytes(), (tmp_path / "a.key").read_bytes()) == (b"of somebody", b"a key")
    assert not (tmp_path / "a.key").is_symlink()


def test_no_box_key_that_opens_anything_lies_in_a_gateways_folder(tmp_path):
    certificates.found(tmp_path, box_public=BOX)
    keys = certificates.enrol(tmp_path, "smpp", box_public=BOX) / "keys"
    names = {path.name for path in keys.iterdir()}
    assert names == {
        "ca.pem",
        "core-box.pub",
        "core-sign.pub",
        "languages",
        "link-key.pem",
        "link.pem",
        "sign.key",
    }
    assert len(read_key(keys / "core-box.pub")) == len(BOX)


def test_the_core_may_only_dial_and_a_gateway_only_listen(tmp_path):
    certificates.found(tmp_path, box_public=BOX)
    keys = certificates.enrol(tmp_path, "smpp", box_public=BOX) / "keys"
    for path, may in ((tmp_path / "link", "clientAuth"), (keys, "serverAuth")):
        certificate = x509.load_pem_x509_certificate((path / "link.pem").read_bytes())
        uses = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
        assert [use._name for use in uses] == [may]


def test_both_ends_insist_on_tls_1_3(tmp_path):
    certificates.found(tmp_path, box_public=BOX)
    keys = certificates.enrol(tmp_path, "smpp", box_public=BOX) / "keys"
    for context in (link.core_context(tmp_path / "link"), link.edge_context(keys)):
        assert context.minimum_version is ssl.TLSVersion.TLSv1_3
        assert context.verify_mode is ssl.CERT_REQUIRED
