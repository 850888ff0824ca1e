"""The door through which uvicorn serves the console. What is too large is not read at all.

Django would put the end of a large body into a temporary file, unsealed, before any form looks.
"""

import os
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from django.conf import settings
from django.core.asgi import get_asgi_application

Message = Mapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[dict[str, Any], Receive, Send], Awaitable[None]]
_TOO_LARGE = b"This is larger than any form takes. Choose a smaller file."


class Bounded:
    """Passes on requests whose body is at most `most` bytes; answers others with 413."""

    def __init__(self, app: App, *, most: int) -> None:
        self._app, self._most = app, most

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "http" and _told_bytes(scope) > self._most:
            await _refuse(send)
            return
        left = self._most

        async def counted() -> Message:
            nonlocal left
            message = await receive()
            left -= len(message.get("body", b""))
            # One that said no length, or a false one: to the application it hung up.
            return message if left >= 0 else {"type": "http.disconnect"}

        await self._app(scope, counted, send)


def _told_bytes(scope: Message) -> int:
    told = next((value for name, value in scope["headers"] if name == b"content-length"), b"0")
    return int(told) if told.isdigit() else 0


async def _refuse(send: Send) -> None:
    headers = [(b"content-type", b"text/plain"), (b"content-length", b"%d" % len(_TOO_LARGE))]
    headers.append((b"connection", b"close"))
    await send({"type": "http.response.start", "status": 413, "headers": headers})
    await send({"type": "http.response.body", "body": _TOO_LARGE})


os.environ.setdefault("DJANGO_SETTINGS_MODULE", "safeconduct.web.settings")
application = Bounded(get_asgi_application(), most=settings.FILE_UPLOAD_MAX_MEMORY_SIZE)
