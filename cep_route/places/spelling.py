"""How people write a place: letters brought to one form, and a text read as name, number, département; never looks anything up.

Two spellings of one name give the same `plain` words ("St-Étienne s/ Mer", "SAINT ETIENNE SUR MER"). The `skeleton` of a name
is what is left of it when vowels, doubled letters and letters that sound alike are dropped: names are filed under it, so
that a misspelt name is looked for next to the right one.
"""

from __future__ import annotations

import re
from itertools import product

from msgspec import Struct

from cep_route.text import unaccented

LONGEST = 200  # characters; the longest official name has 45, and no address line reaches this

# What people shorten, word by word. None of the short forms is a word of an official name (held by a test), but LEZ and LES,
# which are one word to everybody but the official list.
SHORT = {
    "ST": "SAINT", "STE": "SAINTE", "STS": "SAINTS", "STES": "SAINTES", "LEZ": "LES", "SS": "SOUS", "ND": "NOTRE DAME", "GD": "GRAND",
    "GDE": "GRANDE", "GDS": "GRANDS", "GDES": "GRANDES", "MT": "MONT", "VX": "VIEUX", "FD": "FERRAND", "PCE": "PROVENCE",
}  # fmt: skip
ARTICLES = ("LE", "LA", "LES", "L")
WITH_ARRONDISSEMENTS = {"PARIS": "75056", "LYON": "69123", "MARSEILLE": "13055"}
ARRONDISSEMENT = ("ARRONDISSEMENT", "ARRONDISSEMENTS", "ARRONDT", "ARRDT", "ARRT", "ARR", "ARDT", "ARDMT")
_ROMAN = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X")
_ROMANS = {
    ten + one + end: n
    for n, (ten, one) in enumerate(product(("", "X"), _ROMAN), 1)
    for end in ("", "E", "EME")
}

_LETTERS = str.maketrans(
    {"Œ": "OE", "œ": "oe", "Æ": "AE", "æ": "ae", "ß": "ss", "ø": "o", "Ø": "O", "’": "'", "ʼ": "'"}
)
_NUMBER = r"(?:[0-9]{2}|2[AB])[0-9]{3}"  # a code or a postcode
_SOUNDS = bytes.maketrans(b"KQZXWM", b"CCSSVN")
_UNHEARD = b"AEIOUYH "
HEARD = "BCDFGJLNPRSTV"  # the letters a skeleton is made of
_DOUBLED = [(2 * letter.encode(), letter.encode()) for letter in HEARD]


def fold(text: str) -> str:
    """The text in capitals without accents; other signs stay."""
    return (text if text.isascii() else unaccented(text.translate(_LETTERS))).upper()


def plain(text: str) -> str:
    """The words of a name in one spelling, separated by one space."""
    return " ".join(_words(fold(text)))


def skeleton(names: str) -> str:
    """The consonants one hears, of one name or of many names separated by line ends."""
    bones = names.encode().translate(_SOUNDS, _UNHEARD)
    for two, letter in _DOUBLED:
        while two in bones:
            bones = bones.replace(two, letter)
    return bones.decode()


def _words(folded: str) -> list[str]:
    return " ".join([SHORT.get(word, word) for word in re.findall(r"[^\W_]+", folded)]).split()


def distance(a: str, b: str, limit: int) -> int:
    """How many letters to add, drop, change or swap with the next to go from a to b; `limit + 1` when it is more."""
    here, there = set(a), set(b)
    if abs(len(a) - len(b)) > limit or len(here - there) > limit or len(there - here) > limit:
        return limit + 1
    before: list[int] = []
    last = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        row = [i]
        for j, y in enumerate(b, 1):
            best = last[j - 1] if x == y else 1 + min(last[j - 1], last[j], row[j - 1])
            if i > 1 and j > 1 and x == b[j - 2] and a[i - 2] == y:
                best = min(best, before[j - 2] + 1)
            row.append(best)
        before, last = last, row
    return min(last[-1], limit + 1)


class WrittenCommune(Struct, frozen=True, kw_only=True):
    """A text taken apart. `number`: a code or a postcode; `bare`: one to three signs beside the name, an arrondissement or a département;
    `hints`: the pieces apart from the name, which should name a département, a region or an article.
    """

    name: str = ""
    number: str = ""
    ordinal: int = 0
    bare: str = ""
    hints: tuple[str, ...] = ()
    kind: str = ""
    cedex: bool = False


def read(text: str) -> WrittenCommune:
    """What is written: "05000 Gap", "Gap (05)", "Lyon, 69", "PARIS CEDEX 12", "Marseille 1er", "code:05061"."""
    folded = fold(text.strip())
    kind, colon, rest = folded.partition(":")
    if colon and kind.strip() in KINDS:
        return WrittenCommune(number=_five("".join(rest.split())), kind=KINDS[kind.strip()])
    name, number, bare, ordinal = "", "", "", 0
    hints: list[str] = []
    for piece in _pieces(folded):
        one = _piece(piece)
        if one.number and one.name:
            name, bare, hints = one.name, one.bare, []  # an address came before: « 3 RUE DU LAC, 05000 GAP »
        elif one.name and name:
            hints.append(one.name)
        elif one.bare and not one.name:
            hints.append(one.bare)
        number, ordinal = number or one.number, ordinal or one.ordinal
        name, bare = name or one.name, bare or (one.bare if one.name else "")
    return WrittenCommune(
        name=name,
        number=number,
        ordinal=ordinal,
        bare=bare,
        hints=tuple(hints),
        cedex=re.search("CE?DE?X", folded) is not None,  # no official name, as it is written, holds it
    )


KINDS = dict.fromkeys(("CODE", "INSEE", "CODE INSEE", "COG", "COMMUNE"), "code")
KINDS |= dict.fromkeys(("CP", "POSTCODE", "CODE POSTAL"), "postcode")


def _pieces(folded: str) -> list[str]:
    """The text cut at brackets, commas and spaced hyphens; slashes said aloud (« S/S » is sous, « S/ » and « / » are sur)."""
    if "/" in folded:
        # a word of its own: the S of « BOIS/ » belongs to BOIS
        folded = re.sub(r"(?<![^\W_])S/S(?![^\W_])", " SOUS ", folded)
        folded = re.sub(r"/S(?![^\W_])", " SUR ", re.sub(r"(?<![^\W_])S/", " SUR ", folded))
        # Beside a figure a slash separates; between words it stands for « sur ».
        folded = folded.replace("/", "\0" if re.search(r"\d/|/\d", folded) else " SUR ")
    return [piece for piece in re.split(r"[()\[\],;|\t\n\r\0]| [-–—] ", folded) if piece.strip()]


def _piece(piece: str) -> WrittenCommune:
    words = _numbered(" ".join(_words(piece)))
    ends, number = (0, len(words) - 1), ""
    for at, word in enumerate(words):
        if is_number(word) or (_five(word) != word and at in ends):
            number, after = _five(word), words[at + 1 :]
            # Words on both sides of a postcode: an address line, the name comes after. « GAP 05000 FRANCE » has none.
            before = [w for w in words[:at] if w not in {"F", "FR"}]
            words = before if not after or after == ["FRANCE"] else after
            break
    words, ordinal = _ordinal_taken(words)
    words, bare = _bare_taken(words)
    name = " ".join(words)
    for digit, said in (("2", "DEUX"), ("3", "TROIS"), ("4", "QUATRE"), ("7", "SEPT")):
        name = name.replace(f"LES {digit} ", f"LES {said} ")  # « LES 2 ALPES »
    return WrittenCommune(name=name, number=number, ordinal=ordinal, bare=bare)


def _numbered(text: str) -> list[str]:
    """The words with their numbers whole: « 05 000 » is 05000, « F05000 » too, « 05000GAP » is two words, « 1400.0 », left by a
    spreadsheet, is 1400. « CEDEX » and the number of its office say where mail is sorted, not where a person lives.
    """
    for written, meant in (
        (r"(?:CEDEX\d*|CEDEXE|CEDX|CDX)(?: \d\d?)?", ""),
        (r"(\d\d|2[AB]) (\d{3})", r"\1\2"),
        (rf"[FR]+({_NUMBER})", r"\1"),
        (rf"({_NUMBER})([^\W\d_]+)", r"\1 \2"),
        (r"(\d{4,5})(?: 0)+", r"\1"),
    ):
        text = re.sub(rf"(?<!\S){written}(?!\S)", meant, text, count=0 if meant else 1)
    return " ".join([SHORT.get(word, word) for word in text.split()]).split()


def is_number(word: str) -> bool:
    """Five signs that can be a code or a postcode: five digits, or 2A or 2B and three digits."""
    return re.fullmatch(_NUMBER, word) is not None


def _five(word: str) -> str:
    """The four figures that a spreadsheet left of five, whole again."""
    return "0" + word if re.fullmatch("[0-9]{4}", word) else word


def _ordinal_taken(words: list[str]) -> tuple[list[str], int]:
    """The words without « 12E ARRONDISSEMENT », « 1ER », « XIIE », and that number."""
    kept = [w for w in words if w not in ARRONDISSEMENT]
    named = len(kept) < len(words)
    for i, word in enumerate(kept):
        said = re.fullmatch("([0-9]{1,2})(?:ERE?|I?EME|EM?|NDE?|D|TH)", word)
        # without either a Roman number may be a word: « VIE » is a river
        roman = word if named or (_in_a_city(kept) and not word.isdecimal()) else ""
        if value := arrondissement(said[1] if said else roman):
            left = kept[:i] + kept[i + 1 :]
            # « 12E ARRONDISSEMENT DE PARIS »
            return (left[1:] if not i and left[:1] == ["DE"] else left), value
    return kept, 0


def _bare_taken(words: list[str]) -> tuple[list[str], str]:
    """The words without a short number at either end: « GAP 05 », « 2A AJACCIO », « PARIS 12 », « PARIS XII »."""
    for i in (len(words) - 1, 0) if words else ():
        word = words[i]
        short = re.fullmatch("[0-9]{1,3}|2[AB]", word)
        if short or (i and _in_a_city(words) and word[-1] != "E" and arrondissement(word)):
            return words[:i] + words[i + 1 :], word
    return words, ""


def _in_a_city(words: list[str]) -> bool:
    return any(city in words for city in WITH_ARRONDISSEMENTS)


def arrondissement(word: str) -> int:
    """The number written « 12 », « XII » or « XIIE », 0 when it is none."""
    if re.fullmatch("[0-9]{1,2}", word):
        return int(word) if int(word) <= 20 else 0
    return _ROMANS.get(word, 0)
