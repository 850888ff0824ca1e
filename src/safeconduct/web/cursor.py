"""How far a tab has heard, as page and stream carry it: sealed, so that nobody counts by it.

Notices are numbered in one row for everybody. Who saw the number would see by its gaps how much
happens where he is not let in.
"""

from django.conf import settings

from safeconduct import sealing

_BYTES = 8
_PLACE = b"live|v1"


def sealed(number: int) -> str:
    """Return a notice's number as it may be shown; the same number looks different each time."""
    return sealing.text(sealing.seal(_key(), number.to_bytes(_BYTES, "big"), _PLACE))


def number_of(told: str) -> int | None:
    """Return the number that `sealed` took; None when it is none, or of another start of ours."""
    try:
        return int.from_bytes(sealing.unseal(_key(), sealing.to_bytes(told), _PLACE), "big")
    except ValueError:
        return None


def _key() -> bytes:
    return sealing.hkdf(settings.SECRET_KEY.encode(), _PLACE)
