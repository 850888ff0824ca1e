"""What a carrier's table may say, and what is refused with its mend."""

import pytest

from safeconduct.smpp.segments import Joined
from safeconduct.smpp.sending import Manner
from safeconduct.smpp.tests.tls import self_signed
from safeconduct.spool import carrier
from safeconduct.spool.config import ConfigWrong, load

GOOD = 'server = "127.0.0.1:2775"\nsystem_id = "us"\npassword = "secret"\n'


def told(folder, table, *, stamp="real"):
    path = folder / "gateway.toml"
    path.write_text(
        f'[gateway]\nname = "smpp"\nstamp = "{stamp}"\nlisten = "127.0.0.1:1"\n[smpp]\n{table}'
    )
    return load(path, channel="smpp")


def test_the_shortest_table_has_careful_defaults(tmp_path):
    config = told(tmp_path, GOOD)
    account = carrier.account(config)
    assert (account.mode, account.window, account.answer_s, account.idle_s) == (
        "transceiver",
        10,
        10.0,
        30.0,
    )
    assert account.tls is None
    assert (carrier.rate(config), carrier.manner(config)) == (10.0, Manner(Joined.UDH_8, "gsm"))
    assert carrier.id_bases(config) == ("text", "text")


def test_a_carrier_may_want_other_ways(tmp_path):
    more = 'default_alphabet = "latin-1"\nlong_texts = "sar"\nanswer_ids = "hex"\nreceipt_ids = "decimal"\n'
    config = told(tmp_path, GOOD + more)
    assert carrier.manner(config) == Manner(Joined.SAR, "latin-1")
    assert carrier.id_bases(config) == ("hex", "decimal")


@pytest.mark.parametrize(
    ("table", "mend"),
    [
        (GOOD.replace("127.0.0.1", "smpp.example"), "travel in clear"),
        (GOOD.replace("127.0.0.1", "smpp.example") + 'plain = "yes"\n', "travel in clear"),
        (GOOD + 'ca = "keys/none.pem"\n', "not there"),
        (GOOD + 'bind = "both"\n', "transmitter"),
        (GOOD.replace("secret", "nineninen"), "8 plain letters"),
        (GOOD.replace('"us"', '"us\u0449"'), "plain letters"),
        (GOOD.replace("password", "pass"), "'password' is missing"),
        (GOOD.replace(":2775", ""), "no address"),
        (GOOD + "window = 0\n", "above 0"),
        (GOOD + "segments_per_s = -1\n", "above 0"),
        (GOOD + 'default_alphabet = "klingon"\n', "latin-1"),
        (GOOD + 'long_texts = "string"\n', "payload"),
        (GOOD + 'receipt_ids = "roman"\n', "decimal"),
    ],
)
def test_a_wrong_line_is_refused_with_its_mend(tmp_path, table, mend):
    def read():
        config = told(tmp_path, table)
        carrier.account(config)
        return carrier.rate(config), carrier.manner(config), carrier.id_bases(config)

    with pytest.raises(ConfigWrong, match=mend):
        read()


def test_over_a_tunnel_clear_text_must_be_asked_for(tmp_path):
    table = GOOD.replace("127.0.0.1", "10.0.0.9") + "plain = true\n"
    assert carrier.account(told(tmp_path, table)).tls is None
    with pytest.raises(ConfigWrong, match="leaves this machine"):
        carrier.account(told(tmp_path, table, stamp="exercise"))


def test_an_authority_turns_tls_on_and_the_name_is_checked(tmp_path):
    authority = self_signed(tmp_path, "smpp.example")
    table = GOOD.replace("127.0.0.1", "smpp.example") + f'ca = "{authority.name}"\n'
    tls = carrier.account(told(tmp_path, table)).tls
    assert tls is not None
    assert tls.check_hostname
    assert tls.verify_mode.name == "CERT_REQUIRED"
