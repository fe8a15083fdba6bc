"""Every sentence shown to people, in French and in English: `fr.toml`, `en.toml`, and the one loader that reads them.

A key is `table.name` (« route.title ») or a code (« CEP603 », with its parts `text`, `hint` and `why`). Fields are named and filled as they
are: dates, hours, numbers and lists come in as text, made by the functions at the end. Nothing else in the package knows a language.
"""

from __future__ import annotations

import os
import re
from ast import literal_eval
from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import cache
from typing import TypeAlias, TypeVar

from cep_route.files.cache import digest, keep, recall
from cep_route.model.answer import Finding

LANGUAGES = ("fr", "en")

# A table of a file: name -> sentence, list of words, or the two forms of a plural.
Entry: TypeAlias = str | list[str] | dict[str, str]
Tables: TypeAlias = dict[str, dict[str, Entry]]
Value: TypeAlias = str | int | float
Word = TypeVar("Word")

_BY_NUMBER = re.compile(r"\{(\w+):([^{}|]*)\|([^{}|]*)\}")
# Fields of findings that hold a day of ours.
_DAYS = frozenset({"day", "since", "until", "on", "as_of", "updated_on", "limit", "read_on"})
_ISO_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_LINE_END = "Illegal character '\\n'"  # a text that runs over the end of its line: its quote is missing


@cache
def tables(name: str) -> Tables:
    """One of the files of this folder (`fr`, `en`, `examples`), kept compiled beside the law: parsing takes 10 ms, reading it back 1."""
    with open(os.path.join(os.path.dirname(__file__), f"{name}.toml"), "rb") as file:
        data = file.read()
    key = digest((data,))
    found: Tables | None = recall("messages", key, Tables)
    if found is None:
        import tomli  # not loaded by a run whose tables are kept

        found = tomli.loads(data.decode("utf-8"))
        keep("messages", key, found)
    return found


def template(key: str, lang: str, part: str = "text", /) -> str:
    """A sentence with its fields unfilled. Raises KeyError for a key that the files do not hold."""
    table, _, name = key.partition(".")
    entry = tables(lang)[table][name or part]
    if not isinstance(entry, str):
        raise KeyError(key)
    return entry


def say(key: str, lang: str, part: str = "text", /, **values: Value) -> str:
    """A sentence, filled. Raises KeyError for an unknown key or a field without its value."""
    return _agreed(template(key, lang, part), values, lang).format_map(values)


def _agreed(text: str, values: Mapping[str, Value], lang: str) -> str:
    """The sentence with its words that follow a number in one form: « {count} ligne{count:|s} », « {count:échoue|échouent} »."""
    if "|" not in text:
        return text

    def form(match: re.Match[str]) -> str:
        count = str(values.get(match[1], ""))
        return match[2 if count.isdigit() and is_one(int(count), lang) else 3]

    return _BY_NUMBER.sub(form, text)


def plural(key: str, n: float, lang: str, /, **values: Value) -> str:
    """A sentence in the form that its number asks for; `{n}` is the number as it is written in that language."""
    table, _, name = key.partition(".")
    forms = tables(lang)[table][name]
    if not isinstance(forms, dict):
        raise KeyError(key)
    return forms["one" if is_one(n, lang) else "other"].format_map({**values, "n": number(n, lang)})


def table(name: str) -> dict[str, dict[str, str]]:
    """The sentences of one table, side by side: name -> {"fr": ..., "en": ...}; plurals and lists are left out."""
    both = {lang: tables(lang)[name] for lang in LANGUAGES}
    return {
        key: {lang: str(both[lang][key]) for lang in LANGUAGES}
        for key, entry in both["fr"].items()
        if isinstance(entry, str)
    }


# -- findings -------------------------------------------------------------------------------------------------------------


def codes() -> list[str]:
    """Every code there is, in order."""
    return sorted(name for name in tables("fr") if name.startswith("CEP"))


def said(code: str, values: Mapping[str, str], lang: str) -> tuple[str, str]:
    """The message and the hint of a code, filled; a near word is the best hint. `x_en` stands for `x` in English."""
    told = _spoken(code, values, lang)
    told |= {name.removesuffix(f"_{lang}"): text for name, text in told.items() if name.endswith(f"_{lang}")}
    fields = defaultdict(
        lambda: "—", told
    )  # what a finding does not carry shows as a dash rather than as a crash
    message = _agreed(template(code, lang), told, lang).format_map(fields)
    hint = template("screen.near" if told.get("near") else code, lang, "hint").format_map(fields)
    return message, hint.replace("cep-route  --", "cep-route --")  # a fault of no command in particular


def example(code: str) -> Finding:
    """A finding of that code as people meet it (`examples.toml`); a value nobody has met yet stands as its name."""
    met = tables("examples").get(code)
    if met is not None:
        return Finding(code=code, values={name: str(value) for name, value in met.items()})
    texts = "".join(template(code, lang, part) for lang in LANGUAGES for part in ("text", "hint"))
    return Finding(code=code, values={name: f"‹{name}›" for name in field_names(texts)})


def field_names(text: str) -> set[str]:
    """The names of the fields of a sentence."""
    from string import Formatter

    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def _spoken(code: str, values: Mapping[str, str], lang: str) -> dict[str, str]:
    """The values of a finding as they are said: days in words, the words of tomli, of the system, of the kinds of value."""
    told = dict(values)
    for field in _DAYS:
        if _ISO_DAY.fullmatch(told.get(field, "")):
            told[field] = day_words(told[field], lang)
    why = told.get("why", "")
    if code == "CEP001":
        told["why"] = toml_words(why, lang)
    elif code in {"CEP014", "CEP525"}:
        told["why"] = word("reading" if code == "CEP014" else "writing", why, lang)
    elif code == "CEP006":
        wanted, found = told.get("expected", ""), told.get("found", "")
        told["expected"] = word("kind", wanted, lang)
        told["found"] = word("found_kind" if found in tables(lang)["found_kind"] else "kind", found, lang)
    return told


def word(name: str, key: str, lang: str) -> str:
    """The sentence of a key in a table; a key without one is shown as it is."""
    return template(f"{name}.{key}", lang) if key in tables(lang)[name] else key


def toml_words(message: str, lang: str) -> str:
    """What tomli says of a syntax error, in the reader's language; a message it never said before is given as it is."""
    message = "Unterminated string" if message == _LINE_END else message
    for known in sorted(tables(lang)["toml"], key=lambda k: ("{}" in k, -len(k))):  # the exact ones first
        if match := re.fullmatch(re.escape(known).replace(r"\{\}", "(.*)"), message, re.DOTALL):
            part = match[1] if match.groups() else ""
            if part.startswith("(") and part.endswith(")"):  # Python's `('a', 'b')` is `a.b` in the file
                part = ".".join(map(str, literal_eval(part)))
            return say(f"toml.{known}", lang, part=part)
    return message


# -- dates, hours, numbers, lists -------------------------------------------------------------------------------------------


def day_words(iso: str, lang: str) -> str:
    """`2026-11-22` -> « 22 novembre 2026 »; `2016-03` -> « mars 2016 »; `2016` stays."""
    year, _, rest = iso.partition("-")
    if not rest:
        return iso
    month, _, day = rest.partition("-")
    name = months(lang)[int(month) - 1]
    if not day:
        return say("calendar.month", lang, month=name, year=year)
    number_of_day = template("calendar.first", lang) if int(day) == 1 else str(int(day))
    return say("calendar.day", lang, day=number_of_day, month=name, year=year)


def hour_words(clock: str, lang: str) -> str:
    """`13:30` -> « 13 h 30 », `09:00` -> « 9 h »; in English 13:30 and 9:00."""
    hour, _, minute = clock.partition(":")
    key = "calendar.hour" if minute in {"", "00"} else "calendar.time"
    return say(key, lang, hour=int(hour), minute=minute)


def months(lang: str) -> list[str]:
    """The twelve months."""
    return list(tables(lang)["calendar"]["months"])


def weekdays(lang: str) -> list[str]:
    """The seven days, Monday first."""
    return list(tables(lang)["calendar"]["weekdays"])


def listed(items: Iterable[str], lang: str, last: str = "and") -> str:
    """« a, b et c », or « a, b ou c » (`last` is `and` or `or`)."""
    parts = list(items)
    comma = template("calendar.comma", lang)
    return template(f"calendar.{last}", lang).join(
        [comma.join(parts[:-1]), parts[-1]] if parts[1:] else parts
    )


def number(n: float, lang: str) -> str:
    """A number as it is written: « 12 345 », « 1,5 »; what is whole shows no decimals."""
    whole = f"{n:,.0f}" if n == int(n) else f"{n:,}"
    signs = {",": template("calendar.thousands", lang), ".": template("calendar.decimal", lang)}
    return "".join(signs.get(sign, sign) for sign in whole)


def is_one(n: float, lang: str) -> bool:
    """Whether a number takes the singular: 0, 1 and 1.5 in French, 1 alone in English."""
    return abs(n) < 2 if lang == "fr" else n == 1


def in_language(english: Word, french: Word, lang: str) -> Word:
    """Of two that are written beside each other in data, such as the two names of an option, the one of a language."""
    return french if lang == "fr" else english
