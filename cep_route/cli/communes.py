"""Several communes of one postcode or name: the choice where someone can choose, else the desks of each told apart."""

from __future__ import annotations

from collections.abc import Sequence

from cep_route import places
from cep_route.cli.asking import Prompt
from cep_route.messages import listed, say
from cep_route.model.answer import Route
from cep_route.model.profile import Stretch
from cep_route.places import Commune
from cep_route.render.parts import Grid, Page, Section
from cep_route.render.telling import phone_words
from cep_route.router import Visit

MOST = 40  # communes that are asked about
SHOWN = 9  # proposed in a list, or named on a line

Answer = Route | tuple[Stretch, ...]


def candidates(visit: Visit, commune: str | None) -> tuple[Commune, ...]:
    """The communes that what was typed may mean, when it means several."""
    if commune is None or visit.profile.commune is not None:
        return ()
    found = places.typed(commune)
    return found.communes[:MOST] if found.status == "several" else ()


def chosen(asking: Prompt, communes: Sequence[Commune]) -> str | None:
    """The commune that who sits there chooses, as it can be typed; None when it is not known."""
    options = [(f"insee:{c.code}", f"{c.name} ({c.code}, {c.departement_name})") for c in communes[:SHOWN]]
    told = asking.choose(say("ask.which_home", asking.lang), options, back=False, help_=False)
    return told if told in dict(options) else None


Doors = tuple[tuple[str, str, str], ...]  # name, phone and address of the desks where one goes first


def doors(route: Route) -> Doors:
    """Where one goes first, or may go while something is missing."""
    possible = (route.desks[code] for code in route.decision.possible if code in route.desks)
    desks = route.first or tuple(possible)
    shown = [(d.name or "", phone_words(d.phone) if d.phone else "", d.address or "") for d in desks]
    return tuple(door for door in shown if door[2])  # a door without an address is the same everywhere


def told_apart(answers: Sequence[tuple[Commune, Answer]], lang: str) -> Section | None:
    """Where one goes first from each of the communes, those of one desk on one line; nothing when no desk is known."""
    met: dict[tuple[str, str, str], list[str]] = {}
    alike = len({here.name for here, _ in answers}) < len(answers)
    for here, answer in answers:
        name = f"{here.name} ({here.departement_name})" if alike else here.name
        for door in doors(_today(answer)):
            met.setdefault(door, []).append(name)
    if not met:
        return None
    names = ("commune", "desk", "phone", "address")
    rows = tuple(
        (listed(there if len(there) <= SHOWN else [*there[:SHOWN], "…"], lang), *door)
        for door, there in met.items()
    )
    grid = Grid(columns=tuple(say(f"communes.{name}", lang) for name in names), rows=rows)
    return Section(key="communes", title=say("communes.title", lang), parts=(grid,))


def agree(answers: Sequence[tuple[Commune, Answer]]) -> bool:
    """Whether the same operators serve from each of the communes, and one goes first to the same desks."""
    routes = [_today(answer) for _, answer in answers]
    return len({(r.decision.eligible, r.decision.first, doors(r)) for r in routes}) == 1 and bool(
        doors(routes[0])
    )


def _today(answer: Answer) -> Route:
    return answer if isinstance(answer, Route) else answer[0].route


def with_section(page: Page, section: Section) -> Page:
    """A page with the desks of the communes after what it begins with."""
    return Page(
        title=page.title,
        sub=page.sub,
        sections=(*page.sections[:1], section, *page.sections[1:]),
        end=page.end,
    )
