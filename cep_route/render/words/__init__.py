"""Every sentence for every code, in French and English. One module per hundred of codes; a code is never used twice.

`MESSAGES[code]` = {fr, en, hint_fr, hint_en, why}; `{name}` stands for a value of the finding. `why` says in one English
sentence what the code is and how to mend it: `cep-route explain CODE` shows it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypedDict


class Message(TypedDict):
    """One code in both languages."""

    fr: str
    en: str
    hint_fr: str
    hint_en: str
    why: str


CATALOGUES = {
    "CEP0": "files",
    "CEP1": "rules",
    "CEP2": "territory",
    "CEP3": "sources",
    "CEP40": "intake",
    "CEP41": "intake",
    "CEP42": "intake",
    "CEP43": "intake",
    "CEP44": "intake",
    "CEP45": "recognising",
    "CEP46": "recognising",
    "CEP47": "recognising",
    "CEP48": "recognising",
    "CEP49": "recognising",
    "CEP54": "batch",
    "CEP55": "batch",
    "CEP56": "batch",
    "CEP57": "diagnosis",
    "CEP58": "handout",
    "CEP5": "person",
    "CEP6": "places",
    "CEP7": "directory",
    "CEP8": "serve",
}


def catalogue(code: str) -> Mapping[str, Message]:
    """The messages of the hundred (or ten) a code belongs to."""
    from importlib import import_module

    name = CATALOGUES.get(code[:5]) or CATALOGUES[code[:4]]
    messages: Mapping[str, Message] = import_module(f"cep_route.render.words.{name}").MESSAGES
    return messages


def codes() -> list[str]:
    """Every code there is, in order."""
    from importlib import import_module

    names = sorted(set(CATALOGUES.values()))
    return sorted(c for name in names for c in import_module(f"cep_route.render.words.{name}").MESSAGES)


def said(code: str, values: Mapping[str, str], lang: str) -> tuple[str, str]:
    """The message and the hint of a code, filled; a near word is the best hint. `x_en` stands for `x` in English."""
    told = dict(values)
    if code.startswith("CEP0") or code == "CEP525":
        from cep_route.render.words.files import spoken

        told = spoken(code, told, lang)
    if lang == "en":
        told |= {name[:-3]: text for name, text in told.items() if name.endswith("_en")}
    entry = catalogue(code)[code]
    fields = _Fields(told)
    message = (entry["fr"] if lang == "fr" else entry["en"]).format_map(fields)
    hint = (entry["hint_fr"] if lang == "fr" else entry["hint_en"]).format_map(fields)
    hint = hint.replace("cep-route  --", "cep-route --")  # a fault of no command in particular
    if told.get("near"):
        near = "vouliez-vous dire « {near} » ?" if lang == "fr" else "did you mean “{near}”?"
        hint = near.format_map(fields)
    return message, hint


class _Fields(dict[str, str]):
    """A value a finding does not carry shows as a dash rather than as a crash."""

    def __missing__(self, key: str) -> str:
        return "—"


def counted(count: int, one: str, many: str, lang: str) -> str:
    """A number with its noun; nought and one take the singular in French, one alone in English."""
    return f"{count} {one if count == 1 or (count == 0 and lang == 'fr') else many}"
