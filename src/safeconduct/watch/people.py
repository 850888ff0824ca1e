"""What people said, and the clock: checkpoints, daylight, the receiving unit. Pure.

What people said counts until it is old. Time may raise these and ends none of them: a fix, a word,
or another agreed way does.
"""

from safeconduct.watch.known import Alert, Cause, Sight


def _late(known: Sight) -> list[Alert]:
    best = max([known.route.furthest_m, *(fix.along_m for fix in known.vehicle if fix.trusted)])
    return [
        Alert(
            f"LATE:{point.key}", Cause.LATE, False,
            round((known.now - point.by).total_seconds()), 0, "s",
        )
        for point in known.route.checkpoints
        if known.now > point.by and best < point.along_m
    ]  # fmt: skip


def _light(known: Sight) -> list[Alert]:
    """Tell that the light fails: his signs must be seen where he is met."""
    dusk = known.route.dusk
    if dusk is None or known.now < dusk - known.limits.light:
        return []
    left_s = max(0, round((dusk - known.now).total_seconds()))
    limit = round(known.limits.light.total_seconds())
    return [Alert("LIGHT", Cause.LIGHT, left_s == 0, left_s, limit, "left_s")]


def _unit(known: Sight) -> list[Alert]:
    """Tell that nobody may stand ready to receive him: the unit says so, or has said nothing for long."""
    unit, limit = known.route.unit, known.limits.unit_word
    if unit is None or (unit.ready and known.now - unit.told_at < limit):
        return []
    age_s = max(0, round((known.now - unit.told_at).total_seconds()))
    return [Alert("UNIT", Cause.UNIT, not unit.ready, age_s, round(limit.total_seconds()), "s")]


RULES = (_late, _light, _unit)
