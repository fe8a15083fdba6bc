"""`cep-route territory list | show | new`: the territory files, seen and begun."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from cep_route import files
from cep_route.cli.console import CANNOT, WELL, is_plain, say, tell, the_day, the_law, width, write_out
from cep_route.directory.age import too_old
from cep_route.directory.cooperation import cooperation
from cep_route.engine.explain import Judge
from cep_route.messages import table
from cep_route.model.answer import Finding
from cep_route.model.law import Law, in_force
from cep_route.render import page
from cep_route.render.data import operator_name
from cep_route.render.sheet import Block, day_words, hours_words

WORDS = table("route")


def list_words(*, form: str, territories: str | None, lang: str) -> int:
    """The territories there are: id, name, communes, the day their facts are true, and whether that is too old to route by."""
    from cep_route.cli.console import today

    law = the_law(None, lang)
    if law is None:
        return CANNOT
    rows = []
    for row, findings in listed(law, territories, today()):
        tell(findings, lang)
        if row:
            rows.append(row)
    if form == "json":
        import json

        say(json.dumps(rows, ensure_ascii=False, indent=2))
        return WELL
    text = "{} — {} ({} commune{}, au {})" if lang == "fr" else "{} — {} ({} commune{}, as of {})"
    whole = "{} — {} (tout le pays, au {})" if lang == "fr" else "{} — {} (the whole country, as of {})"
    for row in rows:
        day = day_words(row["as_of"], lang)
        shown = (
            text.format(row["id"], row["name"], row["communes"], "s" if row["communes"] > 1 else "", day)
            if row["communes"]
            else whole.format(row["id"], row["name"], day)
        )
        stale = ", trop ancienne : --accept-old" if lang == "fr" else ", too old: --accept-old"
        say(shown + (stale if row["old"] else ""))
    return WELL


def listed(law: Law, folder: str | None, on: str) -> Iterable[tuple[dict[str, Any], list[Finding]]]:
    """Each territory there is: id, name, number of communes, the day its facts are true, is that too old; nothing, and why, of one
    that cannot be read.
    """
    from cep_route import places

    for name, path in files.territories(folder).items():
        territory, findings = files.load_territory(path, law)
        row = {}
        if territory:
            head = territory["territory"]
            zones = head.get("perimeter") or ()
            communes = len(head.get("communes") or [c for zone in zones for c in places.communes_of(zone)])
            row = {
                "id": name,
                "name": head["name"],
                "communes": 0 if "france" in zones else communes,
                "as_of": head["as_of"],
                "old": too_old(territory, on) is not None,
            }
        yield row, findings


def show_words(*, name: str, form: str, on: str | None, lang: str) -> int:
    """One territory on one day, whole."""
    import sys

    law = the_law(None, lang)
    day, faults = the_day(on)
    if law is None or faults:
        tell(faults, lang)
        return CANNOT
    territory, findings = files.load_territory(name, law)
    tell(findings, lang)
    if territory is None:
        return CANNOT
    if form == "json":
        import json

        say(json.dumps(territory, ensure_ascii=False, indent=2))
        return WELL
    configurations, _ = files.load_cooperation()
    blocks = _blocks(territory, law, day, lang, Judge(configurations) if configurations else None)
    say(page.plain(blocks, lang) if is_plain(sys.stdout, simple=False) else page.terminal(blocks, width()))
    return WELL


def _blocks(
    territory: dict[str, Any], law: Law, on: str, lang: str, configurations: Judge | None
) -> Iterable[Block]:
    head = territory["territory"]
    yield Block(kind="title", text=f"{head['name']} ({head['id']}), {day_words(on, lang)}")
    together = cooperation(territory, on, law, configurations)
    yield Block(kind="section", text="Coopération" if lang == "fr" else "Cooperation")
    for code in together.configuration:
        possible = "" if len(together.configuration) == 1 else " (possible)"
        yield Block(kind="item", text=WORDS[code][lang] + possible)
    for key, fr, en in (
        ("operators", "Opérateurs", "Operators"),
        ("schemes", "Dispositifs", "Schemes"),
        ("partners", "Partenaires", "Partners"),
    ):
        houses = [h for h in territory.get(key) or () if in_force(h, on)]
        if houses:
            yield Block(kind="section", text=fr if lang == "fr" else en)
        for house in houses:
            label = f"{operator_name(law, house['network'], on, lang)}, " if key == "operators" else ""
            yield Block(kind="item", text=f"{label}{house['name']} [{house['id']}]")
            for place in house.get("places") or ([house["place"]] if house.get("place") else []):
                yield Block(kind="detail", text=_place(place, lang))
            for contact in house.get("contacts") or ([house["contact"]] if house.get("contact") else []):
                yield Block(kind="detail", text=_contact(contact))
            if key != "operators" and house.get("needs"):
                yield Block(kind="detail", text=", ".join(house["needs"]))


def _place(place: dict[str, Any], lang: str) -> str:
    types = {
        "head_office": ("siège", "head office"), "branch": ("antenne", "branch"), "permanence": ("permanence", "regular visit"),
        "mobile": ("itinérant", "mobile"), "remote": ("à distance", "remote"), "none": ("pas de permanence ici", "no desk here"),
    }  # fmt: skip
    parts = [types[place["type"]][lang == "en"], place.get("address") or place.get("commune")]
    parts += [hours_words(place["hours"], lang)] if place.get("hours") else []
    parts += [place.get("phone_shown")]
    return ", ".join(p for p in parts if p)


def _contact(contact: dict[str, Any]) -> str:
    parts = (contact.get("name"), contact.get("role"), contact.get("phone_shown"), contact.get("email"))
    return ", ".join(p for p in parts if p)


def new_words(
    *,
    name: str | None,
    communes: str | None,
    departement: str | None,
    out: str | None,
    force: bool,
    lang: str,
) -> int:
    """A territory file to fill in: what is not known yet stands as a comment, marked, never as a value."""
    from cep_route import places
    from cep_route.cli.console import today
    from cep_route.importers import tables
    from cep_route.importers.area import Area

    law = the_law(None, lang)
    if law is None:
        return CANNOT
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
        tell([fault] if fault else [], lang)
        return CANNOT
    extent = [("communes", codes)]
    if zones:
        extent = [("perimeter", [*zones, *codes])]
    seat = codes[0] if codes else places.communes_of(zones[0])[0]
    return write_out(out, _draft(name, title, extent[0], seat, law, today(), lang), force=force, lang=lang)


def _zone_fault(codes: list[str], zones: list[str]) -> Finding | None:
    from cep_route import places

    unknown = [c for c in codes if not places.commune(c) and not c.startswith("99")]
    if unknown:
        return Finding(code="CEP601", values={"text": unknown[0]})
    strange = [z for z in zones if not places.known(z)]
    if strange:
        return Finding(code="CEP702", values={"zone": strange[0].partition(":")[2]})
    if not codes and not zones:
        return Finding(code="CEP522", values={"name": "--communes", "command": "territory new"})
    return None


def _draft(
    name: str, title: str, extent: tuple[str, list[str]], seat: str, law: Law, on: str, lang: str
) -> str:
    """The TOML of a territory of which only the extent is known; every hole bears the mark of its language."""
    from cep_route import places

    def t(fr: str, en: str) -> str:
        return fr if lang == "fr" else en

    hole = t("À COMPLÉTER", "TO FILL IN")
    listed = ", ".join(f'"{c}"' for c in extent[1])
    regions = {r.code: r for z in extent[1] for c in places.communes_of(z)[:1] if (r := places.region_of(c))}
    region = next(iter(regions.values())) if extent[0] == "perimeter" and len(regions) == 1 else None
    networks = [code for code, o in law.operators.items() if not o.outside and o.in_force(on)]
    lines = [
        t(
            "# Fiche de territoire à remplir. Ce qui est absent est inconnu ; `[]`, false ou \"none\" dit qu'on sait qu'il n'y en a pas.",
            '# A territory file to fill in. What is absent is unknown; `[]`, false or "none" says that one knows there is none.',
        ),
        t(
            f"# Chaque trou porte « {hole} » : décommentez la ligne quand vous savez. Vérifiez avec : cep-route check CE_FICHIER --max-age 12",
            f"# Each hole bears “{hole}”: uncomment the line once you know. Check with: cep-route check THIS_FILE --max-age 12",
        ),
        "",
        "[territory]",
        "schema = 1",
        f'id = "{name}"',
        f'name = "{title or name}"',
        *([f'region = "{region.name}"'] if region else []),
        f"{extent[0]} = [{listed}]",
        f"as_of = {on}",
        f"updated_on = {on}",
        f'# author = ""  # {hole}',
        "",
        f"# [coordination]  # {hole}",
        '# status = "active"  # active, dormant, stopped, none',
        '# member_operators = ["france_travail"]',
    ]
    zone = t(
        "communes, EPCI (9 chiffres), departement:05, region:93 ou france : le sien, pas celui du territoire",
        "communes, EPCI (9 digits), departement:05, region:93 or france: its own, not that of the territory",
    )
    for code in networks:
        lines += [
            "",
            "[[operators]]",
            f'id = "{code.replace("_", "-")}-{name}"',
            f'network = "{code}"',
            f'name = "{operator_name(law, code, on, lang)}"',
            f"# perimeter = []      # {hole} ; {zone}"
            if lang == "fr"
            else f"# perimeter = []      # {hole}; {zone}",
            f"  # [[operators.places]]  # {hole}",
            '  # type = "permanence"  # head_office, branch, permanence, mobile, remote, none',
            f'  # commune = "{seat}"',
            '  # hours = "Mo-Fr 09:00-12:00"',
            f"  # [[operators.contacts]]  # {hole}",
            '  # use = "counsellor"   # public, counsellor',
            '  # phone = "+33..."',
            f"  # checked_on = {on}",
        ]
    lines += [
        "",
        f"# [[partners]]  # {hole}",
        '# id = "mobilite"',
        '# name = ""',
        '# circle = "housing_mobility"  # spro, economic, training, health_social, housing_mobility, institution',
        '# needs = ["mobilite"]',
        '# publics = ["tous-publics"]',
        "",
    ]
    return "\n".join(lines)
