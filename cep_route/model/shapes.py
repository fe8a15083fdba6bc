"""The shapes of what people write in TOML: codes, sentences, days, lists. Each is a plain type with a mark that pydantic reads.

A mark judges a written file when it is compiled, and only then: what is kept compiled is not judged again, and pydantic not loaded.
"""

from collections.abc import Callable
from datetime import date
from typing import Annotated, Any, Literal, TypeAlias, TypeVar

from msgspec import Struct
from msgspec.structs import asdict

Item = TypeVar("Item")
Schema = dict[str, Any]  # of pydantic-core, or of JSON
Handler = Callable[[Any], Schema]
# What a text of TOML or JSON holds, before anybody judged it.
TomlValue: TypeAlias = "str | int | float | bool | date | list[TomlValue] | dict[str, TomlValue]"
TomlTable: TypeAlias = dict[str, TomlValue]


class Bounds(Struct, frozen=True, kw_only=True):
    """What a text must match, how long it is, between which numbers a number lies. `strict`: false of lists, for TOML has no tuple.

    `instead`: the type that is read where the program holds a text: a TOML day, or some words, which it takes from open data too.
    """

    pattern: str | None = None
    min_length: int | None = None
    max_length: int | None = None
    ge: float | None = None
    le: float | None = None
    strict: bool | None = None
    instead: Any = None

    def __get_pydantic_core_schema__(self, kind: Any, handler: Handler) -> Schema:
        told = {name: bound for name, bound in asdict(self).items() if bound is not None}
        return handler(told.pop("instead", kind)) | told


def one_of(words: tuple[str, ...]) -> Bounds:
    """One of these words."""
    return Bounds(instead=Literal[words])


class Filled(Struct, frozen=True):
    """A list that holds something."""

    def __get_pydantic_core_schema__(self, kind: Any, handler: Handler) -> Schema:
        from pydantic_core.core_schema import no_info_after_validator_function as after

        return dict(after(_filled, handler(kind)))

    def __get_pydantic_json_schema__(self, schema: Any, handler: Handler) -> Schema:
        return handler(schema) | {"minItems": 1}


def _filled(items: tuple[Item, ...]) -> tuple[Item, ...]:
    """Said after the items are judged: pydantic's own `min_length` also calls `[5]` too short when 5 is refused."""
    if not items:
        from pydantic_core import PydanticKnownError

        raise PydanticKnownError("too_short", {"field_type": "Tuple", "min_length": 1, "actual_length": 0})
    return items


class AtMoment(Struct, frozen=True):
    """A TOML day becomes its ISO text; a moment with an hour is left for the pattern to refuse."""

    def __get_pydantic_core_schema__(self, kind: Any, handler: Handler) -> Schema:
        from pydantic_core import core_schema

        judged = core_schema.no_info_after_validator_function(_existing, handler(kind))
        return dict(core_schema.no_info_before_validator_function(_as_text, judged))


def _as_text(value: Any) -> Any:
    return value.isoformat() if type(value) is date else value


def _existing(moment: str) -> str:
    try:
        date.fromisoformat((moment + "-01-01")[:10])
    except ValueError:
        from pydantic_core import PydanticKnownError

        raise PydanticKnownError("date_parsing", {"error": "day value is outside expected range"}) from None
    return moment


Listed = Annotated[tuple[Item, ...], Bounds(strict=False)]
AtLeastOne = Annotated[tuple[Item, ...], Bounds(strict=False), Filled()]
Code = Annotated[str, Bounds(pattern=r"^[a-z][a-z0-9_]*$", max_length=80)]
Slug = Annotated[str, Bounds(pattern=r"^[a-z0-9][a-z0-9-]*$", max_length=80)]
Sentence = Annotated[str, Bounds(min_length=1, max_length=1200)]
Label = Annotated[str, Bounds(min_length=1, max_length=200)]
Day = Annotated[str, Bounds(instead=date)]
# "2016", "2017-12", 2016-01-31 or "2016-01-31": the study knows the year of some facts, the month of others.
Moment = Annotated[
    str,
    Bounds(pattern=r"^(?:19|20)[0-9]{2}(?:-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12][0-9]|3[01]))?)?$"),
    AtMoment(),
]
NeedCode = Annotated[str, Bounds(pattern=r"^[a-z][a-z0-9]*(?:--?[a-z0-9]+)*$", max_length=120)]
