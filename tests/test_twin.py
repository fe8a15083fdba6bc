"""A big file is worked on by two processes: what comes out is what one of them writes alone, whatever happens to the other."""

from __future__ import annotations

import contextlib
import io
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from cep_route.__main__ import run
from cep_route.intake import cutting, rows, stretches, twin

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="one process works alone here")

DAY = "2026-11-22"
HEADER = "ref;nom;date_naissance;age;statut;cadre;en_emploi;code_commune;besoins"
CELLS = (
    ("Lefèvre", "N'Diaye", '"Da Silva; née Hébert"', '"dit ""Dédé"""', "Petit"),
    ("1990-05-06", "12/03/2003", "29/02/2004", "", "31/02/2001", "2010-01-01"),
    ("36", "23", "", "150", "22"),
    ("demandeur d'emploi", "salarié", "indépendant", "???", "fonctionnaire"),
    ("oui", "non", ""),
    ("oui", "non"),
    ("99301", "75056", "2A004", "05061", ""),
    ("mobilite", '"mobilite;sante"', '""', "un souhait"),
)
ODD = (
    "", "Total : 12", "00001;court", '00003;"ouvert;;;;;;;', HEADER, '00005;"deux\nlignes";;;;;;;', "'00006;a';;;;;;;", "ref;x;;;;;;;",
    '00013;"longue' + "\n\ncellule" * 300 + '";;;;;;;', "Nom;Prénom", "00008;a\rb;;;;;;;", '=00009;"a";;;;;;;',
)  # fmt: skip


def intake(path, lines=4000, odd=0.0, newline="\n", codec="utf-8"):
    chance = random.Random(5)
    made = [
        chance.choice(ODD)
        if n > 30 and chance.random() < odd
        else ";".join((f"{n:05d}", *map(chance.choice, CELLS)))
        for n in range(lines)
    ]
    path.write_bytes((newline.join([HEADER, *made]) + newline).encode(codec))
    return path


@pytest.fixture(autouse=True)
def _two(monkeypatch):
    """Small blocks and a second process from the second one on; two processors, whatever the machine has."""
    monkeypatch.setattr(cutting, "BLOCK", 16_000)
    monkeypatch.setattr(cutting, "BEGUN", 1)
    monkeypatch.setattr(twin, "BEGUN", 1)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1})


@pytest.fixture(name="taken")
def _taken(monkeypatch):
    """The rows of the runs that the second process did and the first one took."""
    found = []
    real = twin.Twin.run

    def run(self, line):
        done = real(self, line)
        found.append(done.rows if done else 0)
        return done

    monkeypatch.setattr(twin.Twin, "run", run)
    return found


def children():
    """The processes that this one began: other tests may have left theirs."""
    found = set()
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):  # it ended meanwhile
            if path.read_text().rpartition(")")[2].split()[1] == str(os.getpid()):
                found.add(path.parent.name)
    return found


def routed(path, monkeypatch, *, alone, more=()):
    """Exit code, what was told, and the bytes of every output."""
    monkeypatch.setattr(twin, "WORTH_IT", 1 << 40 if alone else 0)
    outs = [path.parent / name for name in ("out.csv", "rejects.csv", "manifest.json")]
    told, before = io.StringIO(), children()
    words = ["batch", str(path), "-o", str(outs[0]), "--rejects", str(outs[1]), "--manifest", str(outs[2])]
    with contextlib.redirect_stderr(told):
        code = run([*words, "--path", "plain", "--on", DAY, *more])
    found = [out.read_bytes() if out.exists() else None for out in outs]
    for out in outs:
        out.unlink(missing_ok=True)
    assert children() <= before  # no process of its own is left, dead or alive
    return code, told.getvalue(), found


@pytest.mark.parametrize("odd", [0.0, 0.01, 0.2])
@pytest.mark.parametrize(("newline", "codec"), [("\n", "utf-8"), ("\r\n", "utf-8-sig"), ("\r\n", "cp1252")])
def test_two_processes_write_what_one_writes(tmp_path, monkeypatch, taken, odd, newline, codec):
    path = intake(tmp_path / "in.csv", odd=odd, newline=newline, codec=codec)
    alone = routed(path, monkeypatch, alone=True)
    assert not taken
    assert routed(path, monkeypatch, alone=False) == alone
    assert alone[0] == 1
    assert alone[2][0].count(b"\n") > 1000
    assert alone[2][1].count(b"\n") > 100
    assert sum(taken) > (1500 if odd < 0.1 else 300)


@pytest.mark.parametrize("more", [("--strict",), ("--lang", "en"), ("--excel-fr",), ("--defuse",)])
def test_options_change_nothing_to_it(tmp_path, monkeypatch, more):
    path = intake(tmp_path / "in.csv", odd=0.01)
    alone = routed(path, monkeypatch, alone=True, more=more)
    assert routed(path, monkeypatch, alone=False, more=more) == alone


def test_what_does_not_fit_is_done_by_the_first_one(tmp_path, monkeypatch, taken):
    path = intake(tmp_path / "in.csv")
    alone = routed(path, monkeypatch, alone=True)
    monkeypatch.setattr(twin, "SLOT", 90_000)
    assert routed(path, monkeypatch, alone=False) == alone
    assert 0 in taken


@pytest.mark.parametrize("at", [1, 3, 6])
def test_a_second_process_that_dies_is_not_missed(tmp_path, monkeypatch, at):
    path = intake(tmp_path / "in.csv", odd=0.01)
    alone = routed(path, monkeypatch, alone=True)
    real, waits = twin.Twin.wait, []

    def wait(self):
        waits.append(self._pid)
        if len(waits) == at:
            os.kill(self._pid, signal.SIGKILL)
            time.sleep(0.05)
        real(self)

    monkeypatch.setattr(twin.Twin, "wait", wait)
    assert routed(path, monkeypatch, alone=False) == alone
    assert waits[at - 1]
    assert not waits[-1]


def test_a_second_process_that_fails_says_nothing(tmp_path, monkeypatch, capfd):
    path = intake(tmp_path / "in.csv")
    alone = routed(path, monkeypatch, alone=True)
    first, real = os.getpid(), stretches._Way.made

    def made(self, stretch):
        if os.getpid() != first:
            raise ValueError("a cell")
        return real(self, stretch)

    monkeypatch.setattr(stretches._Way, "made", made)
    capfd.readouterr()
    assert routed(path, monkeypatch, alone=False) == alone
    assert capfd.readouterr() == ("", "")


def test_without_room_for_a_second_process_one_is_enough(tmp_path, monkeypatch):
    path = intake(tmp_path / "in.csv")
    alone = routed(path, monkeypatch, alone=True)

    def fork():
        raise BlockingIOError(11, "EAGAIN")

    monkeypatch.setattr(os, "fork", fork)
    before = len(list(Path("/proc/self/fd").iterdir()))
    assert routed(path, monkeypatch, alone=False) == alone
    assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_a_file_that_changes_meanwhile_is_refused(tmp_path, monkeypatch):
    path = intake(tmp_path / "in.csv")
    real = rows.Rows.again

    def again(self):
        path.write_bytes(path.read_bytes().replace(b"salari", b"retrai"))
        return real(self)

    monkeypatch.setattr(rows.Rows, "again", again)
    code, told, found = routed(path, monkeypatch, alone=False)
    assert code == 1
    assert "CEP419" in told
    assert found == [None, None, None]


# ---------------------------------------------------------------------------------------------- stopped from outside

SLOW = """
import os, sys, time
from cep_route.intake import cutting, stretches, twin
cutting.BLOCK, twin.WORTH_IT, cutting.BEGUN, twin.BEGUN = 16_000, 0, 1, 1
os.sched_getaffinity = lambda _: {0, 1}
first, real = os.getpid(), stretches._Way.write
def write(self, run):
    real(self, run)
    print(*open(f"/proc/{first}/task/{first}/children").read().split(), flush=True)
    time.sleep(0.05)
stretches._Way.write = write
from cep_route.__main__ import main
sys.argv = ["cep-route", "batch", *sys.argv[1:]]
sys.exit(main())
"""


def begun(folder, *more):
    """A run in the midst of its file, and the number of its second process."""
    path = intake(folder / "in.csv", 20_000)
    words = [str(path), "-o", str(folder / "out.csv"), "--path", "plain", "--on", DAY]
    process = subprocess.Popen(
        [sys.executable, "-c", SLOW, *words, *more], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    for line in process.stdout:
        if line.strip():
            return process, int(line)
    raise AssertionError(process.communicate())


def is_there(number):
    """Whether a process runs."""
    try:
        return Path(f"/proc/{number}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


@pytest.mark.parametrize(
    ("sign", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)]
)
def test_asked_to_stop_both_do(tmp_path, sign, code):
    process, other = begun(tmp_path)
    assert is_there(other)
    process.send_signal(sign)
    _, told = process.communicate(timeout=20)
    assert process.returncode == code
    assert b"Traceback" not in told
    assert not is_there(other)
    assert [p.name for p in tmp_path.iterdir()] == ["in.csv"]


def test_killed_it_leaves_no_process_and_no_lock(tmp_path):
    process, other = begun(tmp_path)
    process.kill()
    process.communicate(timeout=20)
    again = subprocess.run(
        [sys.executable, "-m", "cep_route", "batch", str(tmp_path / "in.csv"), "-o", str(tmp_path / "out.csv"), "--on", DAY],
        capture_output=True, check=False,
    )  # fmt: skip
    assert again.returncode == 1
    assert b"CEP542" not in again.stderr
    end = time.monotonic() + 5
    while is_there(other) and time.monotonic() < end:
        time.sleep(0.01)
    assert not is_there(other)
