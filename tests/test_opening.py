"""Opening hours: open at an hour told or not, until when, when next; holidays; the words of it; nothing without an hour."""

import json
import os
import re
import subprocess
import sys
from datetime import date, timedelta

import pytest
from msgspec.structs import replace

from cep_route import Profile, load
from cep_route import route as api_route
from cep_route.__main__ import run
from cep_route.directory.opening import opening, with_opening
from cep_route.render.desks import opening_words
from cep_route.typed import read_hour, read_mode

OFFICE = "Mo-Fr 09:00-12:00,13:30-17:00; PH off"
AGENCY = 'Mo-Th 08:30-12:45 "Sans rendez-vous", Mo-Th 12:45-16:30 "Sur rendez-vous"; PH off'

# hours, moment, commune -> now, until, next, why
MOMENTS = [
    (OFFICE, "2026-11-24T10:30", None, True, "2026-11-24T12:00", "2026-11-24T13:30", None),
    (OFFICE, "2026-11-24T12:00", None, False, None, "2026-11-24T13:30", None),  # shut on the stroke
    (OFFICE, "2026-11-24T09:00", None, True, "2026-11-24T12:00", "2026-11-24T13:30", None),  # open on the stroke
    (OFFICE, "2026-11-24T17:30", None, False, None, "2026-11-25T09:00", None),
    (OFFICE, "2026-11-27T18:00", None, False, None, "2026-11-30T09:00", None),  # over the week-end
    (OFFICE, "2026-12-31T18:00", None, False, None, "2027-01-04T09:00", None),  # 1 January is a Friday
    (OFFICE, "2026-07-14T10:30", None, False, None, "2026-07-15T09:00", None),  # « PH off »
    (OFFICE, "2026-05-14T10:30", None, False, None, "2026-05-15T09:00", None),  # Ascension, a Thursday
    ("Mo-Fr 09:00-17:00", "2026-07-14T10:30", None, None, None, "2026-07-15T09:00", "holiday"),
    ("Mo-Fr 09:00-17:00", "2026-07-13T18:00", None, False, None, "2026-07-15T09:00", None),
    ("Mo-Fr 09:00-17:00", "2026-07-14T20:00", None, False, None, "2026-07-15T09:00", None),
    # Holidays of some départements only: Alsace and Moselle, overseas.
    ("Mo-Sa 09:00-12:00; PH off", "2026-12-26T10:30", "67482", False, None, "2026-12-28T09:00", None),
    ("Mo-Sa 09:00-12:00; PH off", "2026-12-26T10:30", "75056", True, "2026-12-26T12:00", "2026-12-28T09:00", None),
    ("Mo-Sa 09:00-12:00; PH off", "2026-04-03T10:30", "57463", False, None, "2026-04-04T09:00", None),  # Good Friday
    ("Mo-Sa 09:00-12:00; PH off", "2026-04-10T10:30", "57463", True, "2026-04-10T12:00", "2026-04-11T09:00", None),
    ("Mo-Su 09:00-12:00; PH off", "2026-12-20T10:30", "97411", False, None, "2026-12-21T09:00", None),
    ("Mo-Su 09:00-12:00", "2026-12-20T10:30", "97411", None, None, "2026-12-21T09:00", "holiday"),
    ("We[1,3] 09:00-17:00", "2026-11-24T10:30", None, False, None, "2026-12-02T09:00", None),
    ("Mo-Fr 09:00-17:00; Jul-Aug off; PH off", "2026-07-01T10:00", None, False, None, "2026-09-01T09:00", None),
    ("Mo-Su 18:00-02:00", "2026-04-03T23:30", None, True, "2026-04-04T02:00", "2026-04-04T18:00", None),
    ("24/7", "2026-07-14T03:00", None, True, None, None, None),
    ("off", "2026-11-24T10:30", None, False, None, None, None),
    ("9h à 12h", "2026-11-24T10:30", None, None, None, None, "unreadable"),
    ("Mo-Fr 09:00-12:00 unknown", "2026-11-24T10:30", None, None, None, None, "uncertain"),
]  # fmt: skip


@pytest.mark.parametrize(("hours", "at", "commune", "now", "until", "following", "why"), MOMENTS)
def test_a_desk_is_open_until_and_next(hours, at, commune, now, until, following, why):
    found = opening(hours, at, commune)
    assert (found.now, found.until, found.next, found.why) == (now, until, following, why)


def test_what_the_hours_add_is_told_of_the_moment_or_of_the_next_opening():
    assert opening(AGENCY, "2026-11-24T10:30").note == "Sans rendez-vous"
    assert opening(AGENCY, "2026-11-24T13:30").note == "Sur rendez-vous"
    assert opening(AGENCY, "2026-11-24T17:00").note == "Sans rendez-vous"  # tomorrow at 08:30


def test_the_next_opening_is_the_first_minute_at_which_it_is_open():
    """Against the definition, minute by minute, over a fortnight with 11 November and a week-end in it."""
    from datetime import datetime

    start = datetime.fromisoformat("2026-11-06T07:00")
    minutes = [start + timedelta(minutes=30 * i) for i in range(2 * 24 * 14)]
    states = [opening(OFFICE, m.isoformat(timespec="minutes")) for m in minutes]
    for i, (moment, state) in enumerate(zip(minutes[:-200], states, strict=False)):
        off = moment.date() == date(2026, 11, 11) or moment.weekday() > 4
        clock = moment.strftime("%H:%M")
        assert state.now is (not off and ("09:00" <= clock < "12:00" or "13:30" <= clock < "17:00"))
        openings = [
            m.isoformat(timespec="minutes")
            for m, before, s in zip(minutes[i + 1 :], states[i:], states[i + 1 :], strict=False)
            if s.now and not before.now
        ]
        assert state.next == openings[0]


SAID = [
    (OFFICE, "2026-11-24T10:30", True, "ouvert maintenant, ferme à 12 h", "open now, closes at 12:00"),
    (OFFICE, "2026-11-24T10:30", False, "ouvert à 10 h 30, ferme à 12 h", "open at 10:30, closes at 12:00"),
    (OFFICE, "2026-11-24T12:30", True, "fermé maintenant ; ouvre à 13 h 30", "closed now; opens at 13:30"),
    (OFFICE, "2026-11-27T18:00", True, "fermé maintenant ; ouvre le lundi 30 novembre à 9 h", "closed now; opens on Monday 30 November at 9:00"),
    (OFFICE, "2026-12-31T18:00", True, "fermé maintenant ; ouvre le lundi 4 janvier 2027 à 9 h", "closed now; opens on Monday 4 January 2027 at 9:00"),
    (AGENCY, "2026-11-24T13:30", True, "ouvert maintenant, ferme à 16 h 30 (Sur rendez-vous)", "open now, closes at 16:30 (Sur rendez-vous)"),
    ("24/7", "2026-11-24T13:30", True, "ouvert maintenant", "open now"),
    ("off", "2026-11-24T13:30", True, "fermé maintenant ; aucune ouverture dans l'année", "closed now; no opening within a year"),
    ("Mo-Fr 09:00-17:00", "2026-07-14T10:30", True, "jour férié, dont les horaires ne parlent pas : vérifiez avant d'y aller ; ouvre le mercredi 15 juillet à 9 h",
     "public holiday, of which the hours say nothing: check before going; opens on Wednesday 15 July at 9:00"),
]  # fmt: skip


@pytest.mark.parametrize(("hours", "at", "live", "fr", "en"), SAID)
def test_it_is_said_in_french_and_in_english(hours, at, live, fr, en):
    found = replace(opening(hours, at), live=live)
    said = opening_words(found, "fr")
    assert said.split() == fr.split()
    assert not re.search(r" [:;]| h\b", said)  # no line is cut there
    assert opening_words(found, "en") == en


# -- in a route -----------------------------------------------------------------------------------------------------------------------

PERSON = [
    "route", "--age", "24", "--status", "jobseeker", "--in-school", "no", "--employed", "no", "--disability", "none", "--cadre", "no",
    "--commune", "99301", "--need", "mobilite",
]  # fmt: skip


def answer(capsys, *words, today="2026-11-24", monkeypatch=None):
    monkeypatch.setenv("CEP_ROUTE_TODAY", today)
    code = run([*PERSON, *words])
    out = capsys.readouterr()
    return code, out.out, out.err


def test_the_text_says_open_now_by_the_clock_and_only_when_the_day_is_today(plain_world, capsys, monkeypatch):
    say = lambda *w, today: answer(capsys, *w, today=today, monkeypatch=monkeypatch)[1]  # noqa: E731
    assert "\u202f; ouvert maintenant, ferme à 12\u00a0h\n" in say(today="2026-11-24T10:30")
    assert "; closed now; opens at 13:30\n" in say("--lang", "en", today="2026-11-24T12:15")
    assert "ouvert" not in say("--on", "2026-11-25", today="2026-11-24T10:30")  # another day has no now
    assert "ouvert" not in say(today="2026-11-24")  # the hour is not known
    assert "ouvert à 14\u00a0h, ferme à 17\u00a0h" in say(
        "--on", "2026-11-25", "--at", "14h", today="2026-11-24T10:30"
    )


def test_the_json_depends_on_the_hour_only_when_asked(plain_world, capsys, monkeypatch):
    def desk(*words, today):
        out = answer(capsys, *words, "--format", "json", today=today, monkeypatch=monkeypatch)[1]
        return json.loads(out)["first"][0]["desk"]["open"]

    assert desk(today="2026-11-24T10:30") is None
    told = desk("--at", "10:30", today="2026-11-24T23:59")
    assert told == {
        "at": "2026-11-24T10:30", "now": True, "until": "2026-11-24T12:00", "next": "2026-11-24T13:30", "note": None, "why": None,
        "live": False,
    }  # fmt: skip
    assert desk("--at", "now", today="2026-11-24T10:30") == {**told, "live": True}


@pytest.mark.parametrize(
    "words", [("--at", "25:00"), ("--at", "midi"), ("--at", "now", "--on", "2026-12-01"), ("--mode", "zzz")]
)
def test_an_hour_or_a_mode_that_is_none_is_refused(words, plain_world, capsys, monkeypatch):
    code, out, err = answer(capsys, *words, today="2026-11-24T10:30", monkeypatch=monkeypatch)
    assert (code, out) == (2, "")
    assert f"«\u00a0{words[1]}\u00a0»" in err


@pytest.mark.parametrize(
    ("text", "hour"),
    [("9h", "09:00"), ("09:05", "09:05"), ("9H30", "09:30"), ("23:59", "23:59"), ("24:00", None), ("9", None), ("9:5", None), ("10:60", None), ("", None), ("١٢:٠٠", None)],
)  # fmt: skip
def test_hours_as_people_write_them(text, hour):
    assert read_hour(text)[0] == hour
    assert bool(read_hour(text)[1]) is (bool(text) and hour is None)


@pytest.mark.parametrize(
    ("text", "mode"),
    [("a-distance", "a-distance"), ("À distance", "a-distance"), ("remote", "a-distance"), ("en présentiel", "en-presentiel"), ("sur place", "en-presentiel"), ("in person", "en-presentiel"), ("ailleurs", None)],
)  # fmt: skip
def test_modes_as_people_write_them(text, mode):
    assert read_mode(text)[0] == mode
    assert bool(read_mode(text)[1]) is (mode is None)


def test_the_api_tells_it_when_an_hour_is_told():
    desk = load("c2a")
    person = Profile(facts={"status": "jobseeker", "age": 24}, commune="99301")
    assert api_route(desk, person, on="2026-11-24").desks["france_travail"].open is None
    found = api_route(desk, person, on="2026-11-24", at="10:30").desks["france_travail"].open
    assert (found.now, found.until) == (True, "2026-11-24T12:30")


def test_whom_a_pupil_is_sent_to_is_open_or_not_as_well():
    """A body outside the CEP has a desk like any operator."""
    facts = {"age": 16, "status": "pupil", "in_school": "yes", "employed": "no", "disability": "none"}
    found = api_route(load(), Profile(facts=facts, commune="05061"), on="2026-11-30", at="10:00")
    assert found.bodies["cio"].open.now is True
    assert found.bodies["cio"].open.until == "2026-11-30T12:00"


def test_an_hour_changes_nothing_but_what_is_open():
    desk = load("c2a")
    person = Profile(facts={"status": "jobseeker", "age": 24}, commune="99301", needs=("mobilite",))
    plain = api_route(desk, person, on="2026-11-24")
    told = with_opening(plain, "10:30")
    shut = lambda d: d and replace(d, open=None, nearest=shut(d.nearest))  # noqa: E731
    assert any(d.open for d in told.desks.values())
    assert replace(told,
        desks={c: shut(d) for c, d in told.desks.items()},
        bodies={c: shut(d) for c, d in told.bodies.items()},
        first=tuple(shut(d) for d in told.first),
        schemes=tuple(replace(s, desk=shut(s.desk)) for s in told.schemes),
        partners=tuple(replace(m, desk=shut(m.desk)) for m in told.partners),
    ) == plain  # fmt: skip


def test_the_library_is_not_loaded_without_an_hour(tmp_path):
    """The script's path: JSON, no hour told, desks with hours."""
    env = {**os.environ, "CEP_ROUTE_CACHE": str(tmp_path)}
    for words, wanted in (([], False), (["--at", "10:30"], True)):
        code = (
            f"from cep_route.__main__ import run; run({[*PERSON, '--format', 'json', *words]!r}); import sys;"
            " sys.stderr.write('loaded' if 'opening_hours' in sys.modules else 'not')"
        )
        runs = [
            subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=False)
            for _ in range(2)
        ]
        assert (runs[1].stderr == "loaded") is wanted
