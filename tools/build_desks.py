"""Builds `cep_route/directory/desks.sqlite`, the desks of the whole country, from tables of open data; never downloads anything.

    tools/build_desks.py TABLES... [-o FILE]

Each table is a TSV with a title line. Columns read, all optional but the first two: network, name, address, postcode, town, insee,
departement, lat, lon, phone, website, hours (French), sheet_url or source_url, sheet_date (last edit), snapshot_date or date,
address_2019_same_phone and postcode_2019_same_phone (a street seen in 2019 beside a number that has not changed), note. A network is
a type of the public directory or a word of `rules/directory.toml`; a network it does not know is left out and counted.

Two tables may tell of one network in one département: sheets (with an address of their own) are kept before mere phone numbers.
The same tables give the same bytes. What the tables were is told in `cep_route/directory/DESKS.md`.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import re
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from cep_route import places  # noqa: E402
from cep_route.directory.desks import ListedDesk  # noqa: E402
from cep_route.files.country import write  # noqa: E402
from cep_route.files.written import load_directory  # noqa: E402
from cep_route.importers import cleaning, hours  # noqa: E402
from cep_route.importers.rows import Cards  # noqa: E402

SOURCE = "Service-Public.fr (DILA)"
LICENCE = "Licence Ouverte 2.0"
# Notes of the tables: what the number is of is sure, where it rings is not.
TOWN_UNSURE = ("FINESS", "non reconnue", "ambiguë")
STREET_YEAR = 2019
Row = dict[str, str]


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("tables", type=Path, nargs="+", help="TSV tables, the most precise first")
    default = ROOT / "cep_route" / "directory" / "desks.sqlite"
    parser.add_argument("-o", "--output", type=Path, default=default)
    args = parser.parse_args()
    data, findings = load_directory()
    if data is None:
        raise SystemExit(f"rules/directory.toml: {[f.code for f in findings]}")
    cards, left = Cards(data), Counter[str]()
    found = [desk for path in args.tables for desk in desks(path, cards, left)]
    kept = sorted(once(found), key=lambda d: (d.departement, d.network, d.name, d.phone or ""))
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder) / "desks.sqlite"
        write(str(made), ((desk, ()) for desk in kept))
        content = made.read_bytes()
    part = args.output.with_name(f".{args.output.name}.part")
    part.write_bytes(content)
    part.replace(args.output)
    print(f"{args.output}: {len(content):,} bytes, sha256 {hashlib.sha256(content).hexdigest()}")
    counts = Counter(d.network for d in kept)
    print("kept", sum(counts.values()), "; ".join(f"{n} {c}" for n, c in sorted(counts.items())))
    print("left out", sum(left.values()), "; ".join(f"{n} {c}" for n, c in sorted(left.items())))


def desks(path: Path, cards: Cards, left: Counter[str]) -> Iterator[ListedDesk]:
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
            kinds = cards.of("annuaire", (row["network"],)) or cards.listed(row["network"])
            if not kinds:
                left[f"network {row['network']}"] += 1
                continue
            found = desk(row, kinds[0], cards, kinds)
            if isinstance(found, str):
                left[found] += 1
            else:
                yield found


def desk(row: Row, network: str, cards: Cards, kinds: tuple[str, ...]) -> ListedDesk | str:
    """One row as a desk, or why it is left out."""
    note = row.get("note") or ""
    unsure = any(word in note for word in TOWN_UNSURE)
    here = home(row, unsure=unsure)
    departement = here.departement if here else (row.get("departement") or "")
    if departement not in places.table.departements():
        return "no département"
    if here is not None and row.get("departement") and here.departement != row["departement"]:
        return "town of another département"
    lose = lambda _field, _why: None  # noqa: E731  # the tables were cleaned: what is lost is lost
    phone = cleaning.phone(row.get("phone"), departement, lose)
    name = cards.name(row["name"], kinds, row.get("date") or None)
    if name.isupper() or "FINESS" in note:  # a register's capitals: the name of the kind is clearer
        name = f"MDPH – {places.table.departements()[departement][0]}" if network == "mdph" else name.title()
    street, postcode, year = row.get("address") or "", row.get("postcode") or "", None
    if not street and row.get("address_2019_same_phone"):
        street, postcode, year = row["address_2019_same_phone"], row["postcode_2019_same_phone"], STREET_YEAR
    if not street and unsure:
        here = None  # the town of a number whose town is not sure says nothing
    known = (
        here is not None or "non reconnue" in note
    )  # « Cergy-Pontoise » is no commune, and says where it is all the same
    town = re.sub(r"\s+Cedex.*", "", row.get("town") or "") if known else ""
    town = "" if town.isdigit() else town
    words = cleaning.text(row.get("hours"))
    opening = hours.read(words) if words else None
    edited, taken = row.get("sheet_date") or None, row.get("snapshot_date") or row["date"]
    publisher = "FINESS" if "FINESS" in note else SOURCE
    sheet = row.get("sheet_url") or row.get("source_url") or ""
    point = coordinates(row, here)
    return ListedDesk(
        network=network,
        departement=departement,
        name=name,
        commune=here.code if here else None,
        town=town or (here.name if here else None),
        address=cleaning.address(cleaning.text(street), "", postcode, town) if street else None,
        latitude=point[0] if point else None,
        longitude=point[1] if point else None,
        phone=phone,
        hours=hours.checked(opening, lose) if opening else None,
        hours_text=words.replace(" | ", " ; ") or None,
        website=cleaning.website(row.get("website"), lose),
        sheet=sheet if "service-public" in sheet else None,
        edited_on=edited,
        as_of=taken,
        street_year=year,
        source=publisher,
        licence=LICENCE,
    )


def home(row: Row, *, unsure: bool) -> places.Commune | None:
    """The commune of a row; an arrondissement where the postcode tells it."""
    postcode, town = row.get("postcode") or "", re.sub(r"\s+Cedex.*", "", row.get("town") or "")
    whole = places.find(f"{postcode} {town}".strip()).one if postcode and town else None
    code = row.get("insee") or ""
    told = places.commune(code) if len(code) == 5 else None
    if told is not None and whole is not None and whole.city == told.code:
        return whole
    if told is not None:
        return told
    if whole is not None:
        return whole
    near = (
        row.get("departement") or postcode[: 3 if postcode[:2] == "97" else 2] or None
    )  # CEDEX: a postcode of no commune
    return None if unsure or not town else places.find(town, departement=near).one


def coordinates(row: Row, here: places.Commune | None) -> tuple[float, float] | None:
    """Those of the table, unless they lie far from the commune."""
    lose = lambda _field, _why: None  # noqa: E731
    return cleaning.coordinates(row.get("lat") or "", row.get("lon") or "", here, lose)


def once(found: list[ListedDesk]) -> list[ListedDesk]:
    """Of one network in one département, sheets with a street of today go before bare numbers; one number is one desk of a town."""
    sheets = {(d.network, d.departement) for d in found if d.sheet and d.street_year is None}
    seen: set[tuple[str, str, str | None, str | None]] = set()
    kept: list[ListedDesk] = []
    for one in sorted(found, key=lambda d: (d.sheet is None, d.source != SOURCE)):
        precise = bool(one.sheet) and one.street_year is None
        key = (one.network, one.departement, one.phone, one.town if not precise else one.address)
        official = {d.departement for d in kept if d.network == one.network and d.source == SOURCE}
        if key in seen or (not precise and (one.network, one.departement) in sheets):
            continue
        if one.source != SOURCE and one.departement in official:
            continue
        seen.add(key)
        kept.append(one)
    return kept


if __name__ == "__main__":
    main()
