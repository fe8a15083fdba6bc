"""The employment service's own list of agencies, with opening hours and the communes each serves.

The network of every row is that of the feed in `rules/directory.toml`. E-mails of agencies are not published, so none is kept.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from cep_route import places
from cep_route.importers import cleaning
from cep_route.importers.area import commune_of, compressed
from cep_route.importers.entry import Entry, EntryOrigin, Site
from cep_route.importers.reading import Reader

SOURCE = "referentiel-agences"
_DAYS = {"1": "Mo", "2": "Tu", "3": "We", "4": "Th", "5": "Fr", "6": "Sa", "7": "Su"}
_WALK_IN, _BY_APPOINTMENT = "Sans rendez-vous", "Sur rendez-vous"


def looks_like(row: Mapping[str, Any]) -> str:
    return "agencies" if "adressePrincipale" in row or "codeSafir" in row else ""


def entry(row: Any, reader: Reader) -> Entry | str:
    """One agency; or why it is dropped."""
    if not isinstance(row, dict):
        return "not_a_record"
    address = cleaning.fields(row.get("adressePrincipale"))
    line = cleaning.text(address.get("ligne6"))
    found = re.fullmatch(r"(\d{4,5})\s+(.+?)(?:\s+CEDEX.*)?", line, re.IGNORECASE)
    postcode = (found[1] if found else cleaning.text(address.get("bureauDistributeur"))).zfill(5)
    town = found[2] if found else line
    code = cleaning.text(address.get("communeImplantation"))
    served = [
        cleaning.text(z.get("communeInsee"))
        for z in cleaning.items(row.get("zoneCompetences"))
        if isinstance(z, dict)
    ]
    here = (
        commune_of(code, postcode if postcode.strip("0") else "", town)
        if reader.area.may_hold(code or postcode)
        else None
    )
    reaches = any(reader.area.may_hold(c) and reader.area.meets(c) for c in served)
    if not reaches:
        if here is None:
            return (
                "elsewhere"
                if (code or postcode.strip("0")) and not reader.area.may_hold(code or postcode)
                else "no_place"
            )
        if not reader.area.holds(here):
            return "elsewhere"
    here = here or commune_of(code, "", "")
    kinds = reader.feed_kinds
    name = cleaning.name(row.get("libelleEtendu")) or cleaning.name(row.get("libelle"))
    if not name:
        return "no_name"
    lose = reader.lose
    contact = cleaning.fields(row.get("contact"))
    if cleaning.text(contact.get("email")):
        lose("email", "personal")
    more = ", ".join(
        filter(None, (cleaning.text(address.get("ligne3")), cleaning.text(address.get("ligne5"))))
    )
    point = cleaning.coordinates(
        address.get("gpsLat"),
        address.get("gpsLon"),
        (here.lat, here.lon) if here else None,
        lose,
        places.great_circle,
    )
    site = Site(
        commune=here.code if here else None,
        address=cleaning.address(address.get("ligne4"), more, postcode, here.name if here else town),
        latitude=point[0] if point else None,
        longitude=point[1] if point else None,
        hours=hours(row.get("horaires"), lose),
        phone=cleaning.phone(contact.get("telephonePublic"), here.departement if here else "", lose),
    )
    ids = tuple(i for i in (cleaning.text(row.get("code")), cleaning.text(row.get("codeSafir"))) if i)
    return Entry(
        name=reader.cards.name(name, kinds, reader.dated),
        kinds=kinds,
        origins=(EntryOrigin(source=SOURCE, source_id=ids[0] if ids else None, source_date=reader.dated),),
        aliases=ids,
        siret=cleaning.siret(row.get("siret"), lose),
        sites=(site,),
        perimeter=compressed(served) or None,
    )


def hours(told: Any, lose: Any) -> str | None:
    """Days 1 to 7, each with what is open to all and what is by appointment."""
    days = []
    for day in cleaning.items(told):
        code = _DAYS.get(cleaning.text(day.get("jour"))) if isinstance(day, dict) else None
        if code is None:
            lose("hours", "incomplete")
            continue
        rules = [
            (slots, note)
            for suffix, note in (("", _WALK_IN), ("RDV", _BY_APPOINTMENT))
            if (slots := _slots(day, suffix))
        ]
        days.append((code, tuple(rules)))
    whole = cleaning.week(days)
    return cleaning.hours(f"{whole}; PH off", lose) if whole else None


def _slots(day: Mapping[str, Any], suffix: str) -> tuple[str, ...]:
    if cleaning.text(day.get(f"horaireFerme{suffix}")) == "O":
        return ()
    if cleaning.text(day.get(f"horaireEnContinu{suffix}")) == "O":
        whole = cleaning.slot(day.get(f"ouvertureMatin{suffix}"), day.get(f"fermetureApresMidi{suffix}"))
        if whole:
            return (whole,)
    halves = (
        cleaning.slot(day.get(f"ouverture{half}{suffix}"), day.get(f"fermeture{half}{suffix}"))
        for half in ("Matin", "ApresMidi")
    )
    return tuple(h for h in halves if h)
