"""The contact page as its own process, behind a real link; somebody asks it for pages over a socket."""

import http.client
import re
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from html import unescape
from urllib.parse import urlencode

from tests.edge_world import dialler, gateway
from tests.ports import free_port

PATIENCE_S = 240.0  # a guard against a page that never answers, no measure
AWAY = "https://weather.example/today"
TABLE = 'page = "127.0.0.1:{port}"\naway = "' + AWAY + '"\n'


class Answered:
    """One answer as a browser gets it."""

    def __init__(self, told):
        self.status, self.body = told.status, told.read()
        self.headers = {name.lower(): value for name, value in told.getheaders()}
        self.text = self.body.decode().rstrip()

    def hidden(self, name, *, form=0):
        found = re.findall(rf'name="{name}" value="([^"]*)"', self.text)
        return found[form] if len(found) > form else ""

    @property
    def code(self):
        return re.search(r'class="c" translate="no">([^<]*)<', self.text)[1]

    @property
    def answers(self):
        return [
            unescape(one) for one in re.findall(r"</time>\n(.*?)</blockquote>", self.text, re.S)
        ]


def answer_of(line):
    """Wait for the answer on a line and end it."""
    with closing(line):
        return Answered(line.getresponse())


def at_once(calls):
    """Return what several calls give, made at the same time."""
    with ThreadPoolExecutor(max_workers=8) as several:
        return [each.result() for each in [several.submit(call) for call in calls]]


class Browser:
    """Somebody's browser: asks, and follows the way it is led. It keeps no cookie, as none is set."""

    def __init__(self, port):
        self.port = port

    def ask(self, query="", *, form=None, method=""):
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_S)
        body = urlencode(form) if form is not None else None
        method = method or ("POST" if form is not None else "GET")
        line.request(method, f"/{query}", body=body)
        return answer_of(line)

    def sends(self, **fields):
        """Send a form, and return the line on which its answer will come."""
        form = {"f": self.ask().hidden("f"), **fields}
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_S)
        line.request("POST", "/", body=urlencode(form))
        return line

    def post(self, before, *, language="ru", **fields):
        """Send a form of the page `before`, and return the two answers that follow."""
        form = {"f": before.hidden("f"), **fields}
        led = self.ask(f"?l={language}", form=form)
        return led, self.ask(led.headers["location"])

    def writes(self, text, *, language="ru"):
        """Write as somebody new; return the page with the six words."""
        start = self.ask(f"?l={language}")
        return self.post(start, language=language, do="write", m=text)[1]

    def reads(self, code, *, language="ru"):
        """Return the page of answers under six words."""
        start = self.ask(f"?l={language}")
        return self.post(start, language=language, do="read", k=code)[1]


class Running:
    """The gateway's process and the dialler's."""

    def __init__(self, *, data, folder, private, port):
        self.data, self.folder, self.browser = data, folder, Browser(port)
        self._private = private
        self.gateway = self.dialler = None

    def start(self):
        self.gateway = gateway("web", self.folder / "gateway.toml")
        if self.dialler is None:
            self.dialler = dialler(self.data, "web", key=self._private)
        self.until(self._serves)

    def _serves(self):
        assert self.gateway.poll() is None, self.gateway.communicate()[1]
        try:
            return self.browser.ask().status == 200
        except OSError:
            return False

    def stop_gateway(self):
        """End the gateway; return what it said on the way out, and its log."""
        self.gateway.terminate()
        return self.gateway.communicate(timeout=15)

    def until(self, told, *, within_s=40.0):
        end = time.monotonic() + within_s
        while not (found := told()):
            assert time.monotonic() < end, "waited in vain"
            time.sleep(0.05)
        return found


@contextmanager
def running(*, data, folder, private, port):
    """Run both until the block ends."""
    made = Running(data=data, folder=folder, private=private, port=port)
    try:
        made.start()
        yield made
    finally:
        for process in (made.gateway, made.dialler):
            if process is not None:
                process.kill()
                process.wait()
        for pipe in (made.gateway.stdout, made.gateway.stderr):
            pipe.close()


def table():
    """Return the lines of a page on a free port, and the port."""
    port = free_port()
    return TABLE.format(port=port), port
