"""What the bench counts as found, and that what is held back stays apart from what is tuned on."""

from safeconduct.bench import triage


def read(text, tier, classes):
    return triage.judge({"text": text, "tier": tier, "classes": classes, "language": "ru"})


def test_the_first_are_the_operators_first_and_a_miss_is_counted_as_one():
    told = [
        read("Я ранен, кровь", "now", ["wounded"]),
        read("ок понял", "today", ["smalltalk"]),
        read("ничего", "now", ["ready"]),
    ]
    first, *_rest = triage.first(told, 1)
    assert first.row["classes"] == ["wounded"]
    everybody, russian = triage._by_language(
        told, {"ready", "wounded"}, triage.first(told, 1), triage.Cut(1, "n", 0.9)
    )
    assert (everybody.value, everybody.ratio, everybody.met) == (1, 0.5, False)
    assert "(of 2)" in russian.metric


def test_a_pair_is_told_apart_only_if_both_sides_are():
    assert triage.told_apart({"optout": "стоп", "duress": "стоп, они нашли телефон"})
    assert not triage.told_apart({"optout": "стоп", "duress": "стоп"})
    assert triage.told_apart({"optout": "стоп", "neither": "я ранен"})
    assert not triage.told_apart({"optout": "я ранен", "neither": "я ранен"})


def test_half_of_the_pairs_is_held_back():
    pairs = triage.rows("confusable")
    assert 0.4 < sum(triage.may_tune(pair["optout"]) for pair in pairs) / len(pairs) < 0.6
