"""A browser whose line is cut after it has sent a form."""

import socket
import threading
from urllib.parse import parse_qs

import lxml.html
import pytest

from safeconduct.exercise.console import Browser, Shown, Stuck

pytestmark = pytest.mark.enable_socket
FORM = b"""<form method="post" action="/reply/" data-act="x.reply">
<input type="hidden" name="once" value="5f"><textarea name="text"></textarea></form>"""


class Console:
    """A server of two pages, whose first answer to a form is lost on the way."""

    def __init__(self):
        self.came = []
        self.door = socket.create_server(("127.0.0.1", 0))
        self.port = self.door.getsockname()[1]
        self.thread = threading.Thread(target=self.serve)
        self.thread.start()

    def serve(self):
        for number in range(4):  # the page, the form, the form again, where it led
            line, _ = self.door.accept()
            with line:
                head, _, body = self.read(line).partition(b"\r\n\r\n")
                if head.startswith(b"POST"):
                    self.came.append(parse_qs(body.decode()))
                if number == 1:
                    continue
                answer = b"303 See Other\r\nLocation: /" if number == 2 else b"200 OK"
                size = b"Content-Length: %d" % (0 if number == 2 else len(FORM))
                told = [b"HTTP/1.1 " + answer, size, b"Connection: close", b""]
                line.sendall(b"\r\n".join([*told, b"" if number == 2 else FORM]))

    def read(self, line):
        came = b""
        while b"\r\n\r\n" not in came:
            came += line.recv(4096)
        head, _, body = came.partition(b"\r\n\r\n")
        for each in head.lower().split(b"\r\n"):
            if each.startswith(b"content-length:"):
                while len(body) < int(each.split(b":")[1]):
                    body += line.recv(4096)
        return head + b"\r\n\r\n" + body


def test_a_form_whose_answer_was_lost_is_sent_again_with_the_same_once():
    console = Console()
    browser = Browser(f"http://127.0.0.1:{console.port}")
    page = browser.press(browser.open("/"), "x.reply", {"text": "Слышим вас."})
    console.thread.join()
    console.door.close()
    browser.close()
    assert page.status == 200
    first, again = console.came
    assert first == again == {"once": ["5f"], "text": ["Слышим вас."]}


def test_where_a_page_tells_nobody_who_types_the_player_is_stuck():
    page = Shown("/talk/", 200, lxml.html.document_fromstring(FORM))
    browser = Browser("http://127.0.0.1:1")
    with pytest.raises(Stuck, match=r"x\.reply"):
        browser.types(page, "x.reply")
    browser.close()
