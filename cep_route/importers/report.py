"""The books of an import as plain values, for a script and for the page. It counts what is there and says nothing of it."""

from __future__ import annotations

from typing import Any

from cep_route.importers.entry import Ledger


def data(ledger: Ledger) -> dict[str, Any]:
    """For each file: rows, kept, joined by how, dropped by reason with the first row numbers; then the values lost by field."""
    files = {}
    for file in ledger.files():
        files[file] = {
            "rows": ledger.rows[file],
            "kept": ledger.kept[file],
            "joined": {how: n for (name, how), n in sorted(ledger.joined.items()) if name == file and n},
            "dropped": {
                reason: {"rows": n, "first": ledger.where.get((file, reason), [])}
                for (name, reason), n in sorted(ledger.dropped.items())
                if name == file and n
            },
            "ignored_columns": list(ledger.ignored.get(file, ())),
        }
    lost: dict[str, dict[str, int]] = {}
    for (field, reason), n in sorted(ledger.lost.items()):
        lost.setdefault(field, {})[reason] = n
    return {"files": files, "values_lost": lost}
