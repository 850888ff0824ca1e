"""A column for sealed bytes. It takes a box, gives a box, and never opens one."""

from typing import TYPE_CHECKING, Any

from django.core import checks
from django.db import models
from django.db.models.expressions import BaseExpression
from django.db.models.lookups import IsNull

from safeconduct import sealing

_SMALLEST = 1 + 12 + sealing.BUCKETS[0] + 16  # version, nonce, smallest bucket, tag


class Box(bytes):
    """Sealed bytes as a row gives them; printed they say only that they are sealed."""

    def __repr__(self) -> str:
        """Return that it is sealed."""
        return "<sealed>"

    __str__ = __repr__


class NotSealed(TypeError):
    """Something else than a sealed box was put into a sealed column."""


if TYPE_CHECKING:
    from typing_extensions import TypeVar

    # Left open, so that the checker makes both optional where a column is nullable.
    _Set = TypeVar("_Set", default=Any)
    _Get = TypeVar("_Get", default=Any)

    class _Binary(models.BinaryField[_Set, _Get]):
        _pyi_private_set_type: bytes
        _pyi_private_get_type: Box
else:
    _Set, _Get = bytes, bytes

    class _Binary(models.BinaryField):
        def __class_getitem__(cls, _types: object) -> type:
            return cls


class SealedField(_Binary[_Set, _Get]):
    """Holds what `Keyring.seal` returned. No lookup but `isnull`, no index, no default text."""

    description = "bytes sealed under a compartment's key"

    def get_prep_value(self, value: Any) -> Any:
        """Return the box for the database.

        Raises:
            NotSealed: `value` is no box of `Keyring.seal`: perhaps plain text.
        """
        if value is None or isinstance(value, BaseExpression):
            return value
        if not isinstance(value, (bytes, bytearray, memoryview)) or not _is_box(bytes(value)):
            raise NotSealed(f"{self.name} takes what Keyring.seal returned; seal the value first")
        return super().get_prep_value(bytes(value))

    def from_db_value(self, value: Any, *_: Any) -> Box | None:
        """Return the row's box."""
        return None if value is None else Box(bytes(value))

    def get_lookup(self, lookup_name: str) -> Any:
        """Return the lookup `isnull`.

        Raises:
            TypeError: any other: equal texts have unequal boxes.
        """
        if lookup_name == "isnull":
            return IsNull
        raise TypeError(f"{self.name} is sealed; find its row by ref, or by a blind index")

    def get_transform(self, lookup_name: str) -> Any:
        """Raise: there is nothing to look into.

        Raises:
            TypeError: always.
        """
        raise TypeError(f"{self.name} is sealed; {lookup_name} would look into it")

    def value_to_string(self, obj: models.Model) -> str:
        """Return that it is sealed, wherever a row is printed or dumped as text."""
        return "" if self.value_from_object(obj) is None else "<sealed>"

    def check(self, **kwargs: Any) -> list[checks.CheckMessage]:
        """Refuse an index, uniqueness or a default on sealed bytes."""
        found = list(super().check(**kwargs))
        indexed = self.db_index  # type: ignore[attr-defined]  # the stubs leave it out
        if indexed or self.unique or self.has_default():
            hint = "Drop it; a blind index finds equal values."
            text = "a sealed column has no index, uniqueness or default"
            found.append(checks.Error(text, hint=hint, obj=self, id="access.E001"))
        return found


def _is_box(raw: bytes) -> bool:
    return len(raw) >= _SMALLEST and raw[0] == sealing.VERSION
