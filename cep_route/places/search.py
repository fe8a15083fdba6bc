"""What people write to communes: one, the list to choose from, or nothing with the nearest names; never a guess."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from cep_route.places import table
from cep_route.places.atlas import CITIES, Commune, Former, commune, current, past, selected
from cep_route.places.spelling import (
    ARTICLES,
    HEARD,
    LONGEST,
    WITH_ARRONDISSEMENTS,
    WrittenCommune,
    arrondissement,
    distance,
    plain,
    read,
    skeleton,
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


# --- by what people write

_CODE_SAID = ("insee", "code", "code insee")


def find(text: str, *, departement: str | None = None) -> Found:
    """The commune or communes a text names: a code, a postcode, a name of today or of the past, or several of these together.

    `departement` narrows, as « (05) » in the text does. A number that is a postcode here and a code there gives both;
    `code:05061` and `cp:05000` tell them apart.
    """
    if len(text) > LONGEST:
        return Found(status="none")
    written = read(text)
    if written.kind == "code":
        here = commune(written.number)
        return _found([here] if here else [], number=written.number)
    if written.kind:
        return _found(_by_postcode(written.number), number=written.number)
    written, where = _placed(written, departement)
    if not written.name:
        return _find_number(written, where)
    return _find_number_and_name(written, where) if written.number else _find_name(written, where)


def typed(text: str) -> Found:
    """What someone types: five figures that are a postcode are one, `insee:59512` says a code, and so does a number that is no
    postcode. An arrondissement and its town are one town. Several communes come with the most inhabited first.
    """
    said, colon, code = text.partition(":")
    number = text.strip()
    if colon and said.strip().casefold() in _CODE_SAID:
        found = find(f"code:{code.strip()}")
    elif number.isascii() and number.isdigit() and _by_postcode(number):
        found = _found(_by_postcode(number), number=number)
    else:
        found = find(text)
    if found.status != "several":
        return found
    towns = {c.city or c.code for c in found.communes}
    communes = [c for c in found.communes if c.code in towns] or list(found.communes)
    communes.sort(key=lambda c: (-(c.population or 0), c.code))
    return replace(found, status="several" if len(communes) > 1 else "one", communes=tuple(communes))


def _found(communes: list[Commune], note: str = "", number: str = "", name: str = "") -> Found:
    status = "several" if len(communes) > 1 else "one" if communes else "none"
    return Found(status=status, communes=tuple(communes), note=note, number=number, name=name)


def _conflict(written: WrittenCommune, by_number: list[Commune], by_name: list[Commune]) -> Found:
    return Found(
        status="conflict",
        number=written.number,
        name=written.name,
        by_number=tuple(by_number),
        by_name=tuple(by_name),
    )


def _placed(written: WrittenCommune, departement: str | None) -> tuple[WrittenCommune, Where]:
    """The text with its hints understood: départements and regions narrow, articles go before the name, the rest is name."""
    where = _zone(departement) or frozenset() if departement else None
    name, ordinal = written.name, written.ordinal
    for hint in written.hints:
        if hint in ARTICLES:
            name = f"{hint} {name}"
        elif (zone := _zone(hint)) is not None:
            where = zone if where is None else where & zone
        else:
            name = f"{name} {hint}".strip()
    if written.bare:
        city = WITH_ARRONDISSEMENTS.get(name, "")
        limit = CITIES[city][1] if city else 0
        if city and city.startswith(written.bare) and len(written.bare) == 2:
            pass  # « MARSEILLE 13 »: its 13th arrondissement or its département; the city holds in both
        elif 0 < arrondissement(written.bare) <= limit:
            ordinal = ordinal or arrondissement(written.bare)
        elif (zone := _zone(written.bare)) is not None:
            where = zone if where is None else where & zone
        else:
            name = f"{name} {written.bare}"
    understood: WrittenCommune = replace(written, name=name, ordinal=ordinal, hints=(), bare="")
    return understood, where


def _zone(hint: str) -> Where:
    """The départements of a hint: « 05 », « 5 », « HAUTES ALPES », « PACA », « FRANCE »; None when it says nothing."""
    code = hint.strip().upper()
    code = "0" + code if len(code) == 1 and code.isdigit() else code
    if code in table.departements():
        return frozenset((code,))
    return _zones_by_name().get(plain(code))


def departement(text: str) -> str | None:
    """The one département a text names, by its number or its name."""
    (found, *others) = _zone(text) or (None,)
    return None if others else found


@cache
def _zones_by_name() -> dict[str, frozenset[str]]:
    departements = table.departements()
    zones = {plain(name): frozenset((code,)) for code, (name, _) in departements.items()}
    for region, name in table.regions().items():
        own = frozenset(dep for dep, (_, where) in departements.items() if where == region)
        zones[plain(name)] = zones.get(plain(name), own)
    zones |= {name: frozenset(deps) for name, deps in _ALSO_CALLED.items()}
    zones["FRANCE"] = frozenset(departements)
    return zones


def _by_postcode(postcode: str) -> list[Commune]:
    """The communes of a postcode; the arrondissement alone where there is one."""
    if city := _CITY_POSTCODES.get(postcode):
        here = current(city)
        return [here] if here else []
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


def _find_number(written: WrittenCommune, where: Where) -> Found:
    communes = _by_number(written.number) if written.number else []
    inside = _inside(communes, where)
    if communes and not inside:
        return _conflict(written, communes, [])
    return _found(inside, number=written.number)


def _find_name(written: WrittenCommune, where: Where) -> Found:
    elsewhere: list[Commune] = []
    for name, narrowed in _readings(written.name, where):
        hits = _hits(name)
        if inside := _best(hits, narrowed, alone=narrowed is None):
            return _in_city(_found(inside, name=written.name), written)
        elsewhere = elsewhere or _best(hits, None)
    return _conflict(written, [], elsewhere) if elsewhere else _found([], name=written.name)


def _find_number_and_name(written: WrittenCommune, where: Where) -> Found:
    # No code stands beside CEDEX: « 05010 GAP CEDEX » is Gap, though 05010 is the code of Aspres-sur-Buëch.
    numbered = _inside((_by_postcode if written.cedex else _by_number)(written.number), where)
    deps = table.departements_of_number(written.number)
    if "971" in deps:  # the post still sorts for the two islands that left the département in 2007
        deps |= {"977", "978"}
    elif written.cedex and not deps:  # « 97098 SAINT BARTHELEMY CEDEX »: an office of no département
        deps = frozenset(dep for dep in table.departements() if dep.startswith(written.number[:2]))
    elsewhere: list[Commune] = []
    for name, narrowed in _readings(written.name, where):
        hits = _hits(name)
        if numbered:
            codes = {c.city or c.code for c in numbered}
            kept = [hit for hit in hits if hit.commune in codes]
        else:
            kept = [hit for hit in hits if hit.departement in deps]
        if kept and (named := _best(kept, narrowed)):
            return _agreed(written, numbered, named)
        elsewhere = elsewhere or _best(hits, None)
    begun = [c for c in numbered if plain(c.name).startswith(written.name + " ")]
    if (
        len(begun) == 1
    ):  # « 95310 SAINT OUEN » is Saint-Ouen-l'Aumône, whatever is called Saint-Ouen elsewhere
        return _found(begun, "name_partly", written.number, written.name)
    if elsewhere:
        return _conflict(written, numbered, elsewhere)
    if not numbered:
        return _found([], number=written.number, name=written.name)
    return _named_in(written, numbered)


def _agreed(written: WrittenCommune, numbered: list[Commune], named: list[Commune]) -> Found:
    """A number and a name that say the same; a postcode of an arrondissement says more than the name of the city."""
    if not numbered:
        note = "" if written.cedex else "postcode_unknown"
        return _in_city(_found(named, note, written.number, written.name), written)
    exact: list[Commune] = [
        replace(n, former=c.former) for c in named for n in numbered if c.code in {n.code, n.city}
    ]
    return _in_city(_found(exact, number=written.number, name=written.name), written)


def _in_city(found: Found, written: WrittenCommune) -> Found:
    """The arrondissement of the city found, when the text has its number."""
    here = found.one
    if not here or not written.ordinal:
        return found
    start, count = CITIES.get(here.city or here.code, ("", 0))
    code = f"{start}{written.ordinal:0{5 - len(start)}}"
    if written.ordinal > count or (here.city and here.code != code):
        return _conflict(written, [here], [])
    there = current(code)
    inside: Found = replace(found, communes=(there,)) if there else found
    return inside


def _named_in(written: WrittenCommune, numbered: list[Commune]) -> Found:
    """A postcode that is known with a name that is not: what the postcode says, the likeliest first.

    A name that sounds like that of a commune elsewhere, one letter apart, is a disagreement and not a hamlet.
    """
    held = [c for c in numbered if f"{written.name} ".startswith(f"{plain(c.name)} ")]
    if len(held) == 1:  # « GAP ROMETTE »
        return _found(held, "name_partly", written.number, written.name)
    letters = written.name.replace(" ", "")
    far = {c.code: distance(letters, plain(c.name).replace(" ", ""), 3) for c in numbered}
    if min(far.values()) > 2 and not held and (near := _sounding(written.name)):
        return _conflict(written, numbered, [_of_hit(hit) for hit in near[:3]])
    ordered = sorted(numbered, key=lambda c: (c not in held, far[c.code]))
    return _found(ordered, "name_unknown", written.number, written.name)


# --- names


def _readings(name: str, where: Where) -> Iterator[tuple[str, Where]]:
    """The ways to read a name: « GAP », « HAVRE LE », « VILLE DE GAP », « SAINT DENIS LA REUNION », « ROCHELLE »."""
    yield name, where
    words = name.split()
    if words[-1] in ARTICLES and len(words) > 1:
        yield " ".join(words[-1:] + words[:-1]), where
    if words[0] in _TITLES and len(words) > 2 and words[1] in _LINKS:
        yield " ".join(words[2:]), where
    if words[0] in ARTICLES and len(words) > 3 and words[1] in _TITLES and words[2] in _LINKS:
        yield " ".join(words[:1] + words[3:]), where  # « VILLE DE BOURGET (LE) »
    for at in range(1, len(words)):
        zone = _zones_by_name().get(" ".join(words[at:]))
        if zone is not None:
            end = at - 1 if words[at - 1] in _LINKS and at > 1 else at
            yield " ".join(words[:end]), zone if where is None else where & zone
    if words[0] not in ARTICLES and name not in {"SAINT", "SAINTE"}:
        for article in ARTICLES:
            whole = f"{article} {name}"  # the article must be one: « AVOUX » is not Lavoux
            if any(hit.name == whole for hit in _hits(whole)):
                yield whole, where


def _hits(name: str) -> list[Hit]:
    """The names, present and past, of the same letters; of the same words alone when one is: « La Grave » is not Lagrave."""
    hits = _filed("bones = ? AND replace(name, ' ', '') = ?", skeleton(name), name.replace(" ", ""))
    return [hit for hit in hits if hit.name == name] or hits


def _filed(where: str, *values: str | int) -> list[Hit]:
    """The names of a condition, in the order of their skeletons unless it tells another."""
    order = "" if "ORDER BY" in where else " ORDER BY bones, name, commune"
    query = f"SELECT commune, departement, size, past, name FROM names WHERE {where}{order}"  # noqa: S608
    return [Hit(*row) for row in table.ask(query, *values)]


def _best(hits: list[Hit], where: Where, *, alone: bool = False) -> list[Commune]:
    """Of these, what bears the name today, else what bore it.

    When nothing but the name is known, what bore it and is larger stays in the list:
    « Évry » is a village of Yonne and what most still call Évry-Courcouronnes.
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
    """The communes whose name, code or postcode begins so, the larger first; none for less than two signs.

    Names of the past come after those of today. For someone who is still typing: it settles nothing.
    """
    text = text.strip()
    if not 2 <= len(text) <= LONGEST_NAME:
        return ()
    if text[:2].isdigit():
        return tuple(_numbered(text.upper(), most))
    name = plain(text)
    if not name:
        return ()
    bones = skeleton(name)
    begins = "bones >= ?1 AND bones < ?1 || '~' AND name >= ?2 AND name < ?2 || '~'"
    hits = _filed(f"{begins} ORDER BY past, size DESC, name, bones, commune LIMIT ?3", bones, name, most)
    return tuple(map(_of_hit, hits))


def _numbered(number: str, most: int) -> list[Commune]:
    """The communes whose code or one of whose postcodes begins so, the larger first."""
    posted = "SELECT commune FROM postcodes WHERE postcode >= ?1 AND postcode < ?1 || '~'"
    where = f"(c.code >= ?1 AND c.code < ?1 || '~') OR c.code IN ({posted})"
    return selected(f"{where} ORDER BY ifnull(c.population, 0) DESC, c.code LIMIT ?2", number, most)


def nearest(text: str, *, departement: str | None = None) -> tuple[Commune, ...]:
    """Up to three communes whose name is near the one written, the nearest first, the larger first among equals.

    Those of the département written, or of the postcode, come alone if there are any.
    """
    if len(text) > LONGEST:
        return ()
    written, where = _placed(read(text), departement)
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
    bones = skeleton(name)
    variants = _near_skeletons(bones, vowel_first=name[0] in "AEIOUYH")
    marks = ", ".join("?" * len(variants))
    hits = _filed(f"bones IN ({marks})", *sorted(variants))
    scored = [(distance(letters, hit.name.replace(" ", ""), limit), hit) for hit in hits]
    # Names that go on after these words: « CHAMONIX », « CHAMONIX MONT BLANC ».
    longer = _filed(
        "bones > ?1 AND bones < ?1 || '~' AND name >= ?2 || ' ' AND name < ?2 || '!'", bones, name
    )
    scored += [(1, hit) for hit in longer if skeleton(hit.name) not in variants]
    best: dict[str, Hit] = {}
    for gap, hit in sorted(scored, key=lambda one: (one[0], one[1].past, -one[1].size, one[1].commune)):
        if gap <= limit:
            best.setdefault(hit.commune, hit)
    return list(best.values())


def _sounding(name: str) -> list[Hit]:
    """Names of the same skeleton, one letter apart: « LYONN »."""
    bones, letters = skeleton(name), name.replace(" ", "")
    if len(letters) < 4:
        return []
    return [hit for hit in _filed("bones = ?", bones) if distance(letters, hit.name.replace(" ", ""), 1) == 1]


def _of_words(name: str) -> list[Commune]:
    """Communes named by the last or the first of the words: « ALPE D HUEZ », « GAP ROMETTE »."""
    words = name.split()
    ends = [words[at:] for at in range(1, len(words))] + [words[:at] for at in range(len(words) - 1, 0, -1)]
    found = (_best(_hits(" ".join(end)), None) for end in ends if len(" ".join(end)) > 2)
    return next((communes for communes in found if communes), [])


def _near_skeletons(bones: str, *, vowel_first: bool) -> frozenset[str]:
    """The skeleton and those one consonant away; the first letter of the name is taken for right, or too much."""
    near = {bones, bones[1:]}
    if vowel_first:
        near.update([s + bones for s in HEARD])
        near.update([s + bones[1:] for s in HEARD])
    for i in range(1, len(bones) + 1):
        head, tail = bones[:i], bones[i:]
        near.update((head + tail[1:], head[:-1] + tail[:1] + head[-1:] + tail[1:]))
        near.update([head + s + tail for s in HEARD])
        near.update([head + s + head[-1] + tail for s in HEARD])  # without it the two beside it became one
        near.update([head + s + tail[1:] for s in HEARD])
    return frozenset(skeleton("\n".join(near)).split("\n"))
