"""Calls whoever is on duty by text message. Its table in gateway.toml is `[pager]`.

A page says that something waits, never what: it has no field for content, and a text of more
than one part is refused. The lines are those of spool/carrier.py, and `sender = "…"`.
"""

import secrets

from safeconduct import clock, log
from safeconduct.envelope import Page, SendResult, kind_of
from safeconduct.smpp.client import Client
from safeconduct.smpp.codec import Address, Message
from safeconduct.smpp.segments import cut
from safeconduct.smpp.sending import REFUSED, Bucket, Manner, Outcome, send_text
from safeconduct.spool import carrier
from safeconduct.spool.claims import Claims, Works
from safeconduct.spool.config import Config
from safeconduct.spool.edge import Edge, command
from safeconduct.spool.lanes import Arrived

logger = log.get_logger()


class Pager:
    """From a page to a text."""

    def __init__(
        self, edge: Edge, client: Client, *, rate: float, sender: str, manner: Manner
    ) -> None:
        self._client, self._sender, self._manner = client, Address.of(sender), manner
        self._claims, self._bucket = Claims(edge), Bucket(rate)
        self.works = Works(
            self._claims,
            most=int(rate),
            is_open=client.bound,
            do=lambda pages: map(self.call, pages),
        )

    async def call(self, arrived: Arrived) -> None:
        """Send one page and say what became of it; whoever escalates goes by that."""
        if kind_of(arrived.content) != Page.__name__:
            logger.error("pager.not_a_page", seq=arrived.row)
            return
        page = Page.from_bytes(arrived.content)
        outcome = Outcome(REFUSED, [])
        if len(cut(page.text, default=self._manner.default).parts) == 1:
            draft = Message(self._sender, Address.of(page.recipient))
            outcome = await send_text(
                self._client,
                draft,
                page.text,
                reference=secrets.randbelow(256),
                bucket=self._bucket,
                manner=self._manner,
            )
        result = SendResult(
            attempt=page.attempt,
            route=page.route,
            outcome=outcome.outcome,
            carrier_ids=outcome.carrier_ids,
            status=outcome.status,
            at=clock.wall(),
        )
        await self._claims.settle(result)


async def run(config: Config) -> None:
    """Be the pager until SIGTERM."""
    config.channel.setdefault("bind", "transmitter")
    edge = Edge(config)

    def tell(event: str, status: int) -> None:
        logger.info("smpp.link", state=event, code=status, gateway=config.name)

    client = Client(carrier.account(config), tell=tell)
    sender = str(config.channel.get("sender", "safeconduct"))
    pager = Pager(
        edge,
        client,
        rate=carrier.rate(config),
        sender=sender,
        manner=carrier.manner(config),
    )

    async def end() -> None:
        await pager.works.stop()
        await client.stop()

    await edge.run(client.run(), pager.works.run(), before_end=end)


if __name__ == "__main__":
    raise SystemExit(command(run, channel="pager"))
