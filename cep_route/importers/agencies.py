"""The employment service's own list of agencies, with opening hours and the communes each serves.

The network of every row is that of the feed in `rules/directory.toml`. E-mails of agencies are not published, so none is kept.
"""

from __future__ import annotations

import re

from cep_route.importers import cleaning, hours
from cep_route.importers.cleaning import Lose, Record, Value
from cep_route.importers.rows import Entry, Reader, as_text

SOURCE = "referentiel-agences"
_NOTES = (("", "Sans rendez-vous"), ("RDV", "Sur rendez-vous"))  # how keys end, and what they tell of
_CODES = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")


def looks_like(row: Record) -> str:
    return "agencies" if "adressePrincipale" in row or "codeSafir" in row else ""


def entry(record: Record, reader: Reader) -> Entry | str:
    """One agency; or why it is dropped. One that serves a commune of the area is kept wherever it lies."""
    place, contact = (cleaning.fields(record.get(key)) for key in ("adressePrincipale", "contact"))
    line = cleaning.text(place.get("ligne6"))
    found = re.fullmatch(r"(\d{4,5})\s+(.+?)(?:\s+CEDEX.*)?", line, re.IGNORECASE)
    postcode = found[1] if found else cleaning.text(place.get("bureauDistributeur"))
    zones = map(cleaning.fields, cleaning.items(record.get("zoneCompetences")))
    served = [code for z in zones if (code := cleaning.text(z.get("communeInsee")))]
    if cleaning.text(contact.get("email")):
        reader.lose("email", "personal")
    told: Record = {
        "source": SOURCE,
        "id": record.get("code"),
        "alias": record.get("codeSafir"),
        "name": cleaning.text(record.get("libelleEtendu")) or record.get("libelle"),
        "commune": place.get("communeImplantation"),
        "postcode": postcode if postcode.strip("0") else "",
        "town": found[2] if found else line,
        "address": place.get("ligne4"),
        "more_address": ", ".join(
            filter(None, (cleaning.text(place.get(key)) for key in ("ligne3", "ligne5")))
        ),
        "latitude": place.get("gpsLat"),
        "longitude": place.get("gpsLon"),
        "phone": contact.get("telephonePublic"),
        "siret": record.get("siret"),
        "hours": opening(record.get("horaires"), reader.lose),
        "perimeter": ",".join(served),
    }
    reaching = any(reader.area.may_hold(c) and reader.area.meets(c) for c in served)
    network = reader.cards.feeds["agencies"].network
    kinds = (reader.cards.of_network[network],) if network else ()
    return reader.entry(as_text(told), kinds, anyway=reaching)


def opening(told: Value, lose: Lose) -> str | None:
    """Days 1 to 7, each with what is open to all and what is by appointment."""
    rules = []
    for day in map(cleaning.fields, cleaning.items(told)):
        number = cleaning.text(day.get("jour"))
        if number not in set("1234567"):
            lose("hours", "incomplete")
            continue
        rules += [(_CODES[int(number) - 1], _slots(day, suffix), note) for suffix, note in _NOTES]
    whole = hours.week(rules)
    return hours.checked(f"{whole}; PH off", lose) if whole else None


def _slots(day: Record, suffix: str) -> tuple[str, ...]:
    if cleaning.text(day.get(f"horaireFerme{suffix}")) == "O":
        return ()
    ends = [(f"ouverture{half}{suffix}", f"fermeture{half}{suffix}") for half in ("Matin", "ApresMidi")]
    whole = hours.slot(day.get(ends[0][0]), day.get(ends[1][1]))
    if whole and cleaning.text(day.get(f"horaireEnContinu{suffix}")) == "O":
        return (whole,)
    return tuple(s for s in (hours.slot(day.get(first), day.get(last)) for first, last in ends) if s)
