"""The administration's directory (DILA: its archive, its API, the competences): houses of an area, or the desks of the country.

And the employment service's own list of agencies. It names the cells of a record by our keys; the seat of a body is taken for no area.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from cep_route import places
from cep_route.directory.desks import ListedDesk
from cep_route.importers import cleaning, hours
from cep_route.importers.cleaning import Lose, Record, Value, listed, records
from cep_route.importers.rows import Cells, Entry, Reader, RowSource, as_text, commune_of

SOURCE = "annuaire-administration"
PUBLISHER, LICENCE = "Service-Public.fr (DILA)", "Licence Ouverte 2.0"
# Our key -> theirs, for a record and the address in it.
_RECORD = {
    "id": "id", "alias": "ancien_code_pivot", "name": "nom", "siret": "siret", "conditions": "information_complementaire",
    "edited": "date_modification",
}  # fmt: skip
_ADDRESS = {
    "postcode": "code_postal", "town": "nom_commune", "address": "numero_voie", "latitude": "latitude", "longitude": "longitude",
    "wheelchair": "accessibilite",
}  # fmt: skip
_AGENCY = {"id": "code", "alias": "codeSafir", "siret": "siret"}
_SEAT = {"commune": "communeImplantation", "address": "ligne4", "latitude": "gpsLat", "longitude": "gpsLon"}
_MORE = ("complement1", "complement2", "service_distribution")


def _first(value: Value) -> Record:
    return next(iter(records(value)), {})


def _joined(told: Record, keys: Iterable[str]) -> str:
    return ", ".join(filter(None, (cleaning.text(told.get(key)) for key in keys)))


def body(record: Record, reader: Reader) -> Entry | str:
    """One record; or why it is dropped. A body in charge of a commune of the area is kept wherever it has its seat."""
    wanted = any(cleaning.text(record.get(key)) in reader.wanted for key in ("id", "ancien_code_pivot"))
    if not wanted and reader.area.far(record.get("code_insee_commune")):
        return "elsewhere"
    kinds = _kinds(record, reader)
    return reader.entry(_cells(record, reader), kinds, anyway=wanted) if kinds else "unknown_type"


def _kinds(record: Record, reader: Reader) -> tuple[str, ...]:
    types = (cleaning.text(p.get("type_service_local")) for p in records(record.get("pivot")))
    return reader.cards.of("annuaire", types)


def _served(record: Record) -> list[str]:
    """The communes that the pivots of a record name: its seat, or those it is in charge of."""
    pivots = records(record.get("pivot"))
    return [cleaning.text(c) for pivot in pivots for c in listed(pivot.get("code_insee_commune"))]


def _cells(record: Record, reader: Reader) -> Cells:
    """The cells of a record. The address is the one where people are received, else the first."""
    addresses = records(record.get("adresse"))
    place = next((a for a in addresses if a.get("type_adresse") == "Adresse"), next(iter(addresses), {}))
    told: Record = {ours: record.get(theirs) for ours, theirs in _RECORD.items()}
    told |= {ours: place.get(theirs) for ours, theirs in _ADDRESS.items()}
    return as_text(
        told
        | {
            "source": SOURCE,
            "commune": record.get("code_insee_commune") or next(iter(_served(record)), ""),
            "more_address": _joined(place, _MORE),
            "phone": _first(record.get("telephone")).get("valeur"),
            "email": next(iter(listed(record.get("adresse_courriel"))), None),
            "website": _first(record.get("site_internet")).get("valeur"),
            "hours": _ranges(records(record.get("plage_ouverture")), reader.lose),
            # the snapshot of an official directory confirms its rows
            "date": reader.dated or record.get("date_modification"),
        }
    )


def _ranges(ranges: list[Record], lose: Lose) -> str | None:
    """Ranges of days with one or two slots and a comment; each day takes every rule that names it."""
    rules = []
    for told in ranges:
        first = hours.day_code(told.get("nom_jour_debut"))
        last = hours.day_code(told.get("nom_jour_fin")) or first
        ends = ((told.get(f"valeur_heure_debut_{i}"), told.get(f"valeur_heure_fin_{i}")) for i in range(1, 5))
        good = hours.slots(ends)
        if first and last and good:
            rules += [(c, good, cleaning.text(told.get("commentaire"))) for c in hours.span(first, last)]
        elif first or any(told.values()):
            lose("hours", "incomplete")
    return hours.checked(hours.week(rules), lose)


def competence(record: Record) -> tuple[str, list[str]]:
    """The commune of a row of the competence files, that of the API or of the archive, and the ids of the bodies in charge of it."""
    api = "code_type_service_local" in record
    kinds = [record] if api else records(record.get("type_service_local"))
    ids = [
        id_ for kind in kinds for id_ in cleaning.codes(kind.get("id_service_local" if api else "organisme"))
    ]
    return cleaning.text(record.get("code_insee_commune")), ids


def agency(record: Record, reader: Reader) -> Entry | str:
    """One agency; or why it is dropped. One that serves a commune of the area is kept wherever it lies.

    Its network is that of the feed in `rules/directory.toml`. E-mails of agencies are not published: none is kept.
    """
    place, contact = _first(record.get("adressePrincipale")), _first(record.get("contact"))
    line = cleaning.text(place.get("ligne6"))
    found = re.fullmatch(r"(\d{4,5})\s+(.+?)(?:\s+CEDEX.*)?", line, re.IGNORECASE)
    postcode = found[1] if found else cleaning.text(place.get("bureauDistributeur"))
    served = [cleaning.text(zone.get("communeInsee")) for zone in records(record.get("zoneCompetences"))]
    if cleaning.text(contact.get("email")):
        reader.lose("email", "personal")
    told: Record = {ours: record.get(theirs) for ours, theirs in _AGENCY.items()}
    told |= {ours: place.get(theirs) for ours, theirs in _SEAT.items()}
    told |= {
        "source": "referentiel-agences",
        "name": cleaning.text(record.get("libelleEtendu")) or record.get("libelle"),
        "postcode": postcode if postcode.strip("0") else "",
        "town": found[2] if found else line,
        "more_address": _joined(place, ("ligne3", "ligne5")),
        "phone": contact.get("telephonePublic"),
        "hours": _agency_hours(records(record.get("horaires")), reader.lose),
        "perimeter": ",".join(filter(None, served)),
    }
    network = reader.cards.feeds["agencies"].network
    return reader.entry(
        as_text(told), (network,) if network else (), anyway=any(map(reader.area.meets, served))
    )


def _agency_hours(days: list[Record], lose: Lose) -> str | None:
    """Days 1 to 7, each with what is open to all and what is by appointment; the middle of a day without a break is not told."""
    rules = []
    for day in days:
        number = cleaning.text(day.get("jour"))
        if number not in set("1234567"):
            lose("hours", "incomplete")
            continue
        for suffix, note in (("", "Sans rendez-vous"), ("RDV", "Sur rendez-vous")):
            halves = [
                (f"ouverture{half}{suffix}", f"fermeture{half}{suffix}") for half in ("Matin", "ApresMidi")
            ]
            ends = [day.get(name) for half in halves for name in half]
            pairs = [ends[:2], ends[2:]] if any(map(cleaning.text, ends[1:3])) else [ends[::3]]
            if cleaning.text(day.get(f"horaireFerme{suffix}")) != "O":
                rules.append((hours.DAYS[int(number) - 1], hours.slots(pairs), note))
    whole = hours.week(rules)
    return hours.checked(f"{whole}; PH off", lose) if whole else None


def desks(
    sources: Sequence[RowSource], reader: Reader, counts: Mapping[str, Counter[str]]
) -> Iterator[tuple[ListedDesk, tuple[str, ...]]]:
    """Each desk with the communes it is in charge of, where they are told. `counts`: `kept` by network, `dropped` by reason.

    The competences, when they are given, tell who is in charge of which commune; else a record names the communes it serves in `pivot`,
    of which a single one is its seat, and says nothing of a zone.
    """
    served = defaultdict[str, set[str]](set)
    rows = [(source.form == "competence", source.rows) for source in sources]
    for row in (row for told, each in rows if told for _, row in each()):
        commune, bodies = competence(row) if isinstance(row, dict) else ("", [])
        for id_ in bodies:
            served[id_].add(commune)
    for record in (row for told, each in rows if not told for _, row in each()):
        found = _desk(record, reader) if isinstance(record, dict) else "not_a_record"
        reader.settle(kept=False)  # of eighty thousand rows the values left out are not listed
        if isinstance(found, str):
            counts["dropped"][found] += 1
        else:
            desk, ids, named = found
            counts["kept"][desk.network] += 1
            communes = {c for id_ in ids for c in served[id_]} or set(named if len(named) > 1 else ())
            yield desk, tuple(sorted(there.code for code in communes if (there := places.commune(code))))


def _desk(record: Record, reader: Reader) -> tuple[ListedDesk, tuple[str, ...], list[str]] | str:
    """One record as a desk, with its ids and the communes it names; or why it is left out."""
    kinds = _kinds(record, reader)
    if not any(reader.cards.kinds[k].desks for k in kinds):
        return "unknown_type"
    row = _cells(record, reader)
    here = commune_of(row["commune"], row["postcode"], row["town"])
    if here is None:
        return "no_place"
    house = reader.house(row, kinds, here)
    if isinstance(house, str):
        return house
    site = (house.places or ())[0]
    sheet = cleaning.website(record.get("url_service_public"), reader.lose)
    shared = ("commune", "latitude", "longitude", "phone", "hours")
    desk = ListedDesk(
        **{key: getattr(site, key) for key in shared},
        network=kinds[0],
        departement=here.departement,
        name=house.name,
        town=row["town"] or here.name,
        address=site.address if row["address"] else None,
        website=house.website,
        sheet=sheet or next(iter(house.aliases), None),
        edited_on=cleaning.day(record.get("date_modification")),
        as_of=house.source_date or "0001-01-01",
        source=PUBLISHER,
        licence=LICENCE,
    )
    return desk, house.aliases, _served(record)
