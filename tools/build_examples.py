"""Builds the shipped examples of local files (`territories/<name>-<number>.toml`) with the importer, from the embedded desks; downloads nothing.

    tools/build_examples.py [DÉPARTEMENT...]        by default 08 23 59 73 75 974

Each row keeps its own day. A street that was last seen in another year than its phone is left out: a local file has no word for it.
"""

from __future__ import annotations

import csv
import sqlite3
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from cep_route.__main__ import run  # noqa: E402
from cep_route.directory.desks import EMBEDDED, Desks  # noqa: E402

SHIPPED = ("08", "23", "59", "73", "75", "974")
NAMES = {
    "08": "ardennes-08",
    "23": "creuse-23",
    "59": "nord-59",
    "73": "savoie-73",
    "75": "paris-75",
    "974": "la-reunion-974",
}
TITLES = (
    "nom",
    "type",
    "adresse",
    "code insee",
    "departement",
    "téléphone",
    "site",
    "horaires",
    "date",
    "modifié le",
    "latitude",
    "longitude",
)
ATTRIBUTION = "Service-Public.fr (DILA), extractions d'août à octobre 2026, et FINESS — Licence Ouverte 2.0"


def main() -> None:
    desks = Desks()
    held = sqlite3.connect(EMBEDDED).execute("SELECT DISTINCT network FROM desks ORDER BY 1")
    networks = [network for (network,) in held]
    for departement in sys.argv[1:] or SHIPPED:
        rows = [row for network in networks for row in listed(desks, network, departement)]
        target = ROOT / "territories" / f"{NAMES.get(departement, departement)}.toml"
        with tempfile.TemporaryDirectory() as folder:
            table = Path(folder) / "bureaux.csv"
            with table.open("w", encoding="utf-8", newline="") as file:
                writer = csv.writer(file, delimiter=";")
                writer.writerow(TITLES)
                writer.writerows(rows)
            words = [
                "territory",
                "import",
                str(table),
                "--departement",
                departement,
                "--source",
                "service-public",
            ]
            code = run([*words, "--attribution", ATTRIBUTION, "-o", str(target), "--force"])
        print(target, len(rows), "rows, exit", code)


def listed(desks: Desks, network: str, departement: str) -> list[tuple[str, ...]]:
    return [
        (
            d.name, network, (d.address or "") if d.street_year is None else "", d.commune or "", departement, d.phone or "",
            d.website or "", d.hours or "", d.as_of, d.edited_on or "", str(d.latitude or ""), str(d.longitude or ""),
        )
        for d in desks.of(network, departement)
        if d.commune
    ]  # fmt: skip


if __name__ == "__main__":
    main()
