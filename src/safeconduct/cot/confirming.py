"""Did the server have it? What is written is asked after by a ping; its answer says that all before it arrived. Pure.

A write that succeeds says that the system took the bytes, and nothing of a cable that is cut.
"""

from dataclasses import dataclass, field

EACH_S = 5.0  # so often a server is asked though nothing was written
PATIENCE_S = 10.0  # within which one that has ever answered does, or its connection is dead
_MOST = 2000  # names that are known to have arrived


@dataclass(slots=True)
class Confirming:
    """One connection after another; instants are the process's own clock, in seconds."""

    _written: dict[tuple[str, str], None] = field(default_factory=dict)
    _asked: dict[tuple[str, str], None] | None = None
    _asked_s: float = -EACH_S
    _answers: bool = False
    _known: dict[tuple[str, str], None] = field(default_factory=dict)

    def begins(self) -> None:
        """Begin a new connection: of what was written to the last one nobody knows."""
        self._written, self._asked, self._answers, self._asked_s = {}, None, False, -EACH_S

    def wrote(self, ref: str, word: str) -> None:
        """Remember that something lasting was written, unless it is known to have arrived."""
        if (ref, word) not in self._known:
            self._written[ref, word] = None

    def has(self, ref: str, word: str) -> bool:
        """Return whether something is known to have arrived."""
        return (ref, word) in self._known

    def asks(self, *, now_s: float) -> bool:
        """Return whether the server is to be asked now; one question stands at a time."""
        if self._asked is not None or not (self._written or now_s - self._asked_s >= EACH_S):
            return False
        self._asked, self._written, self._asked_s = self._written, {}, now_s
        return True

    def answered(self) -> list[tuple[str, str]]:
        """Return what has arrived, each once: name and word."""
        arrived, self._asked, self._answers = list(self._asked or {}), None, True
        for each in arrived:
            self._known[each] = None
        while len(self._known) > _MOST:
            del self._known[next(iter(self._known))]
        return arrived

    def is_dead(self, *, now_s: float) -> bool:
        """Return whether a server that has answered before answers no more."""
        return self._answers and self._asked is not None and now_s - self._asked_s > PATIENCE_S
