"""Telephones of an exercise: a number, what it received, what it sends, and what it answers by itself.

Long texts go out in parts and come together again here, as in any handset.
"""

import itertools
import random
import re
import threading
import time
from dataclasses import dataclass

from safeconduct.exercise.smsc import Carrier, from_phone
from safeconduct.smpp.codec import Message
from safeconduct.smpp.segments import Joined, messages, read


@dataclass(frozen=True, slots=True)
class Answer:
    """What a phone says by itself, once, to the first text that matches."""

    to: re.Pattern[str]
    text: str


class Phone:
    """One handset, reachable through a carrier. Any thread may use it.

    Args:
        number: E.164, "+380501112233".
        carrier: where it is a subscriber.
        programme: the short code it writes to.
        answers: said once each, in this order of matching.
    """

    def __init__(
        self, number: str, *, carrier: Carrier, programme: str, answers: tuple[Answer, ...] = ()
    ) -> None:
        self.number = number
        self._carrier, self._programme = carrier, programme
        self._answers = list(answers)
        self._changed = threading.Condition()
        self._texts: list[str] = []
        self._said: list[str] = []
        self._heard = 0  # texts up to here were given out by `hear`
        self._parts: dict[tuple[str, int, int], dict[int, str]] = {}
        dice = random.Random(number)
        self._references = itertools.count(dice.randrange(256))
        carrier.connect(number, self._receive)

    def say(self, text: str, *, joined: Joined = Joined.UDH_8) -> None:
        """Send a text to the programme; long ones go in parts with a common reference.

        Args:
            text: any letters; Cyrillic goes as UCS-2.
            joined: how the parts of a long one are held together; some handsets use 16 bits.
        """
        self._said.append(text)
        draft = from_phone(self.number, self._programme)
        reference = next(self._references)
        self._carrier.send(messages(draft, text, reference=reference, joined=joined))

    def said(self) -> list[str]:
        """Return every text sent, oldest first, each as often as it was sent."""
        return list(self._said)

    def texts(self) -> list[str]:
        """Return every whole text received, oldest first."""
        with self._changed:
            return list(self._texts)

    def hear(self, wanted: re.Pattern[str], *, patience_s: float) -> re.Match[str] | None:
        """Wait for a text that matches, later than the last one heard; None when none came."""
        until = time.monotonic() + patience_s
        with self._changed:
            while True:
                for n, text in enumerate(self._texts[self._heard :], start=self._heard):
                    if found := wanted.search(text):
                        self._heard = n + 1
                        return found
                if not self._changed.wait(max(0.0, until - time.monotonic())):
                    return None

    def _receive(self, message: Message) -> None:
        whole = self._joined(message)
        if whole is None:
            return
        with self._changed:
            self._texts.append(whole)
            self._changed.notify_all()
        for answer in tuple(self._answers):
            if answer.to.search(whole):
                self._answers.remove(answer)
                self.say(answer.text)
                return

    def _joined(self, message: Message) -> str | None:
        place, text, _octets = read(message)
        if text is None:
            return None
        if place.total == 1:
            return text
        key = (message.source.number, place.reference, place.total)
        parts = self._parts.setdefault(key, {})
        parts[place.number] = text
        if len(parts) < place.total:
            return None
        del self._parts[key]
        return "".join(parts[n] for n in sorted(parts))


def crowd(
    first: str, count: int, *, carrier: Carrier, programme: str, opts_out: tuple[str, ...] = ()
) -> list[Phone]:
    """Return `count` phones with numbers in a row; the first ones answer any text with a stop word.

    Args:
        first: the lowest number, E.164.
        count: how many.
        carrier: as `Phone`.
        programme: as `Phone`.
        opts_out: one word for each phone that opts out, in any alphabet.
    """
    start, width = int(first.removeprefix("+")), len(first.removeprefix("+"))
    anything = re.compile(r"(?s).")
    return [
        Phone(
            f"+{start + n:0{width}d}",
            carrier=carrier,
            programme=programme,
            answers=(Answer(anything, opts_out[n]),) if n < len(opts_out) else (),
        )
        for n in range(count)
    ]
