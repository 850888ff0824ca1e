"""Waiting for what must come, not for a time."""

import asyncio


async def until(told):
    async with asyncio.timeout(15):
        while not told():
            await asyncio.sleep(0.02)
