"""One answer everywhere: scripts, command line, files by both ways, lines, HTTP and the interview, on every kind of person there is."""

from __future__ import annotations

import csv
import importlib.util
import io
import json
import random
import signal
import subprocess
import sys

import pytest
from msgspec.structs import replace
from scripts_env import ROOT

from cep_route import Profile, files, load, route, route_json
from cep_route.__main__ import run
from cep_route.engine.decide import Table
from cep_route.serve.request import Lines, Service

HOMES = ("05061", "99301", "99503", "23096", "75056")
# a commune of each collectivity: no door takes this fact, the home tells it
ELSEWHERE = {
    "saint_pierre_et_miquelon": "97502",
    "mayotte": "97611",
    "saint_barthelemy": "97701",
    "saint_martin": "97801",
    "taaf": "98411",
    "wallis_et_futuna": "98613",
    "polynesie_francaise": "98735",
    "nouvelle_caledonie": "98818",
    "clipperton": "98901",
}
NEEDS = ((), ("mobilite",), ("logement-hebergement", "numerique"))
pytestmark = pytest.mark.usefixtures("plain_world")
COUNTER = load()


KINDS_AT_MOST = 60  # of each stretch of days: the engine's own tests walk them all


def everyone():
    """(day, profile) of one person of every kind on every stretch of days, homes and needs in turn."""
    people = []
    for segment in COUNTER.law.segments:
        day = max(segment.since, "2015-01-01")
        if segment.until < "2015-01-01":
            continue
        table = Table(segment, COUNTER.law.rules)
        kinds = list(table.kinds())
        for number, (known, _) in enumerate(random.Random(1).sample(kinds, min(len(kinds), KINDS_AT_MOST))):
            facts = {n: table.members[n][i][0] for n, i in known.items()}
            home = ELSEWHERE.get(facts.pop("collectivity", "ordinary"), HOMES[number % len(HOMES)])
            needs = NEEDS[number % len(NEEDS)]
            people.append((day, Profile(facts=facts, commune=home, needs=needs)))
    return people


PEOPLE = everyone()
DAYS = tuple(dict.fromkeys(day for day, _ in PEOPLE))
LAST = DAYS[-1]


def test_there_are_hundreds():
    assert len(PEOPLE) > 400
    assert len(DAYS) > 3


@pytest.fixture(scope="module")
def wanted():
    """The JSON of each person, by the Python door; and that its parts are those of `route`."""
    found = []
    for day, person in PEOPLE:
        data = route_json(COUNTER, person, day)
        found.append(data)
    for at in range(0, len(PEOPLE), 40):
        day, person = PEOPLE[at]
        answer = route(COUNTER, person, day)
        assert [e["operator"] for e in found[at]["eligible"]] == [
            e.operator for e in answer.decision.eligible
        ]
        assert found[at]["possible"] == list(answer.decision.possible)
    return found


def request_of(day, person):
    return {"facts": person.facts, "commune": person.commune, "needs": list(person.needs), "on": day}


def flags_of(day, person):
    facts = [f"--{name.replace('_', '-')}={value}" for name, value in person.facts.items()]
    return [
        "route",
        *facts,
        "--commune",
        person.commune,
        *(f"--need={n}" for n in person.needs),
        "--on",
        day,
        "--format",
        "json",
    ]


def test_the_command_line(wanted, capsys):
    """Every flag with every value, and every fourth of all."""
    met = set()
    for at, ((day, person), answer) in enumerate(zip(PEOPLE, wanted, strict=True)):
        flags = set(flags_of(day, person))
        if at % 4 and flags <= met:
            continue
        met |= flags
        code = run(flags_of(day, person))
        assert json.loads(capsys.readouterr().out) == answer
        assert code == (0 if answer["decided"] else 1)


def test_the_command_line_in_processes_of_its_own(wanted):
    for at in range(0, len(PEOPLE), 90):
        done = subprocess.run(
            [sys.executable, "-m", "cep_route", *flags_of(*PEOPLE[at])],
            capture_output=True,
            check=False,
            timeout=60,
        )
        assert json.loads(done.stdout) == wanted[at]


def test_lines(wanted):
    service = Service(COUNTER, files.territories(), lambda: "1900-01-01", "fr")
    sink = io.BytesIO()
    lines = b"".join(json.dumps(request_of(*one)).encode() + b"\n" for one in PEOPLE)
    Lines(service, io.BytesIO(lines), sink).run()
    assert [json.loads(line) for line in sink.getvalue().splitlines()] == wanted


def test_lines_of_one_process(wanted):
    some = range(0, len(PEOPLE), 7)
    lines = b"".join(json.dumps(request_of(*PEOPLE[at])).encode() + b"\n" for at in some)
    done = subprocess.run(
        [sys.executable, "-m", "cep_route", "serve", "--stdio"],
        input=lines,
        capture_output=True,
        check=True,
        timeout=120,
    )
    assert [json.loads(line) for line in done.stdout.splitlines()] == [wanted[at] for at in some]


def test_http_on_one_server_with_connections_that_are_kept(wanted):
    import asyncio

    spec = importlib.util.spec_from_file_location("steady", ROOT / "benchmarks" / "http.py")
    steady = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(steady)
    found = {}

    async def client(port, mine):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for at in mine:
            status, body = await asyncio.wait_for(
                steady.ask(reader, writer, json.dumps(request_of(*PEOPLE[at])).encode()), 30
            )
            assert status == 200
            found[at] = {**json.loads(body)}
        writer.close()

    async def all_of(port):
        await asyncio.gather(*(client(port, range(first, len(PEOPLE), 4)) for first in range(4)))

    with steady.Service("fr") as server:
        asyncio.run(all_of(server.port))
    assert server.code == 128 + signal.SIGTERM
    assert [found[at] for at in range(len(PEOPLE))] == wanted


def test_the_interview_led_by_each_persons_own_facts(wanted):
    """It may stop before every fact is told: who comes first, who may serve and whom to see are then those of the whole person.

    Rare facts that are presumed and not asked of everybody (a person in prison) are told beside the interview.
    """
    unasked = {card.fact for card in COUNTER.law.presumptions}
    talks = {}  # persons who answer alike share their interview
    for (day, person), answer in zip(PEOPLE, wanted, strict=True):
        if (day,) not in talks:
            talks[day,] = COUNTER.interview(COUNTER.read({}, on=day)[0])
        told, talk = (day,), talks[day,]
        while (question := talk.question) is not None and question.fact in person.facts:
            told = (*told, person.facts[question.fact])
            if told not in talks:
                talks[told] = talk.tell(told[-1])
            talk = talks[told]
        if question is not None:
            continue  # the kind leaves this fact open: another kind of this loop answers it
        rare = {name: value for name, value in person.facts.items() if name in unasked}
        said = route_json(COUNTER, replace(person, facts={**rare, **talk.facts}), day)
        for part in ("first", "eligible", "outside"):
            if part == "eligible":
                assert {e["operator"] for e in said[part]} == {e["operator"] for e in answer[part]}
            else:
                assert said[part] == answer[part], part


def intake(path, day):
    """Every person of a day as a line of a file."""
    names = list(COUNTER.law.facts)
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file, delimiter=";")
        rows.writerow(["n", *names, "code_insee", "besoins"])
        for at, (on, person) in enumerate(PEOPLE):
            if on == day:
                rows.writerow(
                    [at, *(person.facts.get(n, "") for n in names), person.commune, "|".join(person.needs)]
                )
    return path


def is_told(row, answer):
    """A row of a file says what the JSON says."""
    assert row["cep_first"] == " ".join(f["operator"] for f in answer["first"])
    assert row["cep_eligible"] == " ".join(e["operator"] for e in answer["eligible"])
    assert row["cep_decided"] == ("yes" if answer["decided"] else "no")
    assert row["cep_rules"].split() == [r["rule"] for r in answer["reasons"] if r["role"] != "note"]
    outside = answer["outside"]
    assert row["cep_outside"] == (
        " ".join(b["see"] for b in outside["bodies"]) or outside["operator"] if outside else ""
    )
    until = answer["until"]
    assert row["cep_until"] == ((until["day"] or until["why"]) if until else "")
    assert row["cep_unmet"].split() == answer["unmet"]
    if not answer["decided"]:
        assert row["cep_missing"].split() == [m["fact"] for m in answer["missing"]]
        assert row["cep_question"] == answer["missing"][0]["question"]


@pytest.mark.parametrize("way", ["fast", "plain"])
@pytest.mark.parametrize("day", DAYS)
def test_files(wanted, tmp_path, way, day):
    source = intake(tmp_path / "all.csv", day)
    assert run(["batch", str(source), "-o", str(tmp_path / "out.csv"), "--on", day, "--path", way]) in (0, 1)
    with (tmp_path / "out.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter=";"))
    assert [int(row["n"]) for row in rows] == [at for at, (on, _) in enumerate(PEOPLE) if on == day]
    for row in rows:
        is_told(row, wanted[int(row["n"])])
