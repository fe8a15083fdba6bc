"""What must be known of the ground: zones, distances, names, the national desks of a network near a commune. It knows no person."""

from __future__ import annotations

from collections.abc import Iterable

from cep_route import places
from cep_route.directory.desks import Desks, ListedDesk
from cep_route.model.territory import Territory

FAR = 99_999.0  # km of a desk whose distance is not known: after all the others
Point = tuple[float, float]  # latitude, longitude in degrees


class Ground:
    """The ground of a territory: its own fictitious communes before the table of France. `desks`: those of the country."""

    def __init__(self, territory: Territory, desks: Desks | None = None) -> None:
        self._own = {c.code: c for c in territory.communes or ()}
        self._desks = None if territory.invented else desks

    def covers(self, zones: Iterable[str], commune: str) -> bool:
        zones = tuple(zones)
        return commune in zones or "france" in zones or places.covers(zones, commune)

    def km(self, a: str, b: str) -> float | None:
        return 0.0 if a == b else self._between(self.point(a), self.point(b))

    def reach(self, commune: str, latitude: float, longitude: float) -> float | None:
        """Kilometres from the middle of a commune to a point."""
        return self._between(self.point(commune), (latitude, longitude))

    def _between(self, here: Point | None, there: Point | None) -> float | None:
        return places.great_circle(*here, *there) if here and there else None

    def point(self, code: str | None) -> Point | None:
        """The middle of a commune."""
        found = self._own.get(code or "")
        if found is not None:
            lat, lon = found.latitude, found.longitude
        else:
            known = places.commune(code or "")
            lat, lon = (known.lat, known.lon) if known else (None, None)
        return (lat, lon) if lat is not None and lon is not None else None

    def region(self, commune: str) -> str | None:
        found = places.commune(commune)
        return found.region if found else None

    def name(self, commune: str) -> str | None:
        found = self._own.get(commune) or places.commune(commune)
        return found.name if found else None

    def population(self, commune: str) -> int | None:
        own, known = self._own.get(commune), places.commune(commune)
        return (own.population if own else None) or (known.population if known else None)

    def communes_of(self, zone: str) -> Iterable[str]:
        """The communes of an EPCI, a département, a region or the country."""
        return places.communes_of(zone)

    def listed(self, network: str, commune: str) -> tuple[ListedDesk, float | None, bool] | None:
        """The national desk of a network for a commune, its distance in km, and whether it is known to be in charge of it.

        Where nobody is known to be in charge: the one in the commune, else the nearest of the same département.
        """
        here = places.commune(commune)
        if self._desks is None or here is None:
            return None
        serving = self._desks.serving(network, here.code) or self._desks.serving(network, here.city)
        found = []
        for desk in serving or self._desks.of(network, here.departement):
            lat, lon = desk.latitude, desk.longitude
            point = self.point(desk.commune) if lat is None or lon is None else (lat, lon)
            found.append((desk, self._between(self.point(here.code), point)))
        order = ((d.commune != here.code or km is None, FAR if km is None else km) for d, km in found)
        best = min(zip(order, range(len(found)), strict=True), default=None)
        return None if best is None else (*found[best[1]], bool(serving))
