"""Builds `cep_route/places/places.sqlite`, the embedded table of communes, from pinned public packages; never downloads anything.

    npm pack @etalab/decoupage-administratif@6.0.0        and likewise 0.7.0, 1.1.1, 2.3.1, 3.1.1, 4.1.0, 5.3.0
    python tools/build_places.py FOLDER_OF_PACKAGES [--coordinates COORDINATES.tsv[.xz]] [-o places.sqlite]

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
import sqlite3
import sys
import tarfile
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from cep_route.places import table  # noqa: E402 -- the checkout, not an installed copy
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
SCHEMA = """
PRAGMA page_size = 4096; PRAGMA journal_mode = OFF; PRAGMA user_version = 1;
CREATE TABLE about (year);
CREATE TABLE regions (code PRIMARY KEY, name) WITHOUT ROWID;
CREATE TABLE departements (code PRIMARY KEY, name, region) WITHOUT ROWID;
CREATE TABLE epci (code PRIMARY KEY, name) WITHOUT ROWID;
CREATE TABLE ept (code, commune, PRIMARY KEY (commune, code)) WITHOUT ROWID;
CREATE TABLE communes (code PRIMARY KEY, name, departement, epci, lat, lon, population, city, postcodes) WITHOUT ROWID;
CREATE TABLE postcodes (postcode, commune, PRIMARY KEY (postcode, commune)) WITHOUT ROWID;
CREATE TABLE formers (code, commune, name, plain, until, PRIMARY KEY (code, commune, name)) WITHOUT ROWID;
CREATE TABLE names (bones, name, commune, departement, size, past, PRIMARY KEY (bones, name, commune, past)) WITHOUT ROWID;
CREATE INDEX of_epci ON communes (epci);
CREATE INDEX of_departement ON communes (departement);
CREATE INDEX became ON formers (commune);
"""

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
        return {
            code: (lat, lon)
            for code, lat, lon in table.ask("SELECT code, lat, lon FROM communes WHERE lat IS NOT NULL")
        }
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


def departement(code: str, src: Sources) -> str:
    return code[:3] if any(d["code"] == code[:3] for d in src.departements) else code[:2]


def city_of(row: Row) -> str:
    return str(row.get("commune", ""))


def size(population: int) -> int:
    """A population as one small number: which of two places is the larger is all that is asked of it."""
    return population.bit_length() * 2 + (population >> max(0, population.bit_length() - 2)) % 2


def written(path: Path, src: Sources) -> dict[str, int]:
    """The table of communes as a SQLite file that does not exist yet; the number of rows of each table of it."""
    former = formers(src)
    epci_of = {member["code"]: epci["code"] for epci in src.epci for member in epci["membres"]}
    communes, names = [], set()
    for code, row in src.communes.items():
        city = city_of(row)
        dep, people = departement(code, src), row.get("population")
        lat, lon = src.coordinates.get(code) or src.coordinates.get(city) or (None, None)
        point = tuple(None if x is None else round(x, 3) for x in (lat, lon))
        postcodes = " ".join(row.get("codesPostaux", []))
        epci = epci_of.get(city or code)
        communes.append((code, row["nom"], dep, epci, *point, people, city, postcodes))
        if not city:
            for name in {plain(row["nom"]), *(plain(f.name) for f in former.get(code, []))}:
                past = name != plain(row["nom"])
                names.add((skeleton(name), name, code, dep, size(people or 0), int(past)))
    tables: dict[str, list[tuple[Any, ...]]] = {
        "about": [(max(src.years),)],
        "regions": [(r["code"], r["nom"]) for r in src.regions],
        "departements": [
            (d["code"], d["nom"], d["region"])
            for d in src.departements
            if any(c[2] == d["code"] for c in communes)
        ],
        "epci": [(e["code"], e["nom"]) for e in src.epci],
        "ept": [(e["code"], m["code"]) for e in src.ept for m in e["membres"]],
        "communes": communes,
        "postcodes": [(p, row[0]) for row in communes for p in row[-1].split()],
        "formers": [
            (f.code, code, f.name, plain(f.name), f.until) for code, all_ in former.items() for f in all_
        ],
        "names": sorted(names),
    }
    file = sqlite3.connect(path)
    file.executescript(SCHEMA)
    for name, rows in tables.items():
        marks = ", ".join("?" * len(rows[0]))
        file.executemany(f"INSERT INTO {name} VALUES ({marks})", rows)  # noqa: S608  # question marks
    file.commit()
    file.execute("VACUUM")
    file.close()
    return {name: len(rows) for name, rows in tables.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("packages", type=Path, help="folder of the packages, as npm pack names them")
    parser.add_argument("--coordinates", type=Path, help="TSV (or .xz) with columns code, lat, lon")
    parser.add_argument("-o", "--output", type=Path, default=Path(table.FILE))
    args = parser.parse_args()
    src = sources(args.packages, args.coordinates)
    part = args.output.with_name(f".{args.output.name}.part")
    part.unlink(missing_ok=True)
    print(written(part, src))
    part.replace(args.output)
    data = args.output.read_bytes()
    print(f"{args.output}: {len(data):,} bytes, sha256 {hashlib.sha256(data).hexdigest()}")


if __name__ == "__main__":
    main()
