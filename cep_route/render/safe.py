"""Text that may be shown anywhere: what could move a cursor, hide or reverse letters is written out. Changes nothing else."""

from __future__ import annotations

import re

# C0 and C1 (some terminals obey them), the soft hyphen, zero width and direction marks, line and paragraph separators, bidi embeddings,
# invisible operators and isolates, the byte order mark, lone surrogates. As a text: compiled when first used.
_HIDDEN = r"[\x00-\x1f\x7f-\x9f\xad\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]"
_LINKS = r"https?://[^\s<>\"'`\\]+|tel:\+?[0-9]{2,15}|mailto:[\w.+-]+@[\w-]+(\.[\w-]+)+"


def _escaped(found: re.Match[str]) -> str:
    sign = found[0]
    return {"\n": "\n", "\t": " "}.get(sign) or (
        f"\\x{ord(sign):02x}" if sign < "\u0100" else f"\\u{ord(sign):04x}"
    )


def visible(text: str) -> str:
    r"""The same text, its control and direction characters as `\x1b`, `\u202e`; line feeds stay."""
    return text if text.isascii() and text.isprintable() else re.sub(_HIDDEN, _escaped, text)


def quoted(text: str) -> str:
    r"""JSON or TOML for a terminal: its hidden signs as `\u009b`, which means the same there. Escape stays: what is drawn holds it."""
    return (
        text
        if text.isascii()
        else re.sub(rf"(?![\t\n\x1b]){_HIDDEN}", lambda found: f"\\u{ord(found[0]):04x}", text)
    )


def link(text: str) -> str:
    """A link that may be followed: a web page, a phone, an e-mail; nothing of what is not plainly one of them."""
    return text if text.isprintable() and re.fullmatch(_LINKS, text) else ""


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
