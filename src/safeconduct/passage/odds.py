"""How a figure is said, so that it pretends no more than the model knows. Pure."""

TENTHS_FROM_MILLI, FIVES_FROM, FIFTIES_FROM = 300, 20, 100


def one_in(p_milli: int) -> tuple[int, int]:
    """Return a figure as "so many in so many", rounded towards danger; (0, 0) for none at all.

    From 0.3 on it is told in tenths; below, as one in so many, in steps that pretend no more than
    the figure knows: ones below 20, fives below 100, fifties above.
    """
    if p_milli <= 0:
        return 0, 0
    if p_milli >= TENTHS_FROM_MILLI:
        return -(-p_milli // 100), 10
    of = 1000 // p_milli
    step = 1 if of < FIVES_FROM else 5 if of < FIFTIES_FROM else 50
    return 1, of // step * step
