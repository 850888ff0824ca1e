"""Rounds of a kill test: who says what, who is answered, who dies and when. Each is drawn from its seed.

A round's seed alone says which process dies in it, so that one that failed is played again by itself.
"""

import random
from dataclasses import dataclass

from safeconduct.exercise.kills import GAPS

GATEWAY, WORKER, KEEPER, CARRIER = "gateway-smpp", "worker", "keeper", "smsc"
# Who dies in turn; of the gateway, in which gap it dies by itself, "" for a kill from outside.
TURNS = (
    *((GATEWAY, GAPS[1]), (CARRIER, ""), (WORKER, ""), (GATEWAY, GAPS[0]), (KEEPER, "")),
    *((CARRIER, ""), (GATEWAY, GAPS[2]), (WORKER, ""), (KEEPER, ""), (GATEWAY, "")),
)
PEOPLE = tuple(f"+38067200{n:04d}" for n in range(4))
_LATEST_S = 0.8  # after the first text of a round; by then all of its traffic is under way


@dataclass(frozen=True, slots=True)
class Round:
    """One round.

    Attributes:
        seed: of all the rest.
        victim, gap: see `TURNS`.
        nth: of the times that the gap is reached in this round, the one at which the gateway dies.
        after_s: seconds from the first text to a kill from outside.
        said: who says what, in this order; some say the same twice, some in several parts.
        answered: whom the operator answers, and what.
    """

    seed: int
    victim: str
    gap: str
    nth: int
    after_s: float
    said: tuple[tuple[str, str], ...]
    answered: tuple[tuple[str, str], ...]


def draw(seed: int) -> Round:
    """Return the round of a seed."""
    dice = random.Random(seed)
    victim, gap = TURNS[seed % len(TURNS)]
    said = [(dice.choice(PEOPLE), _text(dice, seed, n)) for n in range(dice.randint(2, 4))]
    said.insert(dice.randrange(len(said)), dice.choice(said))  # he repeats himself
    most = len(said) if gap == "commit-answer" else 1
    return Round(
        seed=seed,
        victim=victim,
        gap=gap,
        nth=dice.randint(1, most),
        after_s=dice.uniform(0.0, _LATEST_S),
        said=tuple(said),
        answered=((PEOPLE[seed % len(PEOPLE)], f"Слышим вас, пишите ещё. {spelt(seed)}"),),
    )


def spelt(number: int) -> str:
    """Return a number in letters that are no word: a digit in a text of ours would be held as a promise."""
    return "".join("бгдзклмрхц"[int(digit)] for digit in str(number))


def _text(dice: random.Random, seed: int, number: int) -> str:
    """Return a text that no other round has: Latin or Cyrillic, of one to three parts."""
    mark = f"{seed}-{number}"
    if dice.random() < 0.3:  # noqa: PLR2004  a share
        return f"We wait by the {mark} window."
    return f"{mark}: " + "мы ждём у окна и слушаем, " * dice.choice((1, 1, 1, 3, 6)) + mark
