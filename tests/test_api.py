"""The Python door: what a script may count on. Types, errors, places, days, threads; nothing read at import."""

from __future__ import annotations

import datetime as dt
import inspect
import json
import os
import pickle
import subprocess
import sys
import threading
from pathlib import Path

import pytest

import cep_route
from cep_route import Profile, Router, Unreadable, calendar, load, places, route, route_json
from cep_route.__main__ import run
from cep_route.engine.decide import Table
from cep_route.places import table

ROOT = Path(__file__).parents[1]
DAY = "2026-11-22"
ADULT = {"status": "employee", "age": 40, "cadre": "yes", "disability": "none", "job_at_risk": "no", "in_school": "no"}  # fmt: skip
pytestmark = pytest.mark.usefixtures("plain_world")


@pytest.fixture(scope="module")
def router():
    return load()


# -- the same as the command line -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("profile", "words"),
    [
        (Profile(facts=ADULT, commune="05061"), ["--age", "40", "--commune", "05061"]),
        (Profile(facts=ADULT, commune="99503", needs=("mobilite",)), ["--age", "40", "--commune", "99503", "--need", "mobilite"]),
        (Profile(facts=ADULT, commune="Gap"), ["--age", "40", "--commune", "Gap"]),
        (Profile(facts=ADULT), ["--age", "40"]),
        (Profile(facts={**ADULT, "age": 25}, blocking=("garde d'enfant",), commune="05000 Gap"),
         ["--age", "25", "--commune", "05000 Gap", "--blocking", "garde d'enfant"]),
        (Profile(facts={n: v for n, v in ADULT.items() if n != "age"}, birth_date="2004-02-29"), ["--birth-date", "29/02/2004"]),
        (Profile(facts=ADULT, months=(((12, 1), {"status": "jobseeker", "employed": "no"}),)),
         ["--age", "40", "--months", "12-1:status=jobseeker,employed=no"]),
    ],
)  # fmt: skip
@pytest.mark.parametrize("lang", ["fr", "en"])
def test_the_json_is_that_of_the_command_byte_for_byte(router, profile, words, lang, capsys):
    others = ["--status", "employee", "--cadre", "yes", "--disability", "none", "--job-at-risk", "no", "--in-school", "no"]  # fmt: skip
    code = run(["route", *others, *words, "--format", "json", "--lang", lang])
    said = capsys.readouterr().out
    assert code in (0, 1)
    assert (
        json.dumps(route_json(router, profile, DAY, lang=lang), ensure_ascii=False, indent=2) + "\n" == said
    )


def test_each_person_is_answered_by_the_territory_of_their_commune(router):
    for commune, territory in {
        "99301": "c2a",
        "99503": "c3a",
        "05061": "france",
        "23096": "creuse-23",
    }.items():
        answer = route(router, Profile(facts=ADULT, commune=commune), "2019-06-30")
        assert answer.territory == territory
        assert answer.profile.commune == commune


def test_a_counter_bound_to_a_territory_answers_by_it_and_says_when_it_is_not_the_persons():
    bound = load("c1a")
    answer = route(bound, Profile(facts=ADULT, commune="05061"), DAY)
    assert answer.territory == "c1a"
    assert "CEP513" in [w.code for w in answer.warnings]
    assert route(load(), Profile(facts=ADULT, commune="05061"), DAY, territory="c1a").territory == "c1a"


def test_the_day_may_be_a_date_and_is_today_when_none_is_told(router):
    person = Profile(facts=ADULT)
    assert route(router, person, dt.date(2026, 11, 22)) == route(router, person, DAY)
    assert route(router, person, "22/11/2026").decision.on == DAY
    assert route(router, person).decision.on == dt.date.today().isoformat()  # noqa: DTZ011


def test_a_year_is_a_calendar_and_its_route_that_of_the_day(router):
    person = Profile(
        facts={**ADULT, "cadre": "no"}, months=(((12, 1), {"status": "jobseeker", "employed": "no"}),)
    )
    year = calendar(router, person, "2026-12-05")
    assert [s.months for s in year] == [(12, 1), tuple(range(2, 12))]
    assert route(router, person, "2026-12-05") == year[0].route
    assert [s["from"] for s in route_json(router, person, "2026-12-05")["stretches"]] == [s.day for s in year]


def test_a_code_is_a_code_even_when_it_is_a_postcode_elsewhere(router):
    """A person is asked which one was meant; a profile says it."""
    answer = route(router, Profile(commune="59350"), DAY)
    assert (answer.profile.commune, answer.home) == ("59350", "Lille")
    assert route(router, answer.profile, DAY) == answer


# -- what cannot be read --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("profile", "codes"),
    [
        (Profile(facts={"statsu": "employee"}), ["CEP502"]),
        (Profile(facts={"status": "Canary"}), ["CEP501"]),
        (Profile(facts={"status": True}), ["CEP501"]),
        (Profile(facts={"cadre": 0}), ["CEP501"]),
        (Profile(facts={"age": 12.5}), ["CEP503"]),
        (Profile(facts={"age": 10**5000}), ["CEP503"]),
        (Profile(facts={"age": -1}), ["CEP503"]),
        (Profile(facts={"age": "Canary", "status": "Canary"}, needs=("Canary",)), ["CEP503", "CEP501", "CEP507"]),
        (Profile(facts={"status": "employee", "employed": "no"}), ["CEP506"]),
        (Profile(facts={"age": 30}, birth_date="1990-01-01"), ["CEP511"]),
        (Profile(birth_date="31/02/1990"), ["CEP504"]),
        (Profile(birth_date="2030-01-01"), ["CEP505"]),
        (Profile(commune="Canaryville"), ["CEP602"]),
        (Profile(commune=5061), ["CEP601"]),
        (Profile(commune="Saint-Denis"), ["CEP603"]),
        (Profile(months=(((13,), {}),)), ["CEP508"]),
        (Profile(months=(((1,), {"status": "employee", "employed": "no"}),)), ["CEP506"]),
    ],
)  # fmt: skip
def test_what_makes_no_person_is_refused_with_every_finding_and_quotes_nobody(router, profile, codes):
    with pytest.raises(Unreadable) as refused:
        route(router, profile, DAY)
    assert [f.code for f in refused.value.findings] == codes
    assert "Canary" not in str(refused.value) + repr(refused.value)
    assert len(refused.value.said("en")) == len(codes) == len(refused.value.said())
    assert [f.code for f in pickle.loads(pickle.dumps(refused.value)).findings] == codes


def test_a_fact_not_told_is_none_or_left_out(router):
    assert route(router, Profile(facts={"status": None, "age": ""}), DAY) == route(router, Profile(), DAY)


@pytest.mark.parametrize("on", ["yesterday", "2026-02-30", "26-11-22"])
def test_a_day_that_is_none(router, on):
    with pytest.raises(Unreadable, match="CEP504"):
        route(router, Profile(), on)


def test_what_cannot_be_loaded(tmp_path):
    for words in (
        {"territory": "atlantis"},
        {"territory": str(tmp_path / "none.toml")},
        {"rules": str(tmp_path)},
    ):
        with pytest.raises(Unreadable):
            load(**words)


# -- threads --------------------------------------------------------------------------------------------------------------------


def forget():
    """What the places remember, as in a process just started."""
    kept = (
        table.departements,
        table.regions,
        table.departements_of_number,
        table._looked_up,
        table.communes_of,
    )
    for one in (*kept, places._zones_by_name):
        one.cache_clear()


def test_many_threads_on_one_counter_get_what_one_would():
    """Fresh tables, a switch of threads at every few instructions: whatever is made lazily is made by several at once."""
    table = Table(load().law.segment(DAY), load().law.rules)
    homes = (
        "05061",
        "99301",
        "Gap",
        "Marseille",
        "59350",
        "05000 Gap",
        "99503",
        "Vaulx en Velin",
        "2A004",
        "97411",
    )
    people = [
        Profile(
            facts={n: table.members[n][i][0] for n, i in known.items() if number % 3 or n != "cadre"},
            commune=homes[number % len(homes)],
            needs=("mobilite",) if number % 2 else ("garde d'enfant", "logement-hebergement"),
        )
        for number, (known, _) in enumerate(list(table.kinds())[::160])
    ]
    alone = load()
    wanted = [route(alone, person, DAY) for person in people]
    forget()
    shared, found, failed = load(), {}, []
    start = threading.Barrier(16)

    def work(number):
        try:
            start.wait()
            for step in range(len(people)):
                at = (number * 7 + step) % len(people)
                found.setdefault(at, []).append(route(shared, people[at], DAY))
        except Exception as error:  # noqa: BLE001
            failed.append(error)

    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        threads = [threading.Thread(target=work, args=(n,)) for n in range(16)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(before)
    assert not failed
    assert all(answers == [wanted[at]] * 16 for at, answers in found.items())
    assert len(found) == len(people) > 30


# -- the door itself ------------------------------------------------------------------------------------------------------------


# what a start may load: the standard library and our own files that read nothing; these are for the commands that need them
HEAVY = {"polars", "pyarrow", "pydantic", "pydantic_core", "opening_hours", "phonenumbers", "jinja2", "typst", "starlette", "matplotlib", "python_calamine", "tomlkit", "tomllib", "prompt_toolkit", "rich", "typer", "click", "argparse", "json"}  # fmt: skip


def test_importing_reads_nothing_and_loads_nothing_heavy():
    code = (
        "import sys; before = set(sys.modules); opened = []\n"
        "sys.addaudithook(lambda event, args: opened.append(str(args[0])) if event == 'open' else None)\n"
        "import cep_route\n"
        "print(*(set(sys.modules) - before)); print(*opened)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    loaded, opened = done.stdout.splitlines()
    first_words = {module.partition(".")[0] for module in loaded.split()}
    assert "cep_route" in first_words
    assert not first_words & HEAVY
    assert first_words - {"cep_route", "msgspec", "typing_extensions"} <= sys.stdlib_module_names
    assert [path for path in opened.split() if Path(path).suffix not in {".py", ".pyc", ".so"}] == []


def test_every_word_of_the_door_is_there_and_documented():
    assert set(cep_route.__all__) <= set(dir(cep_route))
    for name in cep_route.__all__:
        assert inspect.getdoc(getattr(cep_route, name)), name
    with pytest.raises(AttributeError, match="nothing_such"):
        cep_route.nothing_such  # noqa: B018


USAGE = """
from msgspec.structs import replace
from datetime import date
from typing import Any
from cep_route import Router, Finding, Profile, Route, Unreadable, calendar, load, route, route_json

router: Router = load("c3a")
person = Profile(facts={"status": "employee", "age": 40}, commune="05061", needs=("mobilite",))
answer: Route = route(router, person, on=date(2026, 11, 22))
first: tuple[str, ...] = answer.decision.first
phone: str | None = answer.first[0].phone
data: dict[str, Any] = route_json(router, person, "2026-11-22", lang="en")
days: list[str] = [stretch.day for stretch in calendar(router, person)]
try:
    route(router, replace(person, commune="Gap"))
except Unreadable as refused:
    found: tuple[Finding, ...] = refused.findings
    said: list[str] = refused.said("en")
"""
WRONG = {
    "route(router, 3)": "arg-type",
    "route(router, person, lang='fr')": "call-arg",
    "route_json(router, person, lang='de')": "arg-type",
    "Profile(comune='05061')": "call-arg",
    "answer.decision.frist": "attr-defined",
    "person.commune = '05061'": "misc",
}


def test_a_folder_of_territories_that_is_none_is_refused(tmp_path):
    """Else everyone would be sent to the addresses of the whole country."""
    (tmp_path / "file").write_text("")
    for path in (tmp_path / "absent", tmp_path / "file"):
        with pytest.raises(Unreadable, match="CEP018"):
            load(territories=str(path))


def test_a_type_checker_knows_the_door_as_it_is(tmp_path):
    """`py.typed`: good use passes under --strict, and every wrong one is caught by its own error."""
    lines = [*USAGE.splitlines(), *WRONG]
    (tmp_path / "usage.py").write_text("\n".join(lines) + "\n", encoding="utf-8")
    words = [sys.executable, "-m", "mypy", "--strict", "--config-file", os.devnull, "--cache-dir", str(ROOT / ".mypy_cache" / "usage")]  # fmt: skip
    done = subprocess.run(
        [*words, "usage.py"], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=300
    )
    told = [line for line in done.stdout.splitlines() if line.startswith("usage.py:")]
    errors = [line for line in told if ": error:" in line]
    first = len(USAGE.splitlines()) + 1
    assert [(int(line.split(":")[1]), line.rpartition("[")[2].rstrip("]")) for line in errors] == [
        (first + i, kind) for i, kind in enumerate(WRONG.values())
    ], done.stdout


def test_the_counter_is_one_class_whoever_opens_it():
    """The command line, the services and scripts share it: no second copy of what it does."""
    from cep_route.cli import ask, serve
    from cep_route.cli import route as command

    assert command.Router is ask.Router is serve.Router is Router


def test_a_profile_of_another_shape_is_said_so(router):
    for told, what in (
        ({"facts": None}, "Profile.facts is no mapping but NoneType"),
        ({"facts": {1: "yes"}}, "Profile.facts names a fact by int, not by a string"),
        ({"needs": None}, "Profile.needs is no collection but NoneType"),
        ({"months": 3}, "Profile.months is no collection but int"),
    ):
        with pytest.raises(TypeError, match=f"^{what}$"):
            route(router, Profile(**told), on="2026-11-22")
