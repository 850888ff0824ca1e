"""One gateway's two spools without its link, and a provider that is a real HTTP server."""

import json
import threading
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from safeconduct.envelope import (
    IdentityChanged,
    InboundText,
    OutboundText,
    Receipt,
    SendResult,
    kind_of,
)
from safeconduct.spool import core_end
from safeconduct.spool.edge import Edge
from safeconduct.spool.link import Landing
from safeconduct.spool.tests.made import programme

KINDS = {each.__name__: each for each in (IdentityChanged, InboundText, SendResult, Receipt)}
MINUTES = timedelta(minutes=5)


class Ends:
    """An edge that holds its key; what the link would carry is carried by hand."""

    def __init__(self, folder, *, name, table=""):
        folder.mkdir(exist_ok=True)
        self.made, self.name = programme(folder, name=name, table=table), name
        self.lane = core_end.sending_to(self.made.data, name)
        self.inbox = core_end.receiving(self.made.data, keys=self.made.core_keys)
        self.edge, self.told = None, []
        self.lives()

    def lives(self):
        """Begin a life of the gateway: the files stay, the memory goes."""
        self.edge = Edge(self.made.config())
        self.edge._take_key(self.made.gateway_private)
        return self.edge

    def sends(self, attempt, text, *, to, lasts=MINUTES):
        """Put one text into the core's outbox, and land it at the edge."""
        until = datetime.now(UTC) + lasts  # attempts lapse in real time
        thing = OutboundText(attempt, self.name, "7007", to, text, until)
        self.lane.put(attempt, thing.to_bytes())
        rows = self.lane.queue.take(limit=500)
        Landing(self.edge.from_core, sender="core", chain=self.edge._chain).land(
            [row.body for row in rows]
        )
        self.lane.queue.acknowledge(rows[-1].id)

    def of(self, kind):
        """Return everything of a kind that has come to the core, in order."""
        rows = self.edge.to_core.queue.take(limit=500)
        if rows:
            Landing(
                self.inbox.queue, sender=self.name, chain=core_end.enrolled(self.made.data)
            ).land([row.body for row in rows])
            self.edge.to_core.queue.acknowledge(rows[-1].id)
        for one in self.inbox.take(limit=500):
            self.told.append(KINDS[kind_of(one.content)].from_bytes(one.content))
            self.inbox.done(one)
        return [thing for thing in self.told if isinstance(thing, kind)]

    def texts(self):
        return [each.text for each in self.of(InboundText)]

    def outcomes(self):
        return {
            each.attempt: (each.outcome, each.carrier_ids, each.status)
            for each in self.of(SendResult)
        }


class Asked:
    """One request as a provider's server read it."""

    def __init__(self, handler):
        self.method, self.path = handler.command, handler.path
        self.headers = dict(handler.headers.items())
        self.body = handler.rfile.read(int(handler.headers.get("Content-Length", 0)))


@contextmanager
def provider(answers):
    """Run a server; `answers(asked)` gives status and body, or None to hang up without a word."""
    asked = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            one = Asked(self)
            asked.append(one)
            told = answers(one)
            if told is None:
                self.close_connection = True
                return
            status, body, *headers = told
            raw = body if isinstance(body, bytes) else json.dumps(body).encode()
            self.send_response(status)
            for name, value in headers:
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

        def log_message(self, *_told):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield server.server_port, asked
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
