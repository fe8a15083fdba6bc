"""The stretch of country an import is for: which codes fall in it, and how a list of communes is written short. It decides nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache, lru_cache

from cep_route import places
from cep_route.importers.cleaning import Lose
from cep_route.places import Commune, table
from cep_route.text import normalise

NATION = frozenset(("france", "pays", "fr", "99100"))


class Area:
    """Communes, and every wider zone that meets them."""

    def __init__(self, zones: Iterable[str]) -> None:
        self.zones = tuple(dict.fromkeys(zones))
        self.codes = frozenset(code for zone in self.zones for code in places.communes_of(zone))
        known = [c for c in map(places.commune, self.codes) if c]
        self.departements = frozenset(c.departement for c in known)
        self.regions = frozenset(c.region for c in known)
        self.epci = frozenset(c.epci for c in known)
        self.meets, self._near = cache(self._meets), cache(self._begins)

    def may_hold(self, number: str) -> bool:
        """Whether a code or a postcode that begins so can lie here: a quick word, for the rows of a whole country.

        What does not begin as a number of a commune does (« F-05000 », a town in the wrong column) is to be looked at.
        """
        return self._near(number[:3].upper())

    def _begins(self, start: str) -> bool:
        return not re.match(r"\d\d|2[AB]", start) or bool(
            self.departements & table.departements_of_number(start)
        )

    def holds(self, here: Commune) -> bool:
        return here.code in self.codes or here.city in self.codes

    def _meets(self, zone: str) -> bool:
        """Whether a zone in our words has something in common with the area."""
        kind, _, value = zone.rpartition(":")
        if kind or zone == "france":
            return zone == "france" or value in (self.departements if kind == "departement" else self.regions)
        if len(zone) == 9:
            return zone in self.epci or bool(self.codes.intersection(places.communes_of(zone)))
        here = places.commune(zone)
        return here is not None and self.holds(here)


@lru_cache(maxsize=1 << 16)
def zone_of(told: str) -> str | None:
    """A zone as data·inclusion writes it (commune, EPCI, département, country) in our words; None when it is none of these."""
    word = told.strip()
    if word.lower() in NATION:
        return "france"
    if ":" in word or len(word) == 9:
        return word if places.known(word) else None
    if re.fullmatch(r"R\d\d", word):
        zone = f"region:{word[1:]}"
    elif re.fullmatch(r"\d{2,3}|2[AB]", word):
        zone = f"departement:{word}"
    else:
        here = places.commune(word) if len(word) == 5 else None
        return here.code if here else None
    return zone if places.known(zone) else None


def commune_of(code: str, postcode: str, town: str, departement: str | None = None) -> Commune | None:
    """The commune a row names: by its code, else by postcode and name together, else by a name alone that is one in France."""
    here = places.commune(code.zfill(5)) if code else None
    told = f"{postcode.zfill(5) if postcode.isdigit() else postcode} {town}".strip()
    here = here or (places.find(told).one if told else None)
    return here or (places.find(town, departement=departement).one if town else None)


def departement_of(told: str) -> str | None:
    """A département by its number or its name (« 974 », « 59 - Nord », « Nord »); None when it is none."""
    words = told.strip()
    if not words:
        return None
    known = table.departements()
    number = re.match(r"(?i)(?:D[ée]p(?:artement)?\.?\s*|D)?(\d{1,3}|2[AB])\b", words)
    if number:
        code = number[1].upper().zfill(2)
        return code if code in known else None
    names = {normalise(name): code for code, (name, _) in known.items()}
    return names.get(normalise(words))


def located(
    area: Area, lose: Lose, code: str, postcode: str, town: str, departement: str | None = None
) -> Commune | str:
    """The commune of a row that lies in the area, or why there is none: `elsewhere`, `no_place`, `contradiction`.

    What the columns of a row say must agree: a code whose commune has another name is tried as the postcode it may be; a
    département told is believed. A disagreement is counted or drops the row, and is never settled in silence.
    """
    told = departement if departement in table.departements() else None
    if told is not None and told not in area.departements:
        return "elsewhere"
    if (code or postcode) and not area.may_hold(code or postcode):
        return "elsewhere"
    only = next(iter(area.departements)) if len(area.departements) == 1 else None
    here = commune_of(code, postcode, town, told or only)
    if code and here is not None and (not _agrees(here, town) or code in here.postcodes):
        by_postcode, by_others = places.find(f"{code} {town}").one, commune_of("", postcode, town, told)
        if by_postcode is not None and code in by_postcode.postcodes:
            lose("commune", "code_is_postcode")
            here = by_postcode
        elif postcode and by_others is not None and _agrees(by_others, town):
            lose("commune", "contradicts")
            here = by_others
        else:
            return "contradiction"
    if here is None:
        return "elsewhere" if _lies_beyond(area, code, postcode, town, told) else "no_place"
    if told is not None and here.departement != told:
        return "contradiction"
    if not area.holds(here):
        return "elsewhere"
    beyond = len(postcode) == 5 and here.departement not in table.departements_of_number(postcode)
    if code and postcode and (beyond or (not town and postcode not in here.postcodes)):
        lose("postcode", "contradicts")
    return here


def _agrees(here: Commune, town: str) -> bool:
    """Whether a town as written may be that commune: its name, one of its past, or words nobody knows as a commune."""
    found = places.find(town, departement=here.departement).communes if town else ()
    same = (c.code == here.code or (here.city and here.city in (c.code, c.city)) for c in found)
    return any(same) if found else not (town and places.find(town).communes)


def _lies_beyond(area: Area, code: str, postcode: str, town: str, departement: str | None) -> bool:
    """A place that was not found, of which the figures, or a name that no commune of the area has, say that it is not of the area."""
    number = code or postcode
    if departement is not None:
        return departement not in area.departements
    if number:
        return len(number) == 5 and not area.departements & table.departements_of_number(number)
    named = places.find(town)
    communes = (*named.communes, *named.by_name)
    return bool(communes) and not any(map(area.holds, communes))


def compressed(communes: Iterable[str]) -> tuple[str, ...]:
    """Communes as zones: a département or an EPCI of which none is missing stands for its communes."""
    known = [c for c in map(places.commune, communes) if c]
    left, zones = {c.code for c in known}, []
    wider = sorted({f"departement:{c.departement}" for c in known}) + sorted(
        {c.epci for c in known if c.epci}
    )
    for zone in wider:
        whole = places.communes_of(zone)
        if len(whole) > 1 and left.issuperset(whole):
            zones.append(zone)
            left -= set(whole)
    return (*zones, *sorted(left))
