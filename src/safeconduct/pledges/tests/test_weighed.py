"""A text is weighed once, and a known one is never known by another's words."""

from safeconduct.pledges import weighed
from safeconduct.pledges.promises import Promise
from safeconduct.pledges.rules import Audience, Token, refused_outright, unauthorised_promises

PAID = "Вам заплатят 500 долларов"


def test_a_text_that_says_nothing_is_weighed_once_and_one_that_promises_each_time():
    read = []

    def weigh(text):
        read.append(text)
        return [Promise("money", text)] if "долл" in text else []

    assert [weighed.once(weigh, text) for text in ("Идите днём", "Идите днём", "Идите днем")] == [
        [], [], []
    ]  # fmt: skip
    assert read == ["Идите днём", "Идите днем"]  # one letter makes another text
    for _ in range(2):
        assert weighed.once(weigh, PAID)
    assert read[2:] == [PAID, PAID]


def test_a_text_let_out_with_a_token_does_not_leave_without_it():
    token = Token("offer", "o1", b"d" * 32, (PAID,))
    for _ in range(2):
        assert unauthorised_promises(PAID, language="ru", tokens=[token]) == []
        assert unauthorised_promises(PAID, language="ru")
        assert unauthorised_promises(PAID, language="ru", tokens=[Token("offer", "o2", b"", ())])


def test_a_text_that_one_may_be_told_is_weighed_anew_before_many_are():
    named = "Вас встретит Иван"
    for _ in range(2):
        assert refused_outright(named, to=Audience.ONE) is None
        assert refused_outright(named, to=Audience.MANY).code == "words.name"


def test_a_text_in_a_language_that_nobody_reads_is_refused_though_it_was_known_in_another():
    assert unauthorised_promises("Идите днём", language="ru") == []
    assert unauthorised_promises("Идите днём", language="xx")


def test_of_a_flood_of_texts_so_many_hashes_are_kept_and_no_word():
    for n in range(3 * weighed.KEPT):
        weighed.once(lambda _text: [], f"Идите днём {n}")
    kept = [mark for each in weighed._sets for mark in each]
    assert weighed.KEPT <= len(kept) <= 2 * weighed.KEPT
    assert {len(mark) for mark in kept} == {32}
