"""The sheet a person takes away, the counsellor's, the offer cards: one content in every form, one page, safe, humane, readable by all."""

from __future__ import annotations

import base64
import itertools
import json
import os
import random
import re
import shlex
import shutil
import subprocess
import sys
from hashlib import sha256
from html.parser import HTMLParser
from io import BytesIO
from pathlib import Path
from typing import NamedTuple

import pytest
from msgspec import convert
from msgspec.structs import replace

from cep_route import files, messages
from cep_route.__main__ import run
from cep_route.cli.answers import READERS, PersonalAnswer
from cep_route.cli.app import every
from cep_route.directory.ground import Ground
from cep_route.engine.decide import Table
from cep_route.model.answer import Profile
from cep_route.model.territory import Partner, Territory, plain_of
from cep_route.render import desks
from cep_route.render.parts import Card, Item, Line, Page, text_of
from cep_route.render.safe import line, seen
from cep_route.render.sections import PAGES
from cep_route.render.sections import Answer as Sections
from cep_route.render.telling import Wanted
from cep_route.render.territory import OfferCards
from cep_route.render.text import markdown, plain
from cep_route.router import Router, Visit

ROOT = Path(__file__).parents[1]
HOUSE = ROOT / "cep_route"
GOLDEN = Path(__file__).parent / "golden" / "sheet"
LAW = files.load_law()[0]
assert LAW is not None
SAID = files.load_handout(LAW)[0]
assert SAID is not None
ON = "2026-11-22"
pytestmark = pytest.mark.usefixtures("plain_world")

YOUNG = "--age 24 --statut demandeur-emploi --scolarise non --en-emploi non --handicap aucun --cadre non --commune 99301"
SEASONAL = "--age 40 --status jobseeker --employed no --in-school no --cadre no --disability none --seasonal yes --commune 99502 --months 12-3:status=employee"
PERSONS = {
    "young": f"{YOUNG} --besoin mobilite --besoin se-former",
    "joint": "--birth-date 1986-02-01 --status jobseeker --employed no --in-school no --cadre no --disability recognised --commune 99201 --need sante",
    "undecided": "--age 40 --status jobseeker --in-school no --employed no --disability none --commune 05061",
    "public-agent": "--age 40 --statut agent-public --versant fpt --categorie b --handicap aucun --commune 99502",
    "pupil": "--birth-date 2011-03-01 --statut eleve --commune 99502",
    "seasonal": f"{SEASONAL} --need logement",
    "absent": "--age 45 --status employee --cadre yes --disability none --in-school no --job-at-risk no --commune 99301 --need sante--addictions",
    "no-commune": "--age 30 --status employee --cadre no --disability none --in-school no --job-at-risk no",
}  # fmt: skip
ORDINARY = ("young", "joint", "undecided", "public-agent", "pupil", "seasonal", "absent", "no-commune")


class Told(NamedTuple):
    """One text of a page, in the order in which it is read."""

    kind: str
    text: str
    tag: str = ""
    link: str = ""


def told_by(page):
    """Every text of a page in order."""

    def told(kind, said, tag=""):
        return Told(kind, text_of(said), tag)

    yield told("title", page.title)
    if page.sub:
        yield told("text", page.sub, "sub")
    for section in page.sections:
        yield told("section", section.title, section.key)
        for part in section.parts:
            if isinstance(part, Line):
                yield told("text", part.text, part.tag)
            elif isinstance(part, Item):
                yield told("item", part.text, part.tag)
                yield from (told("detail", d.text, d.tag) for d in part.details)
            else:
                assert isinstance(part, Card)
                yield told("name", part.name, part.tag)
                yield from (told("detail", d.text, d.tag) for d in part.lines)
                if part.code:
                    yield Told("code", part.code.text, link=part.code.link)
    if page.end:
        yield told("text", page.end, "end")


class Said:
    def __init__(self, code, out, err):
        self.code, self.out, self.err = code, out, err


@pytest.fixture
def cep(capfdbinary):
    """`route` or any command in this very process; what it wrote, as bytes."""

    def one(line_, *more):
        code = run([*line_.split(), *more])
        sys.stdout.flush()
        told = capfdbinary.readouterr()
        return Said(code, told.out, told.err.decode())

    return one


# -- the sheets read whole ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", PERSONS)
@pytest.mark.parametrize("lang", ["fr", "en"])
def test_the_sheet_as_text(name, lang, cep, golden):
    told = cep(f"route {PERSONS[name]} --for person --lang {lang}")
    assert told.code in (0, 1)
    golden(f"sheet/{name}-{lang}", told.out.decode())


@pytest.mark.parametrize(
    ("name", "more"),
    [
        ("easy", "--easy"),
        ("counsellor", "--for conseiller"),
        ("counsellor-consent", "--consent"),
    ],
)
@pytest.mark.parametrize("lang", ["fr", "en"])
def test_the_other_sheets_as_text(name, more, lang, cep, golden):
    told = cep(f"route {PERSONS['joint']} {more} --lang {lang}")
    golden(f"sheet/{name}-{lang}", told.out.decode())


@pytest.mark.parametrize("word", ["apec", "ccas-serre", "guichet-saisons-2020"])
@pytest.mark.parametrize("lang", ["fr", "en"])
def test_the_card_as_text(word, lang, cep, golden):
    told = cep(f"explain {word} --territory c3a --lang {lang}")
    assert told.code == 0
    golden(f"sheet/card-{word}-{lang}", told.out.decode())


def test_no_golden_sheet_is_left_behind():
    names = [
        *PERSONS,
        "easy",
        "counsellor",
        "counsellor-consent",
        "card-apec",
        "card-ccas-serre",
        "card-guichet-saisons-2020",
    ]
    assert {p.stem for p in GOLDEN.glob("*.txt")} == {f"{n}-{lang}" for n in names for lang in ("fr", "en")}


def test_text_and_markdown_without_a_reader_stay_the_answer_of_the_screen(cep):
    for form in ("text", "md"):
        plain = cep(f"route {YOUNG} --format {form}").out.decode()
        assert "Aussi possible" in plain
        assert "Aussi possible" not in cep(f"route {YOUNG} --format {form} --for person").out.decode()


def test_the_french_words_of_the_reader(cep):
    assert cep(f"route {YOUNG} --pour personne").out == cep(f"route {YOUNG} --for person").out
    assert cep(f"route {YOUNG} --pour conseiller").out == cep(f"route {YOUNG} --for counsellor").out
    assert set(READERS.values()) == {"person", "counsellor"}


# -- what a sheet owes the person ------------------------------------------------------------------------------------------------------


def visit_of(profile, territory="c3a"):
    return Visit(profile=profile, on=ON, territory=files.load_territory(territory, LAW)[0])


def blocks_of(profile, **wanted):
    """The blocks of a sheet for a person in c3a."""
    router, visit = Router(LAW), visit_of(profile)
    route = router.answer(visit)
    told = Wanted(**{"reader": "person", "lang": "fr", **wanted})
    return list(told_by(Sections(route, LAW, visit.territory, told, SAID, holds_of(router, route)).sheet()))


def holds_of(router, route):
    return lambda when: router.judge.box(when, route.profile, ON)[0]


def as_text(made):
    return plain(made, "fr") if isinstance(made, Page) else made


def words_of(name):
    """A person of the table above, at the router."""
    route = every("fr")["route"]
    words = route.make_context("route", shlex.split(PERSONS[name]), obj={"lang": "fr"}).params
    facts = {k[5:]: v for k, v in words.items() if k.startswith("fact_") and v is not None}
    router = Router(LAW)
    told = {key: words[key] for key in ("birth_date", "commune", "territory")}
    visit, _ = router.read(facts, on=ON, needs=words["need"] or (), months=words["months"] or (), **told)
    return router, visit


def drawn(name, form, **wanted):
    router, visit = words_of(name)
    told = Wanted(**{"reader": "person", "lang": "fr", **wanted})
    return as_text(PersonalAnswer(router, visit, told).sheet(form))


SECTIONS = ("asked", "about", "first", "bring", "also", "partners", "step", "why", "clarify", "until", "fill")


def test_the_sections_that_level_1_owes_the_person_are_there_in_order():
    profile = Profile(
        facts={"age": 24, "status": "jobseeker", "in_school": "no", "employed": "no", "disability": "none", "cadre": "no"},
        commune="99502",
        needs=("mobilite", "se-former"),
    )  # fmt: skip
    found = [b.tag for b in blocks_of(profile) if b.kind == "section"]
    assert [s for s in found if s in SECTIONS] == list(SECTIONS)


def test_the_four_things_to_know_of_the_cep_are_said():
    text = drawn("young", "text")
    for words in (
        "C'est gratuit",
        "C'est confidentiel",
        "C'est vous qui décidez",
        "en rester là",
        "L5314-2 du code du travail",
    ):
        assert words in text


def everyone():
    """One person of every kind the rules tell apart today."""
    table = Table(LAW.segment(ON), LAW.rules)
    for known, _ in random.Random(1).sample(list(table.kinds()), 500):
        facts = {}
        for name, i in known.items():
            values = table.members[name][i]
            facts[name] = min(values) if LAW.facts[name].kind == "years" else values[0]
        yield facts


CLOSED_DOORS = (
    "ce n'est pas ici", "pas droit", "hors cep", "hors du cep", "not entitled", "outside the cep", "no answer", "aucune réponse", "refus",
)  # fmt: skip


FOUR = tuple(itertools.product(("fr", "en"), (False, True)))


def test_nobody_is_turned_away():
    """Every kind of person is sent to somebody, may stop there, and reads no closed door; in both languages, in easy words too, in turn."""
    router = Router(LAW)
    count = 0
    for facts in everyone():
        count += 1
        visit = visit_of(Profile(facts=facts, commune="99502"))
        route = router.answer(visit)
        holds = holds_of(router, route)
        for lang, easy in [FOUR[count % 4]]:
            wanted = Wanted(reader="person", lang=lang, easy=easy)
            blocks = list(told_by(Sections(route, LAW, visit.territory, wanted, SAID, holds).sheet()))
            text = "\n".join(b.text for b in blocks).casefold()
            assert not [words for words in CLOSED_DOORS if words in text], facts
            assert [b for b in blocks if b.kind == "name" and b.tag == "first"], facts
            assert [b for b in blocks if b.tag == "no-further"], facts
            assert all(b.text.strip() for b in blocks), facts
            assert "{" not in text
            assert not re.search(r"^(une autre adresse|another address)", text, re.MULTILINE), facts
    assert count > 400


def test_an_absent_operator_is_reached_without_travelling():
    text = drawn("absent", "text")
    assert "Apec" in text
    assert "Par téléphone ou en ligne, sans vous déplacer" in text


def test_an_hour_stands_on_the_sheet_only_when_it_is_told(cep):
    """A paper is read later: « now » would lie."""
    plain = cep(f"route {YOUNG} --for person").out.decode()
    assert "maintenant" not in plain
    told = cep(f"route {YOUNG} --for person --le 2026-11-24 --at 10:30").out.decode()
    assert "Ouvert à 10\u00a0h\u00a030, ferme à 12\u00a0h\n" in told
    assert "Ouvert à" not in plain


def test_a_pupil_is_told_where_the_guidance_centre_is_near():
    text = drawn("pupil", "text")
    assert "1 rue des Écoles, 99510 Bourg-Serre" in text
    assert "Le jour où ce sera votre cas, il vous est ouvert" in text


def test_a_seasonal_year_says_what_comes_next():
    text = drawn("seasonal", "text")
    assert "Guichet des saisons de Haute-Serre" in text
    assert "À partir du 1er décembre 2026 (décembre à mars)\u00a0: Mon CEP par Avenir Actifs" in text
    assert "À partir du 1er avril 2027 (avril à octobre)\u00a0: France Travail" in text


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_easy_lines_are_short(lang):
    """FALC: one idea a line, no bracket, no semicolon; an address, a name or a need is as long as it is."""
    given = re.compile(r"\d{5}|^Vos besoins|^Your needs")
    ours = [
        b.text
        for b in blocks_drawn("young", easy=True, lang=lang)
        if b.tag not in ("sub", "law") and not given.search(b.text)
    ]
    assert [t for t in ours if len(t) > 80] == []
    assert [t for t in ours if re.search(r"[;()]", t)] == []
    for statement in SAID["statements"]:
        for words in statement.easy:
            assert len(words[lang]) <= 65, words
            assert len(re.findall(r"[.?!](?: |$)", words[lang])) <= 2, words


# -- the note handed over --------------------------------------------------------------------------------------------------------------


def relay(profile, **wanted):
    blocks = blocks_of(profile, reader="counsellor", **wanted)
    start = next(i for i, b in enumerate(blocks) if b.tag == "relay")
    return "\n".join(b.text for b in blocks[start:])


OBSTACLES = [code for code, need in LAW.needs.items() if need.family == "obstacles"]


@pytest.mark.parametrize("need", OBSTACLES)
@pytest.mark.parametrize("lang", ["fr", "en"])
def test_an_obstacle_is_handed_over_only_with_consent(need, lang):
    profile = Profile(
        facts={"age": 40, "status": "jobseeker", "disability": "recognised", "rsa": "yes"},
        commune="99502",
        needs=("se-former",),
        blocking=(need,),
    )
    said, told = LAW.needs[need].label[lang], LAW.needs["se-former"].label[lang]
    alone = relay(profile, lang=lang)
    assert said not in alone
    assert told in alone
    for fact in SAID["kept_back"]["facts"]:
        assert LAW.facts[fact].label[lang] not in alone
    with_consent = relay(profile, lang=lang, consent=True)
    assert said in with_consent
    assert LAW.facts["disability"].label[lang] in with_consent


def test_the_note_never_says_that_something_was_left_out_of_it():
    """The same words whether there was an obstacle or not."""
    facts = {
        "age": 40,
        "status": "jobseeker",
        "employed": "no",
        "in_school": "no",
        "cadre": "no",
        "disability": "none",
    }
    free = Profile(facts=facts, commune="99502", needs=("se-former",))
    assert relay(free) == relay(replace(free, blocking=("sante--addictions",)))


def test_no_reason_handed_over_rests_on_health():
    facts = {
        "age": 45,
        "status": "employee",
        "disability": "recognised",
        "job_at_risk": "yes",
        "cadre": "no",
        "in_school": "no",
    }
    profile = Profile(facts=facts, commune="99502")
    assert "handicap" not in relay(profile).casefold()
    assert "handicap" in relay(profile, consent=True).casefold()


def test_the_counsellor_is_told_whom_to_call_and_who_decides():
    text = drawn("young", "text", reader="counsellor")
    for words in (
        "Robin Specimen",
        "Qui décide du financement",
        "projet de transition professionnelle",
        "(ml-youth)",
        "Date et signature",
    ):
        assert words in text
    person = drawn("young", "text")
    assert "Robin Specimen" not in person


def test_a_deputy_is_named():
    cards = OfferCards(LAW, files.load_territory("c3a", LAW)[0], ON, "fr", lambda _: None)
    ((_, house),) = cards.of("transitions-pro-serre")
    assert any(c.deputy for c in house.contacts)
    told = relay(Profile(facts={"age": 40, "status": "jobseeker", "seasonal": "yes"}, commune="99502"))
    assert "sous 15 jours" in told  # who follows up, and how soon


# -- one content, several forms -----------------------------------------------------------------------------------------------------------


class Seen(HTMLParser):
    """Tags, attributes and texts of a page, in order."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.tags, self.texts = [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        if self.tags and self.tags[-1][0] not in ("style", "title") and data.strip():
            self.texts.append(data.strip())


def blocks_drawn(name, **wanted):
    router, visit = words_of(name)
    answer = router.answer(visit)
    route, later = (answer[0].route, answer[1:]) if isinstance(answer, tuple) else (answer, ())
    told = Wanted(**{"reader": "person", "lang": "fr", **wanted})
    return list(
        told_by(Sections(route, LAW, visit.territory, told, SAID, holds_of(router, route)).sheet(later))
    )


FORMS = [
    {"reader": "person"}, {"reader": "person", "easy": True}, {"reader": "person", "large": True}, {"reader": "counsellor"},
]  # fmt: skip


@pytest.mark.parametrize("wanted", FORMS, ids=lambda w: "-".join(map(str, w)))
@pytest.mark.parametrize("name", ["young", "seasonal", "public-agent"])
def test_the_page_reads_in_the_order_of_the_text(name, wanted):
    pytest.importorskip("jinja2")
    blocks = blocks_drawn(name, **wanted)
    colon = "\u00a0:"
    expected = [seen(b.text) + (colon if b.tag == "blank" else "") for b in blocks]
    assert squeezed("".join(Seen(drawn(name, "html", **wanted)).texts)) == squeezed("".join(expected))


def squeezed(text):
    return re.sub(r"\s+", "", text).replace("\u00ad", "")


def pdf_text(data):
    from pypdf import PdfReader

    return "\n".join(p.extract_text() for p in PdfReader(BytesIO(data)).pages)


@pytest.mark.parametrize("wanted", FORMS, ids=lambda w: "-".join(map(str, w)))
@pytest.mark.parametrize("name", ["young", "seasonal", "public-agent"])
def test_the_pdf_reads_in_the_order_of_the_text(name, wanted):
    pytest.importorskip("typst")
    found = squeezed(pdf_text(drawn(name, "pdf", **wanted)))
    position = 0
    for block in blocks_drawn(name, **wanted):
        place = found.find(squeezed(seen(block.text)), position)
        assert place >= 0, block.text
        position = place


def unescaped(text):
    return re.sub(r"\\([\\`*_{}\[\]<>#|!&~.)+=-])", r"\1", text)


@pytest.mark.parametrize("name", ORDINARY)
def test_the_markdown_says_the_same(name):
    lines = [
        unescaped(re.sub(r"^\*\*(.*)\*\*$", r"\1", re.sub(r"^(#+ |- |  - )", "", row)))
        for row in drawn(name, "md").splitlines()
        if row.strip()
    ]
    colon = "\u00a0: "
    ends = {"blank": colon.rstrip(" ") + " " + "." * 40}
    assert lines == [
        line(b.text) + ends.get(b.tag, "") + (colon + b.link if b.link else "") for b in blocks_drawn(name)
    ]


# -- the page ----------------------------------------------------------------------------------------------------------------------------


def pages():
    for name in ORDINARY:
        for lang in ("fr", "en"):
            yield pytest.param(name, {"lang": lang}, id=f"{name}-{lang}")
    for wanted in FORMS[1:]:
        yield pytest.param("young", wanted, id="-".join(wanted))


@pytest.mark.parametrize(("name", "wanted"), list(pages()))
def test_the_page_is_valid_html_with_headings_in_order(name, wanted):
    html5lib = pytest.importorskip("html5lib")
    pytest.importorskip("jinja2")
    text = drawn(name, "html", **wanted)
    html5lib.HTMLParser(strict=True).parse(text)
    tags = [tag for tag, _ in Seen(text).tags]
    assert [t for t in tags if re.fullmatch("h[1-6]", t)] == ["h1", *re.findall("h[23]", " ".join(tags))]
    assert tags.index("h2") < tags.index("h3")
    ids = [a["id"] for _, a in Seen(text).tags if "id" in a]
    assert len(ids) == len(set(ids))
    assert {a["aria-labelledby"] for _, a in Seen(text).tags if "aria-labelledby" in a} == set(ids)


@pytest.mark.parametrize("wanted", FORMS, ids=lambda w: "-".join(map(str, w)))
def test_the_page_runs_nothing_and_fetches_nothing(wanted):
    pytest.importorskip("jinja2")
    text = drawn("young", "html", **wanted)
    found = Seen(text)
    assert {tag for tag, _ in found.tags} <= {"html", "head", "meta", "title", "style", "body", "main", "h1", "h2", "p", "div", "section", "ul", "li", "span", "h3", "a", "strong", "figure", "figcaption", "svg", "path"}  # fmt: skip
    for _, attrs in found.tags:
        assert set(attrs) <= {
            "role",
            "aria-label",
            "href",
            "width",
            "height",
            "transform",
            "stroke",
            "d",
            "lang",
            "charset",
            "http-equiv",
            "content",
            "name",
            "class",
            "id",
            "aria-labelledby",
        }
    style = re.search(r"<style>(.*?)</style>", text, re.DOTALL)[1]
    assert "url(" not in style
    assert "@import" not in style
    digest = base64.b64encode(sha256(style.encode()).digest()).decode()
    policy = next(a["content"] for _, a in found.tags if a.get("http-equiv") == "Content-Security-Policy")
    assert policy == f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


def luminance(colour):
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    r, g, b = (p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


def test_every_colour_of_text_stands_out_on_every_ground():
    """Contrast by the formula of WCAG 2, 7 to 1 (AAA) for text and 3 to 1 for the lines to fill in, on screen, dark and on paper."""
    style = (HOUSE / "render" / "templates" / "sheet.css").read_text(encoding="utf-8")
    schemes = [
        dict(re.findall(r"--([a-z]+): (#[0-9a-f]{6})", block))
        for block in re.findall(r":root \{([^}]*)\}", style)
    ]
    assert len(schemes) == 3
    for scheme in schemes:
        assert set(scheme) == {"paper", "ink", "mute", "line", "soft", "accent", "old"}
        for ground in ("paper", "soft"):
            for text, least in (("ink", 7), ("mute", 7), ("accent", 7), ("old", 7), ("line", 3)):
                one, other = sorted((luminance(scheme[text]), luminance(scheme[ground])), reverse=True)
                assert (one + 0.05) / (other + 0.05) >= least, (scheme, text, ground)
    assert not re.search(r"color: (?!var|scheme)", re.sub(r"(print-color-adjust|--\w+): [^;]+", "", style))


# -- in a real browser ---------------------------------------------------------------------------------------------------------------------


def shown(browser, folder, text):
    path = folder / "page.html"
    path.write_text(text, encoding="utf-8")
    browser.get(path.as_uri())
    return browser


def printed(browser):
    """The pages of the A4 print of what is shown."""
    from pypdf import PdfReader

    data = browser.execute_cdp_cmd("Page.printToPDF", {"preferCSSPageSize": True, "printBackground": True})[
        "data"
    ]
    return PdfReader(BytesIO(base64.b64decode(data))).pages


@pytest.mark.parametrize("name", ORDINARY)
@pytest.mark.parametrize("lang", ["fr", "en"])
def test_it_prints_on_one_a4_page(name, lang, browser, tmp_path):
    found = printed(shown(browser, tmp_path, drawn(name, "html", lang=lang)))
    assert len(found) == 1
    assert [round(float(n)) for n in found[0].mediabox[2:]] == [595, 842]


def test_the_note_to_hand_over_is_a_page_of_its_own(browser, tmp_path):
    found = printed(shown(browser, tmp_path, drawn("young", "html", reader="counsellor")))
    assert len(found) == 2
    assert "Note de relais" in found[1].extract_text()
    assert "Note de relais" not in found[0].extract_text()


SCREENS = [*(pytest.param("young", wanted, id="-".join(map(str, wanted))) for wanted in FORMS), pytest.param("seasonal", {"lang": "en"}, id="english"), pytest.param("pupil", {}, id="pupil")]  # fmt: skip


@pytest.mark.parametrize(("name", "wanted"), SCREENS)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_accessibility_checker_finds_nothing(name, wanted, scheme, browser, axe, tmp_path):
    told = {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", told)
    try:
        shown(browser, tmp_path, drawn(name, "html", **wanted))
        assert axe(browser) == []
        ground = browser.execute_script("return getComputedStyle(document.documentElement).backgroundColor")
        assert (ground == "rgb(255, 255, 255)") == (scheme == "light")
        assert [entry for entry in browser.get_log("browser") if "favicon" not in entry["message"]] == []
    finally:
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})


@pytest.mark.parametrize("wanted", FORMS, ids=lambda w: "-".join(map(str, w)))
def test_nothing_sticks_out_on_a_phone_and_large_is_larger(wanted, browser, tmp_path):
    size = browser.get_window_size()
    try:
        browser.execute_cdp_cmd(
            "Emulation.setDeviceMetricsOverride",
            {"width": 320, "height": 640, "deviceScaleFactor": 1, "mobile": True},
        )
        shown(browser, tmp_path, drawn("young", "html", **wanted))
        assert browser.execute_script("return document.documentElement.scrollWidth") <= 320
        letters = browser.execute_script("return parseFloat(getComputedStyle(document.body).fontSize)")
        assert letters >= (24 if wanted.get("large") else 20 if wanted.get("easy") else 16)
    finally:
        browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
        browser.set_window_size(size["width"], size["height"])


def test_a_screen_reader_gets_the_same_facts(browser, tmp_path):
    """What the accessibility tree of the browser says, in its order, is the text version."""
    shown(browser, tmp_path, drawn("young", "html"))
    browser.execute_cdp_cmd("Accessibility.enable", {})
    try:
        nodes = browser.execute_cdp_cmd("Accessibility.getFullAXTree", {})["nodes"]
    finally:
        browser.execute_cdp_cmd("Accessibility.disable", {})
    by_id = {n["nodeId"]: n for n in nodes}
    said = []

    def walk(node):
        if node["role"]["value"] == "StaticText":
            said.append(node["name"]["value"])
        for child in node.get("childIds", ()):
            if child in by_id:
                walk(by_id[child])

    walk(nodes[0])
    assert squeezed("".join(said)) == squeezed("".join(Seen(drawn("young", "html")).texts))
    roles = {n["role"]["value"] for n in nodes}
    assert {"main", "heading", "list", "listitem", "region"} <= roles


# -- the PDF -----------------------------------------------------------------------------------------------------------------------------


def opened(data):
    pytest.importorskip("pypdf")
    from pypdf import PdfReader

    return PdfReader(BytesIO(data))


@pytest.mark.parametrize("name", ORDINARY)
@pytest.mark.parametrize("lang", ["fr", "en"])
def test_the_pdf_is_one_a4_page_tagged_titled_and_in_its_language(name, lang):
    pytest.importorskip("typst")
    found = opened(drawn(name, "pdf", lang=lang))
    assert len(found.pages) == 1
    assert [round(float(n)) for n in found.pages[0].mediabox[2:]] == [595, 842]
    root = found.trailer["/Root"]
    assert root["/Lang"] == lang
    assert root["/MarkInfo"]["/Marked"] == True  # noqa: E712  # an object of the PDF
    assert root["/ViewerPreferences"]["/DisplayDocTitle"] == True  # noqa: E712  # idem
    assert found.metadata.title == (
        "Votre fiche : vers qui aller" if lang == "fr" else "Your sheet: who to see"
    ).replace(" :", "\u00a0:")
    assert b"<pdfuaid:part>1</pdfuaid:part>" in found.trailer["/Root"]["/Metadata"].get_data()


def tags_of(node, found):
    node = node.get_object()
    if isinstance(node, list):
        for child in node:
            tags_of(child, found)
    elif isinstance(node, dict):
        if "/S" in node:
            found.append(str(node["/S"]))
        if "/K" in node:
            tags_of(node["/K"], found)
    return found


def test_the_headings_and_lists_of_the_pdf_are_tagged():
    pytest.importorskip("typst")
    data = drawn("young", "pdf")
    tags = tags_of(opened(data).trailer["/Root"]["/StructTreeRoot"], [])
    blocks = blocks_drawn("young")
    assert tags.count("/H1") == 1
    assert tags.count("/H2") == sum(b.kind == "section" for b in blocks)
    assert tags.count("/H3") == sum(b.kind == "name" for b in blocks)
    assert tags.index("/H1") < tags.index("/H2")
    assert tags.count("/LI") == sum(b.kind in ("item", "detail") for b in blocks)
    assert "/Table" not in tags


def test_the_same_person_on_the_same_day_is_the_same_bytes(tmp_path):
    """In two processes, two time zones and two hash seeds: for every form."""
    made = {}
    for zone, seed in (("Pacific/Auckland", "0"), ("America/Cayenne", "7")):
        env = {**os.environ, "TZ": zone, "PYTHONHASHSEED": seed}
        words = ["route", *PERSONS["young"].split(), "--for", "person", "--format"]
        lines = [[*words, form, "-o", str(tmp_path / f"{seed}.{form}")] for form in ("html", "pdf", "md")]
        code = f"from cep_route.__main__ import run\nfor line in {lines!r}: assert run(line) == 0"
        subprocess.run([sys.executable, "-c", code], env=env, check=True, capture_output=True)
        for form in ("html", "pdf", "md"):
            made.setdefault(form, set()).add((tmp_path / f"{seed}.{form}").read_bytes())
    assert {form: len(found) for form, found in made.items()} == {"html": 1, "pdf": 1, "md": 1}


# -- hostile words -------------------------------------------------------------------------------------------------------------------------

HOSTILE = [
    "<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "' onmouseover='alert(1)", "{{7*7}}", "{% import os %}", '#import "x"', "#{1+1}",
    "[/]", "[bold]x[/bold]", "a\x1b[31mb", "\u202etxt\u202c", "nul\x01", "![](http://x)", "# titre", "- puce", "1. un", "| a |", "*gras* _x_ `c`",
    "&lt;b&gt;", "</style><b>", "]]>&amp;<!--", "$x^2$ @x <y>", "\\u{1F600}", "عربي 漢字 🙂",
]  # fmt: skip
NAMED = {
    "facts": {"age": 24, "status": "jobseeker", "in_school": "no", "employed": "no", "disability": "none", "cadre": "no"},
    "commune": "99502",
    "needs": ("logement-hebergement", "x-c3a--logement-saisonnier"),
}  # fmt: skip


def haunted(word):
    """c3a with a word in the place of every name and text that a sheet may show."""
    territory = plain_of(files.load_territory("c3a", LAW)[0])
    territory["territory"]["name"] = word
    for table in ("operators", "partners", "schemes", "events", "communes"):
        for house in territory.get(table) or ():
            house["name"] = word
            for key in ("conditions", "website", "said"):
                if key in house:
                    house[key] = word
            for inner in (
                *(house.get("places") or ()),
                *(house.get("contacts") or ()),
                house.get("place") or {},
                house.get("contact") or {},
            ):
                inner |= {
                    k: word for k in ("address", "name", "role", "email", "deputy", "hours") if k in inner
                }
    for need in territory["needs"]:
        need["fr"] = need["en"] = word
    return convert(territory, Territory)


def hostile(word, form, **wanted):
    told = Wanted(**{"reader": "counsellor", "lang": "fr", "consent": True, **wanted})
    router = Router(LAW)
    visit = Visit(profile=Profile(**NAMED), on=ON, territory=haunted(word))
    return as_text(PersonalAnswer(router, visit, told).sheet(form))


def tags_and_attributes(text):
    """The policy holds a sum of the style, and a full page is set smaller: neither comes from a word."""
    return [
        (t, {k: v.removesuffix(" full") for k, v in a.items() if k != "content"}) for t, a in Seen(text).tags
    ]


def test_hostile_words_make_no_tag():
    pytest.importorskip("jinja2")
    plain = tags_and_attributes(hostile("Durand", "html"))
    for word in HOSTILE:
        text = hostile(word, "html")
        assert tags_and_attributes(text) == plain, word
        assert any(seen(word) in shown_ for shown_ in Seen(text).texts), word


def test_hostile_words_are_shown_and_nothing_moves_the_cursor():
    every = " ".join(HOSTILE)
    for form in ("text", "md", "html"):
        text = hostile(every, form)
        assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", text), form
    assert line(every) in hostile(every, "text")


def test_hostile_words_leave_the_shape_of_the_markdown():
    def shape(text):
        return [re.match(r"(#+ |- |  - )?", row)[0] for row in text.splitlines()]

    plain = shape(hostile("Durand", "md"))
    for word in HOSTILE:
        text = hostile(word, "md")
        assert shape(text) == plain, word
        assert not re.search(r"(?<!\\)!\[|(?<!\\)<|^\s*- [-+#]|^\s*(?:- )?\d+[.)] ", text, re.MULTILINE), word


def test_hostile_words_are_text_in_the_pdf():
    pytest.importorskip("typst")
    pytest.importorskip("pypdf")
    count = tags_of(opened(hostile("Durand", "pdf")).trailer["/Root"]["/StructTreeRoot"], []).count("/H2")
    found = opened(hostile(" ".join(HOSTILE), "pdf"))  # all of them in one document: each takes a second
    assert tags_of(found.trailer["/Root"]["/StructTreeRoot"], []).count("/H2") == count
    text = squeezed("".join(p.extract_text() for p in found.pages))
    for word in HOSTILE:
        if word.isascii() and word.isprintable():
            assert squeezed(seen(word)) in text, word


# -- faults --------------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ("--for moi", "CEP527"),
        ("--for person --format json", "CEP580"),
        ("--easy --format json", "CEP580"),
        ("--large", "CEP580"),
        ("--large --format md", "CEP580"),
        ("--easy --for counsellor", "CEP580"),
        ("--easy --consent", "CEP580"),
    ],
)
def test_options_that_do_not_go_together_are_told(more, code, cep):
    told = cep(f"route {YOUNG} {more}")
    assert told.code == 2
    assert told.out == b""
    assert code in told.err


@pytest.mark.parametrize(("form", "library", "extra"), [("html", "jinja2", "sheet"), ("pdf", "typst", "pdf"), ("pdf", "font_source_sans_pro", "pdf")])  # fmt: skip
def test_a_library_that_is_missing_is_named_with_its_extra(form, library, extra, cep, monkeypatch):
    for name in [m for m in sys.modules if m.startswith("cep_route.render.")]:
        if name.endswith(".html"):
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, library, None)
    told = cep(f"route {YOUNG} --format {form} -o -")
    assert (told.code, told.out) == (2, b"")
    assert "CEP582" in told.err
    assert f"cep-route[{extra}]" in told.err


def test_a_pdf_goes_to_a_pipe_or_a_file_but_not_to_a_terminal(cep, tmp_path, monkeypatch):
    pytest.importorskip("typst")
    piped = cep(f"route {YOUNG} --format pdf").out
    assert piped.startswith(b"%PDF-1.")
    path = tmp_path / "fiche.pdf"
    assert cep(f"route {YOUNG} --format pdf -o {path}").code == 0
    assert path.read_bytes() == piped
    assert cep(f"route {YOUNG} --format pdf -o {path}").code == 2  # not overwritten unasked
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    told = cep(f"route {YOUNG} --format pdf")
    assert (told.code, told.out) == (2, b"")
    assert "CEP581" in told.err


def test_an_undecided_person_gets_a_sheet_and_exit_1(cep):
    told = cep(f"route {PERSONS['undecided']} --for person")
    assert told.code == 1
    text = told.out.decode()
    assert "  Oui\u00a0: Apec\n  Non\u00a0: France Travail\n" in text


# -- what the sheet says is data -------------------------------------------------------------------------------------------------------------


def test_every_fact_has_its_question_and_every_operator_its_easy_words():
    assert {q["fact"] for q in SAID["questions"]} == set(LAW.facts)
    doors = {code for s in SAID["statements"] if s.part == "door" for code in s.answers}
    assert doors == {code for code, o in LAW.operators.items() if not o.outside}
    assert set(SAID["kept_back"]["facts"]) <= set(LAW.facts)


FAULTS = {
    'answers = ["apec"]': ('answers = ["apecc"]', "CEP104"),
    'sources = ["demissionnaires"]': ('sources = ["demissionaires"]', "CEP106"),
    'when = { resigning = ["yes"] }': ('when = { resigning = ["oui"] }', "CEP102"),
    'fact = "cadre"': ('fact = "cadres"', "CEP101"),
    'facts = ["disability",': ('facts = ["disabilities",', "CEP101"),
    'id = "free"': ('id = "advice"', "CEP107"),
    'part = "bring"': ('part = "brings"', "CEP007"),
}


@pytest.mark.parametrize("good", FAULTS)
def test_a_fault_in_the_words_is_found_at_its_line(good, cep, tmp_path):
    bad, code = FAULTS[good]
    folder = tmp_path / "rules"
    shutil.copytree(ROOT / "rules", folder)
    path = folder / "handout.toml"
    text = path.read_text(encoding="utf-8")
    assert good in text
    path.write_text(text.replace(good, bad, 1), encoding="utf-8")
    number = text[: text.index(good)].count("\n") + 1
    said, found = files.load_handout(LAW, str(folder))
    assert said is None
    assert [f.code for f in found] == [code]
    assert found[0].place.line == number
    told = cep(f"route {YOUNG} --for person --rules {folder}")
    assert told.code == 2
    assert code in told.err


def test_rules_without_their_own_words_borrow_the_shipped_ones(tmp_path):
    folder = tmp_path / "rules"
    shutil.copytree(ROOT / "rules", folder)
    (folder / "handout.toml").unlink()
    said, found = files.load_handout(LAW, str(folder))
    assert (said, found) == (SAID, [])


def test_the_words_of_the_sheet_and_the_card_are_all_used():
    source = "".join(p.read_text(encoding="utf-8") for p in (HOUSE / "render").rglob("*.py"))
    values = {*territory_words(), *" ".join(PAGES.values()).split()}
    unused = [
        key
        for key in (*messages.table("handout"), *messages.table("handout_easy"), *messages.table("card"))
        if f'"{key}"' not in source
        and not key.startswith(("field_", "unknown_", "relaxed_", "c_unknown_", "c_relaxed_"))
        and f"def _{key}(" not in source
        and key not in values
        and f'"{key.removeprefix("c_")}"' not in source
    ]
    assert not unused


def territory_words():
    """The codes of services, places and uses that a territory file may hold: words of the cards."""
    from typing import get_args

    from cep_route.model import territory

    for kind in (territory.OperatorService, territory.SchemeService, territory.Audience):
        yield from get_args(kind)
    yield from (
        "head_office",
        "branch",
        "permanence",
        "mobile",
        "remote",
        "none",
        "usagers",
        "professionnels",
        "gratuit",
        "payant",
    )


# -- hours -------------------------------------------------------------------------------------------------------------------------------


def written_hours():
    texts = [
        p.read_text(encoding="utf-8")
        for folder in ("rules", "territories")
        for p in (ROOT / folder).glob("*.toml")
    ]
    return sorted({found for text in texts for found in re.findall(r'hours = "([^"]+)"', text)})


def test_every_timetable_that_is_shipped_is_said_in_words():
    found = written_hours()
    assert len(found) > 50
    for text in found:
        for lang in ("fr", "en"):
            said = desks.spoken(text, lang)
            assert not re.search(r"\b(Mo|Tu|We|Th|Fr|Sa|Su|PH)\b|\[|off", said.replace("jours fériés", "")), (
                text
            )
            assert all(re.search(r"[.]$", row) for row in desks.hours_lines(text, lang, long=True)), text


@pytest.mark.parametrize(
    ("text", "fr", "en"),
    [
        ("Mo-Fr 09:00-12:00,13:30-17:00; PH off", "du lundi au vendredi, de 9 h à 12 h et de 13 h 30 à 17 h ; fermé les jours fériés", "Monday to Friday, from 9:00 to 12:00 and from 13:30 to 17:00; closed on public holidays"),
        ("We[1,3] 09:00-17:00", "les 1er et 3e mercredis du mois, de 9 h à 17 h", "on the 1st and 3rd Wednesday of the month, from 9:00 to 17:00"),
        ("Apr-Jun Sa 09:00-12:00", "le samedi, de 9 h à 12 h, d'avril à juin", "on Saturday, from 9:00 to 12:00, from April to June"),
        ("Mo-Su 08:00-20:00", "tous les jours, de 8 h à 20 h", "every day, from 8:00 to 20:00"),
        ('Mo 09:00-12:00 "sur rendez-vous"', "le lundi, de 9 h à 12 h, sur rendez-vous", "on Monday, from 9:00 to 12:00, sur rendez-vous"),
        ('Mo 09:00-12:00 unknown "sur rendez-vous"', 'lundi 9 h-12 h unknown "sur rendez-vous"', 'Monday 9:00-12:00 unknown "sur rendez-vous"'),
    ],
)  # fmt: skip
def test_hours_in_words(text, fr, en):
    assert re.sub("[\u00a0\u202f]", " ", desks.spoken(text, "fr")) == fr
    assert desks.spoken(text, "en") == en


# -- offer cards -----------------------------------------------------------------------------------------------------------------------------

TERRITORIES = sorted(files.territories())


@pytest.mark.parametrize("name", TERRITORIES)
def test_everyone_of_every_territory_has_a_card_in_both_languages(name):
    territory = files.load_territory(name, LAW)[0]
    ground = Ground(territory)
    several = (territory.operators, territory.partners, territory.schemes)
    words = [house.id for houses in several for house in (houses or ())[:60]]
    networks = [c for c, o in LAW.operators.items() if not o.outside]
    for word in (*words, *networks):
        found = OfferCards(LAW, territory, ON, "fr", ground.name).of(word)
        assert found, word
        for kind, house in found:
            for lang in ("fr", "en"):
                cards = OfferCards(LAW, territory, ON, lang, ground.name)
                data = cards.data(kind, house)
                json.dumps(data)
                blocks = list(told_by(cards.page(data)))
                sections = [b.tag for b in blocks if b.kind == "section"]
                assert sections == ["for", "offers", "terms", "funding", "where", "contacts", "checked"]
                for before, after in zip(blocks, [*blocks[1:], None], strict=True):
                    assert before.text.strip()
                    assert before.kind != "section" or (after and after.kind != "section"), (
                        word,
                        before.text,
                    )


def test_what_is_not_known_is_said_to_be_unknown():
    territory = files.load_territory("c3a", LAW)[0]
    house = Partner(id="bare", name="Bare", circle="training")
    cards = OfferCards(LAW, territory, ON, "fr", lambda _: None)
    texts = [b.text for b in told_by(cards.page(cards.data("partner", house))) if b.tag == "unknown"]
    assert texts == [
        f"{what} : non renseigné"
        for what in (
            "Public", "Secteur", "Besoins", "Conditions", "Coût", "Délai", "Qui peut s'y adresser", "Accueil sur place ou à distance", "Comment y orienter", "Financement", "Lieux", "Contact pour tous",
            "Collègue à appeler", "Jour de vérification du contact", "Source",
        )
    ]  # fmt: skip


def test_a_colleague_who_may_not_be_published_is_not_on_a_card():
    territory = files.load_territory("c3a", LAW)[0]
    house = next(o for o in territory.operators if any(c.use == "counsellor" for c in o.contacts))
    name = next(c.name for c in house.contacts if c.use == "counsellor")
    cards = OfferCards(LAW, territory, ON, "fr", lambda _: None)
    data = cards.data("operator", house)
    assert name in json.dumps(data, ensure_ascii=False)
    kept = tuple(replace(contact, may_publish=False) for contact in house.contacts)
    data = cards.data("operator", replace(house, contacts=kept))
    assert name not in json.dumps(data, ensure_ascii=False)


def test_cards_as_json_markdown_and_page(cep):
    data = json.loads(cep("explain mission_locale --territory c3a --format json").out)
    (card,) = data["cards"]
    assert (card["kind"], card["wait_days"], card["conditions"]) == ("operator", 6, None)
    assert card["cost"] == {"fees": "gratuit", "law": "L6111-6 du code du travail"}
    assert {r["rule"] for r in card["for"]["rules"]} >= {"ml-youth"}
    assert (
        cep("explain mission_locale --territory c3a --format md").out.decode().startswith("# Fiche d'offre")
    )
    html5lib = pytest.importorskip("html5lib")
    html5lib.HTMLParser(strict=True).parse(
        cep("explain mission_locale --territory c3a --format html").out.decode()
    )


def test_a_network_that_has_no_desk_on_a_territory_is_reached_by_its_national_channel(cep):
    text = cep("explain france_travail --territory france").out.decode()
    assert "39 49" in text


@pytest.mark.parametrize(("line_", "code"), [("explain ml-youth --format json", "CEP584"), ("explain nobody --territory c3a", "CEP583"), ("explain apec --territory c3a --format pdf", "CEP527")])  # fmt: skip
def test_faults_of_a_card(line_, code, cep):
    told = cep(line_)
    assert (told.code, told.out) == (2, b"")
    assert code in told.err


def test_without_a_territory_the_law_speaks_as_before(cep):
    assert cep("explain apec").out.decode().startswith("apec — Apec\n\nReçoit\u00a0: ")


def test_the_card_is_accessible(cep, browser, axe, tmp_path):
    shown(browser, tmp_path, cep("explain guichet-saisons-2020 --territory c3a --format html").out.decode())
    assert axe(browser) == []


@pytest.mark.parametrize("word", HOSTILE)
def test_hostile_words_on_a_card(word):
    territory = haunted(word)
    cards = OfferCards(LAW, territory, ON, "fr", lambda _: word)
    page = cards.page(cards.data("partner", territory.partners[0]))
    assert line(word) in plain(page, "fr")
    assert not re.search(r"[\x00-\x08\x0b-\x1f\u202a-\u202e]", plain(page, "fr") + markdown(page, "fr"))
