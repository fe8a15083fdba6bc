"""The first screen of an answer, drawn and plain: short, who and where and phone first, the same words, nothing cut at any width."""

from __future__ import annotations

import io
import re
from itertools import product

import pytest
from rich.cells import cell_len

from cep_route import files
from cep_route.model.answer import Finding, Place
from cep_route.render import screen
from cep_route.render.parts import Card, Grid, Item, Line, Page, Pairs, Section, Span
from cep_route.render.sections import answer_page
from cep_route.router import Router, is_decided

LAW = files.load_law()[0]
assert LAW is not None
ON = "2026-11-22"
WIDTHS = (60, 80, 100, 140)
SEEKER = {"status": "jobseeker", "employed": "no", "in_school": "no", "cadre": "no", "disability": "none"}
WORKER = {"status": "employee", "in_school": "no", "disability": "none", "job_at_risk": "no"}
PERSONS = {
    "young": ({**SEEKER}, {"birth_date": "2007-03-15", "commune": "59512"}),
    "adult": ({**SEEKER, "age": "40"}, {"commune": "69123"}),
    "in-work": ({**WORKER, "age": "40", "contract": "cdi", "cadre": "no"}, {"commune": "33063"}),
    "cadre": ({**WORKER, "age": "45", "cadre": "yes"}, {"commune": "13055"}),
    "joint": ({**SEEKER, "age": "45", "disability": "recognised"}, {"commune": "35238"}),
    "self-employed": ({"age": "33", "status": "self_employed", "cadre": "no", "disability": "none"}, {"commune": "2A004"}),
    "agent": ({"age": "40", "status": "public_agent", "public_branch": "fph", "category": "b"}, {"commune": "31555"}),
    "pupil": ({"age": "15", "status": "pupil"}, {"commune": "05061"}),
    "undecided": ({"age": "40", "status": "jobseeker"}, {"commune": "05061"}),
    "little-known": ({"age": "24"}, {"commune": "75056"}),
    "resigning": ({**WORKER, "age": "33", "contract": "cdi", "resigning": "yes", "cadre": "no"}, {"commune": "97411"}),
    "needs": ({**SEEKER, "age": "24"}, {"commune": "59350", "needs": ("mobilite", "logement-hebergement")}),
    "nowhere": ({**SEEKER, "age": "40"}, {}),
    "year": (
        {**SEEKER, "age": "40", "seasonal": "yes"},
        {"commune": "99502", "months": ("12-3:status=employee,employed=yes",), "needs": ("sante",)},
    ),
}  # fmt: skip
SHORT = ("young", "adult", "in-work", "cadre", "self-employed")  # one first, no need


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture(scope="module")
def answers():
    router = Router(LAW)
    found = {}
    for name, (facts, more) in PERSONS.items():
        visit, findings = router.read(facts, on=ON, by_hand=True, **more)
        assert visit is not None, findings
        found[name] = (router.answer(visit), visit)
    return found


@pytest.fixture(autouse=True)
def a_terminal(monkeypatch):
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)


def bare(text):
    """What is seen: without colours, links and the spaces at the end of lines."""
    text = re.sub(r"\x1b\]8;.*?\x1b\\|\x1b\[[0-9;]*m", "", text)
    return [row.rstrip() for row in text.rstrip("\n").split("\n")]


def drawn(page, width, lang, monkeypatch, **how):
    monkeypatch.setenv("COLUMNS", str(width))
    stream = Terminal()
    screen.show(page, stream, lang, **how)
    return bare(stream.getvalue())


def piped(page, lang):
    stream = io.StringIO()
    screen.show(page, stream, lang)
    return bare(stream.getvalue())


def words(rows):
    return set(re.findall(r"\w+", " ".join(rows)))


def test_every_width_shows_every_word_whole(answers, monkeypatch):
    """Both languages, short and whole: no line is too long, none begins with a sign, no word is cut, plain and drawn say the same."""
    faults = []
    for name, (answer, visit) in answers.items():
        for lang, details in product(("fr", "en"), (False, True)):
            page = answer_page(answer, LAW, lang, visit.territory, details=details)
            said = words(piped(page, lang))
            for width in WIDTHS:
                for simple in (False, True):
                    rows = drawn(page, width, lang, monkeypatch, simple=simple)
                    where = (name, lang, details, width, simple)
                    faults += [
                        (where, "long", r) for r in rows if cell_len(r) > width and " " in r.strip(" │")
                    ]
                    faults += [(where, "sign", r) for r in rows if re.match(r"[│\s]*[?:;!»]", r)]
                    faults += [(where, "cut", w) for w in sorted(said ^ words(rows))]
                    faults += [(where, "box", r) for r in rows if simple and re.search(r"[\u2500-\u257f]", r)]
    assert not faults, faults[:10]


def test_a_decided_answer_is_short(answers, monkeypatch):
    lengths = {}
    for name, lang in product(SHORT, ("fr", "en")):
        answer, visit = answers[name]
        assert is_decided(answer)
        page = answer_page(answer, LAW, lang, visit.territory)
        lengths[name, lang] = len(drawn(page, 100, lang, monkeypatch))
    assert {k: n for k, n in lengths.items() if n > 16} == {}


def test_whoever_the_person_is_a_decided_answer_is_short(monkeypatch):
    """One first, at most three others, no need, at noon: where names are long and desks are in town."""
    router, told, long = Router(LAW), 0, []
    situations = [
        ("employee", "yes", "no"),
        ("employee", "yes", "yes"),
        ("self_employed", "yes", "yes"),
        ("jobseeker", "no", "yes"),
        ("student", "yes", "yes"),
    ]
    for (status, employed, seeking), disability, cadre, age, commune, lang in product(
        situations,
        ("none", "recognised"),
        ("no", "yes"),
        ("22", "40"),
        ("97209", "57463", "75056"),
        ("fr", "en"),
    ):
        facts = {
            "status": status,
            "employed": employed,
            "seeking": seeking,
            "disability": disability,
            "cadre": cadre,
        }
        more = {"age": age, "in_school": "yes" if status == "student" else "no", "job_at_risk": "no"}
        visit, _ = router.read({**facts, **more}, on="2026-11-25", at="12:30", by_hand=True, commune=commune)
        answer = router.answer(visit)
        page = answer_page(answer, LAW, lang, visit.territory)
        others = [
            len(part.rows) for section in page.sections if section.key == "also" for part in section.parts
        ]
        if (
            is_decided(answer)
            and len(answer.decision.first) == 1
            and sum(others) <= 3
            and not answer.decision.protects
        ):
            told += 1
            rows = drawn(page, 100, lang, monkeypatch)
            long += [(facts, age, commune, lang, len(rows))] if len(rows) > 16 else []
    assert told > 150
    assert not long, long


def test_name_phone_and_address_stand_in_the_first_six_lines(answers, monkeypatch):
    faults = []
    for name in ("young", "adult", "in-work", "cadre", "pupil", "self-employed"):
        answer, visit = answers[name]
        page = answer_page(answer, LAW, "fr", visit.territory)
        head = "\n".join(drawn(page, 100, "fr", monkeypatch)[:6]).replace("\u00a0", " ")
        desks = [answer.desks[c] for c in answer.decision.first if c in answer.desks]
        desks = desks or [answer.bodies[answer.decision.see[0]]]
        for desk in desks[:1]:
            faults += [name] if not re.search(r"Tél\. [\d ]{5,}", head) else []
            faults += [(name, desk.address)] if desk.address and desk.address not in head else []
            faults += [(name, desk.name)] if desk.name and desk.name not in head else []
    assert not faults


def test_the_question_asked_leads_to_different_places(answers):
    router = Router(LAW)
    asked = 0
    for facts in (
        {"age": "24"},
        {"age": "40", "status": "jobseeker"},
        {"status": "employee"},
        {"age": "30"},
        {"status": "student"},
    ):
        visit, _ = router.read(facts, on=ON, by_hand=True, commune="69123")
        answer = router.answer(visit)
        page = answer_page(answer, LAW, "fr", visit.territory)
        for section in page.sections:
            if section.key == "ask":
                asked += 1
                (pairs,) = section.parts
                assert len({text for _, text in pairs.rows}) == len(pairs.rows) > 1, facts
    assert asked >= 4


def test_what_protects_is_on_the_first_screen(answers):
    answer, visit = answers["resigning"]
    assert answer.decision.protects
    text = " ".join(piped(answer_page(answer, LAW, "fr", visit.territory), "fr"))
    for reason in answer.decision.protects:
        assert reason.says["fr"] in text


def test_whole_screens(answers, golden, monkeypatch):
    for name, width, lang in (
        ("young", 100, "fr"),
        ("young", 60, "en"),
        ("undecided", 80, "fr"),
        ("pupil", 100, "fr"),
        ("needs", 100, "fr"),
    ):
        answer, visit = answers[name]
        page = answer_page(answer, LAW, lang, visit.territory)
        golden(f"screens/{name}-{width}-{lang}", "\n".join(drawn(page, width, lang, monkeypatch)) + "\n")


# -- text of others --------------------------------------------------------------------------------------------------------------

HOSTILE = "Dupont\x1b[31m\u202eabc\x07\x9b2J\ue000"
PAGE = Page(
    title=HOSTILE,
    sections=(
        Section(key="a", title="A", parts=(Card(name=Span(HOSTILE, "name"), aside=HOSTILE, lines=(Line(text=HOSTILE),)),)),
        Section(key="b", title="B", parts=(Grid(columns=("x", "y"), rows=((HOSTILE, "[bold]b[/bold] [/x] :smile:"),)),)),
        Section(key="c", title="C", parts=(Pairs(rows=((HOSTILE, HOSTILE),)), Item(text="é → « œ »", details=(Line(text=HOSTILE),)))),
    ),
)  # fmt: skip


def test_nothing_of_a_file_moves_the_cursor_or_is_markup(monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    stream = Terminal()
    screen.show(PAGE, stream, "fr")
    text = stream.getvalue()
    assert not re.search(r"[\x07\x9b\u202e\ue000]|\x1b\[31m", text)
    assert "[bold]b[/bold] [/x] :smile:" in text
    assert "\\x1b[31m" in text


def test_a_narrow_encoding_never_crashes(monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    for encoding, tty in product(("ascii", "latin-1", "cp1252", "utf-8"), (False, True)):
        raw = io.BytesIO()
        stream = io.TextIOWrapper(raw, encoding=encoding)
        monkeypatch.setattr(stream, "isatty", lambda tty=tty: tty, raising=False)
        screen.show(PAGE, stream, "fr")
        screen.show_findings([Finding(code="CEP504", values={"value": "→ 12\u202fh « x »"})], stream, "fr")
        stream.flush()
        text = raw.getvalue().decode(encoding)
        assert "?" not in text.replace("J?", ""), (
            encoding,
            tty,
            text,
        )  # a sign of nobody, at the end of the hostile name
        assert ("->" if encoding != "utf-8" else "→") in text


def test_findings_say_what_where_and_what_to_do(monkeypatch):
    place = Place(file="a.toml", line=3, column=5, text="abc = 12")
    several = [
        Finding(code="CEP504", values={"value": "hier"}, place=place),
        Finding(code="CEP514", severity="warning"),
    ]
    rows = {}
    for width in (*WIDTHS, 0):
        stream = Terminal() if width else io.StringIO()
        monkeypatch.setenv("COLUMNS", str(width or 80))
        screen.show_findings(several, stream, "fr")
        rows[width] = bare(stream.getvalue())
        assert all(cell_len(r) <= width for r in rows[width] if width)
    assert all(words(told) == words(rows[0]) for told in rows.values())
    assert rows[0][0].startswith("a.toml:3:5: ")
    assert rows[0][0].endswith("(CEP504)")
    assert rows[0][2] == "        ^"
    assert rows[0][3].startswith("    aide\u00a0: ")


def test_no_boxes_where_they_are_not_wanted(monkeypatch):
    page = PAGE
    for name, value in (("NO_COLOR", "1"), ("TERM", "dumb"), ("TERM", "")):
        with pytest.MonkeyPatch.context() as patched:
            patched.setenv(name, value)
            rows = drawn(page, 100, "fr", monkeypatch)
        assert not re.search(r"[\u2500-\u257f\x1b]", "\n".join(rows)), name
    assert not screen.boxes(Terminal(), simple=True)
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert not screen.boxes(io.StringIO())


def test_progress_draws_on_a_terminal_alone(monkeypatch):
    log = io.StringIO()
    with screen.progress("lecture", 1000, log, "fr") as advance:
        advance(500)
    assert log.getvalue() == ""
    seen = Terminal()
    with screen.progress("lecture", 2_500_000, seen, "fr") as advance:
        advance(2_500_000)
    assert "lecture" in seen.getvalue()
    assert "100\u00a0%" in seen.getvalue()
