"""The console behind a TLS proxy: one address, which passkeys, cookies, hosts and links all follow."""

import ssl

import httpx
import pytest

from safeconduct.command import origin
from safeconduct.command.trouble import Trouble
from safeconduct.exercise import staffing
from safeconduct.exercise.console import Browser, fields_of
from safeconduct.exercise.story import Staff
from tests import programme as running
from tests import tls_proxy
from tests.known_name import HOST, name_is_known
from tests.ports import free_port
from tests.programme import Programme, first_link

__all__ = ["name_is_known"]
pytestmark = pytest.mark.allow_hosts(["127.0.0.1", "::1", "localhost"])


class Behind:
    """A programme, the proxy before it, and browsers that know the name and trust its certificate."""

    def __init__(self, place, *, port):
        self.origin = f"https://{HOST}:{port}"
        self.programme = Programme(place, "--origin", self.origin)
        self.trusts = ssl.create_default_context(cafile=tls_proxy.certificate(place, host=HOST))
        self.admin = self.browser()

    def browser(self):
        return Browser(self.origin, trusts=self.trusts)

    def on_loopback(self, path, **headers):
        """Ask the console itself, past the proxy, without TLS."""
        return httpx.get(f"http://localhost:{self.programme.port}{path}", headers=headers)


@pytest.fixture(scope="module")
def behind(tmp_path_factory, name_is_known, fresh_tables):
    place, port = tmp_path_factory.mktemp("behind"), free_port()
    made = Behind(place, port=port)
    made.programme.tables = fresh_tables
    said = made.programme.begin()
    with tls_proxy.proxy(place / "console.pem", port=port, to=made.programme.port):
        made.admin.enrol(first_link(said))
        yield made
    made.admin.close()
    if made.programme.runs():
        made.programme.stop()


def test_who_enrols_behind_the_proxy_signs_in_and_approves_under_its_name(behind):
    assert f"The console is at {behind.origin}\n" in behind.programme.said.read_text()
    link = staffing.invited(behind.admin, Staff("op", "Operator 14", ("OP",)))
    assert link.startswith(f"{behind.origin}/sign-in/join/")
    operator = behind.browser()
    operator.enrol(link)
    assert operator.open("/").status == 200
    again = behind.browser()
    again.passkey = operator.passkey
    assert again.open("/sign-in/").form("access.sign_in").get("data-rp") == HOST
    assert again.sign_in().status == 200
    assert not again.open("/inbox/").url.startswith(f"{behind.origin}/sign-in")


def test_every_cookie_behind_the_proxy_is_bound_to_tls_and_to_this_host(behind):
    behind.admin.open("/people/")
    cookies = behind.admin.cookies()
    named = {each.name for each in cookies}
    assert named >= {"__Host-login", "__Host-device", "__Host-csrftoken"}
    assert not named & {"login", "device", "csrftoken"}
    assert all(each.secure and each.domain == HOST and each.path == "/" for each in cookies)


def posted(behind, **headers):
    page = behind.admin.open("/settings/")
    form = page.form("settings.keys")
    return behind.admin._http.post(
        form.get("action"), data=fields_of(form), headers={"Referer": page.url, **headers}
    )


def test_a_form_of_the_console_is_taken_and_one_of_another_origin_is_not(behind):
    assert posted(behind, Origin=behind.origin).status_code == 303
    for strange in (f"http://localhost:{behind.programme.port}", f"https://{HOST}", "null"):
        assert posted(behind, Origin=strange).status_code == 403, strange


def test_past_the_proxy_nothing_but_the_two_addresses_of_a_watchdog_answers(behind):
    led = behind.on_loopback("/sign-in/")
    assert (led.status_code, led.headers["location"]) == (301, f"{behind.origin}/sign-in/")
    assert "set-cookie" not in led.headers
    assert behind.on_loopback("/healthz").text == "alive\n"
    strange = {"Host": "elsewhere.example", "X-Forwarded-Proto": "https"}
    assert behind.on_loopback("/sign-in/", **strange).status_code == 400
    assert "strict-transport-security" in behind.admin.fetch("/sign-in/").headers


def test_the_address_is_kept_and_another_name_is_refused_once_passkeys_are_made(behind):
    other = ("--origin", "https://other.example")
    while_it_runs = running.run(*behind.programme.words[:5], *other)
    assert while_it_runs.returncode == 2
    assert f"It runs already at {behind.origin}. Stop it" in while_it_runs.stderr
    behind.programme.stop()
    tried = running.run(*behind.programme.words[:5], *other)
    assert tried.returncode == 2
    assert "made their passkeys under another host name" in tried.stderr
    assert "--origin of that name again" in tried.stderr
    behind.programme.more = ()
    assert f"The console is at {behind.origin}\n" in behind.programme.begin()
    assert behind.admin.sign_in().status == 200


@pytest.mark.parametrize(
    ("told", "kept"),
    [
        ("https://console.example.org", "https://console.example.org"),
        ("HTTPS://Console.Example.org:443", "https://console.example.org"),
        ("https://console.example.org:8443", "https://console.example.org:8443"),
        ("https://xn--e1aybc.example", "https://xn--e1aybc.example"),
        ("http://localhost:9000", "http://localhost:9000"),
    ],
)
def test_an_address_is_kept_as_browsers_write_it(told, kept, tmp_path):
    origin.keep(tmp_path, origin.read(told))
    assert origin.kept(tmp_path) == kept


@pytest.mark.parametrize(
    ("told", "mend"),
    [
        ("https://console.example.org/console", "more than scheme, host and port"),
        ("https://console.example.org/", "more than scheme, host and port"),
        ("https://someone@console.example.org", "more than scheme, host and port"),
        ("http://console.example.org", "Put a TLS proxy before it"),
        ("https://192.0.2.7", "Give the console a name in your DNS"),
        ("https://[2001:db8::7]:8443", "Give the console a name in your DNS"),
        ("https://192.2", "Give the console a name in your DNS"),
        ("http://127.0.0.1:8400", "Give the console a name in your DNS"),
        ("https://тест.example", "xn--"),
        ("https://con_sole.example", "is no host name"),
        ("console.example.org", "needs a scheme and a host"),
        ("https://console.example.org:99999", "It is no address"),
        ("ftp://console.example.org", "needs a scheme and a host"),
    ],
)
def test_an_address_that_browsers_or_passkeys_refuse_is_refused_with_its_mend(told, mend):
    with pytest.raises(Trouble, match=r"https://console\.example\.org:8443") as refused:
        origin.read(told)
    assert mend in str(refused.value)


def test_a_wrong_address_stops_the_start_before_a_folder_is_made(tmp_path):
    data = tmp_path / "p"
    tried = running.run("up", "--data", str(data), "--origin", "https://192.0.2.7")
    assert tried.returncode == 2
    assert len(tried.stderr.splitlines()) == 1
    assert not data.exists()
