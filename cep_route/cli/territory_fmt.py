"""`cep-route territory fmt`: territory files laid out in one order, comments and values as they were."""

from __future__ import annotations

import sys

from cep_route import files
from cep_route.cli.console import CANNOT, FOUND, WELL, Result, write_out
from cep_route.files.toml import parse
from cep_route.importers import to_toml
from cep_route.model.answer import Finding, Place


def fmt(
    paths: list[str],
    *,
    check: bool = False,
    lang: str = "fr",
) -> Result:
    """Lay files out in place, each whole or not at all; `-` is stdin to stdout; `--check` only says which are not."""
    code, said, shown = WELL, [], []
    for path in paths:
        data = sys.stdin.buffer.read() if path == "-" else files.read_bytes(path)
        document = data if isinstance(data, Finding) else parse(path, data)
        if isinstance(document, Finding):
            said.append(document)
            code = CANNOT
            continue
        new = to_toml.formatted(document.text)
        if path == "-":
            shown.append(new)
        elif new.encode() != data and check:
            said.append(Finding(code="CEP713", values={"file": path}, place=Place(file=path)))
            code = max(code, FOUND)
        elif new.encode() != data:
            code = max(code, write_out(path, new, force=True, lang=lang))
    return Result(code=code, answer="".join(shown), said=said)
