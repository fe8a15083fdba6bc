"""Communes as people write them, made from the embedded table with the truth by construction: a seeded generator.

Each string comes with the commune its writer meant, how it was made, and `sure`: does the text say enough to know it (a postcode or a
département with the name, a code, a name nobody shares)? A string that another commune would write the very same way is not sure.
"""

from __future__ import annotations

import random
import unicodedata
from collections import defaultdict
from functools import cache
from typing import NamedTuple

from cep_route import places
from cep_route.places.spelling import plain

CITIES = {
    "75056": ("Paris", "75", 20, "7501"),
    "69123": ("Lyon", "69", 9, "6938"),
    "13055": ("Marseille", "13", 16, "132"),
}
SHORT = {
    "Saint-": "St ",
    "Sainte-": "Ste ",
    "Notre-Dame": "ND",
    "Grand-": "Gd ",
    "-sur-": " s/ ",
    "-sous-": " s/s ",
    "Mont-": "Mt ",
}
OLD_CEDEX = ("CEDEX", "Cedex", "CEDEX 9", "cedex 02", "CDX")


def formers_of(code):
    """The names and codes of the past that became that commune, the latest first."""
    rows = places.table.ask("SELECT code, name, until FROM formers WHERE commune = ?", code)
    was = [places.Former(code=old, name=name, until=until) for old, name, until in rows]
    return tuple(sorted(was, key=lambda f: (f.until, f.code), reverse=True))


class Written(NamedTuple):
    """A text, the code meant, the way it was made, and whether it says enough."""

    text: str
    code: str
    made: str
    sure: bool


def without_accents(text):
    return "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))


# -- noise on a name: the same name to any reader ---------------------------------------------------------------------------------


def shortened(name):
    for long, short in SHORT.items():
        name = name.replace(long, short)
    return name


def article_last(name):
    for article in ("Le ", "La ", "Les ", "L'"):
        if name.startswith(article):
            return f"{name[len(article) :]} ({article.strip()})"
    return name


NOISES = {
    "as it is": lambda n: n,
    "capitals": lambda n: n.upper(),
    "small letters": lambda n: n.lower(),
    "capitals without accents": lambda n: without_accents(n).upper(),
    "no accents": without_accents,
    "no hyphens": lambda n: n.replace("-", " "),
    "no hyphens, no accents, capitals": lambda n: without_accents(n).replace("-", " ").upper(),
    "no apostrophes": lambda n: n.replace("'", " "),
    "apostrophes gone": lambda n: n.replace("'", ""),
    "curly apostrophes": lambda n: n.replace("'", "’"),
    "short words": shortened,
    "short words, capitals": lambda n: without_accents(shortened(n)).upper(),
    "two spaces": lambda n: n.replace("-", "  "),
    "article last": article_last,
    "spaced hyphens": lambda n: n.replace("-", " -"),
}  # fmt: skip


def typo(name, pick):
    """One slip inside a word of five letters or more: a letter doubled, dropped, swapped or taken for another; None when it has none."""
    letters = [
        i
        for i in range(1, len(name) - 1)
        if name[i - 1 : i + 2].isalpha() and len(name.replace("-", " ")) >= 5
    ]
    if not letters:
        return None
    i = pick.choice(letters)
    kind = pick.choice(("double", "drop", "swap", "other"))
    if kind == "double":
        return name[:i] + name[i] + name[i:]
    if kind == "drop":
        return name[:i] + name[i + 1 :]
    if kind == "swap":
        return name[:i] + name[i + 1] + name[i] + name[i + 2 :]
    return name[:i] + pick.choice("aeioucnrst") + name[i + 1 :]


# -- shapes: what stands beside the name --------------------------------------------------------------------------------------------

WITH_POSTCODE = (
    "{cp} {name}", "{name} {cp}", "{name} ({cp})", "{name}, {cp}", "{cp}, {name}", "{cp} - {name}", "{name} - {cp}", "F-{cp} {name}",
    "{cp} {name} France", "12 rue des Lilas, {cp} {name}", "3 bis av. du Gal Leclerc {cp} {name}", "{cp}  {name} ", "{cp}{name}",
    "{name}\t{cp}", "{cp}/{name}",
)  # fmt: skip
WITH_DEPARTEMENT = (
    "{name} ({dep})", "{name} {dep}", "{name}, {dep}", "{name} - {dep}", "{dep} {name}", "{name} ({dep_name})", "{name}, {dep_name}",
    "{name} - {dep_name}", "{dep} - {name}", "Mairie de {name} ({dep})", "{name} ({dep_name}, France)",
)  # fmt: skip
ALONE = ("{name}", "{name}, France", "ville de {name}", "Commune de {name}")


def _beside(here, pick):
    return {
        "cp": pick.choice(here.postcodes) if here.postcodes else "",
        "dep": here.departement,
        "dep_name": here.departement_name,
    }


def _key(name):
    """A name as a reader hears it: articles and signs apart."""
    words = plain(name).split()
    return "".join(words[1:] if words[0] in ("LE", "LA", "LES", "L") and len(words) > 1 else words)


@cache
def _table():
    """The communes; by name, today's or of the past, and by postcode, the codes."""
    communes = [places.commune(code) for code in places.communes_of("france")]
    named, of_postcode = defaultdict(set), defaultdict(set)
    for here in communes:
        for name in (here.name, *(f.name for f in formers_of(here.code))):
            named[_key(name)].add(here.code)
        for postcode in here.postcodes:
            of_postcode[postcode].add(here.code)
    return communes, named, of_postcode


class Maker:
    """The table, who shares a name, who shares a postcode, and a seeded pick."""

    def __init__(self, seed):
        self.pick = random.Random(seed)
        self.communes, self.named, self.of_postcode = _table()
        self.large = [c for c in self.communes if (c.population or 0) > 10_000]
        self.overseas = [c for c in self.communes if c.departement.startswith("97")]
        self.corsica = [c for c in self.communes if c.departement in ("2A", "2B")]
        self.merged = [c for c in self.communes if formers_of(c.code)]

    def commune(self):
        """Half as met at a router (the large ones), half any; with Corsica and overseas in plenty."""
        return self.pick.choice(
            self.pick.choice(
                (self.large, self.large, self.communes, self.communes, self.overseas, self.corsica)
            )
        )

    def shares(self, name, departement=None):
        """Another commune of that name, in that département when one is told?"""
        codes = self.named[_key(name)]
        return (
            len([c for c in codes if departement is None or places.commune(c).departement == departement]) > 1
        )

    def in_full(self):
        here = self.commune()
        noise, shape = self.pick.choice(list(NOISES)), self.pick.choice(WITH_POSTCODE)
        if not here.postcodes:
            return self.in_full()
        told = _beside(here, self.pick)
        if (
            here.code in CITIES and told["cp"] != f"{here.departement}000"
        ):  # the postcode says more than the name
            return self.in_full()
        twin = [c for c in self.of_postcode[told["cp"]] & self.named[_key(here.name)] if c != here.code]
        return Written(
            shape.format(name=NOISES[noise](here.name), **told), here.code, f"{shape} · {noise}", not twin
        )

    def with_departement(self):
        here = self.commune()
        noise, shape = self.pick.choice(list(NOISES)), self.pick.choice(WITH_DEPARTEMENT)
        text = shape.format(name=NOISES[noise](here.name), **_beside(here, self.pick))
        return Written(text, here.code, f"{shape} · {noise}", not self.shares(here.name, here.departement))

    def name_alone(self):
        here = self.commune()
        noise, shape = self.pick.choice(list(NOISES)), self.pick.choice(ALONE)
        return Written(
            shape.format(name=NOISES[noise](here.name)),
            here.code,
            f"{shape} · {noise}",
            not self.shares(here.name),
        )

    def without_article(self):
        here = self.commune()
        bare = here.name
        for article in ("Le ", "La ", "Les ", "L'"):
            bare = bare.removeprefix(article)
        if bare == here.name:
            return self.without_article()
        return Written(
            f"{bare} ({here.departement})",
            here.code,
            "no article",
            not self.shares(here.name, here.departement),
        )

    def number_alone(self):
        here = self.commune()
        if not here.postcodes:
            return self.number_alone()
        kind = self.pick.choice(("postcode", "code", "without its 0"))
        if kind == "code":
            shared = here.code in self.of_postcode
            return Written(here.code, here.code, "code alone", not shared)
        postcode = self.pick.choice(here.postcodes)
        other = self.of_postcode[postcode] - {here.code} or (
            places.commune(postcode) and postcode != here.code
        )
        text = postcode[1:] if kind == "without its 0" and postcode[0] == "0" else postcode
        return Written(text, here.code, "postcode alone", not other)

    def cedex(self):
        here = self.pick.choice(self.large)
        told, end = _beside(here, self.pick), self.pick.choice(OLD_CEDEX)
        # An office of CEDEX has a number of its own, in the département, that is no commune's.
        number = next(n for n in (self._office(told["cp"]) for _ in range(9999)) if n not in self.of_postcode)
        shape = self.pick.choice(("{cp} {name} {end}", "{number} {name} {end}", "{name} {end}"))
        text = shape.format(name=here.name.upper(), number=number, end=end, **told)
        alone = shape.startswith("{name}") and self.shares(here.name)
        twin = shape.startswith("{number}") and self.shares(here.name, here.departement)
        return Written(text, here.code, f"{shape}", not (alone or twin))

    def _office(self, postcode):
        start = postcode[: 3 if postcode[:2] in ("97", "98") else 2]
        return start + "".join(self.pick.choice("0123456789") for _ in range(5 - len(start)))

    def arrondissement(self):
        city = self.pick.choice(list(CITIES))
        name, dep, count, _ = CITIES[city]
        n = self.pick.randint(1, count)
        code = {"75056": f"751{n:02d}", "69123": f"6938{n}", "13055": f"132{n:02d}"}[city]
        postcode = {"75056": f"750{n:02d}", "69123": f"6900{n}", "13055": f"130{n:02d}"}[city]
        end = "er" if n == 1 else "e"
        shape = self.pick.choice(
            ("{name} {n}{end}", "{name} {n}", "{up} {n:02d}", "{name} {n}ème arrondissement" if n > 1 else "{name} 1er arrondissement",
             "{name} {cp}", "{cp} {up}", "{cp} {name} {n}", "{n}{end} arrondissement de {name}", "{name} ({cp})", "{name} ({n}{end})",
             "{name} {n}{end} arrdt", "{cp}", "{name}, {n}{end}", "{low} {n}{end}", "{up} {n:02d} ({dep})")
        )  # fmt: skip
        if city == "13055" and n == 13 and "cp" not in shape and "end" not in shape and "ement" not in shape:
            code = city  # « Marseille 13 » may be its département
        text = shape.format(name=name, up=name.upper(), low=name.lower(), n=n, end=end, cp=postcode, dep=dep)
        # 13008 alone is the 8th of Marseille, and the code of Aurons.
        return Written(
            text, code, f"arrondissement {shape}", shape != "{cp}" or places.commune(postcode) is None
        )

    def former(self):
        """A name or a code of the past, unless something of today has that very name there, or that number."""
        here = self.pick.choice(self.merged)
        was = self.pick.choice(formers_of(here.code))
        shape = self.pick.choice(("{name} ({dep})", "{name}, {dep_name}", "{code}"))
        dep = was.code[:3] if was.code[:2] == "97" else was.code[:2]
        twins = [
            c for c in map(places.commune, self.named[_key(was.name)]) if c.departement == here.departement
        ]
        taken = any(c.code != here.code and _key(c.name) == _key(was.name) for c in twins)
        if shape == "{code}":
            if places.commune(was.code).former is None or was.code in self.of_postcode:
                return self.former()
            both = [c for c in self.merged if any(f.code == was.code for f in formers_of(c.code))]
            return Written(was.code, here.code, "code of the past", len(both) == 1)
        if (
            taken or dep != here.departement
        ):  # a commune that changed départements: its writer may name either
            return self.former()
        text = shape.format(name=was.name, dep=here.departement, dep_name=here.departement_name)
        return Written(text, here.code, f"former {shape}", len(twins) == 1)

    def mistyped(self):
        here = self.commune()
        slipped = typo(here.name, self.pick)
        told = _beside(here, self.pick)
        if not slipped or _key(slipped) == _key(here.name) or self.named.get(_key(slipped)) or not told["cp"]:
            return self.mistyped()
        shape = self.pick.choice(("{name}", "{cp} {name}", "{name} ({dep})"))
        return Written(shape.format(name=slipped, **told), here.code, f"typo {shape}", sure=False)


KINDS = {  # kind -> out of a hundred
    "in_full": 34, "with_departement": 18, "name_alone": 12, "without_article": 3, "number_alone": 6, "cedex": 5, "arrondissement": 8,
    "former": 6, "mistyped": 8,
}  # fmt: skip


def written(count, seed):
    """`count` strings, the same for the same seed."""
    maker = Maker(seed)
    kinds, weights = list(KINDS), list(KINDS.values())
    for kind in maker.pick.choices(kinds, weights, k=count):
        yield getattr(maker, kind)()


def verdict(one):
    """`right`, `several as it should`, `mended` (a slip whose nearest names hold it), `unneeded` (it said enough), `refused`, `wrong`."""
    found = places.find(one.text)
    meant = places.commune(one.code)
    codes = {c.code for c in found.communes}
    if found.one:
        return (
            "right"
            if found.one.code == one.code or (one.made.startswith("code") and found.one.code == meant.code)
            else "wrong"
        )
    if one.sure:
        return "unneeded"
    if found.status == "several" and one.code in codes:
        return "several as it should"
    near = {c.code for c in places.nearest(one.text)} | {c.code for c in (*found.by_number, *found.by_name)}
    alike = {plain(places.commune(code).name) for code in near}
    return "mended" if one.code in near or plain(meant.name) in alike else "refused"
