r"""The embedded table of communes, read a block at a time, a département or a stretch of names; never the whole.

`places.dat` is written by `tools/build_places.py`. It opens with a header (what lies where) and goes on with blocks, each
compressed alone, so that one look-up opens the file, reads one or two of them and unpacks a few kilobytes. What was read is
kept for the next look-up.

Layout of the file; text is UTF-8, rows end by "\n", columns of a text by "\x1d", figures are little-endian:

    MAGIC, length of the header (4 bytes), header, then the blocks: départements, names, EPCI
    header       year | regions | départements | postcodes out of their département | old codes elsewhere | first skeletons | EPCI
    département  for all communes the step to their number (1 byte), EPCI (1), latitude (2), longitude (2), population (3): all
                 first bytes, then all second bytes; then, apart, origin of the coordinates | EPCI | names | postcodes | formers
    names        for all names the number of their commune (2) and its size (1); then, apart, the names in the order of their
                 skeletons, an empty row standing for the name above
    EPCI         nothing; then, apart, code, name if it is an EPT, and its départements (an EPT: its communes)
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from itertools import accumulate
from os.path import dirname, join
from zlib import decompress, decompressobj

from cep_route.places.spelling import skeleton

MAGIC = b"cep-route places 1\n"
COLUMN = "\x1d"
NOWHERE = 0xFFFF  # the coordinate of a commune whose place is not in the sources
UNCOUNTED = 0xFFFFFF  # idem for its population
PAST = 128  # added to the size of a commune when the name is not its name of today
_FILE = join(dirname(__file__), "places.dat")  # noqa: PTH118, PTH120 -- pathlib costs more than the look-up


class Header:
    """What the file holds and where: a few hundred rows."""

    def __init__(self, text: str, start: int) -> None:
        year, regions, departements, postcodes, moved, names, epci = text.split(COLUMN)
        self.year = int(year)
        self.regions = dict(_pairs(regions))
        self.departements: dict[str, tuple[str, str]] = {}
        self.postcodes_elsewhere = {code: tuple(where.split()) for code, where in _pairs(postcodes)}
        self.codes_elsewhere = {prefix: tuple(where.split()) for prefix, where in _pairs(moved)}
        self.blocks: dict[str, tuple[int, int]] = {}
        self.counts: dict[str, int] = {}
        self.first_place: list[int] = []
        self.order: list[str] = []
        place = 0
        for row in departements.split("\n"):
            code, name, region, count, length = row.split("\t")
            self.departements[code] = (name, region)
            self.order.append(code)
            self.counts[code] = int(count)
            self.first_place.append(place)
            place += int(count)
            self.blocks[code] = (start, int(length))
            start += int(length)
        self.first_bones: list[str] = []
        self.name_blocks: list[tuple[int, int]] = []
        for bones, length in _pairs(names):
            self.first_bones.append(bones)
            self.name_blocks.append((start, int(length)))
            start += int(length)
        self.epci_block = (start, int(epci))

    def located(self, place: int) -> tuple[str, int]:
        """The département and the row of the commune of that number."""
        at = bisect_right(self.first_place, place) - 1
        return self.order[at], place - self.first_place[at]


class Departement:
    """The communes of one département (and the arrondissements of its city), by row, in the order of their codes."""

    def __init__(self, code: str, count: int, figures: bytes, text: str) -> None:
        self.code = code
        self.count = count
        self._numbers = list(accumulate(figures[:count]))  # what follows the département in the codes
        self._figures = figures
        origin, epci, names, postcodes, self._formers = text.split(COLUMN)
        self._south, self._west = map(int, origin.split("\t"))
        self._epci = [("", ""), *_pairs(epci)]
        self.names = names.split("\n")
        self._postcodes = postcodes.split("\n")
        self._parsed: list[tuple[int, str, str, str]] | None = None

    def _figure(self, first: int, size: int, row: int) -> int:
        """The little-endian figure of a row, its bytes lying `count` apart from column `first` on."""
        at = first * self.count + row
        return int.from_bytes(self._figures[at : at + size * self.count : self.count], "little")

    def row(self, code: str) -> int:
        """The row of that code, -1 when it is none of these."""
        if not code.startswith(self.code):
            return -1
        number = int(code[len(self.code) :])
        at = bisect_left(self._numbers, number)
        return at if at < self.count and self._numbers[at] == number else -1

    def code_at(self, row: int) -> str:
        return f"{self.code}{self._numbers[row]:0{5 - len(self.code)}}"

    def epci(self, row: int) -> tuple[str, str]:
        return self._epci[self._figure(1, 1, row)]

    def coordinates(self, row: int) -> tuple[float, float] | None:
        lat, lon = self._figure(2, 2, row), self._figure(4, 2, row)
        return None if lat == NOWHERE else ((lat + self._south) / 1000, (lon + self._west) / 1000)

    def population(self, row: int) -> int | None:
        value = self._figure(6, 3, row)
        return None if value == UNCOUNTED else value

    def postcodes(self, row: int) -> tuple[str, ...]:
        return tuple([p if len(p) == 5 else self.code + p for p in self._postcodes[row].split()])

    def with_postcode(self, postcode: str) -> list[int]:
        short = postcode.removeprefix(self.code)
        return [row for row, codes in enumerate(self._postcodes) if short in codes and short in codes.split()]

    def formers(self) -> list[tuple[int, str, str, str]]:
        """Row of the present commune, old code, old name, first day without it (empty: not known)."""
        if self._parsed is None:
            rows = [row.split("\t") for row in self._formers.split("\n") if row]
            self._parsed = [(int(row), code, name, until) for row, code, name, until in rows]
        return self._parsed


class Names:
    """A stretch of the names, present and past, in the order of their skeletons; several may be one name."""

    def __init__(self, figures: bytes, text: str) -> None:
        self._figures, self._count = figures, len(figures) // 3
        self.names = text.split("\n")
        for row in [row for row, name in enumerate(self.names) if not name]:
            self.names[row] = self.names[row - 1]
        # Each is made when first asked for: a look-up needs one of the three.
        self._rows: dict[str, list[int]] = {}
        self._bones: list[str] = []
        self._letters: list[str] = []

    def hit(self, row: int) -> tuple[int, int, str]:
        """The number of the commune, its size (plus PAST for a name of the past) and the name as filed."""
        count = self._count
        place = self._figures[row] + 256 * self._figures[count + row]
        return place, self._figures[2 * count + row], self.names[row]

    def rows(self) -> dict[str, list[int]]:
        """The rows of each name, told apart by its letters alone."""
        if not self._rows:
            rows: dict[str, list[int]] = {}
            for row, letters in enumerate(self.letters()):
                rows.setdefault(letters, []).append(row)
            self._rows = rows  # whole at once: another thread may be looking
        return self._rows

    def bones(self) -> list[str]:
        if not self._bones:
            self._bones = skeleton("\n".join(self.names)).split("\n")
        return self._bones

    def letters(self) -> list[str]:
        """The names without their spaces: « VILLENEUVE DASCQ » is Villeneuve-d'Ascq."""
        if not self._letters:
            self._letters = "\n".join(self.names).replace(" ", "").split("\n")
        return self._letters


def _pairs(text: str) -> list[tuple[str, str]]:
    return [(left, right) for left, _, right in [row.partition("\t") for row in text.split("\n") if row]]


def _read(start: int, length: int) -> tuple[bytes, str]:
    """The figures and the text of one block: two streams, for they are packed better apart."""
    with open(_FILE, "rb") as file:  # noqa: PTH123 -- see _FILE
        file.seek(start)
        figures = decompressobj()
        return figures.decompress(file.read(length)), decompress(figures.unused_data).decode()


# What was read, kept for the next look-up: the file does not change under a running program.
_HEADER: list[Header] = []
_DEPARTEMENTS: dict[str, Departement] = {}
_NAMES: dict[int, Names] = {}
_EPCI: dict[str, tuple[str, tuple[str, ...]]] = {}


def header() -> Header:
    if not _HEADER:
        with open(_FILE, "rb") as file:  # noqa: PTH123 -- see _FILE
            start = file.read(len(MAGIC) + 4)
            if start[:-4] != MAGIC:
                raise ValueError("places.dat is not the file of this version: run tools/build_places.py")
            length = int.from_bytes(start[-4:], "little")
            _HEADER.append(Header(decompress(file.read(length)).decode(), len(start) + length))
    return _HEADER[0]


def departement(code: str) -> Departement:
    if code not in _DEPARTEMENTS:
        _DEPARTEMENTS[code] = Departement(code, header().counts[code], *_read(*header().blocks[code]))
    return _DEPARTEMENTS[code]


def names(block: int) -> Names:
    if block not in _NAMES:
        _NAMES[block] = Names(*_read(*header().name_blocks[block]))
    return _NAMES[block]


def epci() -> dict[str, tuple[str, tuple[str, ...]]]:
    """Code -> its name if it is an EPT, and the codes of its départements or (EPT) of its communes."""
    if not _EPCI:
        rows = [row.split("\t") for row in _read(*header().epci_block)[1].split("\n")]
        _EPCI.update({code: (name, tuple(where.split())) for code, name, where in rows})
    return _EPCI


def name_block(bones: str) -> int:
    """The block in which that skeleton lies, if anywhere."""
    return max(0, bisect_right(header().first_bones, bones) - 1)


def departements_of_number(number: str) -> list[str]:
    """The départements in which a code or a postcode that begins so may lie, present or past."""
    top = header()
    own = number[:3] if number[:3] in top.counts else number[:2]
    where = [*top.postcodes_elsewhere.get(number, ()), own, *top.codes_elsewhere.get(own, ())]
    return [dep for dep in dict.fromkeys(where) if dep in top.counts]
