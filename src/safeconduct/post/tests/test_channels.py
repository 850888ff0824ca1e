"""By what a person writes: whose handle it is, and which channel a route is."""

import pytest

from safeconduct.post.actions import e164
from safeconduct.post.channels import OPEN_CHANNELS, Channel, channel_of

SIGNAL = "signal:1b4e28ba-2fa1-4d8a-8b0c-0123456789ab"


@pytest.mark.parametrize("account", ["telegram:380501112233", SIGNAL, "web:" + "a" * 52])
def test_an_account_counts_on_its_own_channel_and_is_no_number(account):
    channel = account.partition(":")[0]
    assert e164(account, region="UA", route=f"{channel}2:main") == account
    assert channel_of(f"{channel}2:main") == channel


@pytest.mark.parametrize("route", ["smpp", "http_sms", "signal", "telegraph", "telegram-sms", ""])
def test_a_sender_who_gives_himself_the_name_of_an_account_elsewhere_is_somebody_else(route):
    assert e164("telegram:380501112233", region="UA", route=route) != "telegram:380501112233"


def test_an_unknown_gateway_counts_as_the_least_safe_channel():
    assert {channel_of(route) for route in ("smpp", "kannel", "webhook", "x")} == {Channel.SMS}
    assert Channel.SMS in OPEN_CHANNELS
    assert not {Channel.SIGNAL, Channel.PAGE} & OPEN_CHANNELS
