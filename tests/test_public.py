"""The console in the open: TLS without a proxy, a certificate given, changed while it runs, refused."""

import contextlib
import json
import os
import signal
import socket
from dataclasses import asdict, replace
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

from safeconduct import clock
from safeconduct.command import public
from safeconduct.command.public import Asked, Open
from safeconduct.command.trouble import Trouble
from safeconduct.exercise import staffing
from safeconduct.exercise.console import Browser
from safeconduct.exercise.story import Staff
from safeconduct.spool import certificates
from tests import programme as running
from tests.certified import Theirs
from tests.known_name import HOST, name_is_known
from tests.programme import Programme, first_link, until

__all__ = ["name_is_known"]
pytestmark = pytest.mark.allow_hosts(["127.0.0.1", "::1", "localhost"])
PEM = serialization.Encoding.PEM


class InTheOpen(Programme):
    """A programme under a name of its own, with a certificate that was given to it."""

    def __init__(self, place):
        super().__init__(place)
        self.theirs = Theirs(place / "theirs")
        self.number = self.theirs.write()
        files = ("--certificate", str(self.theirs.certificate))
        files += ("--certificate-key", str(self.theirs.key))
        self.more = ("--public", f"{HOST}:{self.port}", "--listen", "127.0.0.1", *files)

    @property
    def origin(self):
        return f"https://{HOST}:{self.port}"

    @property
    def words(self):
        return ("up", "--data", str(self.data), *self.more)

    def browser(self):
        return Browser(self.origin, trusts=self.theirs.trusts)

    def shown(self):
        """Return the number of the certificate that a new connection is shown."""
        with contextlib.ExitStack() as held:
            line = held.enter_context(socket.create_connection(("127.0.0.1", self.port), 20))
            tls = self.theirs.trusts.wrap_socket(line, server_hostname=HOST)
            der = held.enter_context(tls).getpeercert(binary_form=True)
        return x509.load_der_x509_certificate(der).serial_number


@pytest.fixture(scope="module")
def shared(tmp_path_factory, name_is_known, fresh_tables):
    """One programme for the tests of this file; each begins by having it run."""
    made = InTheOpen(tmp_path_factory.mktemp("open"))
    made.tables = fresh_tables
    yield made
    for browser in made.people.values():
        browser.close()
    if made.runs():
        made.stop()


@pytest.fixture
def up(shared):
    said = "" if shared.runs() else shared.begin()
    if not shared.people:
        shared.people["admin"] = shared.browser()
        shared.people["admin"].enrol(first_link(said))
    return shared


def test_who_enrols_in_the_open_signs_in_under_its_name_with_cookies_bound_to_it(up):
    admin = up.people["admin"]
    link = staffing.invited(admin, Staff("op", "Operator 14", ("OP",)))
    assert link.startswith(f"{up.origin}/sign-in/join/")
    operator = up.browser()
    operator.enrol(link)
    assert operator.sign_in().status == 200
    named = {each.name for each in operator.cookies()}
    assert named >= {"__Host-login", "__Host-device", "__Host-csrftoken"}
    assert all(each.secure and each.domain == HOST for each in operator.cookies())
    assert "strict-transport-security" in admin.fetch("/sign-in/").headers
    operator.close()


def test_without_tls_nothing_is_answered_and_nobody_is_believed_how_a_page_came(up):
    with socket.create_connection(("127.0.0.1", up.port), 20) as line:
        line.sendall(f"GET /healthz HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode())
        with contextlib.suppress(ConnectionResetError):
            assert line.recv(100) == b""
    told = {"X-Forwarded-Proto": "http"}
    with httpx.Client(verify=up.theirs.trusts, base_url=up.origin) as asks:
        assert asks.get("/healthz", headers=told).text == "alive\n"
        assert asks.get("/sign-in/", headers=told).status_code == 200
        for host in ("localhost", "elsewhere.example"):
            assert asks.get("/healthz", headers={"Host": host}).status_code == 400


def test_a_renewed_certificate_is_shown_to_the_next_and_an_open_stream_goes_on(up):
    http = up.people["admin"]._http
    page = up.people["admin"].open("/")
    stream = page.tree.xpath("//body/@data-live-from")[0]
    with http.stream("GET", stream, timeout=30) as opened:
        lines = opened.iter_lines()
        assert next(lines) == "retry: 1000"
        before, renewed = up.shown(), up.theirs.write()
        assert until(lambda: up.shown() == renewed)
        assert before != renewed
        staffing.invited(up.people["admin"], Staff("op2", "Operator 15", ("OP",)))
        assert any(line.startswith("data:") for line in lines)


def test_up_alone_stands_where_it_stood_and_a_web_process_that_died_shows_what_was_renewed(up):
    up.stop()
    files, up.more = up.more, ()
    said = up.begin()
    assert f"The console is at {up.origin}\n" in said
    assert f"It shows the certificate {up.theirs.certificate}\n" in said
    renewed = up.theirs.write()
    assert until(lambda: up.shown() == renewed)
    web = up.parts()["web"]
    os.kill(web, signal.SIGKILL)
    assert until(lambda: up.parts().get("web", web) != web and up.people["admin"].open("/"))
    assert up.shown() == renewed
    up.stop()
    port = running.run(*up.words, "--port", "8400")
    assert (port.returncode, len(port.stderr.splitlines())) == (2, 1)
    assert "written into --public NAME:PORT" in port.stderr
    up.more = files


# ---- what is refused, each in one line that says what to do ----


@pytest.fixture
def theirs(tmp_path):
    made = Theirs(tmp_path / "theirs")
    made.write()
    return made


def asked(theirs, name=HOST, listen=""):
    return Asked(name, listen, theirs.certificate, theirs.key)


def test_a_certificate_that_bears_the_name_is_taken_also_by_a_star(theirs):
    assert public.read(asked(theirs), wall=clock.wall()) == (
        f"https://{HOST}:8443",
        Open("*", str(theirs.certificate), str(theirs.key), named=True),
    )
    theirs.write("*.example")
    assert theirs.read().until == theirs.read(name="other.example").until
    with pytest.raises(Trouble, match=r"does not bear the name a\.other\.example"):
        theirs.read(name="a.other.example")


def test_what_a_browser_would_refuse_is_refused_with_what_to_give_instead(theirs):
    now = clock.wall()
    with pytest.raises(
        Trouble, match=r"does not bear the name b\.test, but console\.example\. Give"
    ):
        theirs.read(name="b.test")
    with pytest.raises(Trouble, match=r"ended on \d{4}-\d\d-\d\d\. Have it renewed"):
        theirs.read(wall=now + timedelta(days=21))
    with pytest.raises(Trouble, match="Wait, or set this machine's clock"):
        theirs.read(wall=now - timedelta(days=2))
    theirs.key.write_bytes(certificates.pem(ec.generate_private_key(ec.SECP256R1())))
    with pytest.raises(Trouble, match="is not the key of the first certificate"):
        theirs.read()
    locked = ec.generate_private_key(ec.SECP256R1()).private_bytes(
        PEM, serialization.PrivateFormat.PKCS8, serialization.BestAvailableEncryption(b"word")
    )
    theirs.key.write_bytes(locked)
    with pytest.raises(Trouble, match="locked with a password"):
        theirs.read()
    theirs.key.write_text("no key")
    with pytest.raises(Trouble, match="holds no private key in PEM"):
        theirs.read()
    theirs.certificate.write_text("no certificate")
    with pytest.raises(Trouble, match="holds no certificate in PEM"):
        theirs.read()
    theirs.certificate.unlink()
    with pytest.raises(Trouble, match="cannot be read: No such file"):
        theirs.read()


def test_a_certificate_counts_no_longer_than_whoever_signed_it_and_what_stands_above_may_end(
    theirs,
):
    above = certificates.authority("crossed over", days=1)[0].public_bytes(PEM)
    theirs.pair = certificates.authority("somebody", days=5)
    theirs.write(days=20)
    theirs.certificate.write_bytes(theirs.certificate.read_bytes() + above)
    assert theirs.read(wall=clock.wall() + timedelta(days=3))
    with pytest.raises(Trouble, match="Have it renewed"):
        theirs.read(wall=clock.wall() + timedelta(days=6))


def test_a_key_that_is_too_weak_for_tls_is_refused_before_the_start(theirs):
    weak = rsa.generate_private_key(65537, 1024)  # noqa: S505  that is the point
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(weak.public_key())
        .serial_number(1)
        .not_valid_before(clock.wall() - timedelta(days=1))
        .not_valid_after(clock.wall() + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(HOST)]), critical=False)
        .sign(weak, hashes.SHA256())
    )
    theirs.certificate.write_bytes(made.public_bytes(PEM))
    form = (serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    theirs.key.write_bytes(weak.private_bytes(PEM, *form))
    with pytest.raises(Trouble, match=r"cannot be served: .*too small\. Give an EC P-256"):
        theirs.read()


@pytest.mark.parametrize(
    ("told", "mend"),
    [
        (Asked("192.0.2.7"), "Give the console a name in your DNS"),
        (Asked("[2001:db8::7]:8443"), "Give the console a name in your DNS"),
        (Asked("https://console.example"), "It holds more than"),
        (Asked("console.example/here"), "It holds more than"),
        (Asked("con_sole.example"), "is no host name"),
        (Asked("console.example:99999"), "It is no address"),
        (Asked("console.example", "everywhere"), "Give one of this machine"),
        (Asked("console.example", "", Path("chain.pem")), "come together"),
        (Asked("", "127.0.0.1"), "need --public NAME"),
    ],
)
def test_what_is_no_name_or_lacks_a_half_is_refused_with_its_mend(told, mend):
    with pytest.raises(Trouble) as refused:
        public.read(told, wall=clock.wall())
    assert mend in str(refused.value)
    assert "--origin" not in str(refused.value)


@pytest.mark.parametrize(
    ("told", "address"),
    [
        ("console.example", "https://console.example:8443"),
        ("Console.Example:443", "https://console.example"),
        ("console.example:9000", "https://console.example:9000"),
    ],
)
def test_a_name_becomes_the_origin_as_browsers_write_it_and_is_kept(told, address, tmp_path):
    found, opened = public.read(Asked(told), wall=clock.wall())
    assert (found, opened) == (address, Open())
    public.keep(tmp_path, opened)
    assert public.kept(tmp_path) == opened
    public.keep(tmp_path, None)
    assert public.kept(tmp_path) is None


def test_what_a_folder_remembers_of_a_certificate_was_not_named_by_this_start(theirs, tmp_path):
    _, opened = public.read(asked(theirs), wall=clock.wall())
    public.keep(tmp_path, opened)
    assert (opened.named, public.kept(tmp_path)) == (True, replace(opened, named=False))
    forged = json.dumps(asdict(opened))
    (tmp_path / public._FILE).write_text(forged)
    assert not public.kept(tmp_path).named


def test_a_port_that_cannot_be_had_is_named_with_what_to_choose():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(Trouble, match=f"Port {port} is taken .* --public {HOST}:PORT"):
            public.insist_on_free(Open("127.0.0.1"), f"https://{HOST}:{port}")
    public.insist_on_free(Open(), f"https://{HOST}:{port}")
    with pytest.raises(Trouble, match=r"192\.0\.2\.7 is no address of this machine"):
        public.insist_on_free(Open("192.0.2.7"), f"https://{HOST}:{port}")


def test_a_refused_certificate_stops_the_start_before_a_folder_is_made(theirs, tmp_path):
    theirs.write("other.example")
    words = ("up", "--data", str(tmp_path / "p"), "--public", HOST)
    files = ("--certificate", str(theirs.certificate), "--certificate-key", str(theirs.key))
    tried = running.run(*words, *files)
    assert (tried.returncode, len(tried.stderr.splitlines())) == (2, 1)
    assert f"does not bear the name {HOST}, but other.example" in tried.stderr
    both = running.run(*words, "--origin", "https://console.example")
    assert (both.returncode, "Choose one" in both.stderr) == (2, True)
    assert not (tmp_path / "p").exists()
