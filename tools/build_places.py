"""Builds `cep_route/places/places.dat`, the embedded table of communes, from pinned public packages; never downloads anything.

    npm pack @etalab/decoupage-administratif@6.0.0        and likewise 0.7.0, 1.1.1, 2.3.1, 3.1.1, 4.1.0, 5.3.0
    python tools/build_places.py FOLDER_OF_PACKAGES [--coordinates COORDINATES.tsv[.xz]] [-o places.dat]

6.0.0 holds the communes of 1 January 2026 with postcodes, EPCI, populations, the old codes of each, and the communes déléguées and
associées. It dates nothing and names no older commune, so the names and the days come from the sister packages: 0.7.0 has every
change from 1943 to 1 January 2020, the yearly packages after it tell which code or name was gone on 1 January of their year.
No package has coordinates: they are given as a table (columns code, lat, lon; centres of communes after IGN Admin Express 2018), or
carried over from the data file that stands.

Each package is recognised by its SHA-256; the same input gives the same bytes. Licence of the data: Licence Ouverte 2.0
(https://www.etalab.gouv.fr/licence-ouverte-open-licence). Attribution: `cep_route.places.ATTRIBUTION`.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import io
import json
import lzma
import sys
import tarfile
import zlib
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from cep_route.places import coordinates_of, table  # noqa: E402 -- the checkout, not an installed copy
from cep_route.places.spelling import plain, skeleton  # noqa: E402

NAME = "etalab-decoupage-administratif-{}.tgz"
VINTAGE = "6.0.0"
HISTORY = "0.7.0"
YEARS = {2021: "1.1.1", 2022: "2.3.1", 2023: "3.1.1", 2024: "4.1.0", 2025: "5.3.0", 2026: VINTAGE}
SHA256 = {
    "0.7.0": "4643f584e1502d38a9baefe6e5b478aa8d5077bcd7e8972461dbbaceb66559f0",
    "1.1.1": "db6e7c433ee675de314aa19bfc4faf796451342960ed2c1b42fda0f458a97e23",
    "2.3.1": "d7f2a6915af27a719eeb6eb6581d9a645849b5b23e5c97fa5aa2931eb3552d1f",
    "3.1.1": "225079c8cd185379fd494993e99fe712523e2f16e4a1170d8391a76a304e7073",
    "4.1.0": "318f0cfc0c1f9d8113b272bf3cefb8f207f23f73026ee5932215f5d80d7a0f2a",
    "5.3.0": "149cd9096f70915c02e5d39ef6045f0900d94c782ee9f1c1941703092fe72636",
    "6.0.0": "c189ffd5b33fe40c2f19e1a923ce557f190622f39228745d3195d746dfe00c4a",
}
CITIES = {"75056": "751", "69123": "6938", "13055": "132"}  # their arrondissements have the city's place
NAMES_IN_A_BLOCK = 300  # one look-up unpacks one block: 4 kB, a tenth of a millisecond

Row = dict[str, Any]


@dataclass(frozen=True)
class Former:
    """A name or a code that a commune, or a part of it, bore until a day (ISO; empty when no source tells)."""

    code: str
    name: str
    until: str


@dataclass
class Sources:
    communes: dict[str, Row]
    parts: list[Row]  # communes déléguées and associées
    epci: list[Row]
    ept: list[Row]
    departements: list[Row]
    regions: list[Row]
    history: list[Row]
    years: dict[int, dict[str, str]]  # year -> code -> name
    coordinates: dict[str, tuple[float, float]]
    now: dict[str, str] = field(default_factory=dict)  # old code -> present code


def package(folder: Path, version: str, *names: str) -> list[list[Row]]:
    """The named JSON files of one package, whose bytes are those expected."""
    path = folder / NAME.format(version)
    data = path.read_bytes()
    if hashlib.sha256(data).hexdigest() != SHA256[version]:
        raise SystemExit(f"{path}: these are not the bytes of version {version}")
    with tarfile.open(fileobj=io.BytesIO(data)) as tar:
        found = [tar.extractfile(f"package/data/{name}.json") for name in names]
        return [json.load(file) for file in found if file]


def coordinates(path: Path | None) -> dict[str, tuple[float, float]]:
    """Code -> latitude, longitude; from a table, or as the data file already has them."""
    if not path:
        return coordinates_of()
    text = lzma.decompress(path.read_bytes()).decode() if path.suffix == ".xz" else path.read_text("utf-8")
    rows = csv.DictReader(io.StringIO(text), delimiter="\t")
    return {row["code"]: (float(row["lat"]), float(row["lon"])) for row in rows if row["lat"]}


def sources(folder: Path, places: Path | None) -> Sources:
    communes, epci, ept, departements, regions = package(
        folder, VINTAGE, "communes", "epci", "ept", "departements", "regions"
    )
    (history,) = package(folder, HISTORY, "historique-communes")
    present = [row for row in communes if row["type"] in {"commune-actuelle", "arrondissement-municipal"}]
    years = {
        year: {
            r["code"]: r["nom"]
            for r in package(folder, version, "communes")[0]
            if r["type"] == "commune-actuelle"
        }
        for year, version in YEARS.items()
    }
    # 1 January 2020: what the history leaves open.
    years[2020] = {r["code"]: r["nom"] for r in history if r["type"] == "COM" and not r.get("dateFin")}
    return Sources(
        communes={row["code"]: row for row in sorted(present, key=lambda row: row["code"])},
        parts=[row for row in communes if "chefLieu" in row and row["type"] != "commune-actuelle"],
        epci=sorted(epci, key=lambda row: row["code"]),
        ept=sorted(ept, key=lambda row: row["code"]),
        departements=departements,
        regions=regions,
        history=history,
        years=years,
        coordinates=coordinates(places),
        now={old: row["code"] for row in present for old in row.get("anciensCodes", [])},
    )


def heirs(src: Sources, row: Row) -> set[str]:
    """The present communes of a commune that ended: that of its code, and those set up again out of it."""
    codes = {row["code"]}
    if row.get("raisonFin") == "dé-fusion":
        codes |= {member.partition("-")[2].partition("@")[0] for member in row.get("membres", [])}
    present = {src.now.get(code, code) for code in codes}
    return {code for code in present if code in src.communes}


def formers(src: Sources) -> dict[str, list[Former]]:
    """Present code -> what it, or a part of it, was called or coded before; the latest day of each."""
    known: dict[tuple[str, str, str], str] = {}

    def note(present: str, code: str, name: str, until: str) -> None:
        if code != present or plain(name) != plain(src.communes[present]["nom"]):
            key = (present, code, name)
            known[key] = max(known.get(key, ""), until)

    for row in src.history:
        if row["type"] == "COM" and row.get("dateFin"):
            for present in heirs(src, row):
                note(present, row["code"], row["nom"], row["dateFin"])
    for year in sorted(src.years):
        if year + 1 in src.years:
            for code, name in src.years[year].items():
                present = src.now.get(code, code)
                if src.years[year + 1].get(code) != name and present in src.communes:
                    note(present, code, name, f"{year + 1}-01-01")
    # Communes déléguées and associées that never were communes under that name or code: since that day, parts of another.
    begun = {(row["code"], row["nom"]): row.get("dateDebut", "") for row in reversed(src.history)}
    named = {(present, plain(name)) for present, _, name in known}
    coded = {code for _, code, _ in known}
    for row in src.parts:
        if row["code"] not in coded or (row["chefLieu"], plain(row["nom"])) not in named:
            note(row["chefLieu"], row["code"], row["nom"], begun.get((row["code"], row["nom"]), ""))
    for old in sorted(set(src.now) - {code for _, code, _ in known}):
        name = next(row["nom"] for row in src.history if row["code"] == old)
        note(src.now[old], old, name, begun[old, name])
    rows: dict[str, list[Former]] = defaultdict(list)
    for (present, code, name), until in sorted(known.items()):
        rows[present].append(Former(code, name, until))
    return rows


def departement(code: str, region_of: dict[str, str]) -> str:
    return code[:3] if code[:3] in region_of else code[:2]


def packed(figures: bytes, text: str) -> bytes:
    return zlib.compress(figures, 9) + zlib.compress(text.encode(), 9)


def planes(figures: list[int], size: int) -> bytes:
    """All first bytes, then all second bytes: the high ones, nearly all alike, pack to nothing."""
    return b"".join(bytes(f >> 8 * i & 0xFF for f in figures) for i in range(size))


def departement_block(
    dep: str, rows: list[Row], src: Sources, former: dict[str, list[Former]], epci_of: dict[str, Row]
) -> bytes:
    width = len(dep)
    used = sorted({epci_of[r["code"]]["code"] for r in rows if r["code"] in epci_of})
    names = {e["code"]: e["nom"] for e in src.epci}
    places = [src.coordinates.get(r["code"]) or src.coordinates.get(city_of(r)) for r in rows]
    south = min((round(p[0] * 1000) for p in places if p), default=0)
    west = min((round(p[1] * 1000) for p in places if p), default=0)
    steps, before = [], 0
    for row in rows:
        number = int(row["code"][width:])
        steps.append(number - before)
        before = number
    figures = b"".join(
        [
            bytes(steps),
            bytes(used.index(epci_of[r["code"]]["code"]) + 1 if r["code"] in epci_of else 0 for r in rows),
            planes([round(p[0] * 1000) - south if p else table.NOWHERE for p in places], 2),
            planes([round(p[1] * 1000) - west if p else table.NOWHERE for p in places], 2),
            planes([r.get("population", table.UNCOUNTED) for r in rows], 3),
        ]
    )
    order = {row["code"]: i for i, row in enumerate(rows)}
    was = [
        f"{order[r['code']]}\t{f.code}\t{f.name}\t{f.until}" for r in rows for f in former.get(r["code"], [])
    ]
    text = table.COLUMN.join(
        [
            f"{south}\t{west}",
            "\n".join(f"{code}\t{names[code]}" for code in used),
            "\n".join(r["nom"] for r in rows),
            "\n".join(
                " ".join(p[width:] if p.startswith(dep) else p for p in r.get("codesPostaux", []))
                for r in rows
            ),
            "\n".join(was),
        ]
    )
    return packed(figures, text)


def city_of(row: Row) -> str:
    return str(row.get("commune", ""))


def name_blocks(src: Sources, former: dict[str, list[Former]]) -> list[tuple[str, bytes]]:
    """Every name, present or past, in the order of its skeleton, with the number and the size of its commune."""
    numbers = {code: i for i, code in enumerate(src.communes)}
    entries = set()
    for code, row in src.communes.items():
        if row["type"] == "commune-actuelle":
            for name in {plain(row["nom"]), *(plain(f.name) for f in former.get(code, []))}:
                past = table.PAST if name != plain(row["nom"]) else 0
                entries.add((skeleton(name), name, numbers[code], size(row.get("population", 0)) + past))
    ordered = sorted(entries)
    blocks, start = [], 0
    while start < len(ordered):
        end = start + NAMES_IN_A_BLOCK
        while end < len(ordered) and ordered[end][0] == ordered[end - 1][0]:
            end += 1  # INVARIANT: one skeleton lies in one block
        part = ordered[start:end]
        figures = planes([place for _, _, place, _ in part], 2) + bytes(size for *_, size in part)
        text = "\n".join(
            "" if i and part[i - 1][1] == name else name for i, (_, name, _, _) in enumerate(part)
        )
        blocks.append((part[0][0], packed(figures, text)))
        start = end
    return blocks


def size(population: int) -> int:
    """A population as one small number: which of two places is the larger is all that is asked of it."""
    return population.bit_length() * 2 + (population >> max(0, population.bit_length() - 2)) % 2


def epci_block(src: Sources, region_of: dict[str, str]) -> bytes:
    """Where each EPCI lies; for an EPT of Grand Paris, whose communes belong to the métropole, the communes."""
    rows = []
    for epci in src.epci:
        where = sorted({departement(m["code"], region_of) for m in epci["membres"]})
        rows.append(f"{epci['code']}\t\t{' '.join(where)}")
    for ept in src.ept:
        codes = " ".join(sorted(m["code"] for m in ept["membres"]))
        rows.append(f"{ept['code']}\t{ept['nom']}\t{codes}")
    return packed(b"", "\n".join(rows))


def build(src: Sources) -> bytes:
    region_of = {d["code"]: d["region"] for d in src.departements}
    former = formers(src)
    epci_of = {member["code"]: epci for epci in src.epci for member in epci["membres"]}
    for row in src.communes.values():
        if city_of(row) in epci_of:
            epci_of[row["code"]] = epci_of[city_of(row)]
    rows_of: dict[str, list[Row]] = defaultdict(list)
    postcodes: dict[str, set[str]] = defaultdict(set)
    moved: dict[str, set[str]] = defaultdict(set)
    for code, row in src.communes.items():
        dep = departement(code, region_of)
        rows_of[dep].append(row)
        for postcode in row.get("codesPostaux", []):
            postcodes[postcode].add(dep)
        for f in former.get(code, []):
            if departement(f.code, region_of) != dep:
                moved[departement(f.code, region_of)].add(dep)
    away = {p: deps for p, deps in postcodes.items() if deps != {departement(p, region_of)}}
    deps = sorted(rows_of)  # the order of the codes, hence of `src.communes`
    blocks = [departement_block(dep, rows_of[dep], src, former, epci_of) for dep in deps]
    names = name_blocks(src, former)
    epci = epci_block(src, region_of)
    named = {d["code"]: d for d in src.departements}
    header = table.COLUMN.join(
        [
            str(max(src.years)),
            "\n".join(f"{r['code']}\t{r['nom']}" for r in src.regions),
            "\n".join(
                f"{d}\t{named[d]['nom']}\t{region_of[d]}\t{len(rows_of[d])}\t{len(block)}"
                for d, block in zip(deps, blocks, strict=True)
            ),
            "\n".join(f"{p}\t{' '.join(sorted(where))}" for p, where in sorted(away.items())),
            "\n".join(f"{prefix}\t{' '.join(sorted(where))}" for prefix, where in sorted(moved.items())),
            "\n".join(f"{bones}\t{len(block)}" for bones, block in names),
            str(len(epci)),
        ]
    )
    top = zlib.compress(header.encode(), 9)
    print(
        f"header {len(top):,}  départements {sum(map(len, blocks)):,}  names {sum(len(b) for _, b in names):,} "
        f"in {len(names)}  EPCI {len(epci):,}  formers {sum(map(len, former.values())):,} "
        f"(undated {sum(not f.until for rows in former.values() for f in rows)})"
    )
    return b"".join([table.MAGIC, len(top).to_bytes(4, "little"), top, *blocks, *(b for _, b in names), epci])


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("packages", type=Path, help="folder of the packages, as npm pack names them")
    parser.add_argument("--coordinates", type=Path, help="TSV (or .xz) with columns code, lat, lon")
    parser.add_argument("-o", "--output", type=Path, default=ROOT / "cep_route" / "places" / "places.dat")
    args = parser.parse_args()
    data = build(sources(args.packages, args.coordinates))
    args.output.write_bytes(data)
    print(f"{args.output}: {len(data):,} bytes, sha256 {hashlib.sha256(data).hexdigest()}")


if __name__ == "__main__":
    main()
