"""What must be known of the ground: zones, distances, names. It knows no person."""

from __future__ import annotations

from cep_route import places
from cep_route.directory.desks import Desks
from cep_route.model.territory import Territory


class Ground:
    """The ground of a territory: its own fictitious communes before the table of France. `desks`: those of the country."""

    covers = staticmethod(places.covers)
    communes_of = staticmethod(places.communes_of)

    def __init__(self, territory: Territory, desks: Desks | None = None) -> None:
        self._own = {
            c.code: places.Commune(
                code=c.code, name=c.name, lat=c.latitude, lon=c.longitude, population=c.population
            )
            for c in territory.communes or ()
        }
        self.desks = None if territory.invented else desks

    def commune(self, code: str | None) -> places.Commune | None:
        return self._own.get(code or "") or places.commune(code or "")

    def name(self, code: str) -> str | None:
        found = self.commune(code)
        return found.name if found else None

    def point(self, code: str | None) -> tuple[float, float] | None:
        """The middle of a commune: latitude and longitude in degrees."""
        here = self.commune(code)
        return (here.lat, here.lon) if here and here.lat is not None and here.lon is not None else None

    def km(
        self, here: str, there: str | None, latitude: float | None = None, longitude: float | None = None
    ) -> float | None:
        """Kilometres from the middle of a commune to a point where that is told, else to the middle of another commune."""
        end = (latitude, longitude) if latitude is not None and longitude is not None else None
        if here == there and end is None:
            return 0.0
        start, end = self.point(here), end or self.point(there)
        return places.great_circle(*start, *end) if start and end else None
