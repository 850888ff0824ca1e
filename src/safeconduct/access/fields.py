"""A column for sealed bytes. It takes the box sealed for it and for its row, and never opens one.

A box is bound to its column, compartment and row: moved by whoever writes into the database, it
does not open. An older box of the same row would; so a row's box is written once, and what is
corrected is a new row. Where a new box takes the place of the old one, the column says so.
"""

from typing import TYPE_CHECKING, Any

from django.core import checks
from django.db import models
from django.db.models.expressions import BaseExpression
from django.db.models.lookups import IsNull

from safeconduct import sealing
from safeconduct.access.boxes import Box

_SMALLEST = 1 + 12 + sealing.BUCKETS[0] + 16  # version, nonce, smallest bucket, tag


class NotSealed(TypeError):
    """Something else was put into a sealed column than the box that was sealed for it."""


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

    def __init__(self, *args: Any, rewritten: bool = False, **kwargs: Any) -> None:
        """Make a column; `rewritten`: a new box may take the place of the old one.

        It is left out of migrations: the database does not know of it.
        """
        super().__init__(*args, **kwargs)
        self.rewritten = rewritten

    @property
    def bound_to(self) -> str:
        """Return "room.Model.field", by which its boxes are bound."""
        room = self.model._meta.app_label  # noqa: SLF001  Django's own door to it
        return f"{room}.{self.model.__name__}.{self.name}"

    def pre_save(self, model_instance: Any, add: bool) -> Any:
        """Return the row's box.

        Raises:
            NotSealed: it was sealed for another row, or the row has its box already.
        """
        box = super().pre_save(model_instance, add)
        if isinstance(box, Box):
            if box.ref and box.ref != model_instance.ref:
                raise NotSealed(f"{self.bound_to} was given a box that was sealed for another row")
            if box.fresh and not (add or self.null or self.rewritten):
                raise NotSealed(f"{self.bound_to} is written once; what is corrected is a new row")
            box.fresh = False
        return box

    def get_prep_value(self, value: Any) -> Any:
        """Return the box for the database.

        Raises:
            NotSealed: `value` is no box of `Keyring.seal`, perhaps plain text, or another column's.
        """
        if value is None or isinstance(value, BaseExpression):
            return value
        if not isinstance(value, Box) or not _is_box(value):
            raise NotSealed(f"{self.name} takes what Keyring.seal returned; seal the value first")
        if value.column != self.bound_to:
            raise NotSealed(f"{self.bound_to} was given a box of {value.column}")
        return super().get_prep_value(bytes(value))

    def from_db_value(self, value: Any, *_: Any) -> Box | None:
        """Return the row's box."""
        return None if value is None else Box(bytes(value), column=self.bound_to)

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
