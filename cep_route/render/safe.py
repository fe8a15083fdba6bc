"""Text that may be shown anywhere: what could move a cursor, hide or reverse letters is written out. Changes nothing else."""

from __future__ import annotations

import re

_NAMED = {"\n": "\n", "\t": " "}
_HIDDEN = [
    *range(0x20),
    0x7F,
    *range(0x80, 0xA0),  # C1: some terminals obey them
    0xAD,
    *range(0x200B, 0x2010),  # zero width, direction marks
    0x2028,
    0x2029,
    *range(0x202A, 0x202F),  # bidi embeddings and overrides
    *range(0x2060, 0x2070),  # invisible operators, bidi isolates
    0xFEFF,
    *range(0xD800, 0xE000),  # lone surrogates
]


def _escape(code: int) -> str:
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


_TABLE = {code: _NAMED.get(chr(code), _escape(code)) for code in _HIDDEN}


def visible(text: str) -> str:
    r"""The same text, its control and direction characters as `\x1b`, `\u202e`; line feeds stay."""
    return text if text.isascii() and text.isprintable() else text.translate(_TABLE)


_QUOTED = {code: f"\\u{code:04x}" for code in _HIDDEN if code not in {0x09, 0x0A, 0x1B}}


def quoted(text: str) -> str:
    r"""JSON or TOML for a terminal: its hidden signs as `\u009b`, which means the same there. Escape stays: what is drawn holds it."""
    return text if text.isascii() else text.translate(_QUOTED)


_LINKS = re.compile(r"https?://[^\s<>\"'`\\]+|tel:\+?[0-9]{2,15}|mailto:[\w.+-]+@[\w-]+(\.[\w-]+)+")


def link(text: str) -> str:
    """A link that may be followed: a web page, a phone, an e-mail; nothing of what is not plainly one of them."""
    return text if text.isprintable() and _LINKS.fullmatch(text) else ""


def line(text: str) -> str:
    """`visible`, on one line."""
    return visible(text).replace("\n", " ")


# Between the pairs of a phone number, and where French wants a space before a sign or inside quotes.
_LOOSE = re.compile(r" (?=[:;?!»](?!\w))|(?<=«) |(?<=\b\d\d) (?=\d\d\b)")


def unbroken(text: str) -> str:
    """The text with spaces at which no line may be cut."""
    return _LOOSE.sub("\u00a0", text)


def seen(text: str) -> str:
    """`visible`, cut nowhere that it should not be."""
    return unbroken(visible(text))
