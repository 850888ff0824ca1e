"""A thing has arrived when the server answers what was asked after it, and not when it was written."""

from safeconduct.cot.confirming import EACH_S, PATIENCE_S, Confirming


def test_what_was_written_before_the_question_has_arrived_with_its_answer_and_no_more():
    known = Confirming()
    known.begins()
    known.wrote("a", "shown")
    assert known.asks(now_s=0)
    known.wrote("b", "shown")
    assert not known.asks(now_s=1)  # one question stands at a time
    assert known.answered() == [("a", "shown")]
    assert known.asks(now_s=1)
    assert known.answered() == [("b", "shown")]
    known.wrote("a", "shown")
    assert not known.asks(now_s=2)  # it is known, and nothing new was written
    known.wrote("a", "withdrawn")
    assert known.asks(now_s=2)


def test_of_what_went_into_a_connection_that_was_lost_nobody_knows():
    known = Confirming()
    known.begins()
    known.wrote("a", "shown")
    assert known.asks(now_s=0)
    known.begins()
    assert known.answered() == []
    known.wrote("a", "shown")
    assert known.asks(now_s=0)
    assert known.answered() == [("a", "shown")]


def test_a_server_is_asked_though_nothing_was_written_and_one_that_falls_silent_is_dead():
    known = Confirming()
    known.begins()
    assert known.asks(now_s=0)
    assert not known.is_dead(
        now_s=PATIENCE_S + 1
    )  # one that never answers is no TAK server, and says so
    known.answered()
    assert not known.asks(now_s=EACH_S - 1)
    assert known.asks(now_s=EACH_S)
    assert not known.is_dead(now_s=EACH_S + PATIENCE_S)
    assert known.is_dead(now_s=EACH_S + PATIENCE_S + 1)
