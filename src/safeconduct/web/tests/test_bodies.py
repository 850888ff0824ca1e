"""What is sent to the console never lies in a temporary file, and what is too large is not read."""

import asyncio
import sys
import tempfile

import httpx
import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import RequestFactory

from safeconduct.web.asgi import application

MOST = settings.FILE_UPLOAD_MAX_MEMORY_SIZE
PIECE = bytes(2**20)
TEMPORARY = tempfile.gettempdir()
_made: list[str] | None = None


def _hook(event: str, args: tuple[object, ...]) -> None:
    """Note what Python opens while a test looks; such a hook cannot be taken away again."""
    if _made is None:
        return
    if event == "tempfile.mkstemp" or (event == "open" and TEMPORARY in str(args[0])):
        _made.append(str(args[0]))


sys.addaudithook(_hook)


@pytest.fixture
def temporary(monkeypatch):
    """The temporary files that were made meanwhile."""
    monkeypatch.setattr(sys.modules[__name__], "_made", made := [])
    return made


def sent(content, **headers):
    async def send():
        transport = httpx.ASGITransport(application, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            return await client.post("/sign-in/", content=content, headers=headers)

    return asyncio.run(send())


def test_a_body_that_is_too_large_is_turned_away_before_it_is_read(temporary):
    answer = sent(bytes(MOST + 1))
    assert answer.status_code == 413
    assert "smaller file" in answer.text
    assert temporary == []


@pytest.mark.parametrize("told", [{}, {"Content-Length": "10"}, {"Content-Length": "-1"}])
def test_a_body_that_hides_its_size_is_cut_off_where_a_large_one_would_be(temporary, told):
    read = 0

    async def pieces():
        nonlocal read
        while read < 3 * MOST:
            read += len(PIECE)
            yield PIECE

    with pytest.raises((AssertionError, httpx.HTTPError)):  # it hangs up without an answer
        sent(pieces(), **told)
    assert read <= MOST + len(PIECE)
    assert temporary == []


def test_a_body_of_an_ordinary_size_reaches_the_page():
    assert sent(PIECE).status_code == 403  # no token of a page: read, and judged


def files(size):
    photograph = SimpleUploadedFile("x.jpg", bytes(size), "image/jpeg")
    return RequestFactory().post("/", {"photo": photograph}).FILES


def test_a_photograph_that_is_sent_lies_in_memory_only(temporary):
    assert files(10 * 2**20)["photo"].size == 10 * 2**20
    assert temporary == []


def test_one_that_does_not_fit_into_memory_is_dropped_not_put_on_disk(temporary):
    assert not files(MOST)  # its form around it makes it larger than that
    assert temporary == []


def test_this_look_sees_a_temporary_file(temporary, settings):
    settings.FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.TemporaryFileUploadHandler"]
    with files(100)["photo"] as file:
        assert file.size == 100
    assert temporary
