"""How people and files write facts and needs: texts brought to one form, and looked up whole. Never matches a piece of a text.

"Non cadre" holds "cadre", and "RQTH en cours" (asked for) is the beginning of "RQTH en cours de validité" (held): so a text is
known when the whole of it is, and what is only near a known text is proposed to a human, never taken.

The tables (`Spellings`) are plain values, to be kept as JSON.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypedDict

from cep_route.model.law import Fact, Said
from cep_route.text import normalise

# What a value says: (fact, value) pairs, (fact, possible values) pairs, needs.
Effect = tuple[
    tuple[tuple[str, str | int], ...], tuple[tuple[str, tuple[str | int, ...]], ...], tuple[str, ...]
]


class ColumnCard(TypedDict):
    """What the titles and the cells of one kind of column say."""

    kind: str
    label: Said
    values: dict[str, Effect]
    proposed: dict[str, Effect]
    shown: dict[str, str]
    details: dict[str, Effect]
    until: bool
    open: bool
    sets: Effect | None
    need: str | None
    blocking: bool


class FormatCard(TypedDict):
    """A form of intake file, known by its titles."""

    id: str
    label: Said
    headers: tuple[str, ...]


class FileSpellings(TypedDict):
    """What an intake file is read by; keys are normalised words, those of `columns` and `domains` the names of columns and facts."""

    domains: dict[str, tuple[str, ...] | None]
    unknown: dict[str, bool]
    hints: dict[str, bool]
    elsewhere: dict[str, bool]
    identifiers: dict[str, bool]
    headers: dict[str, tuple[str, ...]]
    bare: dict[str, str]
    asides: tuple[str, ...]
    defaults: dict[str, str]
    flags: dict[str, dict[str, Effect]]
    yes: tuple[str, ...]
    no: tuple[str, ...]
    proposed: dict[str, str]
    shown: dict[str, str]
    columns: dict[str, ColumnCard]
    needs: dict[str, str]
    need_labels: dict[str, Said]
    formats: tuple[FormatCard, ...]


class Spellings(TypedDict):
    """Every spelling. `facts`: fact -> words -> value, None for a fact in years."""

    facts: dict[str, dict[str, str] | None]
    files: FileSpellings


_NEGATIONS = frozenset(
    ("non", "pas", "sans", "aucun", "aucune", "jamais", "ni", "ex", "ancien", "refus", "refuse", "fin")
)
_NEAR = 0.8  # of difflib: one or two letters in ten
_NEAR_WORD = 0.7


def read_value(tables: Mapping[str, Any], fact: str, text: str) -> str | int | None:
    """The value of a fact that a person wrote, None when it is not known whole."""
    known = tables["facts"][fact]
    if known is None:
        return years(text)
    if (value := known.get(normalise(text))) is not None:
        return str(value)
    said = read_text(tables["files"]["columns"][fact], text)
    return next((v for name, v in said[0] if name == fact), None) if said else None


def typed_word(fact: Fact, value: str, lang: str) -> str:
    """A value as one word to type after a flag: its code in English, in French its words joined by dashes; `read_value` reads both."""
    return value if lang == "en" else "-".join(normalise(fact.labels[value]["fr"]).split())


def years(text: str) -> int | None:
    """Whole years, 0 to 120, in plain figures."""
    text = text.strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 3 and int(text) <= 120 else None


# « demandeur(se) », « salarié·e·s », « né.e »
_GENDERED = r"(?<=\w)(?:\((?:e|s|es|se|ses|euse|trice|rice|ere|ne|le|te|ve)\)|[·•.](?:e|es|se|euse|trice|rice|ere|ne|le)(?:[·•.]?s)?(?!\w))"
# « depuis 03/2025 », « depuis 12 mois », « CDD de 6 mois »
_SINCE = r"(?: depuis (?:le |l |plus d |plus de )?(?:[a-z]+ )?[0-9][0-9a-z /.]*| (?:de )?[0-9]{1,2} (?:mois|semaines))$"
_PLUS = r"(?<=[a-z]) ?\+ ?(?=[0-9])"  # « bac + 2 »
_JOINTS = frozenset(
    ("+", "&", "en", "et", "de", "du", "des", "d", "la", "le", "les", "l", "au", "a", "avec", "par")
)
_COMPOSED_AT_MOST = 120  # characters of a cell made of several known pieces


def neutral(text: str) -> str:
    """The text without the endings that say both genders: « demandeur(se) » is « demandeur »."""
    return re.sub(_GENDERED, "", text)


def read_text(
    card: Mapping[str, Any], text: str, values: Mapping[str, Effect] | None = None
) -> Effect | None:
    """What a text says of a column: known whole, or made of pieces that are all known and agree; None otherwise."""
    values = card["values"] if values is None else values
    plain = normalise(neutral(text))
    forms = dict.fromkeys((normalise(text), plain, re.sub(_PLUS, "+", plain), re.sub(_SINCE, "", plain)))
    for words in forms:
        if words in values:
            return values[words]
    composed = (_composed(words, values, card["details"]) for words in forms)
    return next((said for said in composed if said is not None), None)


def _composed(words: str, values: Mapping[str, Effect], details: Mapping[str, Effect]) -> Effect | None:
    """« Demandeur d'emploi - catégorie A », « salarié en CDI »: values and details, each the longest known, with nothing left over."""
    tokens = words.split() if len(words) <= _COMPOSED_AT_MOST else []
    said: list[Effect] = []
    at, has_value = 0, False
    while at < len(tokens):
        for stop in range(min(at + 8, len(tokens)), at, -1):
            piece = " ".join(tokens[at:stop])
            found = details.get(piece) or (values.get(piece) if len(piece) > 2 or not at else None)
            if found is not None and any(c.isalpha() for c in piece):
                said.append(found)
                has_value = has_value or piece in values or bool(found[0])
                at = stop
                break
        else:
            if tokens[at] not in _JOINTS or (not said and tokens[at] != "en"):
                return None
            at += 1
    return _together(said) if has_value else None


def _together(said: Sequence[Effect]) -> Effect | None:
    """Several effects as one; None where two of them cannot both be true."""
    told: dict[str, str | int] = {}
    among: dict[str, tuple[str | int, ...]] = {}
    for one, choice, _ in said:
        for name, value in one:
            if told.setdefault(name, value) != value:
                return None
        for name, values in choice:
            among[name] = tuple(v for v in among.get(name, values) if v in values)
    if any(not values or (name in told and told[name] not in values) for name, values in among.items()):
        return None
    told |= {name: values[0] for name, values in among.items() if len(values) == 1}
    left = tuple((name, values) for name, values in among.items() if name not in told)
    return tuple(told.items()), left, tuple(dict.fromkeys(need for _, _, needs in said for need in needs))


def near_value(tables: Mapping[str, Any], fact: str, text: str) -> str | None:
    """The value of a fact to propose for a text, never to take: of a word that may mean it, else of the nearest spelling."""
    words = normalise(text)
    if said := tables["files"]["columns"][fact]["proposed"].get(words):
        return next((str(value) for name, value in said[0] if name == fact), None)
    known: Mapping[str, str] = tables["facts"][fact] or {}
    return known.get(near(known, words) or "")


def near(known: Iterable[str], words: str) -> str | None:
    """The known spelling nearest to normalised words, unless one denies and the other does not, or their numbers are others.

    « Niveau 7 » is one letter from « Niveau V » and says the contrary; « Master 2 » is no « Master 1 ».
    """
    from difflib import get_close_matches

    denies, numbers = not _NEGATIONS.isdisjoint(words.split()), _numbers(words)
    alike = [k for k in known if _NEGATIONS.isdisjoint(k.split()) != denies and _numbers(k) == numbers]
    found = get_close_matches(words, alike, n=3, cutoff=_NEAR)
    return next((k for k in found if _same_words(words, k)), None)


def _same_words(one: str, other: str) -> bool:
    """Whether two texts that look alike do so word for word: « FPT » is not « FT », « Pôle emploi » is not « En emploi »."""
    from difflib import SequenceMatcher

    mine, theirs = ([w for w in text.split() if w not in _JOINTS] for text in (one, other))
    if len(mine) != len(theirs):
        return "".join(mine) == "".join(theirs)
    return all(
        a == b or (min(len(a), len(b)) > 3 and SequenceMatcher(None, a, b).ratio() >= _NEAR_WORD)
        for a, b in zip(mine, theirs, strict=True)
    )


def _numbers(words: str) -> list[str]:
    """The figures of a text, and its words that are Roman numbers."""
    figures = "".join(c if c.isdigit() else " " for c in words).split()
    return figures + [word for word in words.split() if not word.strip("ivx")]


# -- the tables ---------------------------------------------------------------------------------------------------------


_ARTICLES = frozenset(("de", "du", "des", "d", "la", "le", "les", "l", "au", "a"))
_EITHER = r" (?:o n|oui non|oui ou non)$"
_PARENTHESIS = r"\(([^()]*)\)|\[([^\[\]]*)\]"


def bare_title(title: str, hints: Mapping[str, Any], asides: Sequence[str]) -> str:
    """The words of a title without articles and without what only tells how to fill the column, of whom, or when."""
    words = _without(normalise(neutral(title)), asides).split()
    return " ".join(w for w in words if w not in hints and w not in _ARTICLES)


def _without(words: str, asides: Sequence[str]) -> str:
    for aside in asides:
        words = f" {words} ".replace(f" {aside} ", " ").strip()
    return words


def header_of(files: Mapping[str, Any], title: str) -> str | None:
    """The known title that a title is, whatever instructions stand beside it: « * Date de naissance (format : JJ/MM/AAAA) »."""
    words = normalise(title)
    if words in files["headers"] or len(title) > 200:
        return words if words in files["headers"] else None
    if any(word in files["elsewhere"] for word in words.split()) or words.startswith("non "):
        return None
    title = neutral(title)
    outside = _without(normalise(re.sub(_PARENTHESIS, " ", title)), files["asides"])
    found: list[str | None] = []
    if outside in files["headers"]:
        found.append(outside)  # « DE » is an article too
    elif bare := bare_title(outside, files["hints"], ()):
        found.append(files["bare"].get(bare))
    for part in (part for pair in re.findall(_PARENTHESIS, title) for part in pair):
        # in parentheses figures and small words are instructions too
        bare = bare_title(part, files["hints"], files["asides"])
        bare = " ".join(w for w in bare.split() if not w.isdigit() and w not in _JOINTS and w != "ou")
        found += [files["bare"].get(bare)] if bare else []
    ids = {files["headers"][f] for f in found if f is not None}
    return found[0] if found and len(ids) == 1 and None not in found else None


def answer_of(files: Mapping[str, Any], title: str) -> tuple[str, Effect] | None:
    """The column that a title names with one of its values, « RQTH Non », « Non cadre », « Niveau CAP »: a tick there says that value."""
    words = re.sub(_EITHER, "", normalise(neutral(title)))
    tokens = words.split() if len(title) <= 200 and normalise(title) not in files["headers"] else []
    # « RQTH en cours » may be asked for or held: of several words the last one alone is an answer
    cuts = [(" ".join(tokens[:-1]), tokens[-1])] if tokens else []
    cuts += [(" ".join(tokens[1:]), "non")] if tokens[:1] == ["non"] else []
    for question, answer in cuts:
        known = files["bare"].get(question, question)
        ids = files["headers"].get(known, ())
        if len(ids) == 1 and (card := files["columns"][ids[0]])["kind"] == "facts":
            said = (files["flags"].get(known) or card["values"]).get(answer)
            if said is not None:
                return ids[0], said
    return None


def known_headers(tables: Mapping[str, Any]) -> frozenset[str]:
    """The normalised titles that make a line a header."""
    files = tables["files"]
    return frozenset((*files["headers"], *files["proposed"]))


def effect(sets: Mapping[str, Any], needs: Iterable[str], domains: Mapping[str, Any]) -> Effect:
    """What `sets` and `needs` say, as tuples: one value is told, several are a choice among them."""
    told: list[tuple[str, str | int]] = []
    among: list[tuple[str, tuple[str | int, ...]]] = []
    for name, value in sets.items():
        values = _values(value, years=domains[name] is None)
        if len(values) == 1:
            told.append((name, values[0]))
        else:
            among.append((name, values))
    return tuple(told), tuple(among), tuple(needs)


def _values(value: str | Iterable[str], *, years: bool) -> tuple[str | int, ...]:
    texts = (value,) if isinstance(value, str) else tuple(value)
    if not years:
        return texts
    found: list[int] = []
    for text in texts:
        low, _, high = text.partition("..")
        found += range(int(low), int(high or low) + 1)
    return tuple(found)
