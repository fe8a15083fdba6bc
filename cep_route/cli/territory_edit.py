"""`cep-route territory new | fmt | fix | export`: a territory file begun, laid out, corrected, handed back to a region."""

from __future__ import annotations

import re
import sys
from typing import Literal

from cep_route import files, places
from cep_route.cli.console import (
    CANNOT,
    FOUND,
    WELL,
    CannotRun,
    Result,
    as_json,
    asked_day,
    asked_law,
    sure,
    today,
    write_out,
)
from cep_route.cli.territory_import import asked_cards
from cep_route.files import country as kept
from cep_route.files.toml import parse
from cep_route.importers import cleaning, data_inclusion, gathering, to_toml
from cep_route.importers import hours as opening_hours
from cep_route.importers.rows import Area
from cep_route.messages import say, word
from cep_route.model.answer import Finding, Place
from cep_route.render.data import operator_name
from cep_route.render.parts import Line, Page, section

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
    law, day = asked_law(), today()
    codes = [c.strip() for c in (communes or "").split(",") if c.strip()]
    zones = [f"departement:{d.strip().upper().zfill(2)}" for d in (departement or "").split(",") if d.strip()]
    if unknown := [c for c in codes if not places.commune(c) and not c.startswith("99")]:
        raise CannotRun(Finding(code="CEP601", values={"text": unknown[0]}))
    if strange := [z for z in zones if not places.known(z)]:
        raise CannotRun(Finding(code="CEP702", values={"zone": strange[0].partition(":")[2]}))
    own_id, title = gathering.titles(Area(zones)) if zones and not codes else (None, name)
    name = own_id if name is None else name
    if name is None or not (codes or zones):
        missing = "ID" if codes or zones else "--communes"
        raise CannotRun(Finding(code="CEP522", values={"name": missing, "command": "territory new"}))
    # the file must be read again, and be named by its id
    if not re.fullmatch("[a-z0-9]+(-[a-z0-9]+)*", name):
        values = {"value": name, "option": "ID", "expected": "a-z, 0-9, -", "command": "territory new"}
        raise CannotRun(Finding(code="CEP527", values=values))
    extent = [*zones, *codes]
    heads = (places.commune(min(places.communes_of(zone), default="")) for zone in extent)
    regions = {c.region: c.region_name for c in heads if c}
    region = f'\nregion = "{next(iter(regions.values()))}"' if zones and len(regions) == 1 else ""
    hole = say("draft.hole", lang)
    words = {
        "id": name, "name": title or name, "day": day, "hole": hole, "extent": "perimeter" if zones else "communes",
        "seat": codes[0] if codes else places.communes_of(zones[0])[0],
        "zones": ", ".join(f'"{zone}"' for zone in extent), "region": region,
        "about": say("draft.about", lang), "how": say("draft.how", lang, hole=hole), "zone": say("draft.zone", lang, hole=hole),
    }  # fmt: skip
    operators = [code for code, o in law.operators.items() if not o.outside and o.in_force(day)]
    text = _HEAD.format(**words)
    for code in operators:
        own, network_name = f"{code.replace('_', '-')}-{name}", operator_name(law, code, day, lang)
        text += _OPERATOR.format(own=own, network=code, network_name=network_name, **words)
    return Result(answer=text + _PARTNER.format(**words), out=out, force=force)


def fmt(paths: list[str], *, check: bool = False, lang: str = "fr") -> Result:
    """Lay files out in place, each whole or not at all; `-` is stdin to stdout; `--check` only says which are not."""
    code, said, shown = WELL, [], []
    for path in paths:
        data = sys.stdin.buffer.read() if path == "-" else files.read_bytes(path)
        document = data if isinstance(data, Finding) else parse(path, data)
        if isinstance(document, Finding):
            said.append(document)
            code = CANNOT
            continue
        laid = to_toml.formatted(document.text)
        if path == "-":
            shown.append(laid)
        elif laid.encode() != data and check:
            said.append(Finding(code="CEP713", values={"file": path}, place=Place(file=path)))
            code = max(code, FOUND)
        elif laid.encode() != data:
            code = max(code, write_out(path, laid, force=True, lang=lang))
    return Result(code=code, answer="".join(shown), said=said)


def fix(
    sheet: str,
    *,
    by: str,
    phone: str | None = None,
    address: str | None = None,
    hours: str | None = None,
    closed: bool = False,
    desks: str | None = None,
    on: str | None = None,
    lang: str = "fr",
) -> Result:
    """Keep an office's correction of one desk beside the file of desks, dated and signed."""
    day = asked_day(on)
    desk = (sure(kept.named(desks)) if desks else kept.own()).at(sheet)
    if desk is None or desk.sheet is None:
        raise CannotRun(Finding(code="CEP724", values={"sheet": sheet[:200]}))
    faults: list[Finding] = []

    def lose(field: str, _reason: str) -> None:
        faults.append(Finding(code="CEP725", values={"field": field}))

    number = cleaning.phone(phone, desk.departement, lose) if phone else None
    opening = opening_hours.opening(hours, lose) if hours else None
    if not faults and not (number or address or opening or closed):
        faults.append(Finding(code="CEP726"))
    if faults:
        raise CannotRun(*faults)
    told = kept.Correction(
        sheet=desk.sheet, by=by.strip()[:80], on=day, phone=number, address=address, hours=opening, closed=closed
    )  # fmt: skip
    beside = desks or kept.data_path()
    if fault := kept.keep_correction(beside, told):
        raise CannotRun(fault)
    file = kept.corrections_path(beside)
    said = say("import.fixed", lang, name=desk.name, file=file, by=told.by, day=told.on)
    return Result(answer=Page(sections=tuple(section("fixed", "", [Line(text=said)]))))


def export(
    name: str,
    *,
    form: Literal["data-inclusion"] = "data-inclusion",
    out: str | None = None,
    force: bool = False,
    lang: str = "fr",
) -> Result:
    """Partners as data·inclusion rows: one JSON with `structures` and `services`."""
    del form  # the only one there is
    law, cards = asked_law(), asked_cards()
    found, findings = files.load_territory(name, law)
    labels = {code: card.label["fr"] for code, card in law.needs.items()}
    rows, left = data_inclusion.given_back(sure(found, findings), cards, labels)
    dropped = word("import", "dropped", lang)
    notes = (f"{dropped} : {count} ({word('import', reason, lang)})" for reason, count in left.items())
    return Result(answer=as_json(rows), said=findings, notes="\n".join(notes), out=out, force=force)
