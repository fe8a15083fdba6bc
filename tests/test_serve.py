"""Requests by lines: the same JSON as `route`, one answer for each line whatever it holds, nothing of anyone in a finding."""

from __future__ import annotations

import contextlib
import io
import json
import os
import signal
import subprocess
import sys
import time

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, given, settings
from jsonschema import Draft202012Validator

from cep_route import files, load
from cep_route.__main__ import run
from cep_route.cli.schema import described_as
from cep_route.router import Router
from cep_route.serve.request import LONGEST, Lines, Service

DAY = "2026-11-22"
COUNTER = load()
pytestmark = pytest.mark.usefixtures("plain_world")


def service(lang="en"):
    return Service(COUNTER, files.territories(), lambda: DAY, lang)


def asked(*lines, lang="en"):
    """The answers to some lines (bytes, text or objects), by the loop itself."""
    told = [
        line if isinstance(line, bytes) else (line if isinstance(line, str) else json.dumps(line)).encode()
        for line in lines
    ]
    sink = io.BytesIO()
    Lines(service(lang), io.BytesIO(b"".join(line + b"\n" for line in told)), sink).run()
    return [json.loads(line) for line in sink.getvalue().splitlines()]


def codes(answer):
    return [finding["code"] for finding in answer["findings"]]


# -- answers --------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("request_", "words"),
    [
        ({"facts": {"age": 24, "status": "jobseeker"}, "commune": "05061"}, "--age 24 --status jobseeker --commune 05061"),
        ({"facts": {"age": 24, "status": "demandeur-emploi"}, "commune": "Gap", "lang": "fr"}, "--age 24 --statut demandeur-emploi --commune Gap --lang fr"),
        ({"facts": {"age": "40"}, "commune": "99503", "needs": ["mobilite"], "blocking": ["garde d'enfant"]}, '--age 40 --commune 99503 --need mobilite --blocking "garde d\'enfant"'),
        ({"birth_date": "2001-02-28", "territory": "c1a", "on": "2020-01-01", "commune": "05061"}, "--birth-date 2001-02-28 --territory c1a --on 2020-01-01 --commune 05061"),
        ({"facts": {"status": "jobseeker"}, "months": [{"months": [12, 1], "facts": {"status": "employee"}}]}, "--status jobseeker --months 12-1:status=employee"),
        ({}, ""),
        ({"facts": None, "commune": None, "needs": [], "id": None, "lang": None}, ""),
    ],
)  # fmt: skip
def test_a_line_gets_the_json_of_route(request_, words, capsys, monkeypatch):
    import shlex

    monkeypatch.setenv("CEP_ROUTE_LANG", "en")
    assert run(["route", *shlex.split(words), "--format", "json"]) in (0, 1)
    assert asked(request_) == [json.loads(capsys.readouterr().out)]


def test_the_callers_mark_comes_back_with_an_answer_and_with_a_refusal():
    good, bad, number = asked({"id": "a-1"}, {"id": "b", "facts": {"age": -3}}, {"id": 7})
    assert good.pop("id") == "a-1"
    assert bad["id"] == "b"
    assert number["id"] == 7
    assert [good] == asked({})


def test_answers_are_as_their_schemas_say():
    law = COUNTER.law
    route, refusal, calendar = (Draft202012Validator(described_as(n, law, "en")) for n in ("route", "refusal", "calendar"))  # fmt: skip
    found = asked({}, {"facts": {"age": 300}}, {"months": [{"months": [1], "facts": {"status": "employee"}}]})
    for checker, answer in zip((route, refusal, calendar), found, strict=True):
        checker.validate(answer)
    takes = Draft202012Validator(described_as("request", law, "en"))
    takes.validate(
        {"facts": {"status": "jobseeker", "age": 24}, "commune": "Gap", "months": [{"months": [1]}]}
    )
    for wrong in ({"fact": {}}, {"facts": {"statsu": "x"}}, {"facts": []}, {"needs": "x"}, {"id": 1.5}, []):
        assert list(takes.iter_errors(wrong)), wrong


# -- lines that are no request ----------------------------------------------------------------------------------------------------

HOSTILE = {
    "blank": (b"", "CEP800"),
    "spaces": (b"   ", "CEP800"),
    "not-json": (b"age=24", "CEP800"),
    "two-objects": (b"{} {}", "CEP800"),
    "cut": (b'{"facts": {"age": 2', "CEP800"),
    "single-quotes": (b"{'facts': {}}", "CEP800"),
    "comment": (b"{} // x", "CEP800"),
    "bom": (b"\xef\xbb\xbf{}", "CEP800"),
    "a-list": (b"[]", "CEP801"),
    "a-number": (b"12", "CEP801"),
    "null": (b"null", "CEP801"),
    "too-long": (b'{"id": "' + b"x" * LONGEST + b'"}', "CEP802"),
    "far-too-long": (b"x" * (5 * LONGEST), "CEP802"),
    "deep": (b"[" * 30_000, "CEP803"),
    "deep-objects": (b'{"facts":' * 7_000, "CEP803"),
    "long-number": (b'{"facts": {"age": ' + b"9" * 5000 + b"}}", "CEP803"),
    "nan": (b'{"facts": {"age": NaN}}', "CEP803"),
    "infinite": (b'{"facts": {"age": 1e999}}', "CEP805"),
    "not-utf-8": (b'{"commune": "\xe9"}', "CEP807"),
    "utf-16": ('{"facts": {}}'.encode("utf-16"), "CEP807"),
    "nul": (b'{"commune": "a\0b"}', "CEP807"),
    "twice": (b'{"facts": {"age": 1, "age": 2}}', "CEP806"),
    "unknown-key": (b'{"facts": {}, "comune": "05061"}', "CEP804"),
    "months-key": (b'{"months": [{"months": [1], "fact": {}}]}', "CEP804"),
    "half-a-character": (b'{"commune": "\\ud800"}', "CEP805"),
    "half-a-mark": (b'{"id": "\\ud800"}', "CEP805"),
    "facts-list": (b'{"facts": ["age"]}', "CEP805"),
    "fact-object": (b'{"facts": {"age": {"years": 2}}}', "CEP805"),
    "fact-true": (b'{"facts": {"cadre": true}}', "CEP805"),
    "fact-float": (b'{"facts": {"age": 24.0}}', "CEP805"),
    "needs-text": (b'{"needs": "mobilite"}', "CEP805"),
    "many-needs": (json.dumps({"needs": ["x"] * 300}).encode(), "CEP805"),
    "long-commune": (json.dumps({"commune": "x" * 300}).encode(), "CEP805"),
    "commune-number": (b'{"commune": 5061}', "CEP805"),
    "month-13": (b'{"months": [{"months": [13]}]}', "CEP805"),
    "no-language": (b'{"lang": "de"}', "CEP805"),
    "a-path": (b'{"territory": "/etc/passwd"}', "CEP016"),
    "a-toml-path": (b'{"territory": "../territories/c1a.toml"}', "CEP016"),
    "unknown-fact": (b'{"facts": {"statsu": "x"}}', "CEP502"),
    "unknown-value": (b'{"facts": {"status": "x"}}', "CEP501"),
    "huge-age": (b'{"facts": {"age": 99999999999999999999}}', "CEP503"),
    "no-day": (b'{"on": "2026-02-30"}', "CEP504"),
    "contradiction": (b'{"facts": {"status": "employee", "employed": "no"}}', "CEP506"),
    "half-a-need": (b'{"needs": ["\\ud800"]}', "CEP805"),
    "no-need": (b'{"needs": ["zzzz"]}', "CEP507"),
    "month-contradiction": (b'{"months": [{"months": [1], "facts": {"status": "employee", "employed": "no"}}]}', "CEP506"),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("lang", ["fr", "en"])
def test_a_bad_line_is_answered_by_its_finding_and_the_next_one_as_ever(name, lang):
    line, code = HOSTILE[name]
    before, refused, after = asked({}, line, {}, lang=lang)
    assert codes(refused) == [code]
    assert refused["findings"][0]["place"] == {"file": "-", "line": 2, "column": 0}
    assert "—" not in refused["findings"][0]["message"]
    assert before == after


def test_every_fault_of_a_line_is_told_at_once():
    refused = asked({"x": 1, "facts": {"age": -1, "status": "x", "y": 2}, "needs": 3, "commune": "zzzzz"})[0]
    assert codes(refused) == ["CEP804", "CEP805", "CEP503", "CEP501", "CEP502", "CEP601"]


CANARY = "Zorglub"


@pytest.mark.parametrize(
    "request_",
    [
        {CANARY: 1},
        {"facts": {CANARY: "x"}},
        {"facts": {CANARY: {"a": 1}}},
        {"facts": {"status": CANARY}},
        {"facts": {"age": CANARY}},
        {"birth_date": CANARY},
        {"on": CANARY},
        {"commune": CANARY},
        {"commune": f"05000 {CANARY}"},
        {"needs": [CANARY]},
        {"blocking": [CANARY]},
        {"territory": CANARY},
        {"lang": CANARY},
        {"months": [{"months": [1], "facts": {"status": CANARY}}]},
        {"months": [{"months": [1], CANARY: 2}]},
        {"months": CANARY},
        {"id": [CANARY], "facts": CANARY},
    ],
)
def test_a_refusal_repeats_nothing_of_what_was_sent(request_):
    refused = asked(request_)[0]
    assert refused["findings"]
    assert CANARY.lower() not in json.dumps(refused).lower()


@pytest.mark.parametrize(
    ("request_", "values"),
    [
        ({"facts": {"status": "employee", "employed": "no"}}, (" = ",)),
        ({"facts": {"age": 31}, "birth_date": "1990-01-01"}, ("31", "36", "1990")),
        ({"facts": {"age": 471}}, ("471",)),
        ({"birth_date": "1830-01-01"}, ("1830",)),
        ({"commune": "75999 Gap"}, ("75999",)),
    ],
)
def test_nor_do_the_findings_that_the_command_line_fills_with_values(request_, values):
    refused = asked(request_)[0]
    assert not [v for v in values if v in json.dumps(refused["findings"], ensure_ascii=False)]


def test_a_bug_of_ours_is_one_line_that_names_nobody(monkeypatch):
    def broken(self, visit):
        raise KeyError(visit.profile.commune, CANARY)

    monkeypatch.setattr(Router, "answer", broken)
    refused, _ = asked({"commune": "05061", "id": 3}, {})
    assert codes(refused) == ["CEP530"]
    assert refused["id"] == 3
    assert CANARY not in json.dumps(refused)
    assert "05061" not in json.dumps(refused)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=10,
)
keys = st.sampled_from(("facts", "birth_date", "commune", "needs", "blocking", "months", "territory", "on", "lang", "id"))  # fmt: skip
facts = st.dictionaries(st.sampled_from(list(COUNTER.law.facts)), json_values, max_size=3)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(keys, json_values, max_size=4), facts)
def test_whatever_the_values_there_is_one_answer(request_, told):
    line = json.dumps({**request_, "facts": told} if told else request_).encode()
    found = asked(line)
    assert len(found) == 1
    assert "findings" not in found[0] or "CEP530" not in codes(found[0])


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.binary(max_size=60), max_size=6))
def test_whatever_the_bytes_there_are_as_many_answers_as_lines(lines):
    data = b"\n".join(lines)
    sink = io.BytesIO()
    Lines(service(), io.BytesIO(data), sink).run()
    assert sink.getvalue().count(b"\n") == data.count(b"\n") + bool(data.rpartition(b"\n")[2])
    assert "CEP530" not in sink.getvalue().decode()


# -- the process ------------------------------------------------------------------------------------------------------------------


@pytest.fixture
def talk():
    """The command in a process of its own."""
    opened = []

    def begin(*words, **how):
        command = [sys.executable, "-m", "cep_route", "serve", "--stdio", *words]
        streams = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        process = subprocess.Popen(command, **{**streams, **how})
        opened.append(process)
        return process

    yield begin
    for process in opened:
        if process.poll() is None:
            process.kill()
        for stream in (process.stdin, process.stdout, process.stderr):
            if stream:
                with contextlib.suppress(BrokenPipeError):
                    stream.close()
        process.wait()


def test_each_answer_comes_before_the_next_line_is_sent(talk):
    process = talk("--on", DAY)
    for number in range(5):
        process.stdin.write(json.dumps({"id": number, "facts": {"age": 20 + number}}).encode() + b"\r\n")
        process.stdin.flush()
        answer = json.loads(process.stdout.readline())
        assert (answer["id"], answer["on"]) == (number, DAY)
    out, err = process.communicate(b'{"id": "last, without a line feed"}', timeout=30)
    assert json.loads(out)["id"] == "last, without a line feed"
    assert (process.returncode, err) == (0, b"")


def test_nothing_to_answer_is_well(talk):
    process = talk()
    assert process.communicate(b"", timeout=30) == (b"", b"")
    assert process.returncode == 0


def test_told_to_stop_while_it_waits(talk):
    process = talk()
    process.stdin.write(b"{}\n")
    process.stdin.flush()
    assert process.stdout.readline()
    process.send_signal(signal.SIGTERM)
    assert process.wait(10) == 143
    assert process.stdout.read() + process.stderr.read() == b""


def test_told_to_stop_with_much_to_do_it_ends_on_a_whole_line(talk):
    process = talk()
    process.stdin.write(b'{"commune": "05061"}\n' * 3000)
    process.stdin.flush()
    assert process.stdout.readline()
    process.send_signal(signal.SIGTERM)
    out = process.stdout.read()
    assert process.wait(10) == 143
    assert out.endswith(b"\n") or not out
    assert out.count(b"\n") < 2999


def test_whoever_read_it_has_left(talk):
    process = talk()
    process.stdin.write(b"{}\n")
    process.stdin.flush()
    process.stdout.readline()
    process.stdout.close()
    try:
        for _ in range(200):
            process.stdin.write(b"{}\n")
            process.stdin.flush()
            time.sleep(0.01)
    except BrokenPipeError:
        pass
    assert process.wait(10) == 141
    assert b"Traceback" not in process.stderr.read()


def test_interrupted_from_the_keyboard(talk):
    process = talk()
    process.stdin.write(b"{}\n")
    process.stdin.flush()
    process.stdout.readline()
    process.send_signal(signal.SIGINT)
    assert process.wait(10) == 130
    assert process.stderr.read() == b""


def test_memory_stays_where_it_is_under_lines_without_end(talk, tmp_path):
    """A line of 60 MB is thrown away in pieces."""
    process = talk()
    process.stdin.write(b"{}\n")
    process.stdin.flush()
    process.stdout.readline()

    def resident():
        with open(f"/proc/{process.pid}/statm") as file:  # noqa: PTH123
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6

    before = resident()
    for _ in range(60):
        process.stdin.write(b"x" * 1_000_000)
    process.stdin.write(b"\n{}\n")
    process.stdin.flush()
    assert codes(json.loads(process.stdout.readline())) == ["CEP802"]
    assert "findings" not in json.loads(process.stdout.readline())
    assert resident() - before < 10


@pytest.mark.parametrize("words", [(), ("--stdio", "--http")])
def test_one_way_to_serve_is_said(words, capsys):
    assert run(["serve", *words, "--lang", "en"]) == 2
    assert "CEP816" in capsys.readouterr().err


def test_a_territory_that_is_none_keeps_it_from_beginning(capsys):
    assert run(["serve", "--stdio", "--territory", "atlantis"]) == 2
    assert "CEP016" in capsys.readouterr().err
