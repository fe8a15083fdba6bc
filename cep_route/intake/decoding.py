"""The bytes of an intake file to physical lines of text: what the file is, its encoding, where its lines end.

Never decides on columns or rows, never replaces a byte it cannot read, never decompresses, never opens what is not a
regular file (`-` is copied first).
"""

from __future__ import annotations

import codecs
import errno
import os
import re
import stat
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from io import BufferedReader, StringIO
from pathlib import Path
from typing import BinaryIO, cast

from cep_route.intake.flow import Flow, OverflowedError
from cep_route.model.answer import Finding, Place

BLOCK = 1 << 20
# encodings in which a byte of ASCII is that letter, and part of no other
ASCII_LIKE = frozenset(("utf-8", "ascii", "cp1252", "iso8859-1", "iso8859-15"))
GLANCE = 2 << 20  # bytes at the beginning of a file, for who takes a first look only


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one file may ask of the machine; every refusal names the limit it met."""

    cell: int = 1_000_000  # characters in one cell
    line: int = 8 << 20  # bytes in one physical line
    columns: int = 1_000
    record_lines: int = 1_000  # physical lines one quoted cell may run over
    spool: int = 4 << 30  # bytes taken from standard input


class LongLine(str):
    """The beginning of a physical line over the limit; the rest was skipped, not kept."""

    __slots__ = ()


class UnforeseenError(Exception):
    """A file is not what its beginning made presume: it has to be surveyed whole, and read again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DecodedLines:
    """A file whose bytes are understood, to be read as often as needed in lines of text.

    `keeps` tells how a line is decoded: `all` (every line decodes), `utf-8` or `cp1252` (the lines of the other
    encoding come with their bytes as lone surrogates), `given` (idem, for an encoding the user named).
    `presumed`: all this is said from a glance at the beginning, and each block of the rest is to be asked `bears_out`.
    """

    name: str
    stream: BinaryIO
    stamp: tuple[int, int]
    encoding: str
    bom: int
    keeps: str
    recoded: bool
    has_nul: bool
    has_quote: bool
    newline: str
    limits: Limits
    notices: tuple[Finding, ...]
    presumed: bool = False
    replaced: bool = False

    @property
    def flows(self) -> bool:
        """Whether its beginning will not come again: then each line tells whether it can be read."""
        return self.presumed and isinstance(self.stream, Flow)

    def bears_out(self, block: bytes) -> bool:
        """Whether a survey of these whole lines would have said what the beginning made presume; False when it takes a look to tell."""
        if (0 in block and not self.has_nul) or (not self.has_quote and b'"' in block):
            return False
        if self.encoding == "utf-8":
            odd = not self.replaced and 0xEF in block and b"\xef\xbf\xbd" in block
            return not odd and _decodes(block, "utf-8")
        high = block.translate(None, _ASCII)
        if _NOT_CP1252.search(high):
            return False
        return not (_DOUBTFUL_CP1252.search(high) and _DOUBTFUL_CP1252.search(block))

    def chunks(self) -> Iterator[list[str]]:
        """The physical lines, ends included, a block at a time: ended by CRLF, LF or CR and by nothing else."""
        try:
            yield from self._chunks()
        except UnicodeDecodeError:
            if not self.changed():  # the survey read all of it: then only another hand explains it
                raise

    def _chunks(self) -> Iterator[list[str]]:
        codec = "utf-8" if self.recoded else self.encoding
        for block in _whole_lines(self._bytes(), self.limits):
            if isinstance(block, _Overlong):
                yield [LongLine(block.decode(codec, "replace")[: self.limits.cell + 1])]
            else:
                yield self.texts(block)

    def texts(self, block: bytes) -> list[str]:
        """The lines of some whole lines' bytes, ends included."""
        codec = "utf-8" if self.recoded else self.encoding
        if self.keeps != "cp1252" or not _DOUBTFUL_CP1252.search(block):
            try:
                # StringIO with newline="" ends lines as CSV does; str.splitlines() also cuts at U+2028, VT and FF.
                # Without a CR to look for, it takes a third of the time
                text = block.decode(codec)
                return list(StringIO(text, newline="" if "\r" in text else "\n"))
            except UnicodeDecodeError:
                if self.keeps == "all":
                    raise
        return [self._line(line, codec) for line in block.splitlines(keepends=True)]

    def changed(self) -> bool:
        """Whether the file is no longer what it was when it was opened."""
        return _stamp(self.stream) != self.stamp

    def close(self) -> None:
        self.stream.close()

    def blocks(self, size: int, *, first: int) -> Iterator[bytes]:
        """The bytes after the mark as they are, for an encoding whose lines can be cut before decoding."""
        self.stream.seek(self.bom)
        if block := self.stream.read(first):
            yield block
        while block := self.stream.read(size):
            yield block

    def _bytes(self) -> Iterator[bytes]:
        self.stream.seek(self.bom)
        if not self.recoded:
            while block := self.stream.read(BLOCK):
                yield block
            return
        decoder = codecs.getincrementaldecoder(self.encoding)()
        while block := self.stream.read(BLOCK):
            yield decoder.decode(block).encode()
        yield decoder.decode(b"", final=True).encode()

    def _line(self, line: bytes, codec: str) -> str:
        if line.isascii():
            return line.decode("ascii")
        if self.keeps == "cp1252" and (_decodes(line, "utf-8") or _GARBAGE.search(line)):
            return line.decode("ascii", "surrogateescape")
        try:
            return line.decode(codec)
        except UnicodeDecodeError:
            return line.decode("ascii", "surrogateescape")


class _Overlong(bytes):
    __slots__ = ()


def whole_blocks(lines: DecodedLines, size: int, *, first: int) -> Iterator[tuple[bytes, bool]]:
    """The bytes of a file in blocks of whole lines, of `size` bytes or so, the first one of `first`; True with the beginning of an
    overlong line.
    """
    kept: list[bytes] = []
    held, wanted = 0, first
    for block in _whole_lines(lines.blocks(size, first=first), lines.limits):
        if isinstance(block, _Overlong):
            if kept:
                yield b"".join(kept), False
            kept, held = [], 0
            yield bytes(block), True
            continue
        kept.append(block)
        held += len(block)
        if held >= wanted // 2:
            yield kept[0] if len(kept) == 1 else b"".join(kept), False
            kept, held, wanted = [], 0, size
    if kept:
        yield b"".join(kept), False


_END = re.compile(rb"\r\n|\n|\r(?!\Z)")


def _whole_lines(blocks: Iterator[bytes], limits: Limits) -> Iterator[bytes]:
    """Blocks cut after a line end; a line over the limit comes alone, shortened."""
    tail, long_line = b"", b""
    for read in blocks:
        block = tail + read
        if long_line:
            if (end := _END.search(block)) is None:
                tail = block[-1:] if block.endswith(b"\r") else b""
                continue
            yield _Overlong(long_line)
            block, long_line = block[end.end() :], b""
        # a CR at the very end may be the first half of a CRLF: it waits for the next block
        cut = max(block.rfind(b"\n"), block.rfind(b"\r", 0, max(len(block) - 1, 0))) + 1
        if cut:
            yield block[:cut]
        tail = block[cut:]
        if len(tail) > limits.line:
            long_line, tail = tail[: limits.cell * 4], tail[-1:] if tail.endswith(b"\r") else b""
    if long_line:
        yield _Overlong(long_line)
    elif tail:
        yield tail


# ---------------------------------------------------------------------------------------------- opening

_KINDS: tuple[tuple[bytes, str], ...] = (
    (b"PK\x03\x04", "zip"),
    (b"PK\x05\x06", "zip"),
    (b"\x1f\x8b", "gzip"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "Excel 97-2003 (.xls)"),
    (b"%PDF-", "PDF"),
    (b"{\\rtf", "RTF"),
    (b"BZh", "bzip2"),
    (b"\xfd7zXZ\x00", "xz"),
    (b"7z\xbc\xaf\x27\x1c", "7z"),
    (b"\x28\xb5\x2f\xfd", "zstd"),
    (b"Rar!\x1a\x07", "rar"),
    (b"PAR1", "Parquet"),
    (b"SQLite format 3\x00", "SQLite"),
    (b"\x89PNG\r\n", "PNG"),
    (b"\xff\xd8\xff", "JPEG"),
)
_MARKUP = re.compile(
    rb"\s*(?:(?P<HTML><(?:!doctype\s+html|html|head|body|table|meta|style|script|div|!--))|(?P<XML><\?xml)|(?P<JSON>[\[{]\s*[\[{]?\s*(?:[\r\n]|\"[^\"\r\n]*\"\s*:)))",
    re.IGNORECASE,
)


def open_lines(
    path: str | os.PathLike[str] | BinaryIO | Flow,
    *,
    encoding: str | None = None,
    limits: Limits | None = None,
    glance: bool = False,
) -> DecodedLines | Finding:
    """The file's lines, or the reason why it cannot be read as text. `glance`: a big file's beginning may tell (`Lines.presumed`)."""
    limits = limits or Limits()
    opened = _open(path, limits)
    if isinstance(opened, Finding):
        return opened
    name, stream = opened
    try:
        found = _understand(name, stream, encoding, limits, glance=glance)
    except OverflowedError:
        found = overflowed(name, limits)
    if isinstance(found, Finding):
        stream.close()
    return found


def refused(code: str, name: str, line: int = 0, **values: str) -> Finding:
    """The finding that stops the reading of a file."""
    if line:
        values["line"] = str(line)
    return Finding(code=code, values={"file": name, **values}, place=Place(file=name, line=line))


def overflowed(name: str, limits: Limits) -> Finding:
    """More of a stream would have to be kept than may be."""
    return refused("CEP416", name, limit=str(limits.spool))


def _open(path: str | os.PathLike[str] | BinaryIO | Flow, limits: Limits) -> tuple[str, BinaryIO] | Finding:
    if isinstance(path, Flow):
        path.limit = limits.spool
        return "-", cast("BinaryIO", path)
    if hasattr(path, "read"):
        return _spooled("-", cast("BinaryIO", path), limits)
    name = os.fspath(path)
    if name == "-":
        return _spooled(name, sys.stdin.buffer, limits)
    try:
        found = Path(name).stat()
        if stat.S_ISDIR(found.st_mode):
            return refused("CEP402", name)
        if not stat.S_ISREG(found.st_mode):  # a FIFO, a device or a socket may never end
            return refused("CEP403", name)
        if not found.st_size:  # also what /proc says of its files, whatever they hold
            return refused("CEP405", name)
        return name, Path(name).open("rb")
    except FileNotFoundError:
        return refused("CEP400", name)
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        return refused("CEP401", name, reason=errno.errorcode.get(getattr(error, "errno", 0) or 0, "EINVAL"))


def _spooled(name: str, stream: BinaryIO, limits: Limits) -> tuple[str, BinaryIO] | Finding:
    """A stream is copied first: its encoding can only be told from the whole of it."""
    from tempfile import SpooledTemporaryFile

    copy = cast("BinaryIO", SpooledTemporaryFile(max_size=32 << 20))  # noqa: SIM115 - lives as long as the reading
    taken = 0
    while block := stream.read(BLOCK):
        taken += len(block)
        if taken > limits.spool:
            copy.close()
            return overflowed(name, limits)
        copy.write(block)
    return name, copy


def _stamp(stream: BinaryIO) -> tuple[int, int]:
    """Size and date of a file on disk. Nobody else writes to our own copy, and asking for its number would put it there."""
    if not isinstance(stream, BufferedReader):
        return (0, 0)
    found = os.fstat(stream.fileno())
    return (found.st_size, found.st_mtime_ns)


def _understand(
    name: str, stream: BinaryIO, encoding: str | None, limits: Limits, *, glance: bool
) -> DecodedLines | Finding:
    stream.seek(0)
    start = stream.read(8192)
    if not start:
        return refused("CEP405", name)
    if kind := _kind(start, stream):
        return refused("CEP404", name, kind=kind)
    marked, bom = _bom(start)
    if bom == len(start) and not stream.read(1):
        return refused("CEP405", name)
    given = _codec(encoding) if encoding is not None else None
    if encoding is not None and given is None:
        return refused("CEP409", name, encoding=encoding)
    if given in (
        "utf-16",
        "utf-32",
    ):  # the order of bytes is told by the mark; without one, it is that of Windows
        given = marked if marked and marked.startswith(given) else f"{given}-le"
    wanted = given or marked
    nul_share = start[bom:].count(0) / max(len(start) - bom, 1)
    if (wanted is None or not _is_wide(wanted)) and nul_share > 0.2:  # one byte in five
        return refused("CEP408", name)
    if glance and wanted in (None, "utf-8") and encoding is None:
        upto = _telling(stream) if isinstance(stream, Flow) else GLANCE
        with suppress(UnforeseenError):
            first = _Survey(name, stream, bom, limits, upto=upto).presumption() if upto else None
            if first is not None:
                return first
    survey = _Survey(name, stream, bom, limits)
    if wanted is not None and _is_wide(wanted):
        return survey.recoded(wanted)
    return survey.cut_then_decoded(given)


def _telling(flow: Flow) -> int:
    """How many bytes of a flow have to be kept to tell its encoding: letters beyond ASCII settle it. 0 when it ends before."""
    size = held = 0
    while True:
        size += 4 * GLANCE
        if flow.keep_until(size) < size:
            return 0
        flow.seek(held)
        held, letters = size, flow.read(size - held)
        if not letters.isascii():
            return size


def _kind(start: bytes, stream: BinaryIO) -> str:
    for magic, kind in _KINDS:
        if start.startswith(magic):
            return _zip_kind(start, stream) if kind == "zip" else kind
    body = start.removeprefix(codecs.BOM_UTF8)
    if body[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        body = body[2:].replace(b"\x00", b"")
    markup = _MARKUP.match(body)
    return "" if markup is None or markup.lastgroup is None else markup.lastgroup


def _zip_kind(start: bytes, stream: BinaryIO) -> str:
    """A workbook is a zip: told by the names inside, nothing is decompressed."""
    stream.seek(max(stream.seek(0, os.SEEK_END) - 65_536, 0))
    names = start + stream.read(65_536)
    if b"opendocument.spreadsheet" in names:
        return "OpenDocument (.ods)"
    if b"[Content_Types].xml" in names or b"xl/" in names:
        return "Excel (.xlsx)"
    return "zip"


def _bom(start: bytes) -> tuple[str | None, int]:
    for mark, codec in (
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16: it begins with the same two bytes
        (codecs.BOM_UTF32_BE, "utf-32-be"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
    ):
        if start.startswith(mark):
            return codec, len(mark)
    return None, 0


# forms of a name, or of code
_NO_FILE = frozenset(("idna", "punycode", "undefined", "unicode-escape", "raw-unicode-escape"))


def _codec(encoding: str) -> str | None:
    try:
        found = codecs.lookup(encoding)
        if not found._is_text_encoding:  # noqa: SLF001 - the only way to tell base64 from a text encoding
            return None
    except (LookupError, ValueError, TypeError):
        return None
    if found.name in _NO_FILE:
        return None
    return "utf-8" if found.name == "utf-8-sig" else found.name


def _is_wide(codec: str) -> bool:
    """Whether a line end is anything but the bytes CR and LF, so that lines cannot be cut before decoding."""
    if codec.startswith(("utf-16", "utf-32", "utf-7", "iso2022", "hz")):
        return True
    try:
        return b"\r\n,;\t|\"'aZ09".decode(codec) != "\r\n,;\t|\"'aZ09"
    except UnicodeDecodeError:
        return True


# ---------------------------------------------------------------------------------------------- encoding

_NOT_CP1252 = re.compile(rb"[\x81\x8d\x8f\x90\x9d]")
_GARBAGE = re.compile(rb"\xff\xff|\xff\xfe|\xfe\xff")  # ÿÿ, ÿþ, þÿ: in no word; broken bytes, or half a BOM
_DOUBTFUL_CP1252 = re.compile(
    rb"[\xc2-\xf4][\x80-\xbf]|[\xfe\xff][\xfe\xff]"
)  # UTF-8, or broken bytes, perhaps
# what cp1252 makes of mac_roman and DOS letters, inside a word; and runs of letters no French word has
_IMPLAUSIBLE = re.compile(
    r"(?i:[a-z])[‚ƒ„†‡ˆ‰‹‘“”•˜™›ŽŠ¡¤¦¼½][a-zé]|\bƒ[a-z]|[\u00c0-\u00ff]{4}|[\u00c0-\u00d6]{3}"
)
_ASCII = bytes(range(128))
_NO_FIRST_BYTE = bytes(range(0xC0))  # of a letter of UTF-8
_TOGETHER = 64  # lines asked together whether they are UTF-8
_SAMPLE = 2_000  # lines enough to warn of odd letters


def _decodes(line: bytes, codec: str) -> bool:
    try:
        line.decode(codec)
    except UnicodeDecodeError:
        return False
    return True


def _letters(block: bytes) -> int:
    """How many letters beyond ASCII some bytes of UTF-8 hold."""
    return len(block.translate(None, _NO_FIRST_BYTE))


class _Survey:
    """One pass over the file before any row: is it UTF-8, does it hold NUL bytes, quotes, U+FFFD. `upto`: only so many bytes of it."""

    def __init__(self, name: str, stream: BinaryIO, bom: int, limits: Limits, *, upto: int = 0) -> None:
        self.name, self.stream, self.bom, self.limits, self.upto = name, stream, bom, limits, upto
        self.stamp = _stamp(stream)
        self.nul = self.quote = self.replaced = False
        self.others = 0  # lines that are not UTF-8

    def presumption(self) -> DecodedLines | None:
        """What the beginning of a file of many such lengths tells of all of it; None when it settles nothing."""
        flows = isinstance(self.stream, Flow)
        if not flows and self.stream.seek(0, os.SEEK_END) < 4 * self.upto:
            return None
        if self._decodes_whole("utf-8"):
            codec, keeps, notices = "utf-8", "all", list[Finding]()
        else:
            found = self._mixture(utf8_said=self.bom > 0)
            if isinstance(found, Finding) or (not flows and (found[1] != "all" or self.others <= _SAMPLE)):
                return None
            codec, keeps, notices = found
        lines = replace(self._lines(codec, keeps, notices), presumed=True)
        return replace(lines, keeps=codec, has_nul=True) if flows else lines

    def _blocks(self) -> Iterator[bytes]:
        """The bytes that are surveyed, after the mark; where it stops before the end of the file, it does so after a line."""
        self.stream.seek(self.bom)
        left = self.upto or sys.maxsize
        while block := self.stream.read(min(BLOCK, left)):
            left -= len(block)
            if not left:
                block = block[: block.rfind(b"\n") + 1]
                if not block:
                    raise UnforeseenError  # one line of that length
            yield block

    def cut_then_decoded(self, given: str | None) -> DecodedLines | Finding:
        if self._decodes_whole(given or "utf-8"):
            return self._lines(given or "utf-8", "all", [])
        if given:
            return self._lines(given, "given", [])
        found = self._mixture(utf8_said=self.bom > 0)
        return found if isinstance(found, Finding) else self._lines(*found)

    def recoded(self, codec: str) -> DecodedLines | Finding:
        self.stream.seek(self.bom)
        decoder, read = codecs.getincrementaldecoder(codec)(), self.bom
        block = b"-"
        while block:
            block = self.stream.read(BLOCK)
            before = read - len(decoder.getstate()[0])
            try:
                self._note(decoder.decode(block, final=not block))
            except UnicodeDecodeError as error:
                return refused("CEP407", self.name, encoding=codec, offset=str(before + error.start))
            read += len(block)
        return self._lines(codec, "all", [], recoded=True)

    def _lines(
        self, codec: str, keeps: str, notices: list[Finding], *, recoded: bool = False
    ) -> DecodedLines:
        if self.replaced:
            notices.append(Finding(code="CEP426", place=Place(file=self.name), severity="warning"))
        return DecodedLines(
            name=self.name,
            stream=self.stream,
            stamp=self.stamp,
            encoding=codec,
            bom=self.bom,
            keeps=keeps,
            recoded=recoded,
            has_nul=self.nul,
            has_quote=self.quote,
            newline=self._newline(),
            limits=self.limits,
            notices=tuple(notices),
            replaced=self.replaced,
        )

    def _note(self, text: str) -> None:
        self.nul = self.nul or "\0" in text
        self.quote = self.quote or '"' in text
        self.replaced = self.replaced or "\ufffd" in text

    def _decodes_whole(self, codec: str) -> bool:
        decoder, clean = codecs.getincrementaldecoder(codec)(), True
        for block in self._blocks():
            self.nul = self.nul or 0 in block
            self.quote = self.quote or b'"' in block
            if clean:
                try:
                    self._note(decoder.decode(block))
                except UnicodeDecodeError:
                    clean = False
        if clean:
            try:
                decoder.decode(b"", final=True)
            except UnicodeDecodeError:
                clean = False
        return clean

    def _mixture(self, *, utf8_said: bool) -> tuple[str, str, list[Finding]] | Finding:
        """Lines of UTF-8 and lines that are not: the strangers are those that hold fewer letters beyond ASCII."""
        utf8 = other = odd = 0
        mine = theirs = 0  # letters of UTF-8, letters that are not
        first_utf8 = first_other = undefined = number = 0
        garbage = False
        for block in _whole_lines(self._blocks(), self.limits):
            # some lines are asked together, a line at a time only where they are not all UTF-8: ten times faster
            lines = block.splitlines(keepends=True)
            plain: bool | None = None  # a block without a letter of UTF-8, nor a byte that cp1252 has not
            for first in range(0, len(lines), _TOGETHER):
                some = lines[first : first + _TOGETHER]
                if _decodes(b"".join(some), "utf-8"):
                    said = len(some) - sum(map(bytes.isascii, some))
                    if said and not first_utf8:
                        first_utf8 = number + next(i for i, line in enumerate(some, 1) if not line.isascii())
                    utf8, number, mine = utf8 + said, number + len(some), mine + _letters(b"".join(some))
                    continue
                if plain is None:
                    high = block.translate(None, _ASCII)
                    plain = block.decode("utf-8", "ignore").isascii() and not _NOT_CP1252.search(high)
                    garbage = garbage or (b"\xff" in high and _GARBAGE.search(block) is not None)
                if plain and other > _SAMPLE:  # nothing more is to be seen in them
                    other, number = other + len(some) - sum(map(bytes.isascii, some)), number + len(some)
                    theirs += len(b"".join(some).translate(None, _ASCII))
                    continue
                for line in some:
                    number += 1
                    if line.isascii():
                        continue
                    if not plain and _decodes(line, "utf-8"):
                        utf8, first_utf8, mine = utf8 + 1, first_utf8 or number, mine + _letters(line)
                        continue
                    theirs += len(line.translate(None, _ASCII))
                    other, first_other = other + 1, first_other or number
                    if not plain and _NOT_CP1252.search(line):
                        undefined = undefined or number
                    elif other <= _SAMPLE and _IMPLAUSIBLE.search(line.decode("cp1252")):
                        odd += 1
        self.others = other
        place = Place(file=self.name, line=first_other)
        if utf8_said or (mine and theirs <= mine):
            values = {"count": str(other), "line": str(first_other)}
            return "utf-8", "utf-8", [Finding(code="CEP428", values=values, place=place, severity="warning")]
        if undefined:
            return refused("CEP406", self.name, undefined)
        notices = [Finding(code="CEP421", place=Place(file=self.name), severity="warning")]
        if odd * 20 > min(other, _SAMPLE):  # one line in twenty
            notices = [Finding(code="CEP422", place=place, severity="warning")]
        if utf8:
            values = {"count": str(utf8), "line": str(first_utf8)}
            place = Place(file=self.name, line=first_utf8)
            notices.append(Finding(code="CEP429", values=values, place=place, severity="warning"))
        return "cp1252", "cp1252" if utf8 or garbage else "all", notices

    def _newline(self) -> str:
        """The line end met most often at the start of the file; only reported, never relied on."""
        self.stream.seek(self.bom)
        start = self.stream.read(65_536).replace(b"\0", b"")
        crlf = start.count(b"\r\n")
        counts = {"\r\n": crlf, "\n": start.count(b"\n") - crlf, "\r": start.count(b"\r") - crlf}
        return max(counts, key=lambda end: counts[end])
