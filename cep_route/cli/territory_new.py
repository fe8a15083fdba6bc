"""`cep-route territory new`: a territory file to fill in; what is not known yet stands as a comment, marked, never as a value."""

from __future__ import annotations

import re

from cep_route import places
from cep_route.cli.console import CannotRun, Result, asked_law, today
from cep_route.importers import tables
from cep_route.importers.area import Area
from cep_route.messages import say
from cep_route.model.answer import Finding
from cep_route.model.law import Law
from cep_route.render.data import operator_name


def new(
    name: str | None = None,
    *,
    communes: str | None = None,
    departement: str | None = None,
    out: str | None = None,
    force: bool = False,
    lang: str = "fr",
) -> Result:
    """A territory file to fill in: what is not known yet stands as a comment, marked, never as a value."""
    law = asked_law()
    codes = [c.strip() for c in (communes or "").split(",") if c.strip()]
    zones = [f"departement:{d.strip().upper().zfill(2)}" for d in (departement or "").split(",") if d.strip()]
    fault = _zone_fault(codes, zones)
    title = name or ""
    if not fault and (zones and not codes):
        own_id, title = tables.titles(Area(zones))
        name = own_id if name is None else name
    if not fault and name is None:
        fault = Finding(code="CEP522", values={"name": "ID", "command": "territory new"})
    if not fault and name is not None and not re.fullmatch("[a-z0-9]+(-[a-z0-9]+)*", name):
        # the file must be read again, and be named by its id
        values = {"value": name, "option": "ID", "expected": "a-z, 0-9, -", "command": "territory new"}
        fault = Finding(code="CEP527", values=values)
    if fault or name is None:
        raise CannotRun(*([fault] if fault else []))
    extent = ("perimeter", [*zones, *codes]) if zones else ("communes", codes)
    seat = codes[0] if codes else places.communes_of(zones[0])[0]
    return Result(answer=_draft(name, title, extent, seat, law, today(), lang), out=out, force=force)


def _zone_fault(codes: list[str], zones: list[str]) -> Finding | None:
    unknown = [c for c in codes if not places.commune(c) and not c.startswith("99")]
    if unknown:
        return Finding(code="CEP601", values={"text": unknown[0]})
    strange = [z for z in zones if not places.known(z)]
    if strange:
        return Finding(code="CEP702", values={"zone": strange[0].partition(":")[2]})
    if not codes and not zones:
        return Finding(code="CEP522", values={"name": "--communes", "command": "territory new"})
    return None


# What is not known yet stands as a comment; {hole} marks it.
_HEAD = """# {about}
# {how}

[territory]
schema = 1
id = "{id}"
name = "{name}"{region}
{extent} = [{zones}]
as_of = {day}
updated_on = {day}
# author = ""  # {hole}

# [coordination]  # {hole}
# status = "active"  # active, dormant, stopped, none
# member_operators = ["france_travail"]
"""
_OPERATOR = """
[[operators]]
id = "{own}"
network = "{network}"
name = "{network_name}"
# perimeter = []      # {zone}
  # [[operators.places]]  # {hole}
  # type = "permanence"  # head_office, branch, permanence, mobile, remote, none
  # commune = "{seat}"
  # hours = "Mo-Fr 09:00-12:00"
  # [[operators.contacts]]  # {hole}
  # use = "counsellor"   # public, counsellor
  # phone = "+33..."
  # checked_on = {day}
"""
_PARTNER = """
# [[partners]]  # {hole}
# id = "mobilite"
# name = ""
# circle = "housing_mobility"  # spro, economic, training, health_social, housing_mobility, institution
# needs = ["mobilite"]
# publics = ["tous-publics"]
"""


def _draft(
    name: str, title: str, extent: tuple[str, list[str]], seat: str, law: Law, on: str, lang: str
) -> str:
    """The TOML of a territory of which only the extent is known; every hole bears the mark of its language."""
    kind, zones = extent
    here = (places.commune(min(places.communes_of(zone), default="")) for zone in zones)
    regions = {c.region: c.region_name for c in here if c}
    region = next(iter(regions.values())) if kind == "perimeter" and len(regions) == 1 else None
    hole = say("draft.hole", lang)
    words = {
        "id": name, "name": title or name, "day": on, "seat": seat, "hole": hole, "extent": kind,
        "zones": ", ".join(f'"{zone}"' for zone in zones), "region": f'\nregion = "{region}"' if region else "",
        "about": say("draft.about", lang), "how": say("draft.how", lang, hole=hole), "zone": say("draft.zone", lang, hole=hole),
    }  # fmt: skip
    text = _HEAD.format(**words)
    for code in (code for code, o in law.operators.items() if not o.outside and o.in_force(on)):
        own = f"{code.replace('_', '-')}-{name}"
        text += _OPERATOR.format(
            **words, own=own, network=code, network_name=operator_name(law, code, on, lang)
        )
    return text + _PARTNER.format(**words)
