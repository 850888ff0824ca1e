"""A TLS proxy of a few lines, as stands before a console: it ends TLS and passes on to loopback."""

import http.client
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from safeconduct import clock

_HOP = {"connection", "keep-alive", "transfer-encoding", "content-length"}  # RFC 9110 §7.6.1


def certificate(folder: Path, *, host: str) -> Path:
    """Write a certificate of `host`, signed by itself, and its key, into one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(clock.wall() - timedelta(days=1))
        .not_valid_after(clock.wall() + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    path = folder / "console.pem"
    path.write_bytes(made.public_bytes(serialization.Encoding.PEM) + private)
    return path


class _PassOn(BaseHTTPRequestHandler):
    console_port = 0

    def _pass_on(self) -> None:
        length = int(self.headers.get("Content-Length", 0))
        sent = {k: v for k, v in self.headers.items() if k.lower() not in _HOP}
        sent["X-Forwarded-Proto"] = "https"  # whatever the browser said
        there = http.client.HTTPConnection("127.0.0.1", self.console_port, timeout=20)
        there.request(self.command, self.path, body=self.rfile.read(length), headers=sent)
        answer = there.getresponse()
        self.send_response_only(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in _HOP:
                self.send_header(name, value)
        self.send_header("Connection", "close")
        self.end_headers()
        while part := answer.read1():
            self.wfile.write(part)
        there.close()

    do_GET = do_POST = _pass_on  # noqa: N815  names of http.server

    def log_message(self, *_told: object) -> None:
        """Say nothing."""


@contextmanager
def proxy(pem: Path, *, port: int, to: int) -> Iterator[None]:
    """Listen with TLS on `port` of loopback and pass on to port `to`."""
    handler = type("PassOn", (_PassOn,), {"console_port": to})
    server = ThreadingHTTPServer(("127.0.0.1", port), handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
