"""By what a person writes, and who else can read it. Pure."""

import re
from enum import StrEnum


class Channel(StrEnum):
    """By what he writes; a gateway's name begins so, but for SMS, which any other name brings."""

    SMS = "sms"
    PAGE = "web"
    TELEGRAM = "telegram"
    SIGNAL = "signal"
    VOICE = "voice"
    RADIO = "radio"


# Whoever carries it can read it, or whoever is on the wave hears it. A call is not kept anywhere.
OPEN_CHANNELS = frozenset({Channel.SMS, Channel.TELEGRAM, Channel.RADIO})
SPOKEN_CHANNELS = frozenset({Channel.VOICE, Channel.RADIO})
_NAMED = re.compile(rf"({'|'.join(set(Channel) - {Channel.SMS})})\d*(?::.*)?")


def channel_of(route: str) -> Channel:
    """Return by what those write who come by a route: "telegram", or "telegram2:main" after it.

    An unknown name counts as the least safe.
    """
    named = _NAMED.fullmatch(route)
    return Channel(named[1]) if named else Channel.SMS
