"""How texts are compared: one form without accents, case or punctuation, and the nearest of the words that are known.

A commune has its own way (`places.find`): its names are many, short and alike.
"""

from __future__ import annotations

from collections.abc import Iterable

_LETTERS = str.maketrans("’‘ʼ´‐‑‒–—―−°", "''''-------o", "\u200b\u200c\u200d\u2060\ufeff\u00ad") | {
    ord("œ"): "oe", ord("Œ"): "oe", ord("æ"): "ae", ord("Æ"): "ae",
}  # fmt: skip
# Signs that part words. `+` stays (bac+2), and so do `?` (« oui ? » is no yes), `<`, `>`, `=`, `%`, `#`.
_APART = str.maketrans(dict.fromkeys("\"'`_*:;,./\\()[]{}|!«»“”„•·", " "))
_NEAR = 0.6  # of difflib, for codes, keys and flags: about one letter in three may be another


def nearest(word: str, words: Iterable[str]) -> str:
    """The known word nearest to a misspelt one, else the shortest code it begins or that begins it; empty when none is near."""
    from difflib import get_close_matches  # only a fault needs it

    known = sorted(words)
    found = get_close_matches(word, known, n=1, cutoff=_NEAR)
    if not found and word[:1].isalnum():  # « logement » of logement-hebergement
        begun = (w for w in known if w.startswith(f"{word}-") or (w and word.startswith(f"{w}-")))
        found = sorted(begun, key=len)[:1]
    return next(iter(found), "")


def near(word: str, words: Iterable[str]) -> dict[str, str]:
    """The same as a value of a finding: {"near": the nearest known word}, or nothing."""
    found = nearest(word, words)
    return {"near": found} if found else {}


def unaccented(text: str) -> str:
    """The text in compatible letters (NFKD) without accents and without invisible characters."""
    from unicodedata import category, normalize  # most cells are plain ASCII

    text = normalize("NFKD", text)
    for letter in set(text):  # a text has fewer different letters than letters
        if letter > "\x7f" and category(letter) in {"Mn", "Cf"}:
            text = text.replace(letter, "")
    return text


def fold(text: str) -> str:
    """The text in small letters without accents, with one kind of dash, apostrophe and space; other signs stay."""
    if not text.isascii():
        text = unaccented(text.translate(_LETTERS))
    return " ".join(text.casefold().split())


def normalise(text: str) -> str:
    """The words of a text as they are compared: no accents, case, punctuation, dashes; a final `*` or ` :` goes too.

    A dash before a figure is a sign and stays: « -1 » and « -26 ans » are not 1 and 26.
    """
    text = fold(text).translate(_APART)
    if "-" in text:
        before, *after = text.split("-")
        text = before
        for part in after:
            is_sign = part[:1].isdigit() and not before[-1:].isalnum()
            text += f"-{part}" if is_sign else f" {part}"
            before = part
    return " ".join(text.split())
