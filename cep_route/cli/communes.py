"""Several communes of one postcode or name: the choice where someone can choose, else the desks of each told apart."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from cep_route import places
from cep_route.cli.asking import Asking
from cep_route.messages import listed, say
from cep_route.model.answer import Route
from cep_route.places import Commune
from cep_route.render.parts import Grid, Page, Section
from cep_route.render.telling import phone_words
from cep_route.router import Router, Visit

MOST = 40  # communes that are asked about
SHOWN = 9  # proposed in a list, or named on a line

Reader = Callable[[str | None], Visit | None]  # the same person in another commune


def candidates(visit: Visit, commune: str | None) -> tuple[Commune, ...]:
    """The communes that what was typed may mean, when it means several."""
    if commune is None or visit.profile.commune is not None:
        return ()
    found = places.typed(commune)
    return found.communes[:MOST] if found.status == "several" else ()


def chosen(asking: Asking, communes: Sequence[Commune]) -> str | None:
    """The commune that who sits there chooses, as it can be typed; None when it is not known."""
    options = [(f"insee:{c.code}", f"{c.name} ({c.code}, {c.departement_name})") for c in communes[:SHOWN]]
    told = asking.choose(say("ask.which_home", asking.lang), options, back=False, help_=False)
    return told if told in dict(options) else None


def told_apart(router: Router, read: Reader, communes: Sequence[Commune], lang: str) -> Section | None:
    """Where one goes first from each of the communes, those of one desk on one line; nothing when no desk is known."""
    met: dict[tuple[str, str, str], list[str]] = {}
    for here in communes:
        visit = read(f"insee:{here.code}")
        if visit is None:
            continue
        answer = router.answer(visit)
        route = answer if isinstance(answer, Route) else answer[0].route
        for desk in route.first:
            if desk.address:  # what is the same everywhere is above
                key = (desk.name or "", phone_words(desk.phone) if desk.phone else "", desk.address or "")
                met.setdefault(key, []).append(here.name)
    if not met:
        return None
    names = ("commune", "desk", "phone", "address")
    rows = tuple(
        (listed(names_ if len(names_) <= SHOWN else [*names_[:SHOWN], "…"], lang), *key)
        for key, names_ in met.items()
    )
    grid = Grid(columns=tuple(say(f"communes.{name}", lang) for name in names), rows=rows)
    return Section(key="communes", title=say("communes.title", lang), parts=(grid,))


def with_section(page: Page, section: Section) -> Page:
    """A page with the desks of the communes after what it begins with."""
    return Page(
        title=page.title,
        sub=page.sub,
        sections=(*page.sections[:1], section, *page.sections[1:]),
        end=page.end,
    )
