"""The console's own files, served by the console itself: no other host is ever asked."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from whitenoise.middleware import WhiteNoiseMiddleware  # type: ignore[import-untyped]


class Statics(WhiteNoiseMiddleware):  # type: ignore[misc]  # WhiteNoise has no types
    """WhiteNoise, answering with whole small files: its streams are made for threads, not ASGI."""

    @staticmethod
    def serve(static_file: Any, request: HttpRequest) -> HttpResponse:
        """Return one file, or that the browser has it already."""
        answer = static_file.get_response(request.method, request.META)
        content = b"" if answer.file is None else answer.file.read()
        if answer.file is not None:
            answer.file.close()
        response = HttpResponse(content, status=int(answer.status))
        del response["Content-Type"]
        for name, value in answer.headers:
            response[name] = value
        if answer.file is not None:
            response["Content-Length"] = str(len(content))  # of what is sent, not of what was found
        return response
