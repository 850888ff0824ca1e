"""A programme by another author (smpp34), as its own process: it may die at its exit.

Binds to the port it is told, sends two texts, one with a TLV, prints what it is told and what is delivered as
JSON lines, and unbinds when its standard input ends.
"""

import asyncio
import json
import os
import sys

import smpp34


def say(**told):
    sys.stdout.write(json.dumps(told) + "\n")
    sys.stdout.flush()


async def listen(carrier):
    while not isinstance(event := await carrier.next(), smpp34.Disconnected):
        tlvs = {f"{tlv.tag:04x}": tlv.value.hex() for tlv in event.tlvs}
        say(
            event="deliver",
            of=event.source_addr,
            body=event.short_message.hex(),
            coding=event.data_coding,
            tlvs=tlvs,
        )


async def main(port):
    client = smpp34.Client("127.0.0.1", port, "us", "secret", bind_type="TRX")
    carrier = await client.connect()
    listening = asyncio.ensure_future(listen(carrier))
    say(event="bound", system_id=carrier.system_id)
    tlv = smpp34.Tlv(0x0204, b"\0\7")
    for body, coding, tlvs in ((b"plain", 0, []), ("Да".encode("utf-16-be"), 8, [tlv])):
        told = await carrier.submit_sm(
            "380501112233", body, source_addr="100", data_coding=coding, tlvs=tlvs
        )
        say(event="answered", status=told.command_status, message_id=told.message_id)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    await carrier.unbind()
    say(event="unbound")
    listening.cancel()
    os._exit(0)


asyncio.run(main(int(sys.argv[1])))
