"""A stand-in for `signal-cli daemon --receive-mode=manual`: the same lines of JSON-RPC, no Signal behind it.

Runs as a process of its own: `python signal_daemon.py SOCKET`. Each line on its standard input is what
would come from Signal; it keeps them until somebody subscribes. It answers `send` by the text: "…" goes
to an account whose safety number has changed, and so on. What it is asked it prints.
"""

import asyncio
import json
import sys

TIMESTAMP = 1_900_000_000_000
RESULTS = {"identity": "IDENTITY_FAILURE", "unregistered": "UNREGISTERED_FAILURE"}
CODES = {"identity": -4, "unregistered": -1, "rate": -5, "line": -3}


def say(line):
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def answer(number, text):
    if text == "silence":
        return None
    if text in CODES:
        results = [
            {"recipientAddress": {"uuid": "u"}, "type": RESULTS.get(text, "NETWORK_FAILURE")}
        ]
        data = {"response": {"timestamp": TIMESTAMP, "results": results}}
        error = {"code": CODES[text], "message": "Failed to send message", "data": data}
        return {"jsonrpc": "2.0", "error": error, "id": number}
    result = {
        "timestamp": TIMESTAMP,
        "results": [{"recipientAddress": {"uuid": "u"}, "type": "SUCCESS"}],
    }
    return {"jsonrpc": "2.0", "result": result, "id": number}


class Daemon:
    def __init__(self):
        self.kept, self.writer = asyncio.Queue(), None

    async def serve(self, reader, writer):
        pushes = None
        while line := await reader.readline():
            told = json.loads(line)
            say(line.decode().strip())
            if told["method"] == "subscribeReceive":
                self.say(writer, {"jsonrpc": "2.0", "result": 0, "id": told["id"]})
                pushes = asyncio.ensure_future(self.push(writer))
            elif told["params"].get("message") == "hang up":
                break
            elif (said := answer(told["id"], told["params"].get("message"))) is not None:
                self.say(writer, said)
        if pushes is not None:
            pushes.cancel()
        writer.close()

    def say(self, writer, told):
        writer.write(json.dumps(told).encode() + b"\n")

    async def push(self, writer):
        while True:
            result = await self.kept.get()
            params = {"subscription": 0, "result": {**result, "account": "+380500000000"}}
            self.say(writer, {"jsonrpc": "2.0", "method": "receive", "params": params})


async def main(path):
    daemon, loop = Daemon(), asyncio.get_running_loop()
    server = await asyncio.start_unix_server(daemon.serve, path)
    brought = asyncio.StreamReader(limit=1 << 20)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(brought), sys.stdin)
    say("ready")
    async with server:
        while line := await brought.readline():
            daemon.kept.put_nowait(json.loads(line))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
