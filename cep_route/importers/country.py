"""The public export of the whole directory of local services to desks of the country: each record read once, whatever its size.

A record names its types and the communes it serves in `pivot`; a single commune there is its seat, and says nothing of a zone. The
file of competences, when it is given, tells who is in charge of which commune.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator

from cep_route import places
from cep_route.directory.desks import ListedDesk
from cep_route.importers import annuaire, cleaning, stream
from cep_route.importers.area import commune_of
from cep_route.importers.cleaning import Value
from cep_route.importers.rows import Reader

SOURCE, LICENCE = "Service-Public.fr (DILA)", "Licence Ouverte 2.0"
Served = dict[str, list[str]]  # id of a body -> the communes it is in charge of


def desks(
    records: Iterable[Value], reader: Reader, served: Served, counts: Counter[str]
) -> Iterator[tuple[ListedDesk, tuple[str, ...]]]:
    """Each desk with the communes it is in charge of, where they are told. `counts`: kept by network, dropped by reason."""
    for record in records:
        counts["rows"] += 1
        found = _desk(record, reader, served)
        reader.settle(
            kept=False
        )  # of eighty thousand rows the values left out are not listed: the rows are counted
        counts[f"dropped:{found}" if isinstance(found, str) else f"kept:{found[0].network}"] += 1
        if not isinstance(found, str):
            yield found


def _desk(record: Value, reader: Reader, served: Served) -> tuple[ListedDesk, tuple[str, ...]] | str:
    """One record with the communes it is in charge of; or why it is left out."""
    if not isinstance(record, dict):
        return "not_a_record"
    record = annuaire.as_today(record)
    cards = reader.cards
    kinds = annuaire.kinds_of(record, cards)
    if not any(cards.kinds[k].desks for k in kinds):
        return "unknown_type"
    row = annuaire.cells(record, reader)
    here = commune_of(row["commune"], row["postcode"], row["town"])
    if here is None:
        return "no_place"
    house = reader.house(row, kinds, here)
    if isinstance(house, str):
        return house
    site, origin = house.sites[0], house.origins[0]
    sheet = cleaning.website(record.get("url_service_public"), reader.lose)
    desk = ListedDesk(
        network=cards.kinds[kinds[0]].network,
        departement=here.departement,
        name=house.name,
        commune=here.code,
        town=row["town"] or here.name,
        address=site.address if row["address"] else None,
        latitude=site.latitude,
        longitude=site.longitude,
        phone=site.phone,
        hours=site.hours,
        website=house.website,
        sheet=sheet or next(iter(house.aliases), None),
        edited_on=cleaning.day(record.get("date_modification")),
        as_of=origin.source_date or "0001-01-01",
        source=SOURCE,
        licence=LICENCE,
    )
    named = annuaire.served(record)
    communes = {c for i in house.aliases for c in served.get(i, ())} or set(named if len(named) > 1 else ())
    return desk, tuple(sorted(there.code for code in communes if (there := places.commune(code))))


def read(paths: Iterable[str], advance: Callable[[int], None]) -> tuple[Iterator[Value], Served]:
    """The records of the export, and the competences of the other files; told apart by their first record."""
    served: Served = {}
    exports = []
    for path in paths:
        first = next(iter(stream.records(path)), None)
        if not isinstance(first, dict) or annuaire.looks_like(first) != "competence":
            exports.append(path)
            continue
        for record in stream.records(path, advance):
            for commune, ids in annuaire.competences(record):
                for body in ids:
                    served.setdefault(body, []).append(commune)
    return (record for path in exports for record in stream.records(path, advance)), served
