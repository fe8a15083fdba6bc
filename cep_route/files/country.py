"""Where an office keeps desks of its own: a file that `territory import --desks` made, and its corrections beside it.

`route` and `ask` take the newer of the office's file and the embedded one; every other command reads a file only when it is named.
"""

from __future__ import annotations

import os

from msgspec import convert
from msgspec.structs import asdict

from cep_route.directory.desks import EMBEDDED, Correction, Desks, NotDesksError
from cep_route.files.cache import user_folder
from cep_route.files.write import write_text
from cep_route.model.answer import Finding, Place

NAME = "desks.sqlite"
_HEAD = "# Corrections de bureaux par cep-route territory fix : datées, signées, relues à chaque réponse.\n\n"


def data_path() -> str:
    """The office's file of desks: in the folder `CEP_ROUTE_DATA`, else in the user's data folder."""
    given = os.environ.get("CEP_ROUTE_DATA")
    return os.path.join(user_folder("XDG_DATA_HOME", ".local/share") if given is None else given, NAME)


def corrections_path(desks: str) -> str:
    """Where the corrections of a file of desks are kept: beside it."""
    return f"{desks}.corrections.toml"


def named(path: str) -> Desks | Finding:
    """The desks of a file, as its office corrected them; or why it cannot be read."""
    corrections = read_corrections(corrections_path(path))
    if isinstance(corrections, Finding):
        return corrections
    try:
        return Desks(path, corrections)
    except NotDesksError:
        return Finding(code="CEP722", values={"file": path}, place=Place(file=path))


def own() -> Desks:
    """The newer of the office's file and the embedded one, with the office's corrections; a file that cannot be read is as none."""
    path = data_path()
    corrections = read_corrections(corrections_path(path))
    told = {} if isinstance(corrections, Finding) else corrections
    embedded = Desks(EMBEDDED, told)
    if not os.path.isfile(path):
        return embedded
    mine = named(path)
    return mine if isinstance(mine, Desks) and mine.snapshot >= embedded.snapshot else embedded


def read_corrections(path: str) -> dict[str, Correction] | Finding:
    """What an office knows better, by sheet; none when there is no file."""
    if not os.path.isfile(path):
        return {}
    import tomli  # not loaded where there is no such file

    try:
        with open(path, "rb") as file:
            told = tomli.load(file)
        return {c.sheet: c for c in convert(told["corrections"], list[Correction])}
    except (OSError, ValueError, KeyError, TypeError):
        return Finding(code="CEP723", values={"file": path}, place=Place(file=path))


def keep_correction(desks: str, correction: Correction) -> Finding | None:
    """Put a correction beside a file of desks; a later one of the same sheet takes the place of the earlier."""
    import tomlkit  # only where a file of the user's is written

    path = corrections_path(desks)
    kept = read_corrections(path)
    if isinstance(kept, Finding):
        return kept
    told = [
        {key: value for key, value in asdict(one).items() if value not in (None, False)}
        for one in {**kept, correction.sheet: correction}.values()
    ]
    os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
    return write_text(path, _HEAD + tomlkit.dumps({"corrections": told}), force=True)
