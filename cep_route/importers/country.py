"""The whole export of the public directory as the desks of the country: one record at a time, whatever its size.

A record names its types and the communes it serves in `pivot`; a single commune there is its seat, and says nothing of a zone. The
file of competences, when it is given, tells who is in charge of which commune.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from cep_route import places
from cep_route.directory.desks import ListedDesk
from cep_route.importers import annuaire, cleaning, stream
from cep_route.importers.area import commune_of
from cep_route.importers.cards import Cards

SOURCE, LICENCE = "Service-Public.fr (DILA)", "Licence Ouverte 2.0"
Counts = Counter[str]


def competences(records: Iterable[Any]) -> dict[str, list[str]]:
    """Id of a body -> the communes it is in charge of."""
    served: dict[str, list[str]] = {}
    for record in records:
        for commune, _, ids in annuaire.competences(record):
            for body in ids:
                served.setdefault(body, []).append(commune)
    return served


def desks(
    records: Iterable[Any], cards: Cards, served: Mapping[str, list[str]], dated: str | None, counts: Counts
) -> Iterator[tuple[ListedDesk, tuple[str, ...]]]:
    """Each desk with the communes it is in charge of, where they are told. `counts`: kept by network, dropped by reason."""
    for record in records:
        counts["rows"] += 1
        found = _desk(record, cards, dated)
        if isinstance(found, str):
            counts[f"dropped:{found}"] += 1
            continue
        desk, ids, listed = found
        communes = {c for i in ids for c in served.get(i, ())} or set(listed if len(listed) > 1 else ())
        counts[f"kept:{desk.network}"] += 1
        yield desk, tuple(sorted(here.code for code in communes if (here := places.commune(code))))


def _desk(
    record: Any, cards: Cards, dated: str | None
) -> tuple[ListedDesk, tuple[str, ...], list[str]] | str:
    """One record, the ids it goes by and the communes of its pivot; or why it is left out."""
    if not isinstance(record, dict):
        return "not_a_record"
    record = annuaire.as_today(record)
    types, listed = annuaire.pivots(record)
    kinds = cards.of("annuaire", types)
    if not any(cards.kinds[k].get("desks", True) for k in kinds):
        return "unknown_type"
    place = annuaire.address(record)
    postcode, town = cleaning.text(place.get("code_postal")), cleaning.text(place.get("nom_commune"))
    code = cleaning.text(record.get("code_insee_commune")) or next(iter(listed), "")
    here = commune_of(code, postcode, town)
    if here is None:
        return "no_place"
    name = cleaning.name(record.get("nom"))
    if not name:
        return "no_name"
    edited = cleaning.day(record.get("date_modification"))
    point = cleaning.coordinates(
        place.get("latitude"), place.get("longitude"), (here.lat, here.lon), _lose, places.great_circle
    )
    ids = tuple(
        i for i in (cleaning.text(record.get("id")), cleaning.text(record.get("ancien_code_pivot"))) if i
    )
    street = cleaning.text(place.get("numero_voie"))
    desk = ListedDesk(
        network=str(cards.kinds[kinds[0]]["network"]),
        departement=here.departement,
        name=cards.name(name, kinds, edited or dated),
        commune=here.code,
        town=town or here.name,
        address=cleaning.address(street, annuaire.more(place), postcode, town or here.name)
        if street
        else None,
        latitude=point[0] if point else None,
        longitude=point[1] if point else None,
        phone=cleaning.phone(annuaire.first(record.get("telephone")).get("valeur"), here.departement, _lose),
        hours=annuaire.hours(annuaire.listed(record.get("plage_ouverture")), _lose),
        website=cleaning.website(annuaire.first(record.get("site_internet")).get("valeur"), _lose),
        sheet=cleaning.website(record.get("url_service_public"), _lose) or (ids[0] if ids else None),
        edited_on=edited,
        as_of=dated or edited or "0001-01-01",
        source=SOURCE,
        licence=LICENCE,
    )
    return desk, ids, listed


def _lose(_field: str, _reason: str) -> None:
    """Of eighty thousand rows the values left out are not listed: the rows are counted."""


def read(paths: Iterable[str], advance: Callable[[int], None]) -> tuple[Iterator[Any], dict[str, list[str]]]:
    """The records of the export, and the competences of the other files; told apart by their first record."""
    served: dict[str, list[str]] = {}
    exports = []
    for path in paths:
        first = next(iter(stream.records(path)), None)
        if isinstance(first, dict) and annuaire.looks_like(first) == "competence":
            served |= competences(stream.records(path, advance))
        else:
            exports.append(path)
    return (record for path in exports for record in stream.records(path, advance)), served
