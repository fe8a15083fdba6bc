"""The employment service's own list of agencies, with opening hours and the communes each serves.

The network of every row is that of the feed in `rules/directory.toml`. E-mails of agencies are not published, so none is kept.
"""

from __future__ import annotations

import re

from cep_route.importers import cleaning
from cep_route.importers.area import compressed
from cep_route.importers.cleaning import Lose, Record, Value
from cep_route.importers.entry import Entry
from cep_route.importers.rows import RawRow, Reader

SOURCE = "referentiel-agences"
_DAYS = {"1": "Mo", "2": "Tu", "3": "We", "4": "Th", "5": "Fr", "6": "Sa", "7": "Su"}
_WALK_IN, _BY_APPOINTMENT = "Sans rendez-vous", "Sur rendez-vous"


def looks_like(row: Record) -> str:
    return "agencies" if "adressePrincipale" in row or "codeSafir" in row else ""


def entry(record: Value, reader: Reader) -> Entry | str:
    """One agency; or why it is dropped. One that serves a commune of the area is kept wherever it lies."""
    if not isinstance(record, dict):
        return "not_a_record"
    address, contact = (
        cleaning.fields(record.get("adressePrincipale")),
        cleaning.fields(record.get("contact")),
    )
    line = cleaning.text(address.get("ligne6"))
    found = re.fullmatch(r"(\d{4,5})\s+(.+?)(?:\s+CEDEX.*)?", line, re.IGNORECASE)
    postcode = (found[1] if found else cleaning.text(address.get("bureauDistributeur"))).zfill(5)
    zones = [cleaning.fields(z) for z in cleaning.items(record.get("zoneCompetences"))]
    served = [code for z in zones if (code := cleaning.text(z.get("communeInsee")))]
    if cleaning.text(contact.get("email")):
        reader.lose("email", "personal")
    row = RawRow(
        name=cleaning.name(record.get("libelleEtendu")) or cleaning.name(record.get("libelle")),
        kinds=reader.feed_kinds,
        source=SOURCE,
        ids=tuple(filter(None, (cleaning.text(record.get("code")), cleaning.text(record.get("codeSafir"))))),
        code=cleaning.text(address.get("communeImplantation")),
        postcode=postcode if postcode.strip("0") else "",
        town=found[2] if found else line,
        street=cleaning.text(address.get("ligne4")),
        more=", ".join(filter(None, (cleaning.text(address.get(key)) for key in ("ligne3", "ligne5")))),
        latitude=cleaning.text(address.get("gpsLat")),
        longitude=cleaning.text(address.get("gpsLon")),
        phone=cleaning.text(contact.get("telephonePublic")),
        siret=cleaning.text(record.get("siret")),
        hours=hours(record.get("horaires"), reader.lose),
        perimeter=compressed(served) or None,
        confirmed=reader.dated,
    )
    return reader.entry(row, anyway=any(reader.area.may_hold(c) and reader.area.meets(c) for c in served))


def hours(told: Value, lose: Lose) -> str | None:
    """Days 1 to 7, each with what is open to all and what is by appointment."""
    days = []
    for day in map(cleaning.fields, cleaning.items(told)):
        code = _DAYS.get(cleaning.text(day.get("jour")))
        if code is None:
            lose("hours", "incomplete")
            continue
        rules = [(_slots(day, suffix), note) for suffix, note in (("", _WALK_IN), ("RDV", _BY_APPOINTMENT))]
        days.append((code, tuple((slots, note) for slots, note in rules if slots)))
    whole = cleaning.week(days)
    return cleaning.hours(f"{whole}; PH off", lose) if whole else None


def _slots(day: Record, suffix: str) -> tuple[str, ...]:
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
