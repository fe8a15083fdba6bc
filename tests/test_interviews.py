"""Two hundred interviews by a fuzzer: whatever is answered, each ends, with an exit code of the design and no traceback."""

from __future__ import annotations

import io
import random
import sys

import pytest

from cep_route import load
from cep_route.__main__ import run
from cep_route.cli import ask

DAY = "2026-11-22"
INTERVIEWS = 200
MOST_LINES = 30
# What people, cats and attackers type where a word is wanted.
ODD = (
    b"", b" ", b"?", b"<", b"h", b"aide", b"retour", b"ne sait pas", b"0", b"00", b"1", b"9", b"10", b"99", b"-1", b"1e9", b"9" * 400,
    b"24 ans", b"12/05/1990", b"31/02/1990", b"2050-01-01", b"29 f\xc3\xa9vrier 2000", "٣٠".encode(), "½".encode(), "２４".encode(),
    b"oui", b"non", b"yes", b"no", b"RQTH", b"cdi", b"mobilite, logement-hebergement", b"mobilite,,;x", b"05061", b"75056", b"Gap",
    b"Saint", b"01000", b"insee:05061", b"2A004", b"99301", b"--help", b"'; DROP TABLE", b"../../etc/passwd", b"$(reboot)", b"%s%n{0}",
    b"\x1b[2J\x1b]8;;x\x07", b"\x00", b"\x7f\x08\x08", b"\x04", b"\x03", b"\xff\xfe", b"\xed\xa0\x80", "\u202eabc".encode(), "é".encode("cp1252"),
    b"x" * 100_000, "é".encode() * 50_000, b"\t\x0b\x0c", "\u2028".encode(), b"\xef\xbb\xbf30",
)  # fmt: skip


def typed(chance: random.Random, words: list[bytes]) -> bytes:
    """The lines of one interview: sensible, odd, or made of any bytes; it may end anywhere, in the midst of a line too."""
    lines = []
    for _ in range(chance.randrange(MOST_LINES)):
        kind = chance.random()
        if kind < 0.5:
            lines.append(chance.choice(words))
        elif kind < 0.9:
            lines.append(chance.choice(ODD))
        else:
            lines.append(chance.randbytes(chance.randrange(80)))
    ending = chance.choice((b"\n", b"\r\n", b"\n", b"\r"))
    return ending.join(lines) + chance.choice((b"", ending))


@pytest.mark.usefixtures("plain_world")
def test_whatever_is_answered_an_interview_ends(monkeypatch, capsys):
    router = load()  # one for all: what is tried is what is said and heard
    monkeypatch.setattr(ask, "Router", lambda *_, **__: router)
    law = router.law
    words = [str(value).encode() for fact in law.facts.values() for value in (*fact.values, 30)]
    words += [fact.labels[v]["fr"][:6].encode() for fact in law.facts.values() for v in fact.values]
    words += [str(n).encode() for n in range(1, 6)] * 20
    chance = random.Random(20)
    faults, met = [], set()
    for number in range(INTERVIEWS):
        data = typed(chance, words)
        told = ["--lang", chance.choice(("fr", "en")), "--format", chance.choice(("text", "json", "md"))]
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data), encoding="utf-8"))
        code = run(["ask", "--on", DAY, *told])
        out, err = capsys.readouterr()
        met.add(code)
        strange = set((out + err).encode("utf-8", "replace")) & {*range(9), *range(14, 32), 127}
        if code not in (0, 1, 2) or "Traceback" in err or (code == 2) == bool(out) or strange:
            faults.append((number, code, strange, err[-300:]))
    assert not faults
    assert {0, 1, 2} <= met
