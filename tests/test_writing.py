"""Outputs: all together or not at all, nothing overwritten, no formula; and every cell comes back."""

from __future__ import annotations

import csv
import errno
import hashlib
import io
import json
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import time
import types
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cep_route.__main__ import run
from cep_route.files import write
from cep_route.files.write import Outputs
from cep_route.intake.reader import inspect_rows
from cep_route.intake.writer import Dialect, Rejects, defused, restored

CEP = [sys.executable, "-m", "cep_route"]
# an ordinary user may have no cache folder: without one each run would compile the rules anew
pytestmark = pytest.mark.usefixtures("plain_world")
HEADER = "id;nom;age;statut;en emploi;commune\n"
ROW = "{:06d};Exemple;{};demandeur d'emploi;non;99301\n"
LATIN = Dialect(delimiter=";", quote='"', newline="\r\n", codec="cp1252", mark=b"")
UTF8 = Dialect(delimiter=",", quote='"', newline="\n", codec="utf-8", mark=b"")


def intake(path, rows):
    path.write_text(HEADER + "".join(ROW.format(i, 16 + i % 50) for i in range(rows)), encoding="utf-8")
    return path


def batch(*words, **options):
    return subprocess.run([*CEP, "batch", *map(str, words)], capture_output=True, check=False, **options)


def left_in(folder):
    return sorted(p.name for p in Path(folder).iterdir())


# ---------------------------------------------------------------------------------------------- formulas and cells


@pytest.mark.parametrize(
    "cell", ["=1+1", "+33612", "-2", "@x", "\tx", "\rx", "\nx", "＝1", " =1", '"=1', "'=1", " ' =1", "\0x"]
)
def test_a_formula_gets_one_apostrophe(cell):
    assert defused(cell) == f"'{cell}"
    assert defused(cell) == f"'{cell}"
    assert restored(defused(cell)) == cell


@pytest.mark.parametrize("cell", ["", "Durand", "l'eau", "0612", "a=b", "'x", "1-2"])
def test_other_cells_are_left_alone(cell):
    assert defused(cell) == cell
    assert restored(cell) == cell


@given(st.text(st.one_of(st.sampled_from("=+-@'\" \t\n\r;é"), st.characters(codec="utf-8")), max_size=20))
def test_restored_undoes_defused(cell):
    assert restored(defused(cell)) == cell
    assert defused(cell)[:1] not in {"=", "+", "-", "@", "\t", "\r", "\n", "\0"}


@given(
    st.lists(
        st.text(
            st.one_of(st.sampled_from("=;,\"' \n\r"), st.characters(codec="utf-8", exclude_characters="\0")),
            max_size=12,
        ),
        min_size=2,
        max_size=5,
    )
)
def test_cells_written_are_read_back(cells):
    text = UTF8.cells(cells) + "\n"
    assert next(csv.reader(io.StringIO(text, newline=""), strict=True)) == cells


def test_our_words_fit_the_letters_of_the_file():
    assert LATIN.fit("œuvre — « à Orsaigne »") == "œuvre — « à Orsaigne »"
    assert LATIN.fit("a\u202fb ≥ č 漢") == "a b ? c ?"
    assert LATIN.appended(["=x", 'a"b']) == ';"\'=x";"a""b"'


def test_a_reject_is_one_quoted_cell_that_starts_no_formula():
    kept = io.BytesIO()
    told = Dialect(delimiter=";", quote='"', newline="\r\n", codec="utf-8", mark=b"")
    rejects = Rejects(LATIN, lambda: kept, header="a;b\r\n", line=1, written=told)
    assert kept.getvalue() == b""
    rejects.add(7, "nom", "CEP432", "raison", '=cmd;"x\r\n')
    rejects.add(8, "", "CEP435", "raison", "a\udce9\0b")
    lines = kept.getvalue().decode("cp1252").splitlines()
    assert lines == [
        "line;column;code;reason;raw",
        '1;";";header;utf-8 CRLF;"a;b"',
        '7;nom;CEP432;raison;"\'=cmd;""x"',
        '8;;CEP435;raison;"a\\xE9\\x00b"',
    ]


# ---------------------------------------------------------------------------------------------- together


def test_nothing_is_there_before_the_end_and_all_of_it_after(tmp_path):
    run = Outputs(force=False)
    one, two = str(tmp_path / "one"), str(tmp_path / "two")
    assert run.claim([two, one], "-") is None
    run.open(one).write(b"1")
    run.open(two).write(b"2")
    assert not {"one", "two"} & set(left_in(tmp_path))
    assert run.commit([one, two]) is None
    assert left_in(tmp_path) == ["one", "two"]
    assert [Path(p).stat().st_mode & 0o777 for p in (one, two)] == [0o600, 0o600]


def test_a_file_that_appears_meanwhile_is_not_replaced_and_nothing_else_is_left(tmp_path):
    run = Outputs(force=False)
    one, two = str(tmp_path / "one"), str(tmp_path / "two")
    assert run.claim([two, one], "-") is None
    run.open(one).write(b"1")
    run.open(two).write(b"2")
    (tmp_path / "one").write_text("theirs")
    fault = run.commit([two, one])
    assert fault.code == "CEP524"
    assert left_in(tmp_path) == ["one"]
    assert (tmp_path / "one").read_text() == "theirs"


def test_two_runs_do_not_share_a_target(tmp_path):
    first, second = Outputs(force=True), Outputs(force=True)
    target = str(tmp_path / "out")
    assert first.claim([target], "-") is None
    assert second.claim([target], "-").code == "CEP542"
    first.abandon()
    assert second.claim([target], "-") is None
    second.abandon()
    assert left_in(tmp_path) == []


def test_what_stands_in_a_lock_file_decides_nothing(tmp_path):
    """A lock that a dead run left is taken over, and no path is ever taken from it: in a shared folder anybody may have written it."""
    out, notes = tmp_path / "out", tmp_path / "notes"
    notes.write_text("mine")
    for name in ("notes.7.tmp", "notes.7.old.tmp"):
        (tmp_path / name).write_text("theirs")
    (tmp_path / "notes.7.parts.tmp").mkdir()
    for text in (
        json.dumps({"pid": 7, "places": [str(notes)]}),
        '{"pid":1,"places":["a\\u0000b"]}',
        "[" * 99_999,
        "",
    ):
        (tmp_path / "out.lock.tmp").write_text(text)
        run = Outputs(force=False)
        assert run.claim([str(out)], "-") is None
        run.abandon()
        assert left_in(tmp_path) == ["notes", "notes.7.old.tmp", "notes.7.parts.tmp", "notes.7.tmp"]
        assert notes.read_text() == "mine"


def test_a_lock_that_is_no_file_is_neither_followed_nor_waited_for(tmp_path):
    canary, lock = tmp_path / "canary", tmp_path / "out.lock.tmp"
    canary.write_text("alive")
    for make, code in ((lambda: lock.symlink_to(canary), "CEP525"), (lambda: os.mkfifo(lock), "CEP548")):
        make()
        run = Outputs(force=True)
        assert run.claim([str(tmp_path / "out")], "-").code == code
        assert left_in(tmp_path) == ["canary", "out.lock.tmp"]
        lock.unlink()
    assert canary.read_text() == "alive"


def test_existing_files_stay_without_force(tmp_path):
    source, out = intake(tmp_path / "in.csv", 3), tmp_path / "out.csv"
    out.write_text("mine")
    done = batch(source, "-o", out)
    assert (done.returncode, out.read_text()) == (2, "mine")
    assert "CEP524" in done.stderr.decode()
    assert batch(source, "-o", out, "--force").returncode in (0, 1)
    assert out.read_text(encoding="utf-8").startswith(HEADER[:-1])


@pytest.mark.parametrize("make", [lambda a, b: b.symlink_to(a), os.link], ids=["link", "hard link"])
def test_the_input_is_never_written(tmp_path, make):
    source, other = intake(tmp_path / "in.csv", 3), tmp_path / "other.csv"
    make(source, other)
    before = source.read_bytes()
    for target in (source, other):
        done = batch(source, "-o", target, "--force")
        assert done.returncode == 2
        assert "CEP540" in done.stderr.decode()
    assert source.read_bytes() == before


def test_a_link_is_replaced_not_followed(tmp_path):
    canary = tmp_path / "canary"
    canary.write_text("alive")
    out = tmp_path / "out.csv"
    out.symlink_to(canary)
    assert batch(intake(tmp_path / "in.csv", 2), "-o", out).returncode == 2
    assert batch(intake(tmp_path / "in.csv", 2), "-o", out, "--force").returncode in (0, 1)
    assert canary.read_text() == "alive"
    assert not out.is_symlink()


@pytest.mark.parametrize("target", ["/dev/full", "/dev/null", "."])
def test_what_is_no_file_is_not_written(tmp_path, target):
    done = batch(
        intake(tmp_path / "in.csv", 2),
        "-o",
        target,
        "--force",
        "--manifest",
        tmp_path / "m.json",
        "--rejects",
        tmp_path / "r.csv",
        cwd=tmp_path,
    )
    assert done.returncode == 2
    assert "CEP548" in done.stderr.decode()
    assert left_in(tmp_path) == ["in.csv"]


def test_disk_full_leaves_nothing(tmp_path):
    source = intake(tmp_path / "in.csv", 2000)
    words = " ".join([*CEP, "batch", str(source), "-o", str(tmp_path / "out.csv")])
    done = subprocess.run(["bash", "-c", f"ulimit -f 64; {words}"], capture_output=True, check=False)
    assert done.returncode == 2
    assert done.stderr.decode().split("\n")[0].endswith("(CEP525)")
    assert left_in(tmp_path) == ["in.csv"]


def test_full_standard_output(tmp_path):
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [*CEP, "batch", str(intake(tmp_path / "in.csv", 2000))],
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
        )
    assert done.returncode != 0
    assert b"Traceback" not in done.stderr


def test_a_reader_that_leaves_stops_it_quietly(tmp_path):
    source = intake(tmp_path / "in.csv", 5000)
    done = subprocess.run(
        [
            "bash",
            "-c",
            f"{' '.join(CEP)} batch {source} -o - --rejects {tmp_path}/r.csv | head -1; exit ${{PIPESTATUS[0]}}",
        ],
        capture_output=True,
        check=False,
    )
    assert done.returncode == 141
    assert done.stderr == b""
    assert left_in(tmp_path) == ["in.csv"]


@pytest.mark.parametrize(
    ("sign", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)]
)
@pytest.mark.parametrize("times", [1, 30])
def test_interrupted_it_leaves_nothing(tmp_path, sign, code, times):
    """In the midst of a stream that does not end; by somebody impatient too, who asks again while the drafts go."""
    rows = intake(tmp_path / "in.csv", 10_000).read_bytes()
    with subprocess.Popen(
        [*CEP, "batch", "-", "-o", str(tmp_path / "out.csv")],
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as run:
        # more than is looked at before the first row goes, with an accent; the titles that come again are rejects
        run.stdin.write(rows.replace(b"Exemple", "Exemplé".encode()) * 5)
        run.stdin.flush()
        wait_for(lambda: any(name.endswith(".tmp") and "lock" not in name for name in left_in(tmp_path)))
        for _ in range(times):
            run.send_signal(sign)
            time.sleep(0.001)
        assert run.stderr.read().decode() == "interrompu\xa0: aucun fichier n'est écrit\n"
        assert run.wait(timeout=30) == code
    assert left_in(tmp_path) == ["in.csv"]


INTERRUPTED_THERE = """
import os, signal, sys
from cep_route import __main__
from cep_route.files import write
from cep_route.intake import people, writer

when = sys.argv.pop(1)
if when == "rows":
    person = people.People._person
    people.People._person = lambda self, *key: (os.kill(os.getpid(), signal.SIGINT), person(self, *key))[1]
elif when == "callback":  # what is raised in there Python prints, and goes on
    import weakref

    class Thing:
        pass

    thing = Thing()
    gone = weakref.ref(thing, lambda _: os.kill(os.getpid(), signal.SIGINT))

    def close(self, close=writer.CsvSink.close):
        global thing
        thing = None
        return close(self)

    writer.CsvSink.close = close
else:  # the files are taking their names
    appear = write.Outputs._appear
    write.Outputs._appear = lambda self, drafts: (os.kill(os.getpid(), signal.SIGINT), appear(self, drafts))
__main__.main()
"""


@pytest.mark.parametrize(
    ("when", "there"),
    [
        ("rows", ["in.csv"]),
        ("callback", ["in.csv"]),
        ("names", ["in.csv", "out.csv", "out.csv.manifest.json"]),
    ],
)
def test_an_interruption_is_neither_lost_nor_halfway(tmp_path, when, there):
    source = intake(tmp_path / "in.csv", 3000)
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            INTERRUPTED_THERE,
            when,
            "batch",
            str(source),
            "-o",
            str(tmp_path / "out.csv"),
        ],
        capture_output=True,
        check=False,
    )
    left = "les fichiers sont tous là" if "out.csv" in there else "aucun fichier n'est écrit"
    assert (done.returncode, done.stderr.decode()) == (130, f"interrompu\xa0: {left}\n")
    assert left_in(tmp_path) == there


INTERRUPTED_IN_TEXT = """
from cep_route import __main__

def text(argv):
    code = 0
    exec("import os, signal\\nos.kill(os.getpid(), signal.SIGINT)\\nfor _ in range(9): pass")

__main__.run = text
__main__.main()
"""


def test_an_interruption_inside_a_compiled_text_is_130_too(tmp_path):
    """Python remembers it, and ends `python -m` by that signal whatever the exit code: a named tuple's module is such a text."""
    (tmp_path / "twice").mkdir()
    (tmp_path / "twice" / "__main__.py").write_text(INTERRUPTED_IN_TEXT, "utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "twice", "route"], cwd=tmp_path, capture_output=True, check=False
    )
    assert (done.returncode, done.stderr) == (130, b"")


def wait_for(there, seconds=60):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if there():
            return
        time.sleep(0.01)
    raise AssertionError("it never began")


CALLS = (
    "open",
    "link",
    "rename",
    "replace",
    "unlink",
    "fsync",
    "ftruncate",
    "write",
    "close",
    "mkdir",
    "symlink",
)


def written(folder, content, *, force):
    """Some files as a run of batch writes them; the code of what went wrong."""
    names = [str(folder / name) for name in content]
    run = Outputs(force=force)
    try:
        fault = run.claim(names, "-")
        if fault is None:
            (Path(run.folder(names[-1])) / "sheet").write_bytes(b"half")
            for name, data in zip(names, content.values(), strict=True):
                run.open(name).write(data)
            fault = run.commit(names)
        return fault and fault.code
    finally:
        run.abandon()


def killed_at(call, work):
    """Do some work in a process of its own that is killed -9 before its n-th call to the disk; whether it lived on."""
    child = os.fork()
    if not child:
        try:
            counted = 0

            def deadly(real):
                def called(*args, **options):
                    nonlocal counted
                    counted += 1
                    if counted == call:
                        os.kill(os.getpid(), signal.SIGKILL)
                    return real(*args, **options)

                return called

            write.os = types.SimpleNamespace(
                **{**vars(os), **{name: deadly(getattr(os, name)) for name in CALLS}}
            )
            work()
            os._exit(0)
        finally:
            os._exit(99)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0
    return not os.WIFSIGNALED(status)


@pytest.mark.parametrize("force", [False, True], ids=["new", "force"])
def test_killed_at_each_call_to_the_disk_no_file_is_half_and_the_next_run_replaces_all(
    tmp_path, monkeypatch, force
):
    """Whatever step is cut, each name has its whole old or its whole new file, new ones in their order; the next run has its way."""
    new = {"out.rejects.csv": b"rejects", "out.csv": b"routed" * 1000, "out.csv.manifest.json": b"manifest"}
    old = dict.fromkeys(new, b"old") if force else {}
    monkeypatch.setattr(os, "fsync", lambda _handle: None)  # counted, not waited for: no power is cut here
    between, call, lived = set(), 0, False
    while not lived:
        call += 1
        folder = tmp_path / str(call)
        folder.mkdir()
        for name, data in old.items():
            (folder / name).write_bytes(data)
        lived = killed_at(call, lambda: written(folder, new, force=force))  # noqa: B023 - called at once
        there = {name: (folder / name).read_bytes() for name in new if (folder / name).exists()}
        turned = [name for name, data in there.items() if data == new[name]]
        assert turned == list(new)[: len(turned)], call
        assert {n: d for n, d in there.items() if n not in turned} == {
            n: d for n, d in old.items() if n not in turned
        }
        between.add(len(turned))
        if not force:
            assert written(folder, new, force=False) == ("CEP524" if turned else None)
        assert written(folder, new, force=True) is None
        assert {name: (folder / name).read_bytes() for name in new} == new, call
        assert not any((folder / name).is_symlink() for name in left_in(folder))
    assert call > 20
    assert between == {0, 1, 2, 3}


@pytest.mark.parametrize("force", [False, True], ids=["new", "force"])
def test_power_may_go_at_any_time(tmp_path, monkeypatch, force):
    """All drafts are on the disk before the first has its name, and the names are before the run says that it is done."""
    new = {"r.csv": b"rejects", "out.csv": b"routed", "m.json": b"manifest"}
    for name in new if force else ():
        (tmp_path / name).write_bytes(b"old")
    calls: list[tuple[str, bytes]] = []
    sync = os.fsync

    def synced(handle):
        place = Path(f"/proc/self/fd/{handle}").resolve()
        calls.append(("folder", b"") if place.is_dir() else ("draft", place.read_bytes()))
        sync(handle)

    def naming(real):
        def named(source, target, **options):
            if Path(target).name in new:
                calls.append(("name", Path(source).read_bytes()))
            return real(source, target, **options)

        return named

    monkeypatch.setattr(write.os, "fsync", synced)
    for name in ("replace", "link", "rename"):
        monkeypatch.setattr(write.os, name, naming(getattr(os, name)))
    assert written(tmp_path, new, force=force) is None
    steps = [*(("draft", data) for data in new.values()), *(("name", data) for data in new.values())]
    assert calls == [*steps, ("folder", b"")]


@pytest.mark.parametrize("kind", ["no such locks", "no such module"])
def test_on_a_disk_without_locks_files_are_written_all_the_same(tmp_path, monkeypatch, kind):
    def none(*_args):
        raise OSError(errno.ENOLCK, "no locks available")

    monkeypatch.setattr(write, "fcntl", None if kind == "no such module" else types.SimpleNamespace(
        flock=none, LOCK_EX=write.fcntl.LOCK_EX, LOCK_NB=write.fcntl.LOCK_NB
    ))  # fmt: skip
    new = {"r.csv": b"rejects", "out.csv": b"routed"}
    assert written(tmp_path, new, force=False) is None
    assert {name: (tmp_path / name).read_bytes() for name in left_in(tmp_path)} == new


def test_what_cannot_take_its_name_brings_back_what_was_there(tmp_path, monkeypatch):
    """Also on a disk without links, for what was not there before."""
    new = {"r.csv": b"rejects", "out.csv": b"routed"}
    for name in new:
        (tmp_path / name).write_bytes(b"old")
    real = os.replace

    def replace(source, target):
        if target.endswith("out.csv") and source.endswith(".tmp") and Path(source).read_bytes() == b"routed":
            raise OSError(30, "EROFS", target)
        real(source, target)

    monkeypatch.setattr(write.os, "replace", replace)
    assert written(tmp_path, new, force=True) == "CEP525"
    assert {name: (tmp_path / name).read_bytes() for name in left_in(tmp_path)} == dict.fromkeys(new, b"old")


def test_on_a_disk_without_links_files_are_named_one_by_one(tmp_path, monkeypatch):
    def none(*_args, **_options):
        raise OSError(95, "ENOTSUP")

    monkeypatch.setattr(os, "link", none)
    new = {"r.csv": b"rejects", "out.csv": b"routed"}
    for force in (False, True):
        assert written(tmp_path, new, force=force) is None
        assert {name: (tmp_path / name).read_bytes() for name in left_in(tmp_path)} == new
    assert written(tmp_path, new, force=False) == "CEP524"


def test_files_that_do_not_belong_together_are_told_by_the_manifest(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("CEP_ROUTE_TODAY", "2026-11-22")
    source, out = intake(tmp_path / "in.csv", 3), tmp_path / "out.csv"
    words = ["batch", str(source), "-o", str(out)]
    run(words)
    told = json.loads((tmp_path / "out.csv.manifest.json").read_text("utf-8"))
    assert told["output"] == hashlib.sha256(out.read_bytes()).hexdigest()
    assert told["rejects"] is None
    capsys.readouterr()
    assert run(words) == 2
    assert "CEP560" not in capsys.readouterr().err
    whole = out.read_bytes()
    out.write_bytes(b"of another run")
    assert run(words) == 2
    assert "CEP560" in capsys.readouterr().err
    assert run([*words, "--force"]) == 0
    assert "CEP560" in capsys.readouterr().err
    assert out.read_bytes() == whole


def started(words, told=None):
    """The command in a process of its own, at once: a fork has read the code already. `told`: where its stderr goes."""
    child = os.fork()
    if not child:
        try:
            handle = os.open(told or os.devnull, os.O_WRONLY | os.O_CREAT, 0o600)
            os.dup2(handle, 2)
            sys.stderr = io.TextIOWrapper(os.fdopen(2, "wb", buffering=0), write_through=True)
            os._exit(run([*map(str, words)]))
        finally:
            os._exit(99)
    return child


def test_killed_at_any_moment_no_output_is_half_written(tmp_path, monkeypatch):
    """kill -9 at thirty moments of a run, and the run after it."""
    monkeypatch.setenv("CEP_ROUTE_TODAY", "2026-11-22")
    source = intake(tmp_path / "in.csv", 3_000)
    with source.open("a", encoding="utf-8") as file:
        file.write("spoilt;line\n")
    run(["batch", str(source), "-o", str(tmp_path / "first.csv")])
    begun = time.monotonic()
    assert os.waitpid(started(["batch", source, "-o", tmp_path / "whole.csv"]), 0)[1] == 1 << 8
    lasted = time.monotonic() - begun
    wanted = {
        name: (tmp_path / f"whole{name}").read_bytes()
        for name in (".rejects.csv", ".csv", ".csv.manifest.json")
    }
    chance = random.Random(7)
    folder = tmp_path / "there"
    folder.mkdir()
    died = 0
    for _ in range(30):
        child = started(["batch", source, "-o", folder / "out.csv"])
        time.sleep(chance.uniform(0, 1.1) * lasted)
        os.kill(child, signal.SIGKILL)
        died += os.WIFSIGNALED(os.waitpid(child, 0)[1])
        there = {
            n.removeprefix("out"): (folder / n).read_bytes()
            for n in left_in(folder)
            if not n.endswith(".tmp")
        }
        assert there == {name: wanted[name] for name in list(wanted)[: len(there)]}
        for name in there:
            (folder / f"out{name}").unlink()
    assert died > 10
    assert run(["batch", str(source), "-o", str(folder / "out.csv")]) == 1
    assert {name: (folder / f"out{name}").read_bytes() for name in wanted} == wanted


def test_two_writers_at_once(tmp_path, monkeypatch):
    """Twenty-five times: one wins and its file is whole, the other says why not."""
    monkeypatch.setenv("CEP_ROUTE_TODAY", "2026-11-22")
    source = intake(tmp_path / "in.csv", 300)
    for turn in range(25):
        out = tmp_path / f"out{turn}.csv"
        told = [tmp_path / "said0", tmp_path / "said1"]
        children = [started(["batch", source, "-o", out], path) for path in told]
        for child in children:
            os.waitpid(child, 0)
        said = [path.read_text(encoding="utf-8") for path in told]
        assert sorted("CEP5" in text for text in said) == [False, True], said
        assert re.search("CEP542|CEP524", said["CEP5" in said[1]])
        assert len(out.read_text(encoding="utf-8").splitlines()) == 301
        for path in told:
            path.unlink()
    assert not [name for name in left_in(tmp_path) if name.endswith(".tmp")]


def nobody():
    """In a child: root, for whom nothing is read-only, becomes nobody."""
    if os.geteuid() == 0:
        os.setgroups([])
        os.setgid(65534)
        os.setuid(65534)


@pytest.mark.parametrize("mode", [0o500, 0o000], ids=["read-only", "closed"])
def test_a_folder_that_cannot_be_written(monkeypatch, mode):
    with tempfile.TemporaryDirectory() as place:  # pytest's own folders are closed to others
        Path(place).chmod(0o755)
        source, folder = intake(Path(place) / "in.csv", 2), Path(place) / "there"
        source.chmod(0o644)
        folder.mkdir()
        monkeypatch.setenv("CEP_ROUTE_CACHE", f"{place}/cache")
        assert (
            run(["batch", str(source), "-o", str(folder / "no" / "out.csv")]) == 2
        )  # nobody may not read our code
        folder.chmod(mode)
        if os.geteuid() == 0:
            os.chown(folder, 65534, 65534)
        child = os.fork()
        if not child:
            try:
                handle = os.open(f"{place}/said", os.O_WRONLY | os.O_CREAT, 0o600)
                nobody()
                os.dup2(handle, 2)
                sys.stderr = io.TextIOWrapper(os.fdopen(2, "wb", buffering=0), write_through=True)
                os._exit(run(["batch", str(source), "-o", str(folder / "out.csv")]))
            finally:
                os._exit(99)
        _, status = os.waitpid(child, 0)
        said = (Path(place) / "said").read_text(encoding="utf-8")
        folder.chmod(0o700)
        assert left_in(folder) == []
        told = f"Impossible d'écrire « {folder / 'out.csv'} » : vous n'avez pas le droit d'écrire là (CEP525)"
        assert (os.WEXITSTATUS(status), said.splitlines()[0]) == (2, told)


@pytest.mark.parametrize("form", ["csv", "xlsx", "parquet", "jsonl"])
def test_a_full_disk_leaves_nothing_whatever_the_format(tmp_path, form):
    """A disk of 16 kB: mounted where that is allowed."""
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=16k", "tmpfs", disk], capture_output=True, check=False
    ).returncode:
        pytest.skip("no disk may be mounted here")
    try:
        done = batch(intake(tmp_path / "in.csv", 5000), "-o", disk / f"out.{form}")
        left = left_in(disk)
    finally:
        subprocess.run(["umount", disk], check=True)
    assert (done.returncode, left) == (2, []), done.stderr
    assert done.stderr.decode().split("\n")[0].endswith("(CEP525)")
    assert len(done.stderr.decode().splitlines()) <= 2


def test_a_folder_that_is_not_there(tmp_path):
    done = batch(intake(tmp_path / "in.csv", 2), "-o", tmp_path / "no" / "out.csv")
    assert done.returncode == 2
    assert done.stderr.decode().split("\n")[0].endswith("(CEP525)")


@pytest.mark.parametrize("way", ["plain", "fast"])
def test_an_input_that_grows_while_it_is_read(tmp_path, way, monkeypatch):
    from cep_route.__main__ import run
    from cep_route.intake import reader as rows

    source = intake(tmp_path / "in.csv", 300)
    monkeypatch.setattr("cep_route.cli.batch.WORTH_IT", 0)
    real = rows.Rows.step
    grown = []

    def step(self):
        if not grown:
            grown.append(True)
            with source.open("a", encoding="utf-8") as file:
                file.write(ROW.format(999, 20))
        return real(self)

    # the titles are looked for in a first pass; the file grows during it, or after
    monkeypatch.setattr(rows.Rows, "step", step)
    code = run(["batch", str(source), "-o", str(tmp_path / "out.csv"), "--path", way])
    assert code == 2
    assert left_in(tmp_path) == ["in.csv"]


NAUGHTY = (
    "undefined", "null", "NaN", "-1.0E+02", "1/0", "0x0", "007", "1.000,00", "=1+1", '=cmd|"/C calc"!A0', "+33 1", "-", "@a", "＝1",
    "''", '""', '"', "';--", "1;DROP TABLE users", "<script>alert(1)</script>", "&lt;", "$HOME", "%d%s%n", "../../etc/passwd",
    "\t", "\x1b[2J", "\x07", "\x7f", "\x85", "\u00a0", "\u2028", "\ufeffid", "\u200b", "\u202etest", "\ud7ff", "Ω≈ç√", "田中さん",
    "مرحبا", "שלום", "Z̮̞̠͙͔ͅͅ", "👩\u200d👩\u200d👧", "🇫🇷", "ﬀ", "İi", "a\nb", "a\r\nb", "a;b", 'a"b";"c', " blanc ", "l'été",
)  # fmt: skip


def test_naughty_strings_come_back(tmp_path):
    """Naughty strings in every text column: written, read by our own reader, equal."""
    strings = NAUGHTY
    buffer = io.StringIO()
    out = csv.writer(buffer, delimiter=";", lineterminator="\n")
    out.writerow(["id", "nom", "age", "statut", "commentaire"])
    out.writerows([[f"p{i}", s, "30", "salarié", s] for i, s in enumerate(strings)])
    source = tmp_path / "in.csv"
    source.write_text(buffer.getvalue(), encoding="utf-8", newline="")
    before = inspect_rows(str(source), ["id", "nom", "age"])
    for more in ((), ("--excel-fr",)):
        target = tmp_path / f"out{len(more)}.csv"
        done = batch(source, "-o", target, *more)
        assert done.returncode in (0, 1), done.stderr
        shown = inspect_rows(str(target), ["id", "nom", "age"])
        rejected = len(before["rejects"])
        assert shown["rejects"] == []
        cells = [row["cells"][:5] for row in shown["rows"]]
        if more:
            assert not any(c[:1] in "=+-@\t\r\n＝＋－＠" for row in cells for c in row if c)
            cells = [[restored(c) for c in row] for row in cells]
        assert cells == [row["cells"][:5] for row in before["rows"]]
        assert len(cells) + rejected == len(strings)
