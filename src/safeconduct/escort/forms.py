"""Reads the escort's forms: small whole numbers, or a sentence that says what to write."""

from collections.abc import Mapping

from safeconduct.refusal import Refusal, Refused, said


def whole(
    posted: Mapping[str, str], name: str, *, low: int, high: int, default: int | None = None
) -> int:
    """Return the whole number in a field.

    Raises:
        Refused: it is missing, no whole number, or out of range.
    """
    text = posted.get(name, "").strip()
    if not text and default is not None:
        return default
    try:
        number = int(text)
    except ValueError:
        number = low - 1
    if not low <= number <= high:
        raise Refused(
            Refusal(
                "escort.no_number",
                said("A field needs a whole number from {low} to {high}.", low=low, high=high),
                "Correct it and send again.",
            )
        )
    return number
