"""A carrier by another author (smpp34), as its own process: it may die at its exit.

Prints its events as JSON lines. Accepts every submit, then sends its receipt, in text and as
TLVs; on "deliver" on stdin it sends a UCS-2 text to whoever is bound.
"""

import asyncio
import json
import os
import sys

import smpp34


def say(**told):
    sys.stdout.write(json.dumps(told) + "\n")
    sys.stdout.flush()


async def deliver(esme, number, body, **more):
    answer = await esme.deliver_sm("100", body, source_addr=number, source_addr_ton=1, **more)
    say(event="answered", status=answer.command_status)


async def receipt(esme, event, message_id):
    text = f"id:{message_id} sub:001 dlvrd:001 submit date:3105041200 done date:3105041200 stat:DELIVRD err:000 text:"
    tlvs = [
        smpp34.Tlv(0x001E, message_id.encode() + b"\0"),
        smpp34.Tlv(0x0427, b"\x02"),
    ]
    await deliver(esme, event.destination_addr, text.encode(), esm_class=4, tlvs=tlvs)


async def commands(bound):
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        told = json.loads(line)
        await deliver(
            bound[0], told["number"], bytes.fromhex(told["body"]), data_coding=told["coding"]
        )


async def main(port):
    server, works = smpp34.Server("127.0.0.1", port), []
    bound: list[smpp34.Esme] = []
    await server.start()
    say(event="listens")
    works.append(asyncio.ensure_future(commands(bound)))
    taken = 0
    while True:
        event = await server.next()
        if isinstance(event, smpp34.Esme):
            bound[:] = [event]
            say(event="bound", system_id=event.system_id)
        elif isinstance(event, smpp34.SubmitSmEvent):
            taken += 1
            event.accept(f"theirs-{taken}")
            body = event.short_message.hex()
            say(
                event="submit",
                to=event.destination_addr,
                body=body,
                coding=event.data_coding,
                esm_class=event.esm_class,
            )
            works.append(asyncio.ensure_future(receipt(bound[0], event, f"theirs-{taken}")))
        else:
            say(event="unbound")
            os._exit(0)


asyncio.run(main(int(sys.argv[1])))
