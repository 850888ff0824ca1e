"""A way in for whoever watches an exercise: one more member of staff, the Observer, and one-time links.

The Observer comes by the product's own doors, as the cast does, and does nothing in the story. He is
a supervisor: no other duty sees as many pages, and auditing may not be held beside it. His login is
handed to the watcher's browser from here, on loopback, in a folder stamped exercise alone: cookies
know hosts and no ports, so a page of ours at `localhost` can give what the console's page reads.
"""

import secrets
import threading
from collections.abc import Callable
from http.cookiejar import Cookie
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

from safeconduct import clock
from safeconduct.exercise import staffing
from safeconduct.exercise.console import Browser, Stuck
from safeconduct.exercise.story import Staff

OBSERVER = Staff("observer", "Observer 1", ("SUP",))
CASE = "cases.case"
_USED = "This link was used, or is none of ours. The terminal shows the one that works now.\n"


class Observer:
    """The watcher's person at the console."""

    def __init__(self, admin: Browser, *, folder: Path) -> None:
        """Hire him by the administrator.

        Raises:
            Stuck: the folder is not stamped exercise, or he could not be hired.
        """
        if clock.stamp_of(folder) != "exercise":
            raise Stuck("nobody is let in to watch a folder that is not stamped exercise")
        self.browser = Browser(admin.base)
        self.browser.enrol(staffing.invited(admin, OBSERVER))
        self._ref = staffing.refs_of(admin, (OBSERVER,))[f"{OBSERVER.key}.ref"]

    def let_in(self, member: Browser, case: str) -> None:
        """Have whoever opened a case let him in, with the reason on record."""
        given = {"person": self._ref, "reason": "watches the exercise"}
        exactly = member.press(member.open(f"/cases/{case}/"), "cases.join", given)
        if exactly.refusal():
            raise Stuck(f"the Observer was not let in: {exactly.refusal()}: {exactly.why()}")
        after = member.press(exactly, "cases.let_in", {})
        if after.refusal():
            raise Stuck(f"the Observer was not let in: {after.refusal()}: {after.why()}")

    def login(self) -> list[Cookie]:
        """Sign in with his passkey; return the cookies of the new login, which ends the one before.

        Raises:
            Stuck: there are not both halves, the login and the device it counts beside.
        """
        self.browser.sign_in()
        halves = ("login", "device")
        given = [cookie for cookie in self.browser.cookies() if cookie.name.endswith(halves)]
        if len(given) < len(halves):
            raise Stuck("the console gave the Observer no login")
        return given


class Door:
    """Answers one GET of one link with the Observer's login; then another link works."""

    def __init__(self, observer: Observer, *, says: Callable[[str], None]) -> None:
        self._observer, self._says = observer, says
        self._word = secrets.token_urlsafe(24)
        self._server = HTTPServer(("127.0.0.1", 0), self._handler())
        threading.Thread(target=self._server.serve_forever, name="door", daemon=True).start()

    @property
    def link(self) -> str:
        """Return the link that works now."""
        return f"http://localhost:{self._server.server_port}/{self._word}"

    def shut(self) -> None:
        """Let nobody in any more."""
        self._server.shutdown()
        self._server.server_close()
        self._observer.browser.close()

    def _take(self, path: str) -> list[Cookie]:
        if not secrets.compare_digest(path.encode(), f"/{self._word}".encode()):
            return []
        self._word = secrets.token_urlsafe(24)
        self._says(f"   Somebody watches now. The next link, should it be needed: {self.link}")
        return self._observer.login()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        door, console = self, self._observer.browser.base

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                """Hand the login over once, and show the way to the console."""
                cookies = door._take(self.path)
                self.send_response(303 if cookies else 410)
                self.send_header("Cache-Control", "no-store")
                for cookie in cookies:
                    given = f"{cookie.name}={cookie.value}; Path=/; HttpOnly; SameSite=Strict"
                    self.send_header("Set-Cookie", given)
                if cookies:
                    self.send_header("Location", f"{console}/")
                else:
                    self.send_header("Content-Type", "text/plain; charset=utf-8")
                self.end_headers()
                if not cookies:
                    self.wfile.write(_USED.encode())

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002  its name there
                """Say nothing: the path is the secret."""

        return Handler
