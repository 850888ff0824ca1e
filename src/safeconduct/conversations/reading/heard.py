"""What was read in a text, as values: the rules judge them and read nothing themselves. Pure."""

from dataclasses import dataclass

UNTOLD = -3.0  # log-odds of a text that told nothing


@dataclass(frozen=True, slots=True)
class Found:
    """A reason of the lexicon, and his own words for it."""

    reason: str
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Reading:
    """One finished reading of one text.

    Attributes:
        found: reasons of the lexicon.
        urgent, forced, stop, relative: the model's log-odds: that he comes, is hurt or says where; that
            somebody forces or watches him; that he wants no more; that he asks for another. They
            order and are shown to nobody.
        likest: what "urgent" is most like: "ready", "wounded" or "place-time".
        urgent_words, forced_words, stop_words: his words that brought most of it.
        read_back: Cyrillic typed in Latin letters, or on the other keyboard.
    """

    found: tuple[Found, ...] = ()
    urgent: float = UNTOLD
    forced: float = UNTOLD
    stop: float = UNTOLD
    relative: float = UNTOLD
    likest: str = "ready"
    urgent_words: tuple[str, ...] = ()
    forced_words: tuple[str, ...] = ()
    stop_words: tuple[str, ...] = ()
    read_back: bool = False

    def words_for(self, reason: str) -> tuple[str, ...]:
        """Return his words for a reason, none where it was not found."""
        return next((each.words for each in self.found if each.reason == reason), ())

    def has(self, reason: str) -> bool:
        """Return whether the lexicon found a reason."""
        return any(each.reason == reason for each in self.found)
