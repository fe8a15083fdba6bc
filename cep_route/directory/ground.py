"""What must be known of the ground: zones, distances, names. It knows no person."""

from __future__ import annotations

from cep_route import places
from cep_route.directory.desks import Desks
from cep_route.model.territory import Territory

Point = tuple[float, float]  # latitude, longitude in degrees


class Ground:
    """The ground of a territory: its own fictitious communes before the table of France. `desks`: those of the country."""

    covers = staticmethod(places.covers)
    communes_of = staticmethod(places.communes_of)

    def __init__(self, territory: Territory, desks: Desks | None = None) -> None:
        self._own = {c.code: c for c in territory.communes or ()}
        self.desks = None if territory.invented else desks

    def km(
        self, here: str, there: str | None, latitude: float | None = None, longitude: float | None = None
    ) -> float | None:
        """Kilometres from the middle of a commune to a point where that is told, else to the middle of another commune."""
        end = (latitude, longitude) if latitude is not None and longitude is not None else None
        if here == there and end is None:
            return 0.0
        start, end = self.point(here), end or self.point(there)
        return places.great_circle(*start, *end) if start and end else None

    def point(self, code: str | None) -> Point | None:
        """The middle of a commune."""
        own, known = self._own.get(code or ""), places.commune(code or "")
        lat, lon = (own.latitude, own.longitude) if own else (known.lat, known.lon) if known else (None, None)
        return (lat, lon) if lat is not None and lon is not None else None

    def name(self, commune: str) -> str | None:
        found = self._own.get(commune) or places.commune(commune)
        return found.name if found else None

    def population(self, commune: str) -> int | None:
        own, known = self._own.get(commune), places.commune(commune)
        return (own.population if own else None) or (known.population if known else None)
