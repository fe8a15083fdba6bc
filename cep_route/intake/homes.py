"""A home as a file writes it to a commune and the territory that holds it, each distinct home once. Never guesses between several
communes, never quotes a cell, never says who to see.
"""

from __future__ import annotations

from unicodedata import category, normalize

from msgspec import Struct

from cep_route import files, places
from cep_route.directory.desks import Desks
from cep_route.directory.ground import Ground
from cep_route.intake.columns import Home
from cep_route.model.answer import Finding, warned
from cep_route.model.law import Law
from cep_route.model.territory import OwnCommune, Territory
from cep_route.text import normalise

_KEPT_AT_MOST = 100_000


class OpenTerritory(Struct, frozen=True, kw_only=True):
    """An open territory."""

    id: str
    path: str
    card: Territory
    ground: Ground
    has_partners: bool


class Spot(Struct, frozen=True, kw_only=True):
    """Where a person lives, as far as an answer depends on it."""

    territory: OpenTerritory
    commune: str | None
    warnings: tuple[Finding, ...] = ()


class Homes:
    """The territories a run may need, opened once, and the homes already looked up."""

    def __init__(
        self, law: Law, folder: str | None, fixed: str | None, *, desks: Desks | None = None
    ) -> None:
        self.law, self.desks = law, desks or Desks()
        self.findings: list[Finding] = []
        self.open: dict[str, OpenTerritory] = {}
        self._spots: dict[tuple[Home, str], Spot] = {}
        self._like: dict[tuple[str, str | None, tuple[str, ...]], Spot] = {}
        self._territories = files.Territories(law, folder)
        self._paths = files.territories(folder)
        self.fixed = self._opened(fixed) if fixed else None
        self._country = self._opened(files.WHOLE_COUNTRY) if not fixed else None
        self._own = self._own_communes()
        self._ids = {_bare(name): name for name in self._paths}

    def _opened(self, name: str) -> OpenTerritory | None:
        found = self.open.get(name)
        if found is None:
            card, findings = self._territories.card(name)
            self.findings += findings
            if card is None:
                return None
            found = OpenTerritory(
                id=card.head.id,
                path=self._territories.path(name),
                card=card,
                ground=Ground(card, self.desks),
                has_partners=bool(card.partners or card.schemes)
                or any(o.needs for o in card.operators or ())
                or any(b.needs for b in self.law.bodies.values()),
            )
            self.open[name] = found
        return found

    def _own_communes(self) -> dict[str, tuple[str, OwnCommune]]:
        """Communes that territory files bring themselves (fictitious ones): code -> territory and card."""
        if self.fixed:
            return {c.code: (self.fixed.id, c) for c in self.fixed.card.communes or ()}
        own: dict[str, tuple[str, OwnCommune]] = {}
        for name, (codes, _, _) in self._territories.index.items():
            strange = [code for code in codes if places.commune(code) is None]
            if strange and (opened := self._opened(name)) is not None:
                own |= {c.code: (name, c) for c in opened.card.communes or ()}
        return own

    def territories(self) -> tuple[OpenTerritory, ...]:
        """Every territory a row may be sent to."""
        if self.fixed is None:
            for name in self._paths:
                self._opened(name)
        return tuple(self.open.values())

    # -- one home -----------------------------------------------------------------------------------------------------

    def spot(self, home: Home, named: str = "") -> Spot:
        """The spot of a home; `named`: what a column of territories says, "" without one."""
        found = self._spots.get((home, named))
        if found is None:
            if len(self._spots) > _KEPT_AT_MOST:
                self._spots.clear()
            territory, commune, warnings = self._looked_up(home, named)
            made = Spot(territory=territory, commune=commune, warnings=tuple(warnings))
            # one spot for all homes that have the same answer
            found = self._like.setdefault((territory.id, commune, tuple(map(str, warnings))), made)
            self._spots[home, named] = found
        return found

    def _looked_up(self, home: Home, named: str) -> tuple[OpenTerritory, str | None, list[Finding]]:
        commune, around, warning = self._commune(home)
        warnings = [warning] if warning else []
        territory = self.fixed
        if territory is None and named.strip():
            name = self._ids.get(_bare(named))
            territory = self._opened(name) if name else None
            if name is None:
                warnings.append(warned("CEP555"))
            elif territory is not None and _bare(named) != named.strip().casefold():
                warnings.append(warned("CEP556"))
        if territory is None:
            held = {
                self._own[code][0] if code in self._own else self._territories.holder(code)
                for code in (around if commune is None else (commune,))
            }
            name = held.pop() if len(held) == 1 else ""
            territory = (self._opened(name) if name else None) or self._country
            assert territory is not None  # the caller stops when the country cannot be opened
        elif commune and not files.holds(territory.card, commune):
            warnings.append(warned("CEP513", commune=commune, territory=territory.id))
        return territory, commune, warnings or ([warned("CEP514")] if commune is None else [])

    def _commune(self, home: Home) -> tuple[str | None, tuple[str, ...], Finding | None]:
        """The commune, or those it may be, and what is to be said of it."""
        if home.commune in self._own or home.insee in self._own:
            return (home.insee if home.insee in self._own else home.commune), (), None
        text = f"{home.postcode} {home.commune}".strip()
        departement = home.departement or None
        coded = places.commune(home.insee) if home.insee else None
        if coded is not None:
            agrees = not text or self._agrees(coded.code, home, text)
            agrees = agrees and (
                not departement or bool(places.find(coded.name, departement=departement).communes)
            )
            return (coded.code, (), None) if agrees else (None, (), warned("CEP565"))
        if not text:
            return None, (), warned("CEP552") if home.insee else None
        words = normalise(home.commune)
        own = [
            code for code, (_, card) in self._own.items()
            if (not words or normalise(card.name) == words) and (not home.postcode or home.postcode in (card.postcode, code))
        ]  # fmt: skip
        if len(own) == 1:
            return own[0], (), None
        asked = places.find(f"cp:{text}" if text == home.postcode else text, departement=departement)
        if asked.one:
            return asked.one.code, (), warned("CEP566") if home.insee else None
        code = {"several": "CEP553", "conflict": "CEP554"}.get(asked.status, "CEP552")
        return None, tuple(c.code for c in asked.communes), warned(code, count=str(len(asked.communes)))

    def _agrees(self, code: str, home: Home, text: str) -> bool:
        """Whether the postcode and the town of a row may be those of a commune."""
        asked = places.find(f"cp:{text}" if text == home.postcode else text)
        if asked.status == "none" and home.postcode and home.commune:
            asked = places.find(f"cp:{home.postcode}")  # a name that nobody knows says nothing against it
        city = places.city_of(code) or code
        around = {places.city_of(c.code) or c.code for c in asked.communes}
        return city in around or asked.status == "none"


def _bare(text: str) -> str:
    """A territory's name without case, forms or hidden characters."""
    return "".join(c for c in normalize("NFKC", text) if category(c) != "Cf").strip().casefold()
