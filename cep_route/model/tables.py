"""What a human may write: strict, frozen pydantic models, made of the tables of the program where it holds what is written.

They judge shape, never meaning: whether ids resolve, dates follow and zones meet is asked elsewhere, with the file's lines at hand.
Strict: `true` is not 1, `"16"` is not 16, an unknown key is an error. TOML has no tuple, so containers alone are lenient.
"""

from functools import cache, reduce
from operator import or_
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from msgspec import Struct
from msgspec.structs import fields
from pydantic import BaseModel, ConfigDict, Field, create_model

from cep_route.model.shapes import Bounds, Listed, Sentence
from cep_route.model.territory import Head, House, LocalOperator, RowOrigin, Territory


class Strict(BaseModel):
    """The base of everything a human wrote."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class Words(Strict):
    """One thing said in both languages."""

    fr: Sentence
    en: Sentence

    @property
    def said(self) -> dict[str, str]:
        return {"fr": self.fr, "en": self.en}


def model_in(annotation: object) -> type[BaseModel] | None:
    """The model a field holds, itself, in a list, or in an option."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel | Struct):
        return annotation if issubclass(annotation, BaseModel) else table_of(annotation)
    return next((m for m in map(model_in, get_args(annotation)) if m), None)


# How the schema calls the tables whose classes have other names.
_NAMES = {
    "OwnCommune": "Commune", "PolicyBreak": "Break", "RegionalPolicy": "Region", "ContactEntry": "Contact", "PlaceEntry": "Place",
    "RowOrigin": "Origin", "LocalOperator": "Operator", "PartnerService": "Service", "OwnNeed": "Need",
}  # fmt: skip
# `imported` is written by the import alone: the mark of each value it wrote, by which it knows on its next run which a human changed.
_MARKS = Annotated[
    str, Bounds(pattern=r"^[a-z0-9_]+:[0-9a-f]{6}(?: [a-z0-9_]+:[0-9a-f]{6})*$", max_length=1000)
]


@cache
def table_of(kind: type[Struct]) -> type[Strict]:
    """The model of what people write of a table: its fields, and those that nothing reads. `said`: where the facts come from."""
    keys: dict[str, Any] = {}
    if kind not in (Territory, RowOrigin) and not _held(kind):
        keys["said"] = (Sentence | None, None)
    if kind is Head:
        keys["schema_"] = (Literal[1], Field(alias="schema"))
    cards = {field.name: field for field in fields(kind)}
    names = [name for owner in kind.__mro__ for name in reversed(vars(owner).get("__annotations__", {}))]
    for name in reversed(dict.fromkeys(names)):  # where it was last declared
        if (kind is LocalOperator and name == "referable_by") or name == "boxes":  # not written
            continue
        if issubclass(kind, House) and name == "places":
            keys["imported"] = (_MARKS | None, None)
        card = cards[name]
        alias = card.encode_name if card.encode_name != name else None
        keys[name] = (as_written(card.type), Field(... if card.required else card.default, alias=alias))
    name = kind.__name__
    return create_model(
        "TerritoryFile" if kind is Territory else f"{_NAMES.get(name, name)}Table",
        __base__=Strict,
        __doc__=kind.__doc__,
        **keys,
    )


def as_written(kind: Any) -> Any:
    """A type with the model of each table in it."""
    origin: Any = get_origin(kind)
    listed: Any = Listed
    parts = get_args(kind)
    if origin is Annotated:
        return origin[(as_written(parts[0]), *parts[1:])]
    if origin is tuple:
        return listed[as_written(parts[0])]
    if origin in (Union, UnionType):
        return reduce(or_, map(as_written, parts))
    if isinstance(kind, type) and issubclass(kind, Struct) and not _held(kind):
        return table_of(kind)
    return kind


def _held(kind: type) -> bool:
    """A table that pydantic hands over as the program holds it (`law.HeldTable`)."""
    return hasattr(kind, "__get_pydantic_core_schema__")


TerritoryFile = table_of(Territory)
