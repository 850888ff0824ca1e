"""Inflect the lexicon and train the linear model of triage; write both as JSON beside the code.

    python tools/train_triage.py            # words.json, model.json
    python tools/train_triage.py --words    # words.json alone
    python tools/train_triage.py --folds    # ten folds over what may be tuned on, and nothing written

It reads rows of the set `dev` alone (src/safeconduct/conversations/tests/inbound.toml) and half of
the pairs (confusable.toml beside it), and our own phrases (tools/triage_phrases*.toml). Dictionaries and scikit-learn are needed here and never by the
product, which adds up the numbers by itself. Nothing is pickled.
"""

import argparse
import hashlib
import json
import tomllib
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pymorphy3
from scipy import sparse  # noqa: TID253  a tool of one run, and no start of the product
from sklearn.feature_extraction.text import CountVectorizer, TfidfTransformer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold

from safeconduct.conversations.reading.lexicon import Lexicon
from safeconduct.conversations.reading.scoring import TOPIC_SIGN, pieces_of, reasons_of
from safeconduct.conversations.reading.script import Heard, fold, heard

ROOT = Path(__file__).parent.parent
READING = ROOT / "src/safeconduct/conversations/reading"
SET = ROOT / "src/safeconduct/conversations/tests/inbound.toml"
PAIRS = SET.with_name("confusable.toml")
PHRASES = sorted(ROOT.glob("tools/triage_phrases*.toml"))
OWN = "own"  # said instead of a language
CLASSES = ("ready", "wounded", "place-time", "duress", "optout", "relative", "other")
STRENGTH = 8.0  # C
REASON, TOPIC = 0.25, 0.5  # what one counts beside a text's whole length of 1
LABELLED = 3.0  # what a labelled row counts beside a phrase of our own: it is like what is judged
LEAST_WEIGHT = 0.1  # a piece that moves no class by more is left out
LEAST_TEXTS = 2  # a piece of one text alone is of that text alone
_UKRAINIAN, _RUSSIAN = set("іїєґ'"), set("ыэъё")


class Dictionaries:
    """What two dictionaries make of a word."""

    def __init__(self) -> None:
        self._all = {lang: pymorphy3.MorphAnalyzer(lang=lang) for lang in ("ru", "uk")}

    def forms(self, lemma: str) -> set[str]:
        """Return every form of a word, folded; of a Latin word itself alone."""
        if "a" <= lemma[0] <= "z":
            return {fold(lemma)}
        letters = set(lemma)
        langs = ["uk"] if letters & _UKRAINIAN else ["ru"] if letters & _RUSSIAN else ["ru", "uk"]
        known = [lang for lang in langs if self._all[lang].word_is_known(lemma)] or langs[:1]
        found = {fold(lemma)}
        for lang in known:
            parses = [each for each in self._all[lang].parse(lemma) if each.normal_form == lemma]
            for parse in parses[:1] or self._all[lang].parse(lemma)[:1]:
                found |= {fold(form.word) for form in parse.lexeme}
        return found


def inflected(told: dict[str, list[str]]) -> dict[str, Any]:
    """Return the lexicon with every form of every word, as `words.json` holds it."""
    books, slots, phrases = Dictionaries(), {}, []
    forms: dict[str, set[int]] = {}
    for reason, lines in told.items():
        for line in lines:
            numbers = []
            for slot in line.split():
                if slot not in slots:
                    slots[slot] = len(slots)
                    words = slot.removeprefix("=").split("|")
                    every = (
                        {fold(word) for word in words}
                        if slot.startswith("=")
                        else set().union(*map(books.forms, words))
                    )
                    for form in every:
                        forms.setdefault(form, set()).add(slots[slot])
                numbers.append(slots[slot])
            phrases.append([reason, numbers])
    return {"forms": {form: sorted(forms[form]) for form in sorted(forms)}, "phrases": phrases}


def lexicon() -> dict[str, list[str]]:
    """Return the lexicon as people wrote it, and each topic as phrases of one word."""
    topics = tomllib.loads((READING / "topics.toml").read_text())
    told = {f"{TOPIC_SIGN}{name}": _as_phrases(block.split()) for name, block in topics.items()}
    return tomllib.loads((READING / "lexicon.toml").read_text()) | told


def _as_phrases(words: Sequence[str]) -> list[str]:
    alone = [word.removeprefix("=") for word in words if word.startswith("=")]
    lemmas = [word for word in words if not word.startswith("=")]
    return [sign + "|".join(each) for sign, each in (("", lemmas), ("=", alone)) if each]


def rows() -> list[dict[str, Any]]:
    """Return what may be tuned on, and our own phrases."""
    told = [row for row in tomllib.loads(SET.read_text())["rows"] if row["set"] == "dev"]
    return [row for row in told if not row.get("planned")]


def pairs() -> list[dict[str, Any]]:
    """Return the half of the pairs that may be tuned on, each side as a row of its own."""
    told = tomllib.loads(PAIRS.read_text())["rows"]
    kinds = {"optout": "optout", "duress": "duress", "neither": "other"}
    return [
        {"text": pair[side], "classes": [kind], "language": pair["language"]}
        for pair in told
        if may_tune(pair["optout"])
        for side, kind in kinds.items()
        if side in pair
    ]


def may_tune(text: str) -> bool:
    """Return whether a text is of the half to tune on: the first byte of its SHA-256 is even."""
    return not hashlib.sha256(text.encode()).digest()[0] % 2


def own() -> list[dict[str, Any]]:
    """Return our own phrases as rows, and half of the pairs."""
    return pairs() + [
        {"text": text, "classes": [kind], "language": OWN}
        for path in PHRASES
        for kind, texts in tomllib.loads(path.read_text()).items()
        for text in texts
    ]


def whole(row: dict[str, Any]) -> str:
    """Return a text with what came just before it: only both together say it."""
    return f"{row['before']} {row['text']}" if "before" in row else row["text"]


def kind_of(row: dict[str, Any]) -> str:
    """Return what a text chiefly says; all that earns no haste is one."""
    first = str(row["classes"][0])
    return first if first in CLASSES else "other"


class Learned:
    """One training run over texts and what the lexicon found in them."""

    def __init__(self, words: dict[str, Any]) -> None:
        self.book = Lexicon(words["forms"], words["phrases"])
        self.reasons = sorted({reason for reason, _slots in words["phrases"]})
        self.names = [f"{sign}:{reason}" for sign in ("r", "rr") for reason in self.reasons]
        self.known = set(words["forms"])
        self.usual: set[str] = set()

    def read(self, told: Sequence[dict[str, Any]]) -> list[tuple[list[Heard], set[str]]]:
        """Return the words of each text, and its reasons as features."""
        found = []
        for row in told:
            words = heard(whole(row), known=self.known)
            hits = self.book.hits(words, usual=self.usual)
            found.append((words, set(reasons_of([hit.reason for hit in hits]))))
        return found

    def fit(self, told: Sequence[dict[str, Any]]) -> "Learned":
        """Learn; words of these texts help to tell alphabets from then on."""
        texts = Counter(form for words, _ in self.read(told) for form in {w.form for w in words})
        self.known |= set(texts)
        self.usual = {form for form, many in texts.items() if many >= LEAST_TEXTS}
        read = self.read(told)
        self.counter = CountVectorizer(analyzer=_features, min_df=LEAST_TEXTS)
        self.tfidf = TfidfTransformer(sublinear_tf=True)
        counts = self.counter.fit_transform([words for words, _ in read])
        self.model = LogisticRegression(C=STRENGTH, max_iter=300)
        self.model.fit(
            self._with_reasons(self.tfidf.fit_transform(counts), read),
            list(map(kind_of, told)),
            sample_weight=[1.0 if row["language"] == OWN else LABELLED for row in told],
        )
        return self

    def _with_reasons(self, weighed: Any, read: Sequence[tuple[list[Heard], set[str]]]) -> Any:
        told = [[_size(name) * (name in found) for name in self.names] for _, found in read]
        return sparse.hstack([weighed, sparse.csr_matrix(told)]).tocsr()

    def odds(self, told: Sequence[dict[str, Any]], classes: set[str]) -> Any:
        """Return the log-odds of `classes` for each text."""
        read = self.read(told)
        counts = self.counter.transform([words for words, _ in read])
        shares = self.model.predict_proba(self._with_reasons(self.tfidf.transform(counts), read))
        ours = shares[:, [name in classes for name in self.model.classes_]].sum(1)
        return np.log(ours / (1 - ours))

    def as_json(self) -> dict[str, Any]:
        """Return `model.json`: per feature its IDF and a weight for each class, rounded."""
        order = [list(self.model.classes_).index(kind) for kind in CLASSES]
        weights = {}
        idf = [*self.tfidf.idf_, *([1.0] * len(self.names))]
        names = [*self.counter.get_feature_names_out(), *self.names]
        for number, name in enumerate(names):
            scale = _size(name) if number >= len(names) - len(self.names) else 1.0
            each = [round(scale * float(self.model.coef_[kind][number]), 2) for kind in order]
            if name.startswith(("w:", "r")) or max(map(abs, each)) >= LEAST_WEIGHT:
                weights[name] = [round(float(idf[number]), 2), *each]
        bias = [round(float(self.model.intercept_[kind]), 2) for kind in order]
        return {"classes": CLASSES, "bias": bias, "weights": dict(sorted(weights.items()))}


def _size(name: str) -> float:
    return TOPIC if name.partition(":")[2].startswith(TOPIC_SIGN) else REASON


def _features(words: list[Heard]) -> list[str]:
    return [piece for piece, _first, _last in pieces_of(words)]


def recall(scores: Any, wanted: Any, n: int) -> float:
    """Return the share of `wanted` among the `n` highest."""
    top = set(np.argsort(-scores)[:n].tolist())
    return sum(index in top for index in np.flatnonzero(wanted).tolist()) / max(1, wanted.sum())


def folds(words: dict[str, Any]) -> None:
    """Print what ten folds find over the rows that may be tuned on; no other row is read."""
    told, mine = rows(), own()
    urgent, forced = np.zeros(len(told)), np.zeros(len(told))
    cut = StratifiedKFold(10, shuffle=True, random_state=1)
    for train, test in cut.split(told, list(map(kind_of, told))):
        learned = Learned(words).fit([told[i] for i in train] + mine)
        here = [told[i] for i in test]
        urgent[test] = learned.odds(here, {"ready", "wounded", "place-time"})
        forced[test] = learned.odds(here, {"duress"})
    now = sum(row["tier"] == "now" for row in told)
    for name, scores, kinds, n in (
        ("ready and wounded", urgent, {"ready", "wounded"}, now),
        ("duress", forced, {"duress"}, sum("duress" in row["classes"] for row in told)),
    ):
        wanted = np.array([bool(kinds & set(row["classes"])) for row in told])
        print(name, f"n={n}", *(f"{recall(scores, wanted, int(k * n)):.3f}" for k in (1, 1.5)))


def main() -> None:
    """Do what was asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--words", action="store_true", help="words.json alone")
    parser.add_argument("--folds", action="store_true", help="ten folds; nothing is written")
    asked = parser.parse_args()
    words = inflected(lexicon())
    if asked.folds:
        folds(words)
        return
    _write("words.json", words)
    if not asked.words:
        _write("model.json", Learned(words).fit(rows() + own()).as_json())


def _write(name: str, told: dict[str, Any]) -> None:
    text = json.dumps(told, ensure_ascii=False, separators=(",", ":"))
    (READING / name).write_text(text + "\n")
    print(f"{name}: {len(text) // 1000} kB")


if __name__ == "__main__":
    main()
