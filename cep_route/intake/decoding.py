"""The bytes of an intake file to physical lines of text: what the file is, its encoding, where its lines end.

Never decides on columns or rows, never replaces a byte it cannot read, never decompresses, never opens what is not a
regular file.

The encoding is told by a sample: the first bytes beyond ASCII and what follows them. A line that is not in it, there or later, comes with
its bytes as lone surrogates, and whoever reads rows rejects it.
"""

from __future__ import annotations

import codecs
import errno
import os
import re
import stat
import sys
from collections.abc import Iterator
from io import BufferedReader, StringIO
from itertools import islice
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import BinaryIO, cast

from msgspec import Struct

from cep_route.intake.flow import Flow, OverflowedError
from cep_route.model.answer import Finding, Place, warned

BLOCK = 1 << 20
SAMPLE = 2 << 20  # bytes by which an encoding is told
STREAM_IN_ASCII = 64 << 20  # bytes without any accent after which a stream is taken for UTF-8
# encodings in which a byte of ASCII is that letter, and part of no other
ASCII_LIKE = frozenset(("utf-8", "ascii", "cp1252", "iso8859-1", "iso8859-15"))


class Limits(Struct, frozen=True, kw_only=True):
    """What one file may ask of the machine; every refusal names the limit it met."""

    cell: int = 1_000_000  # characters in one cell
    line: int = 8 << 20  # bytes in one physical line
    columns: int = 1_000
    record_lines: int = 1_000  # physical lines one quoted cell may run over
    spool: int = 4 << 30  # bytes kept of standard input


class LongLine(str):
    """The beginning of a physical line over the limit; the rest was skipped, not kept."""

    __slots__ = ()


class DecodedLines(Struct, frozen=True, kw_only=True):
    """A file whose bytes are understood, to be read in lines of text as often as needed (a stream: until `once`).

    `encoding`: of the file; `codec`: of the bytes of `stream`, which is a copy in UTF-8 where a line end is not one byte;
    `guessed`: whether nobody named the encoding; `size`: bytes of `stream`, 0 when that is not known.
    """

    name: str
    source: BinaryIO  # as it came
    stream: BinaryIO
    stamp: tuple[int, int]
    encoding: str
    codec: str
    guessed: bool
    has_mark: bool
    start: int  # bytes of the mark in `stream`
    size: int
    newline: str
    limits: Limits
    notices: tuple[Finding, ...]

    def chunks(self) -> Iterator[list[str]]:
        """The physical lines, ends included, a block at a time: ended by CRLF, LF or CR and by nothing else."""
        for block, is_overlong in whole_blocks(self, BLOCK, first=BLOCK):
            yield [self.overlong(block)] if is_overlong else self.texts(block)

    def texts(self, block: bytes) -> list[str]:
        """The lines of some whole lines' bytes, ends included."""
        if not self._may_be_another(block):
            try:
                # StringIO with newline="" ends lines as CSV does; str.splitlines() also cuts at U+2028, VT and FF.
                # Without a CR to look for, it takes a third of the time
                text = block.decode(self.codec)
                return list(StringIO(text, newline="" if "\r" in text else "\n"))
            except UnicodeDecodeError:
                pass
        return [self._line(line) for line in block.splitlines(keepends=True)]

    def overlong(self, start: bytes) -> LongLine:
        """The beginning of an overlong line as text."""
        return LongLine(start.decode(self.codec, "replace")[: self.limits.cell + 1])

    def _may_be_another(self, some: bytes) -> bool:
        """Whether bytes that cp1252 can read may be UTF-8, or broken."""
        return self.guessed and self.codec == "cp1252" and _DOUBTFUL_CP1252.search(some) is not None

    def _line(self, line: bytes) -> str:
        if not (self._may_be_another(line) and (_decodes(line, "utf-8") or _GARBAGE.search(line))):
            try:
                return line.decode(self.codec)
            except UnicodeDecodeError:
                pass
        return line.decode("ascii", "surrogateescape")

    def once(self) -> None:
        """From now on the lines are read once: nothing more of a stream is kept."""
        if isinstance(self.stream, Flow):
            self.stream.let_go()

    def changed(self) -> bool:
        """Whether the file is no longer what it was when it was opened."""
        return _stamp(self.source) != self.stamp

    def close(self) -> None:
        """Close the file."""
        self.stream.close()
        self.source.close()


_END = re.compile(rb"\r\n|\n|\r(?!\Z)")


def whole_blocks(lines: DecodedLines, size: int, *, first: int) -> Iterator[tuple[bytes, bool]]:
    """The bytes after the mark in blocks of whole lines, of `size` bytes or so, the first one of `first`; with True, the beginning of an
    overlong line.
    """
    limits = lines.limits
    at = lines.stream.seek(lines.start)
    end_at = lines.size or sys.maxsize  # of a file that grows no more is read: it has changed
    tail, long_line, wanted = b"", b"", first
    while read := lines.stream.read(min(wanted, end_at - at)):
        at += len(read)
        block, wanted = tail + read, size
        if long_line:
            if (end := _END.search(block)) is None:
                tail = block[-1:] if block.endswith(b"\r") else b""
                continue
            yield long_line, True
            block, long_line = block[end.end() :], b""
        # a CR at the very end may be the first half of a CRLF: it waits for the next block
        cut = max(block.rfind(b"\n"), block.rfind(b"\r", 0, max(len(block) - 1, 0))) + 1
        if cut:
            yield block[:cut], False
        tail = block[cut:]
        if len(tail) > limits.line:
            long_line, tail = tail[: limits.cell * 4], tail[-1:] if tail.endswith(b"\r") else b""
    if long_line:
        yield long_line, True
    elif tail:
        yield tail, False


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
) -> DecodedLines | Finding:
    """The file's lines, or the reason why it cannot be read as text."""
    limits = limits or Limits()
    opened = _open(path, limits)
    if isinstance(opened, Finding):
        return opened
    name, stream = opened
    try:
        found = _understood(name, stream, encoding, limits)
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
    if isinstance(path, Flow) or path == "-":
        flow = path if isinstance(path, Flow) else Flow(sys.stdin.buffer)
        flow.limit = limits.spool
        return "-", cast("BinaryIO", flow)
    if not isinstance(path, str | os.PathLike):
        return "-", path
    name = os.fspath(path)
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


def _stamp(stream: BinaryIO) -> tuple[int, int]:
    """Size and date of a file on disk. Nobody else writes to our own copy, and asking for its number would put it there."""
    if not isinstance(stream, BufferedReader):
        return (0, 0)
    found = os.fstat(stream.fileno())
    return (found.st_size, found.st_mtime_ns)


def _understood(name: str, stream: BinaryIO, encoding: str | None, limits: Limits) -> DecodedLines | Finding:
    source, stamp = stream, _stamp(stream)
    stream.seek(0)
    start = stream.read(8192)
    if not start:
        return refused("CEP405", name)
    if kind := _kind(start, stream):
        return refused("CEP404", name, kind=kind)
    marked, mark = next((codec, len(mark)) for mark, codec in _MARKS if start.startswith(mark))
    start_at = stream.seek(mark)
    if not stream.read(1):
        return refused("CEP405", name)
    given = _codec(encoding) if encoding is not None else None
    if encoding is not None and given is None:
        return refused("CEP409", name, encoding=encoding)
    if given in ("utf-16", "utf-32"):
        # the order of bytes is told by the mark; without one, it is that of Windows
        given = marked if marked and marked.startswith(given) else f"{given}-le"
    told = given or marked
    notices: list[Finding] = []
    codec = told or ""
    if told is not None and _is_wide(told):
        copy = _recoded(name, stream, told, mark)
        if isinstance(copy, Finding):
            return copy
        stream, start_at, codec = copy, 0, "utf-8"
    elif start[mark:].count(0) > 0.2 * (len(start) - mark):  # one byte in five
        return refused("CEP408", name)
    sample, before = _sample(stream, start_at)
    if told is None:
        guess = _guess(name, sample, before, notices)
        if isinstance(guess, Finding):
            return guess
        told = codec = guess
    if codec == "utf-8" and "\ufffd".encode() in sample:
        notices.append(warned("CEP426", name))
    return DecodedLines(
        name=name,
        source=source,
        stream=stream,
        stamp=stamp,
        encoding=told,
        codec=codec,
        guessed=given is None,
        has_mark=mark > 0,
        start=start_at,
        size=0 if isinstance(stream, Flow) else stream.seek(0, os.SEEK_END),
        newline=_newline(stream, start_at),
        limits=limits,
        notices=tuple(notices),
    )


def _recoded(name: str, stream: BinaryIO, codec: str, mark: int) -> BinaryIO | Finding:
    """A copy in UTF-8, without the mark."""
    copy = cast("BinaryIO", SpooledTemporaryFile(max_size=32 << 20))  # noqa: SIM115 - lives as long as the reading
    decoder, read = codecs.getincrementaldecoder(codec)(), stream.seek(mark)
    block = b"-"
    while block:
        block = stream.read(BLOCK)
        before = read - len(decoder.getstate()[0])
        try:
            copy.write(decoder.decode(block, final=not block).encode())
        except UnicodeDecodeError as error:
            copy.close()
            return refused("CEP407", name, encoding=codec, offset=str(before + error.start))
        read += len(block)
    return copy


def _kind(start: bytes, stream: BinaryIO) -> str:
    kind = next((kind for magic, kind in _KINDS if start.startswith(magic)), "")
    if kind == "zip":  # a workbook is one: told by the names inside, nothing is decompressed
        stream.seek(max(stream.seek(0, os.SEEK_END) - 65_536, 0))
        names = start + stream.read(65_536)
        is_xlsx = b"[Content_Types].xml" in names or b"xl/" in names
        is_ods = b"opendocument.spreadsheet" in names
        return "OpenDocument (.ods)" if is_ods else "Excel (.xlsx)" if is_xlsx else kind
    body = start.removeprefix(codecs.BOM_UTF8)
    if body[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        body = body[2:].replace(b"\x00", b"")
    markup = _MARKUP.match(body)
    return kind or (markup and markup.lastgroup) or ""


_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16: it begins with the same two bytes
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
    (b"", None),
)
# forms of a name, or of code
_NO_FILE = frozenset(("idna", "punycode", "undefined", "unicode-escape", "raw-unicode-escape"))


def _codec(encoding: str) -> str | None:
    try:
        found = codecs.lookup(encoding)
    except (LookupError, ValueError, TypeError):
        return None
    # the private name is the only way to tell base64 from a text encoding
    is_text = found._is_text_encoding and found.name not in _NO_FILE  # noqa: SLF001
    return found.name.removesuffix("-sig") if is_text else None


def _is_wide(codec: str) -> bool:
    """Whether a line end is anything but the bytes CR and LF, so that lines cannot be cut before decoding."""
    if codec.startswith(("utf-16", "utf-32", "utf-7", "iso2022", "hz")):
        return True
    try:
        return b"\r\n,;\t|\"'aZ09".decode(codec) != "\r\n,;\t|\"'aZ09"
    except UnicodeDecodeError:
        return True


# ---------------------------------------------------------------------------------------------- encoding

_STRANGE = re.compile("[\udc80-\udcff]")  # bytes that are no UTF-8
_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]")
_NOT_CP1252 = re.compile("[\udc81\udc8d\udc8f\udc90\udc9d]")
_GARBAGE = re.compile(rb"\xff\xff|\xff\xfe|\xfe\xff")  # ÿÿ, ÿþ, þÿ: in no word; broken bytes, or half a BOM
_DOUBTFUL_CP1252 = re.compile(
    rb"[\xc2-\xf4][\x80-\xbf]|[\xfe\xff][\xfe\xff]"
)  # UTF-8, or broken bytes, perhaps
# what cp1252 makes of mac_roman and DOS letters, inside a word or at its end; and runs of letters no French word has
_IMPLAUSIBLE = re.compile(
    r"(?i:[a-z])[‹‘“”•˜™›¡¤¦¼½][a-zé]|[a-z][‚ƒ„†‡ˆ‰ŠŽ]|\bƒ[a-z]|[\u00c0-\u00ff]{4}|[\u00c0-\u00d6]{3}"
)
_LOOKED_AT = 2_000  # lines enough to warn of odd letters


def _decodes(line: bytes, codec: str) -> bool:
    try:
        line.decode(codec)
    except UnicodeDecodeError:
        return False
    return True


def _sample(stream: BinaryIO, start: int) -> tuple[bytes, int]:
    """The first block that is not ASCII and what follows, in whole lines, and how many lines stand before; empty when all is ASCII."""
    stream.seek(start)
    before = 0
    while block := stream.read(BLOCK):
        if not block.isascii():
            sample = block + stream.read(SAMPLE)
            return sample[: sample.rfind(b"\n") + 1] or sample if stream.read(1) else sample, before
        before += block.count(b"\n") or block.count(b"\r")
        if isinstance(stream, Flow) and stream.tell() > STREAM_IN_ASCII:
            break
    return b"", before


def _guess(name: str, sample: bytes, before: int, notices: list[Finding]) -> str | Finding:
    """UTF-8 or Windows-1252, whichever most letters beyond ASCII are of, with what is to be said of it; or why neither can be."""
    text = sample.decode("utf-8", "surrogateescape")
    strange = len(_STRANGE.findall(text))
    if strange * 2 <= len(_BEYOND_ASCII.findall(text)):
        return "utf-8"
    if undefined := _NOT_CP1252.search(text):
        above = text[: undefined.start()]
        return refused("CEP406", name, before + 1 + (above.count("\n") or above.count("\r")))
    lines = (line for line in sample.splitlines() if not line.isascii() and not _decodes(line, "utf-8"))
    looked_at = [line.decode("cp1252", "replace") for line in islice(lines, _LOOKED_AT)]
    odd = sum(_IMPLAUSIBLE.search(line) is not None for line in looked_at)
    notices.append(warned("CEP422" if odd * 20 > len(looked_at) else "CEP421", name))  # one line in twenty
    return "cp1252"


def _newline(stream: BinaryIO, start: int) -> str:
    """The line end met most often at the start of the file; only reported, never relied on."""
    stream.seek(start)
    text = stream.read(65_536).replace(b"\0", b"")
    crlf = text.count(b"\r\n")
    counts = {"\r\n": crlf, "\n": text.count(b"\n") - crlf, "\r": text.count(b"\r") - crlf}
    return max(counts, key=lambda end: counts[end])
