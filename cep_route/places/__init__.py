"""The communes of France: which one a text names, where it lies, how far two are. It never guesses and never decides who to see.

All 34,969 communes of 1 January 2026 and the 45 arrondissements of Paris, Lyon and Marseille are in `places.sqlite`, beside this
file. `find` reads what people write and answers with one commune, or the list to choose from, or nothing; `commune` takes a
code. A name of today goes before the same name of the past; a postcode and a name must agree. Codes are text: `05061` is a
commune, `200067825` an EPCI, `departement:05` and `region:93` say what they are. Fictitious codes (99xxx) are unknown here.

Days of former names and codes: exact until 2020; later ones are the first 1 January on which the official list has them no more.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from typing import NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from cep_route.model.answer import Finding
from cep_route.places import spelling, table
from cep_route.places.table import (
    CITIES,
    Commune,
    Former,
    city_of,
    commune,
    communes_of,
    covers,
    current,
    great_circle,
    known,
    past,
    selected,
)

__all__ = ["Commune", "Former", "city_of", "commune", "communes_of", "covers", "great_circle", "known"]

ATTRIBUTION = (
    "Données : INSEE (Code officiel géographique 2026), La Poste, DGCL, IGN (Admin Express COG 2018), "
    "via @etalab/decoupage-administratif 6.0.0 — Licence Ouverte 2.0"
)


Where = frozenset[str] | None  # the départements the text or the caller allows; None: all


class Hit(NamedTuple):
    """A name as filed: whose it is, how large that is among others, whether it is a name of the past."""

    commune: str
    departement: str
    size: int
    past: int
    name: str


LONGEST_NAME = 60  # letters; the longest official name has 38
_CITY_POSTCODES = {"75000": "75056", "69000": "69123", "13000": "13055"}
_TITLES = ("COMMUNE", "VILLE", "MAIRIE")
_LINKS = frozenset(("DE", "D", "DU", "EN", "A"))
# Names of wider places that no list of départements and regions has.
_ALSO_CALLED = {
    "REUNION": ("974",),
    "ILE DE LA REUNION": ("974",),
    "CORSE": ("2A", "2B"),
    "ANTILLES": ("971", "972"),
    "SAINT BARTH": ("977",),
    "PACA": ("04", "05", "06", "13", "83", "84"),
    "IDF": ("75", "77", "78", "91", "92", "93", "94", "95"),
}


class Found(Struct, frozen=True, kw_only=True):
    """What a text names: `status` is `one`, `several` (choose among `communes`), `none`, or `conflict` (its parts disagree).

    `note` tells what was passed over: `name_unknown` and `name_partly` (read from the postcode), `postcode_unknown` (read from the
    name, in the département of the postcode). In a conflict, `by_number` and `by_name` are what each part says alone.
    """

    status: str
    communes: tuple[Commune, ...] = ()
    note: str = ""
    number: str = ""
    name: str = ""
    by_number: tuple[Commune, ...] = ()
    by_name: tuple[Commune, ...] = ()

    @property
    def one(self) -> Commune | None:
        return self.communes[0] if self.status == "one" else None


def find(text: str, *, departement: str | None = None) -> Found:
    """The commune or communes a text names: a code, a postcode, a name of today or of the past, or several of these together. A number
    that is a postcode here and a code there gives both; `code:05061` and `cp:05000` tell them apart. `departement` narrows.
    """
    if len(text) > spelling.LONGEST:
        return Found(status="none")
    written = spelling.read(text)
    number = written.number
    if written.kind:
        here = commune(number) if written.kind == "code" else None
        return _found(
            [here] if here else [] if written.kind == "code" else _by_postcode(number), number=number
        )
    written, where = _placed(written, departement)
    if written.name:
        return _named(written, where)
    communes = _by_number(number) if number else []
    inside = _inside(communes, where)
    return _conflict(written, communes, []) if communes and not inside else _found(inside, number=number)


def typed(text: str) -> Found:
    """What someone types: five figures that are a postcode are one, `insee:59512` says a code, and so does a number that is no
    postcode. An arrondissement and its town are one town. Several communes come with the most inhabited first.
    """
    number = text.strip()
    posted = _by_postcode(number) if number.isascii() and number.isdigit() else []
    found = _found(posted, number=number) if posted else find(text)
    if found.status != "several":
        return found
    towns = {c.city or c.code for c in found.communes}
    communes = [c for c in found.communes if c.code in towns] or list(found.communes)
    communes.sort(key=lambda c: (-(c.population or 0), c.code))
    return replace(found, status="several" if len(communes) > 1 else "one", communes=tuple(communes))


def _found(communes: list[Commune], note: str = "", number: str = "", name: str = "") -> Found:
    status = "several" if len(communes) > 1 else "one" if communes else "none"
    return Found(status=status, communes=tuple(communes), note=note, number=number, name=name)


def _conflict(written: spelling.WrittenCommune, by_number: list[Commune], by_name: list[Commune]) -> Found:
    number, name, sides = written.number, written.name, (tuple(by_number), tuple(by_name))
    return Found(status="conflict", number=number, name=name, by_number=sides[0], by_name=sides[1])


def _placed(
    written: spelling.WrittenCommune, departement: str | None
) -> tuple[spelling.WrittenCommune, Where]:
    """The text with its hints understood: départements and regions narrow, articles go before the name, the rest is name."""
    where = _zone(departement) or frozenset() if departement else None
    name, ordinal, bare = written.name, written.ordinal, written.bare
    for hint in written.hints:
        if hint in spelling.ARTICLES:
            name = f"{hint} {name}"
        elif (zone := _zone(hint)) is not None:
            where = _both(where, zone)
        else:
            name = f"{name} {hint}".strip()
    city = spelling.WITH_ARRONDISSEMENTS.get(name, "")
    if city and city.startswith(bare) and len(bare) == 2:
        bare = ""  # « MARSEILLE 13 »: its 13th arrondissement or its département; the city holds in both
    if city and 0 < spelling.arrondissement(bare) <= CITIES[city][1]:
        ordinal = ordinal or spelling.arrondissement(bare)
    elif bare and (zone := _zone(bare)) is not None:
        where = _both(where, zone)
    elif bare:
        name = f"{name} {bare}"
    understood: spelling.WrittenCommune = replace(written, name=name, ordinal=ordinal, hints=(), bare="")
    return understood, where


def _both(where: Where, zone: frozenset[str]) -> frozenset[str]:
    return zone if where is None else where & zone


def _zone(hint: str) -> Where:
    """The départements of a hint: « 05 », « 5 », « HAUTES ALPES », « PACA », « FRANCE »; None when it says nothing."""
    code = hint.strip().upper()
    code = "0" + code if len(code) == 1 and code.isdigit() else code
    if code in table.departements():
        return frozenset((code,))
    return _zones_by_name().get(spelling.plain(code))


def departement(text: str) -> str | None:
    """The one département a text names, by its number or its name."""
    (found, *others) = _zone(text) or (None,)
    return None if others else found


@cache
def _zones_by_name() -> dict[str, frozenset[str]]:
    departements = table.departements()
    zones = {spelling.plain(name): frozenset((code,)) for code, (name, _) in departements.items()}
    for region, name in table.regions().items():
        own = frozenset(dep for dep, (_, where) in departements.items() if where == region)
        zones[spelling.plain(name)] = zones.get(spelling.plain(name), own)
    zones |= {name: frozenset(deps) for name, deps in _ALSO_CALLED.items()}
    zones["FRANCE"] = frozenset(departements)
    return zones


def _by_postcode(postcode: str) -> list[Commune]:
    """The communes of a postcode; the arrondissement alone where there is one."""
    if city := _CITY_POSTCODES.get(postcode):
        return selected("c.code = ?", city)
    communes = selected("c.code IN (SELECT commune FROM postcodes WHERE postcode = ?)", postcode)
    cities = {c.city for c in communes}
    return [c for c in communes if c.code not in cities]


def _by_number(number: str) -> list[Commune]:
    """The communes of a postcode, and the commune of a code; a code of the past only where nothing of today has that number."""
    communes = _by_postcode(number)
    here = current(number) or (None if communes else past(number))
    return communes if not here or here in communes else [*communes, here]


def _inside(communes: list[Commune], where: Where) -> list[Commune]:
    return communes if where is None else [c for c in communes if c.departement in where]


def _named(written: spelling.WrittenCommune, where: Where) -> Found:
    """What a name says, with the number beside it if there is one."""
    # No code stands beside CEDEX: « 05010 GAP CEDEX » is Gap, though 05010 is the code of Aspres-sur-Buëch.
    by_number = _by_postcode if written.cedex else _by_number
    numbered = _inside(by_number(written.number), where) if written.number else []
    towns = {c.city or c.code for c in numbered}
    around = table.departements_of_number(written.number) if written.number else frozenset()
    if "971" in around:  # the post still sorts for the two islands that left the département in 2007
        around |= {"977", "978"}
    elif written.cedex and not around:  # « 97098 SAINT BARTHELEMY CEDEX »: an office of no département
        around = frozenset(dep for dep in table.departements() if dep.startswith(written.number[:2]))
    elsewhere: list[Commune] = []
    for name, narrowed in _readings(written.name, where):
        hits = kept = _hits(name)
        if written.number:
            kept = [hit for hit in hits if (hit.commune in towns if towns else hit.departement in around)]
        if named := _best(kept, narrowed, alone=narrowed is None and not written.number):
            return _agreed(written, numbered, named)
        elsewhere = elsewhere or _best(hits, None)
    begun = [c for c in numbered if spelling.plain(c.name).startswith(written.name + " ")]
    if len(begun) == 1:  # « 95310 SAINT OUEN » is Saint-Ouen-l'Aumône, though others are called so elsewhere
        return _found(begun, "name_partly", written.number, written.name)
    if elsewhere:
        return _conflict(written, numbered, elsewhere)
    if not numbered:
        return _found([], number=written.number, name=written.name)
    return _by_number_alone(written, numbered)


def _agreed(written: spelling.WrittenCommune, numbered: list[Commune], named: list[Commune]) -> Found:
    """A number and a name that say the same; a postcode of an arrondissement says more than the name of the city."""
    exact: list[Commune] = [
        replace(n, former=c.former) for c in named for n in numbered if c.code in {n.code, n.city}
    ]
    note = "" if numbered or written.cedex or not written.number else "postcode_unknown"
    return _in_city(_found(exact or named, note, written.number, written.name), written)


def _in_city(found: Found, written: spelling.WrittenCommune) -> Found:
    """The arrondissement of the city found, when the text has its number."""
    here = found.one
    if not here or not written.ordinal:
        return found
    start, count = CITIES.get(here.city or here.code, ("", 0))
    code = f"{start}{written.ordinal:0{5 - len(start)}}"
    if written.ordinal > count or (here.city and here.code != code):
        return _conflict(written, [here], [])
    inside: Found = replace(found, communes=tuple(selected("c.code = ?", code)))
    return inside


def _by_number_alone(written: spelling.WrittenCommune, numbered: list[Commune]) -> Found:
    """A postcode that is known with a name that is not: what the postcode says, the likeliest first. A name that sounds like that of a
    commune elsewhere, one letter apart, is a disagreement and not a hamlet.
    """
    held = [c for c in numbered if f"{written.name} ".startswith(f"{spelling.plain(c.name)} ")]
    if len(held) == 1:  # « GAP ROMETTE »
        return _found(held, "name_partly", written.number, written.name)
    letters, bones = written.name.replace(" ", ""), spelling.skeleton(written.name)
    far = {c.code: spelling.distance(letters, spelling.plain(c.name).replace(" ", ""), 3) for c in numbered}
    if min(far.values()) > 2 and not held and len(letters) > 3:
        alike = _filed("bones = ?", bones)
        near = [hit for hit in alike if spelling.distance(letters, hit.name.replace(" ", ""), 1) == 1]
        if near:  # « LYONN »
            return _conflict(written, numbered, [_of_hit(hit) for hit in near[:3]])
    ordered = sorted(numbered, key=lambda c: (c not in held, far[c.code]))
    return _found(ordered, "name_unknown", written.number, written.name)


def _readings(name: str, where: Where) -> Iterator[tuple[str, Where]]:
    """The ways to read a name: « GAP », « HAVRE LE », « VILLE DE GAP », « SAINT DENIS LA REUNION », « ROCHELLE »."""
    yield name, where
    words = name.split()
    if words[-1] in spelling.ARTICLES and len(words) > 1:
        yield " ".join(words[-1:] + words[:-1]), where
    lead = words[: words[0] in spelling.ARTICLES]
    if len(rest := words[len(lead) :]) > 2 and rest[0] in _TITLES and rest[1] in _LINKS:
        yield " ".join(lead + rest[2:]), where  # « VILLE DE BOURGET (LE) »
    for at in range(1, len(words)):
        zone = _zones_by_name().get(" ".join(words[at:]))
        if zone is not None:
            end = at - 1 if words[at - 1] in _LINKS and at > 1 else at
            yield " ".join(words[:end]), _both(where, zone)
    if words[0] not in spelling.ARTICLES and name not in {"SAINT", "SAINTE"}:
        for article in spelling.ARTICLES:
            whole = f"{article} {name}"  # the article must be one: « AVOUX » is not Lavoux
            if any(hit.name == whole for hit in _hits(whole)):
                yield whole, where


def _hits(name: str) -> list[Hit]:
    """The names, present and past, of the same letters; of the same words alone when one is: « La Grave » is not Lagrave."""
    hits = _filed("bones = ? AND replace(name, ' ', '') = ?", spelling.skeleton(name), name.replace(" ", ""))
    return [hit for hit in hits if hit.name == name] or hits


def _filed(where: str, *values: str | int) -> list[Hit]:
    """The names of a condition, in the order of their skeletons unless it tells another."""
    order = "" if "ORDER BY" in where else " ORDER BY bones, name, commune"
    query = f"SELECT commune, departement, size, past, name FROM names WHERE {where}{order}"  # noqa: S608
    return [Hit(*row) for row in table.ask(query, *values)]


def _best(hits: list[Hit], where: Where, *, alone: bool = False) -> list[Commune]:
    """Of these, what bears the name today, else what bore it. When nothing but the name is known (`alone`), what bore it and is larger
    stays: « Évry » is a village of Yonne and what most still call Évry-Courcouronnes.
    """
    inside = [hit for hit in hits if where is None or hit.departement in where]
    kept = [hit for hit in inside if not hit.past]
    if not kept or alone:
        largest = max([hit.size for hit in kept], default=-1)
        kept += [hit for hit in inside if hit.past and hit.size > largest]
    return list({c.code: c for c in map(_of_hit, kept)}.values())


def _of_hit(hit: Hit) -> Commune:
    (here,) = selected("c.code = ?", hit.commune)
    if not hit.past:
        return here
    was = table.ask(
        "SELECT until, code, name FROM formers WHERE commune = ? AND plain = ?", hit.commune, hit.name
    )
    until, old, spelt = max(was)
    then: Commune = replace(here, former=Former(code=old, name=spelt, until=until))
    return then


def beginning(text: str, most: int = 40) -> tuple[Commune, ...]:
    """The communes whose name, code or postcode begins so, the larger first, names of the past last; none for less than two signs. For
    someone who is still typing: it settles nothing.
    """
    text = text.strip()
    if not 2 <= len(text) <= LONGEST_NAME:
        return ()
    if text[:2].isdigit():
        posted = "SELECT commune FROM postcodes WHERE postcode >= ?1 AND postcode < ?1 || '~'"
        where = f"(c.code >= ?1 AND c.code < ?1 || '~') OR c.code IN ({posted})"
        order = "ORDER BY ifnull(c.population, 0) DESC, c.code LIMIT ?2"
        return tuple(selected(f"{where} {order}", text.upper(), most))
    name = spelling.plain(text)
    if not name:
        return ()
    bones = spelling.skeleton(name)
    begins = "bones >= ?1 AND bones < ?1 || '~' AND name >= ?2 AND name < ?2 || '~'"
    hits = _filed(f"{begins} ORDER BY past, size DESC, name, bones, commune LIMIT ?3", bones, name, most)
    return tuple(map(_of_hit, hits))


def nearest(text: str, *, departement: str | None = None) -> tuple[Commune, ...]:
    """Up to three communes whose name is near the one written, the nearest first, the larger first among equals; those of the
    département written, or of the postcode, come alone if there are any.
    """
    if len(text) > spelling.LONGEST:
        return ()
    written, where = _placed(spelling.read(text), departement)
    if not written.name:
        return ()
    if where is None and written.number:
        where = frozenset(c.departement for c in _by_number(written.number))
    alike = _alike(written.name)
    inside = [hit for hit in alike if where and hit.departement in where]
    near = [_of_hit(hit) for hit in (inside or alike)[:3]]
    return tuple(near or _inside(_of_words(written.name), where)[:3])


def _alike(name: str) -> list[Hit]:
    """Names alike, the nearest first; one for each commune."""
    letters = name.replace(" ", "")
    if len(letters) > LONGEST_NAME:
        return []
    limit = 1 if len(letters) < 5 else 2 if len(letters) < 12 else 3
    bones = spelling.skeleton(name)
    # those one consonant away; the first letter of the name is taken for right, or too much
    near = {bones, bones[1:]}
    for i in range(0 if name[0] in "AEIOUYH" else 1, len(bones) + 1):
        head, tail = bones[:i], bones[i:]
        near |= {head + tail[1:], head[:-1] + tail[:1] + head[-1:] + tail[1:]}
        for s in spelling.HEARD:  # the last because without it the two beside it became one
            near |= {head + s + tail, head + s + tail[1:], head + s + head[-1:] + tail}
    variants = frozenset(spelling.skeleton("\n".join(near)).split("\n"))
    marks = ", ".join("?" * len(variants))
    hits = _filed(f"bones IN ({marks})", *sorted(variants))
    scored = [(spelling.distance(letters, hit.name.replace(" ", ""), limit), hit) for hit in hits]
    # Names that go on after these words: « CHAMONIX », « CHAMONIX MONT BLANC ».
    longer = _filed(
        "bones > ?1 AND bones < ?1 || '~' AND name >= ?2 || ' ' AND name < ?2 || '!'", bones, name
    )
    scored += [(1, hit) for hit in longer if spelling.skeleton(hit.name) not in variants]
    best: dict[str, Hit] = {}
    for gap, hit in sorted(scored, key=lambda one: (one[0], one[1].past, -one[1].size, one[1].commune)):
        if gap <= limit:
            best.setdefault(hit.commune, hit)
    return list(best.values())


def _of_words(name: str) -> list[Commune]:
    """Communes named by the last or the first of the words: « ALPE D HUEZ », « GAP ROMETTE »."""
    words = name.split()
    ends = [words[at:] for at in range(1, len(words))] + [words[:at] for at in range(len(words) - 1, 0, -1)]
    found = (_best(_hits(" ".join(end)), None) for end in ends if len(" ".join(end)) > 2)
    return next((communes for communes in found if communes), [])


def finding(found: Found, text: str) -> Finding | None:
    """What is wrong or worth saying about an answer of `find`, in a sentence's code and words; None when all is plain. It quotes the
    text: for what someone typed, not for a cell of an intake file.
    """

    def say(code_: str, severity: str = "error", /, **values: str) -> Finding:
        shown = text[:60] + ("…" if len(text) > 60 else "")
        return Finding(code=code_, values={"text": shown, **values}, severity=severity)

    if found.status == "none":
        near = nearest(text)
        return say("CEP602", near=listed(near)) if near else say("CEP601")
    if found.status == "several":
        return say("CEP603", count=str(len(found.communes)), choices=listed(found.communes, to_type=True))
    if found.status == "conflict":
        by_number, by_name = listed(found.by_number), listed(found.by_name)
        if by_number and by_name:
            return say("CEP604", number=found.number, by_number=by_number, by_name=by_name)
        return say("CEP605", communes=by_number or by_name)
    here, was = listed(found.communes), found.communes[0].former
    if found.note:
        code = {"name_unknown": "CEP607", "name_partly": "CEP608", "postcode_unknown": "CEP609"}[found.note]
        return say(code, "warning", number=found.number, name=found.name, commune=here)
    if was:
        return say("CEP606", "warning", was=was.name, code=was.code, until=was.until, commune=here)
    return None


def listed(communes: Iterable[Commune], *, to_type: bool = False) -> str:
    """« Gap (05061), Rosans (05126) », the first eight. `to_type`, to choose among: `insee:` where the bare code would be a postcode as
    well (59100 is the code of Bousignies, and the postcode of Roubaix), and the département of homonyms.
    """
    shown = list(communes)
    names = [c.name for c in shown]
    told = []
    for here in shown[:8]:
        alone = typed(here.code).one if to_type else here
        code = here.code if alone is not None and alone.code == here.code else f"insee:{here.code}"
        where = f", {here.departement_name}" if to_type and names.count(here.name) > 1 else ""
        told.append(f"{here.name} ({code}{where})")
    return ", ".join(told) + (", …" if len(shown) > 8 else "")
