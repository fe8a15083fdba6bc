"""`cep-route config`: the office's own defaults (commune, territory, language), in the user's config folder.

`route` and `ask` alone read the commune and the territory, and say so; the language holds for every command. Options and the
environment win over all of it; `--no-config` leaves it out.
"""

from __future__ import annotations

import os

from cep_route import files, places
from cep_route.cli.console import CannotRun, Result, asked_law, one_of, sure
from cep_route.cli.help import takes
from cep_route.files.cache import user_folder
from cep_route.files.write import unwritable, write_text
from cep_route.messages import LANGUAGES, in_language, say
from cep_route.model.answer import Finding
from cep_route.render.parts import Line, Page, Pairs, Section
from cep_route.render.safe import line

KEYS = ("commune", "territory", "lang")
_FRENCH = ("commune", "territoire", "langue")


def config(
    key: str | None = None,
    value: str | None = None,
    *,
    remove: bool = False,
    lang: str = "fr",
) -> Result:
    """Show the office's defaults, or set one of them; exit 2 when the file or the value cannot be understood."""
    kept = read_config()
    if key is not None:
        name = dict(zip(_FRENCH, KEYS, strict=True)).get(key, key)
        if name not in KEYS:
            one_of(key, keys(lang), takes(lang, "KEY"), "config")
        if remove or value is not None:
            _write(name, None if remove else _understood(name, value or ""))
            kept = read_config()
        else:
            kept = {k: v for k, v in kept.items() if k == name}
    rows = tuple((say(f"cli_config.key_{name}", lang), _shown(name, value)) for name, value in kept.items())
    said = Pairs(rows=rows) if rows else Line(text=say("cli_config.nothing", lang))
    file = Line(text=say("cli_config.file", lang, file=line(config_path())))
    return Result(answer=Page(sections=(Section(key="config", parts=(said, file)),)))


def keys(lang: str) -> tuple[str, ...]:
    """The names of the defaults in a language; those of the other are known too."""
    return in_language(KEYS, _FRENCH, lang)


def config_path() -> str:
    """The file of the defaults: `$XDG_CONFIG_HOME/cep-route/config.toml`, by default under `~/.config`."""
    return os.path.join(user_folder("XDG_CONFIG_HOME", ".config"), "config.toml")


def read_config() -> dict[str, str]:
    """The defaults that are set; stops when the file cannot be read or holds something else."""
    path = config_path()
    if not os.path.lexists(path):
        return {}
    import tomli  # only where there is such a file

    try:
        found = tomli.loads(sure(files.read_bytes(path)).decode("utf-8-sig"))
    except (tomli.TOMLDecodeError, UnicodeDecodeError):
        raise CannotRun(Finding(code="CEP534", values={"file": path})) from None
    wrong = [k for k, v in found.items() if k not in KEYS or not isinstance(v, str)]
    if wrong or found.get("lang", "fr") not in LANGUAGES:
        values = {"file": path, "keys": line(", ".join(wrong or ["lang"]))}
        raise CannotRun(Finding(code="CEP535", values=values))
    return {str(k): str(v) for k, v in found.items()}


def config_language() -> str | None:
    """The language of the office; a file that cannot be read is said by the commands that need it."""
    try:
        return read_config().get("lang")
    except CannotRun:
        return None


def with_config(
    commune: str | None, territory: str | None, lang: str, *, off: bool
) -> tuple[str | None, str | None, str]:
    """The commune and the territory of a run: those told, else those of the office; and which of these were taken, in words."""
    told = {"commune": commune, "territory": territory}
    kept = {} if off else {k: v for k, v in read_config().items() if told.get(k, "") is None}
    taken = [say(f"cli_config.taken_{n}", lang, value=_shown(n, kept[n])) for n in told if n in kept]
    return commune or kept.get("commune"), territory or kept.get("territory"), "\n".join(taken)


def _understood(name: str, value: str) -> str:
    """A value as it is kept; stops at one that nothing answers to."""
    if name == "lang":
        return one_of(value.casefold(), LANGUAGES, "langue / lang", "config")
    if name == "territory":
        sure(*files.load_territory(value, asked_law()))
        return os.path.abspath(value) if os.path.exists(value) else value
    found = places.typed(value)
    return f"insee:{sure(found.one, filter(None, [places.finding(found, value)])).code}"


def _shown(name: str, value: str) -> str:
    here = places.typed(value).one if name == "commune" else None
    return f"{here.name} ({here.code})" if here else line(value)


def _write(name: str, value: str | None) -> None:
    import tomlkit  # keeps the comments of the file; for this alone

    path = config_path()
    document = tomlkit.parse(
        sure(files.read_bytes(path)).decode("utf-8-sig") if os.path.lexists(path) else ""
    )
    if value is None:
        document.pop(name, None)
    else:
        document[name] = value
    try:
        os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
    except OSError as error:
        raise CannotRun(unwritable(path, error)) from None
    if fault := write_text(path, tomlkit.dumps(document), force=True):
        raise CannotRun(fault)
