from datetime import timedelta

import pytest

from safeconduct import clock
from safeconduct.access.rules import Duty
from safeconduct.web import tls

STRIP = 'data-kind="console.certificate"'


@pytest.mark.parametrize(("days", "shown"), [(13, True), (15, False), (-1, True)])
def test_two_weeks_before_the_certificate_ends_those_who_mend_read_it_on_every_page(
    officer, client_of, monkeypatch, days, shown
):
    monkeypatch.setattr(tls.Served, "ends", clock.wall() + timedelta(days=days))
    supervisor, operator = client_of(officer(Duty.SUP)), client_of(officer(Duty.OP))
    page = supervisor.get("/").content.decode()
    assert (STRIP in page) is shown
    assert STRIP not in operator.get("/").content.decode()


def test_a_console_that_ends_no_tls_warns_of_nothing():
    assert tls.ends_soon(wall=clock.wall()) is None
