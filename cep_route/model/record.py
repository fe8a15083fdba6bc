"""A frozen, keyword-only record of named values. It is a dataclass to readers and type checkers; it imports nothing.

The standard `dataclasses` loads `inspect` and its train: as long as an empty python and half again, at every start of the
command line. This says the same in thirty lines: declared fields, defaults, equality, repr, no assignment.
"""

from __future__ import annotations

TYPE_CHECKING = False  # what a type checker takes for true; the real one loads `typing` at every start
if TYPE_CHECKING:
    from typing import Any, Self, dataclass_transform
else:

    def dataclass_transform(**_: Any) -> Any:
        """The type checker's word for "this makes dataclasses"; nothing at run time."""
        return lambda cls: cls


@dataclass_transform(frozen_default=True, kw_only_default=True, eq_default=True)
class Record:
    """The base of everything we computed. Defaults are shared between records, so they are never changed in place."""

    _fields: tuple[str, ...] = ()

    def __init_subclass__(cls) -> None:
        own = (name for name in cls.__dict__.get("__annotations__", {}) if not name.startswith("_"))  # noqa: RUF063  # inspect is what we avoid
        cls._fields = (*cls._fields, *own)

    def __init__(self, **values: Any) -> None:
        mine = self.__dict__
        for name in self._fields:
            if name in values:
                mine[name] = values.pop(name)
            elif not hasattr(type(self), name):
                raise TypeError(f"{type(self).__name__} needs {name}")
            else:
                mine[name] = getattr(type(self), name)
        if values:
            raise TypeError(f"{type(self).__name__} has no {', '.join(values)}")

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(f"{type(self).__name__} is frozen")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"{type(self).__name__} is frozen")

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and self.__dict__ == other.__dict__

    __hash__ = None  # type: ignore[assignment]  # records hold dicts: compare them, do not key by them

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{n}={getattr(self, n)!r}' for n in self._fields)})"

    def plain(self) -> dict[str, Any]:
        """The record as a dict, one level deep."""
        return {name: self.__dict__[name] for name in self._fields}

    def but(self, **values: Any) -> Self:
        """The same record with some values replaced."""
        return type(self)(**{**self.plain(), **values})
