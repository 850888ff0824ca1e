import asyncio
import socket
import threading
import time
from contextlib import closing, suppress

import pytest
import uvicorn

from safeconduct.web.patience import Patient

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])
WHOLE = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
UPLOAD = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 90000\r\n\r\n"
LOOK_S = 0.2


class Hasty(Patient):
    looks_every_s = LOOK_S


async def answers(scope, receive, send):
    """Take the whole body, answer at once, and go on answering for longer than anybody is waited for."""
    while (await receive()).get("more_body"):
        pass
    headers = [(b"content-type", b"text/plain")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    for _ in range(5):
        await send({"type": "http.response.body", "body": b"line\n", "more_body": True})
        await asyncio.sleep(LOOK_S)
    await send({"type": "http.response.body", "body": b"end\n"})


@pytest.fixture(scope="module")
def port():
    config = uvicorn.Config(answers, http=Hasty, lifespan="off", log_config=None, port=0)
    server = uvicorn.Server(config)
    listening = socket.create_server(("127.0.0.1", 0))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    yield listening.getsockname()[1]
    server.should_exit = True
    thread.join(10)


def held(port, *parts, every_s=LOOK_S / 4):
    """Send parts one after the other; return what came back until the other end hung up."""
    with closing(socket.create_connection(("127.0.0.1", port), 10)) as line:
        with suppress(BrokenPipeError, ConnectionResetError):
            for part in parts:
                line.sendall(part)
                time.sleep(every_s)
        came = b""
        with suppress(ConnectionResetError):
            while part := line.recv(4096):
                came += part
        return came


@pytest.mark.parametrize(
    "parts",
    [(), (WHOLE[:9],), tuple(WHOLE[at : at + 1] for at in range(20)), (UPLOAD, b"a", b"b", b"c")],
    ids=["nothing", "half a head", "a head letter by letter", "a body letter by letter"],
)
def test_whoever_keeps_us_waiting_is_hung_up_on(port, parts):
    assert held(port, *parts) == b""


def test_a_slow_body_that_comes_on_is_taken_and_an_answer_may_last(port):
    told = held(port, UPLOAD, *(b"x" * 9000 for _ in range(10)), b"", every_s=LOOK_S / 2)
    assert told.startswith(b"HTTP/1.1 200")
    assert told.count(b"line") == 5
    assert b"end" in told


def test_a_connection_that_asks_again_and_again_is_kept(port):
    with closing(socket.create_connection(("127.0.0.1", port), 10)) as line:
        for _ in range(2):
            line.sendall(WHOLE)
            came = b""
            while b"end" not in came:
                came += line.recv(4096)
            assert came.count(b"line") == 5
