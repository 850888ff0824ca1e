"""What a refused form of a gateway means, in words for whoever looks into it."""

from collections.abc import Mapping
from types import MappingProxyType

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

_WORDS: Mapping[str, Promise] = MappingProxyType(
    {
        "Gap": _(
            "A number is missing, or its history is another: its disk was copied or restored."
        ),
        "Replay": _("It sent again what had come before."),
        "Foreign": _("It sent what it has not signed: somebody else speaks over its link."),
        "LinkBroken": _("Its end of the link is another than before: wiped, restored or copied."),
    }
)
_OTHER = _("It sent what none of ours writes.")


def words(kind: str) -> Promise:
    """Return what a refusal's kind means."""
    return _WORDS.get(kind, _OTHER)
