"""The orienteur page in a real browser: it answers as the engine over the whole table, by keyboard and by ear, and tells nobody."""

from __future__ import annotations

import json
import os
import random
import re
import stat
from base64 import b64encode
from functools import cache
from hashlib import sha256
from importlib.resources import files as resources
from itertools import cycle, pairwise, product

import pytest
from msgspec.structs import replace
from test_engine import random_law

from cep_route import files
from cep_route.cli import page as command
from cep_route.directory import where
from cep_route.directory.ground import Ground
from cep_route.engine.decide import Table
from cep_route.engine.explain import Judge
from cep_route.engine.interview import Interview, Questions
from cep_route.files.write import write_published
from cep_route.model.answer import Profile
from cep_route.model.law import nameless
from cep_route.render.orienteur import WORDS, Orienteur, law_data, page
from cep_route.render.orienteur.data import periods

LAW, _ = files.load_law()
DAY = "2026-11-22"
EARLY = "2015-01-01"  # a page made then knows five stretches of days, one after the other


class Quick(Judge):
    """The engine without what the page does not show: why not the others, what would change the answer."""

    def _why_not(self, *_):
        return ()

    def _changes(self, *_):
        return ()


JUDGE = Quick(LAW)


def made(name="c3a", on=DAY):
    return made_once(name, on)


@cache
def made_once(name, on):
    found, findings = command.orienteur(name, LAW, on)
    assert found is not None, findings
    return found


@pytest.fixture(scope="session")
def opened(browser, tmp_path_factory):
    """`opened(page, on, lang)`: the page in the browser, as it is on a day."""
    folder = tmp_path_factory.mktemp("pages")

    def show(text, on=DAY, lang="fr"):
        path = folder / f"{sha256(text.encode()).hexdigest()[:16]}.html"
        path.write_text(text, encoding="utf-8")
        browser.get("about:blank")
        browser.get(f"{path.as_uri()}#on={on}&lang={lang}")
        assert browser.get_log("browser") == []
        return browser

    return show


def text_of(name="c3a", on=DAY):
    return text_once(name, on)


@cache
def text_once(name, on):
    return page(made(name, on), LAW, "fr")


def directory_in(text):
    """What the page carries of a territory, as JSON."""
    return re.search(r'<script type="application/json" id="directory">(.*?)</script>', text, re.DOTALL)[1]


# -- what is in it -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["c1a", "c3a", "france"])
def test_it_weighs_under_200_kb_without_the_directory(name):
    text = text_of(name)
    directory = directory_in(text)
    weight = len(text.encode()) - len(directory.encode())
    print(f"{name}: {weight} bytes and {len(directory.encode())} of directory")
    assert weight < 200_000


def test_nothing_in_it_runs_or_fetches_but_its_own_two_scripts():
    text = text_of()
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', text)[1]
    style = re.search(r"<style>(.*?)</style>", text, re.DOTALL)[1]
    scripts = re.findall(r"<script>(.*?)</script>", text, re.DOTALL)
    marks = [
        "'sha256-" + b64encode(sha256(part.encode()).digest()).decode() + "'" for part in (*scripts, style)
    ]
    assert len(scripts) == 2
    assert policy == (
        f"default-src 'none'; script-src {marks[0]} {marks[1]}; style-src {marks[2]}; base-uri 'none'; form-action 'none'"
    )
    assert not re.search(r"\ssrc=|<link|<img|<iframe|<object|<base|@import|url\(|\son\w+=|\sstyle=", text)
    code = "".join(scripts)
    for word in ("fetch", "XMLHttpRequest", "WebSocket", "sendBeacon", "import(", "localStorage", "sessionStorage", "indexedDB", "cookie =", "eval(", "innerHTML", "Function("):  # fmt: skip
        assert word not in code


def test_the_colleagues_a_counsellor_calls_are_not_published():
    text = text_of("c3a")
    counsellors = [
        contact
        for house in (*made().territory.operators, *made().territory.partners)
        for contact in house.contacts or ()
        if contact.use == "counsellor"
    ]
    assert len(counsellors) > 3
    for contact in counsellors:
        for told in (contact.name, contact.email, contact.phone):
            assert not told or told not in text


def test_the_same_values_give_the_same_bytes():
    assert page(made(), LAW, "fr") == text_of()


# -- who: the engine's answers, over the whole table ---------------------------------------------------------------------------

DECIDE = """
const day = arguments[1];
return JSON.stringify(arguments[0].map((person) => {
  const d = orienteur.decide(person, day);
  return {...d, reasons: d.reasons.map((r) => r.id), missing: d.missing.map((m) => [m.fact, m.changes, m.splits.map((s) => [s.values.join(" "), s.then])])};
}));
"""


def by_the_page(browser, people, on):
    found = []
    for start in range(0, len(people), 500):
        found += json.loads(browser.execute_script(DECIDE, people[start : start + 500], on))
    return found


def by_the_engine(person, on, judge=JUDGE):
    decision = judge.decide(Profile(facts=person["facts"], birth_date=person.get("birth")), on)
    return {
        "day": on,
        "decided": decision.decided,
        "first": list(decision.first),
        "possible": list(decision.possible),
        "eligible": [{"operator": e.operator, "rules": list(e.rules)} for e in decision.eligible],
        "maybe": [{"operator": m.operator, "missing": list(m.missing)} for m in decision.maybe],
        "see": list(decision.see),
        "outside": decision.outside,
        "reasons": [r.rule for r in decision.reasons],
        "until": {"day": decision.until.day, "why": decision.until.why, "then": list(decision.until.then)}
        if decision.until
        else None,
        "missing": [
            [m.fact, m.changes, [[values, list(then)] for values, then in m.splits.items()]]
            for m in decision.missing
        ],
    }


def same(browser, people, on, judge=JUDGE):
    for person, found in zip(people, by_the_page(browser, people, on), strict=False):
        assert found == by_the_engine(person, on, judge), (on, person)


def kinds(segment, count=25):
    """Kinds of person of a stretch of days, twice: by the first and by the last value of each class."""
    table = Table(segment, LAW.rules)
    members = table.members
    sample = random.Random(1).sample(list(table.kinds()), count)  # many more paths are walked in Python below
    return [
        {"facts": {n: members[n][i][end] for n, i in known.items()}} for known, _ in sample for end in (0, -1)
    ]


SEGMENTS = [s for s in LAW.segments if s.until >= EARLY]


def test_a_page_carries_every_stretch_of_days_from_the_day_it_is_made():
    assert [s["since"] for s in law_data(LAW, EARLY)["segments"]] == [s.since for s in SEGMENTS]
    assert len(SEGMENTS) >= 5
    assert [s["since"] for s in law_data(LAW, DAY)["segments"]] == [
        s.since for s in LAW.segments if s.until >= DAY
    ]


def walk(nodes, root, known):
    """The leaf of a person all of whose classes are told, by the page's own numbers."""
    level, *below = nodes[root]
    while level >= 0:
        level, *below = nodes[below[known[level]]]
    return below[0]


def test_the_numbers_a_page_carries_are_the_engines():
    """Read in Python, as the script reads them: paths of every stretch of days, their answers and the rules that speak."""
    pick = random.Random(3)
    data = json.loads(json.dumps(law_data(LAW, EARLY)))
    for segment, carried in zip(SEGMENTS, data["segments"], strict=False):
        table, nodes = Table(segment, LAW.rules), carried["nodes"]
        assert [level["name"] for level in carried["levels"]] == list(segment.levels)
        for path, outcome in pick.sample(list(table.kinds()), 300):
            known = [path.get(name, 0) for name in segment.levels]
            leaf = walk(nodes, carried["root"], known)
            first, eligible, see = carried["answers"][leaf - 1]
            assert [data["order"][i] for i in first] == list(outcome.first)
            assert [data["order"][i] for i in eligible] == list(outcome.eligible)
            assert [data["bodyOrder"][i] for i in see] == list(outcome.see)
            always = table.surely(dict(zip(segment.levels, known, strict=False)))
            speaking = [r["rule"] for r in carried["rules"] if walk(nodes, r["root"], known) == 2]
            assert [data["rules"][i]["id"] for i in speaking] == [c.id for c in table.rules_of(always)]


def test_kinds_of_person_get_the_engines_answer_on_every_stretch_of_days(opened):
    browser = opened(text_of("c3a", EARLY), EARLY)
    for segment in SEGMENTS:
        same(browser, kinds(segment), max(segment.since, EARLY))


def told(table, pick, least=0, most=6):
    """Someone of whom a few facts are told, as they may be together."""
    while True:
        some = pick.sample(list(table.members), pick.randint(least, most))
        known = {n: pick.randrange(len(table.members[n])) for n in some}
        if table.held(known).possible:
            return {n: pick.choice(table.members[n][i]) for n, i in known.items()}


# (at least, at most, how many): the less is told the longer the engine takes, so few know next to nothing
SAMPLE = ((0, 2, 3), (3, 5, 10), (6, 9, 20))


def test_partial_profiles_told_in_any_order_get_the_engines_answer(opened):
    browser = opened(text_of("c3a", EARLY), EARLY)
    for on in ("2016-02-29", "2021-06-01", DAY, "2030-01-01"):
        pick, table = random.Random(on), Table(LAW.segment(on), LAW.rules)
        people = [{"facts": told(table, pick, *some)} for *some, count in SAMPLE for _ in range(count)]
        same(browser, people, on)


def test_birth_dates_give_the_engines_age_and_its_last_day(opened):
    pick = random.Random(29)
    table = Table(LAW.segment(DAY), LAW.rules)
    births = [
        "2000-02-29",
        "2010-11-22",
        "2010-11-23",
        "2000-11-22",
        "2000-11-23",
        "1996-11-22",
        "1996-02-29",
        "2026-11-22",
        "1900-01-01",
    ]
    births += [
        f"{pick.randint(1950, 2025)}-{pick.randint(1, 12):02d}-{pick.randint(1, 28):02d}" for _ in range(20)
    ]
    people = []
    for birth in births:
        for _ in range(2):
            facts = {n: v for n, v in told(table, pick, 3, 8).items() if n != "age"}
            profile = Profile(facts=facts, birth_date=birth)
            if not JUDGE.contradictions(where_facts(profile), DAY):
                people.append({"facts": facts, "birth": birth})
    assert len(people) > 30
    same(opened(text_of("c3a"), DAY), people, DAY)


def where_facts(profile):
    from cep_route.model.profile import facts_on

    return facts_on(profile, DAY)


def test_a_date_is_read_as_the_engine_reads_it(opened):
    from cep_route.typed import read_date

    browser = opened(text_of())
    for text, day in (
        ("28/02/2001", "2001-02-28"), ("1-3-2001", "2001-03-01"), ("29.02.2001", None), ("29/02/2000", "2000-02-29"),
        ("2001-02-28", "2001-02-28"), ("28/02/01", None), ("٢٨/٠٢/٢٠٠١", None), ("", None), ("31/04/2001", None), ("1/13/2001", None),
    ):  # fmt: skip
        assert (
            browser.execute_script("return orienteur.readDay(arguments[0])", text) == day == read_date(text)
        )


# -- what to ask next ----------------------------------------------------------------------------------------------------------

ASK = """
const day = arguments[1];
return JSON.stringify(arguments[0].map(([facts, declined]) => orienteur.ask(facts, declined, day)));
"""


def interviews(questions, pick, talks, unknown=0.5):
    """States of some conversations, of whose answers a share is « ? »."""
    states = {}
    for _ in range(talks):
        talk = Interview(questions, {})
        while True:
            facts = {n: v for n, v in talk.answers if v is not None}
            states[str(talk.answers)] = (facts, [n for n, v in talk.answers if v is None], talk)
            if not talk.question:
                break
            value = None
            if pick.random() >= unknown:
                values = pick.choice(talk.question.classes)
                value = pick.choice(values) if talk.question.values else int(values[0].split("..")[0])
            talk = talk.tell(value)
    return list(states.values())


def asked_alike(browser, states, on):
    found = json.loads(browser.execute_script(ASK, [[facts, declined] for facts, declined, _ in states], on))
    for (facts, declined, talk), question in zip(states, found, strict=False):
        expected = None
        if talk.question:
            values = [v for v in talk.question.values if talk.possible(v)]
            expected = {"fact": talk.question.fact, "values": values}
        assert question == expected, (facts, declined)


def test_the_next_question_is_that_of_ask(opened):
    """A seeded sample of conversations, with and without « ? »."""
    browser = opened(text_of("c3a", EARLY), EARLY)
    for on, unknown in (("2016-02-29", 0.5), (DAY, 0.5), (DAY, 0)):
        states = interviews(Questions(LAW, on), random.Random(on), 12, unknown)
        assert len(states) > 30
        asked_alike(browser, states, on)
        same(browser, [{"facts": facts} for facts, _, _ in states[:20]], on)


@pytest.mark.parametrize("seed", range(3))
def test_the_reader_of_tables_knows_no_law_of_its_own(seed, opened):
    """Any law does: random ones, with bars, walls, conflicts and gaps, on every partial profile and in every conversation."""
    law, domains, *_ = random_law(random.Random(seed))
    law = replace(law, operators={code: nameless(code) for code in "CAB"}, bodies={}, publics={})
    judge = Quick(law)
    country = replace(files.load_territory("france", LAW)[0], operators=())
    ground = Ground(country)
    on = "2019-06-01"
    directory = periods(judge, (None,), on, country, ground)
    browser = opened(
        page(
            Orienteur(on=on, territory=country, homes=((None, ""),), regions=False, periods=directory),
            law,
            "fr",
        ),
        on,
    )
    for day in (on, "2020-06-01", "2022-06-01"):
        people = []
        for values in product(*([None, *values] for values in domains.values())):
            facts = {n: v for n, v in zip(domains, values, strict=False) if v is not None}
            if not judge.contradictions(facts, day):
                people.append({"facts": facts})
        same(browser, random.Random(seed).sample(people, min(60, len(people))), day, judge)
        asked_alike(browser, interviews(Questions(law, day), random.Random(seed), 6), day)


# -- where and with whom -------------------------------------------------------------------------------------------------------

WHERE = """
const day = arguments[1];
return JSON.stringify(arguments[0].map(([person, needs]) => {
  const place = orienteur.where(person, orienteur.decide(person, day), needs);
  return {desks: place.desks, schemes: place.schemes, partners: place.partners, unmet: place.unmet};
}));
"""


def desk_as_written(desk):
    from cep_route.render.orienteur import _desk

    if desk is None:
        return None
    found = json.loads(json.dumps(_desk(desk)))
    return found | {"km": desk.km, "minutes": desk.minutes, "nearest": desk_as_written(desk.nearest)}


def placed(route):
    return {
        "desks": {code: desk_as_written(desk) for code, desk in route.desks.items()},
        "schemes": [[s.id, s.first, list(s.missing), desk_as_written(s.desk)] for s in route.schemes],
        "partners": [
            [m.need, m.partner, m.name, m.why[0], list(m.unknown), m.relaxed, desk_as_written(m.desk)]
            for m in route.partners
        ],
        "unmet": list(route.unmet),
    }


def placed_by_the_page(found):
    return {
        "desks": found["desks"],
        "schemes": [[s["id"], s["first"], s["missing"], s["desk"]] for s in found["schemes"]],
        "partners": [
            [m["need"], m["partner"], m["name"], m["answer"], m["unknown"], m["relaxed"], m["desk"]]
            for m in found["partners"]
        ],
        "unmet": found["unmet"],
    }


def one_per_first():
    """One person for each set of operators that may come first, and for each that may serve."""
    found = {}
    for person in kinds(LAW.segment(DAY), 300):
        decision = JUDGE.decide(Profile(facts=person["facts"]), DAY, brief=True)
        found.setdefault((decision.first, tuple(e.operator for e in decision.eligible)), person)
    return list(found.values())


@pytest.mark.parametrize(
    ("name", "on"),
    [("c1a", DAY), ("c2a", DAY), ("c3a", DAY), ("c3a", "2028-06-01"), ("c3b", DAY), ("france", DAY), ("savoie-73", DAY), ("savoie-73", "2031-06-01")],
)  # fmt: skip
def test_desks_and_partners_are_those_of_route(name, on, opened):
    """In some communes, when the page is made and years later, when its addresses are too old to be shown first."""
    of = made(name)
    browser = opened(text_of(name), on)
    pick = random.Random(name)
    needs = [n["code"] for n in json.loads(directory_in(text_of(name)))["needs"]]
    people = one_per_first()
    assert len(people) > 10
    ground = command.ground_of(of.territory, regions=of.regions)
    homes = [0, *pick.sample(range(1, len(of.homes)), min(len(of.homes) - 1, 8))]
    asked = [
        [person | {"home": home}, pick.sample(needs, 3)]
        for home in homes
        for person in pick.sample(people, 2)
    ]
    found = json.loads(browser.execute_script(WHERE, asked, on))
    for (person, wanted), place in zip(asked, found, strict=True):
        profile = Profile(facts=person["facts"], commune=of.homes[person["home"]][0], needs=tuple(wanted))
        route = where.route(JUDGE, profile, on, of.territory, ground)
        desks = {code: desk for code, desk in route.desks.items() if code in place["desks"]}
        assert placed_by_the_page(place) == placed(replace(route, desks=desks)), (profile, on)
    assert any(place["partners"] for place in found) or of.regions


def _of(territory):
    homes, regions = command._homes(territory, LAW)
    ground = command.ground_of(territory, regions=regions)
    return Orienteur(
        on=DAY,
        territory=territory,
        homes=homes,
        regions=regions,
        periods=periods(Judge(LAW), [code for code, _ in homes], DAY, territory, ground),
    )


# -- as a visitor --------------------------------------------------------------------------------------------------------------


def step(browser):
    return browser.find_element("id", "step").text


def wait(browser, changed):
    from selenium.webdriver.support.ui import WebDriverWait

    WebDriverWait(browser, 10).until(changed)


def press(browser, *keys):
    from selenium.webdriver.common.action_chains import ActionChains

    ActionChains(browser).send_keys(*keys).perform()


def tab_to(browser, wanted):
    """Press Tab until the element wanted has the focus; it must come within a page's worth of stops."""
    from selenium.webdriver.common.keys import Keys

    for _ in range(60):
        focused = browser.switch_to.active_element
        if wanted(focused):
            return focused
        press(browser, Keys.TAB)
    pytest.fail("the keyboard does not reach it")


def answer(browser, facts, needs=()):
    """Go through the page by its buttons; a fact not given is « I do not know »."""
    buttons(browser)[0].click()
    for _ in range(40):
        if browser.find_elements("css selector", "input[name=birth]"):
            if "age" in facts:
                browser.find_element("id", "age").send_keys(str(facts["age"]))
            else:
                buttons(browser)[1].click()
                continue
        elif browser.find_elements("css selector", "input[type=radio]"):
            fact = browser.execute_script("return document.querySelector('form').dataset.fact")
            browser.find_element("css selector", f"input[value='{facts.get(fact, '?')}']").click()
        for need in needs:
            for box in browser.find_elements("css selector", f"input[value='{need}']"):
                box.click()
        if browser.find_elements("css selector", ".answer"):
            return
        browser.find_element("css selector", "button[type=submit]").click()
    pytest.fail("no answer came")


def buttons(browser):
    return browser.find_elements("css selector", "#orienteur .controls button")


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_an_accessibility_checker_finds_nothing_on_any_step(lang, opened, axe):
    browser = opened(text_of(), DAY, lang)
    assert browser.execute_script("return document.documentElement.lang") == lang
    seen = {}
    buttons_of = lambda: browser.find_elements("css selector", "#orienteur .controls button")  # noqa: E731
    seen[step(browser)] = axe(browser)
    buttons_of()[0].click()
    told = {"status": "jobseeker", "disability": "none"}
    while not browser.find_elements("css selector", ".answer"):
        seen[step(browser)] = axe(browser)
        if browser.find_elements("id", "age"):
            browser.find_element(
                "css selector", "button[type=submit]"
            ).click()  # nothing written: an error is shown
            seen[step(browser) + "!"] = axe(browser)
            assert browser.find_element("css selector", "[role=alert]").text
            browser.find_element("id", "age").send_keys("24")
        elif browser.find_elements("css selector", "input[type=radio]"):
            fact = browser.find_element("css selector", "form").get_attribute("data-fact")
            browser.find_element("css selector", f"input[value='{told.get(fact, '?')}']").click()
        for box in browser.find_elements("css selector", "input[value=mobilite]"):
            box.click()
        browser.find_element("css selector", "button[type=submit]").click()
    seen[step(browser)] = axe(browser)
    assert len(seen) > 6
    assert not [fault for faults in seen.values() for fault in faults]
    assert browser.get_log("browser") == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_sticks_out_at_320_pixels_in_either_scheme(scheme, opened, axe):
    browser = opened(text_of(), DAY, "fr")
    metrics = {"width": 320, "height": 900, "deviceScaleFactor": 1, "mobile": False}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    media = [
        {"name": "prefers-color-scheme", "value": scheme},
        {"name": "prefers-reduced-motion", "value": "reduce"},
    ]
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": media})
    try:
        fits = "return document.documentElement.scrollWidth <= innerWidth"
        assert browser.execute_script(fits)
        answer(browser, {"status": "jobseeker", "age": 24}, needs=("mobilite", "logement-hebergement"))
        assert browser.execute_script(fits)
        assert axe(browser) == []
        dark = (
            browser.execute_script("return getComputedStyle(document.body).backgroundColor")
            != "rgb(255, 255, 255)"
        )
        assert dark is (scheme == "dark")
        moving = "return getComputedStyle(document.querySelector('#orienteur button')).transitionDuration"
        assert browser.execute_script(moving) == "0s"
    finally:
        browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})


def test_the_keyboard_alone_goes_from_the_first_question_to_the_answer_and_back(opened):
    from selenium.webdriver.common.keys import Keys

    browser = opened(text_of(), DAY, "fr")
    press(browser, Keys.TAB)
    assert browser.switch_to.active_element.get_attribute("id") == "skip"
    tab_to(browser, lambda e: e.text == WORDS["begin"]["fr"])
    press(browser, Keys.ENTER)
    facts = {"status": "jobseeker", "in_school": "no", "employed": "no", "cadre": "no", "disability": "none"}
    steps = []
    while not browser.find_elements("css selector", ".answer"):
        # the heading has the focus: what comes next is read, then reached by Tab
        assert browser.switch_to.active_element.get_attribute("id") == "step"
        steps.append(step(browser))
        if browser.find_elements("id", "birth"):
            tab_to(browser, lambda e: e.get_attribute("id") == "birth")
            press(browser, "29/02/2004", Keys.ENTER)
        elif browser.find_elements("css selector", "input[type=radio]"):
            fact = browser.find_element("css selector", "form").get_attribute("data-fact")
            tab_to(browser, lambda e: e.get_attribute("type") == "radio")
            press(browser, Keys.SPACE)
            while browser.switch_to.active_element.get_attribute("value") != facts.get(fact, "?"):
                press(browser, Keys.ARROW_DOWN)
            press(browser, Keys.ENTER)
        elif browser.find_elements("id", "home"):
            tab_to(browser, lambda e: e.get_attribute("id") == "home")
            press(browser, Keys.ARROW_DOWN)
            tab_to(browser, lambda e: e.get_attribute("type") == "submit")
            press(browser, Keys.ENTER)
        else:
            tab_to(browser, lambda e: e.get_attribute("value") == "mobilite")
            press(browser, Keys.SPACE, Keys.ENTER)
    assert browser.switch_to.active_element.get_attribute("id") == "step"
    text = browser.find_element("id", "orienteur").text
    assert "Mission locale" in text
    assert "29 février 2004" in text
    assert "jusqu'au 28 février 2030 inclus" in text  # 2030 has no 29 February: the birthday is 1 March
    assert "Mobilité" in text
    # back to the needs, by the button, then forward again to the same answer
    tab_to(browser, lambda e: e.text == WORDS["back"]["fr"])
    press(browser, Keys.ENTER)
    wait(browser, lambda b: step(b) == steps[-1])
    assert browser.find_element("css selector", "input[value=mobilite]").is_selected()
    tab_to(browser, lambda e: e.get_attribute("type") == "submit")
    press(browser, Keys.ENTER)
    wait(browser, lambda b: b.find_elements("css selector", ".answer"))
    assert browser.find_element("id", "orienteur").text == text


def test_what_is_read_is_what_the_questions_and_the_answers_say(opened):
    """By the browser's own accessibility tree: the group bears the question, each choice its words, the answer its headings in order."""
    browser = opened(text_of(), DAY, "fr")
    buttons(browser)[0].click()
    buttons(browser)[1].click()  # the age is not known
    tree = browser.execute_cdp_cmd("Accessibility.getFullAXTree", {})["nodes"]
    named = [(n["role"]["value"], n.get("name", {}).get("value", "")) for n in tree if not n["ignored"]]
    question = LAW.facts["status"].question["fr"]
    assert any(role == "group" and question in name for role, name in named)
    labels = [LAW.facts["status"].labels[v]["fr"] for v in LAW.facts["status"].values]
    assert [name for role, name in named if role == "radio"] == [
        v[0].upper() + v[1:] for v in (*labels, WORDS["unknown"]["fr"])
    ]
    opened(text_of(), DAY, "fr")
    answer(browser, {"status": "jobseeker", "age": 24})
    levels = [int(h.tag_name[1]) for h in browser.find_elements("css selector", "h1, h2, h3, h4")]
    assert levels[0] == 1
    assert all(b <= a + 1 for a, b in pairwise(levels))


def test_an_answer_is_changed_and_the_others_are_kept(opened):
    browser = opened(text_of(), DAY, "fr")
    answer(
        browser,
        {
            "status": "jobseeker",
            "age": 24,
            "in_school": "no",
            "employed": "no",
            "disability": "none",
            "cadre": "no",
            "degree": "none",
        },
    )
    assert step(browser) == WORDS["first"]["fr"]
    age = LAW.facts["age"].label["fr"]
    changer = f"button[aria-label='{WORDS['change_it']['fr']}\u00a0: {age}']"
    browser.find_element("css selector", changer).click()
    assert step(browser) == LAW.facts["age"].question["fr"]
    field = browser.find_element("id", "age")
    assert field.get_attribute("value") == "24"
    field.clear()
    field.send_keys("40")
    while not browser.find_elements("css selector", ".answer"):
        assert not browser.find_elements(
            "id", "home"
        )  # whoever has seen an answer goes straight to the next one
        browser.find_element(
            "css selector", "button[type=submit]"
        ).click()  # the earlier answer is still chosen
    first = browser.find_element("css selector", ".card h3").text
    assert first == "France Travail"


def test_what_stays_unknown_is_said_with_where_it_leads_and_can_be_answered(opened):
    browser = opened(text_of(), DAY, "fr")
    answer(
        browser, {"status": "jobseeker", "age": 40, "in_school": "no", "employed": "no", "disability": "none"}
    )
    assert step(browser) == WORDS["possible"]["fr"]
    text = browser.find_element("id", "orienteur").text
    assert LAW.facts["cadre"].question["fr"] in text
    assert "oui → Apec ; non → France Travail" in text.replace("\u00a0", " ")
    next(
        b
        for b in browser.find_elements("css selector", "#orienteur button")
        if b.text == WORDS["answer_it"]["fr"]
    ).click()
    assert step(browser) == LAW.facts["cadre"].question["fr"]
    browser.find_element("css selector", "input[value=yes]").click()
    browser.find_element("css selector", "button[type=submit]").click()
    assert browser.find_element("css selector", ".card h3").text == "Apec"


def test_both_languages_say_the_same_and_change_on_the_spot(opened):
    browser = opened(text_of(), DAY, "fr")
    buttons(browser)[0].click()
    assert step(browser) == LAW.facts["age"].question["fr"]
    switch = browser.find_element("id", "language")
    assert (switch.text, switch.get_attribute("lang")) == ("English", "en")
    switch.click()
    assert step(browser) == LAW.facts["age"].question["en"]
    assert browser.execute_script("return document.documentElement.lang") == "en"
    assert browser.switch_to.active_element.get_attribute("id") == "language"
    assert browser.find_element("id", "spoken").text == WORDS["language_is"]["en"]
    assert browser.title.startswith(LAW.facts["age"].question["en"])


def test_nobody_is_told_it_is_not_here():
    for both in WORDS.values():
        assert "pas ici" not in both["fr"].lower()


def test_every_word_of_the_page_is_used_and_none_is_missing():
    code = resources("cep_route.render.orienteur").joinpath("page.js").read_text(encoding="utf-8")
    used = set(re.findall(r'\bt\(\s*"(\w+)"', code)) | set(re.findall(r'around\("(\w+)"', code))
    ternaries = re.findall(r'\bt\([^()]*\? "(\w+)" : "(\w+)"', code)
    ternaries += re.findall(r'\? t\("(\w+)".*?: \w+ \? t\("(\w+)"', code)
    used |= {word for pair in ternaries for word in pair} | set(re.findall(r'refuse\(sent, "(\w+)"', code))
    stems = tuple(re.findall(r"\bt\(`(\w+_)\$", code))
    assert used <= set(WORDS)
    assert {w for w in WORDS if w not in used and not w.startswith(stems)} == {"noscript"}


@pytest.mark.parametrize("name", ["c3a", "france"])
def test_without_javascript_the_networks_are_listed_in_both_languages(name, opened, axe):
    from cep_route.render.telling import phone_words

    text = re.sub(r"<script>.*?</script>", "", text_of(name), flags=re.DOTALL)
    browser = opened(text)
    assert axe(browser) == []
    plain = lambda words: " ".join(words.split())  # noqa: E731  # a browser shows every blank as a space
    text = plain(browser.find_element("tag name", "body").text)
    desks = {code: column[0] for code, column in made(name).periods[0].desks.items()}
    assert len(desks) == 5
    for lang in ("fr", "en"):
        assert plain(WORDS["noscript"][lang]) in text
        for code, desk in desks.items():
            assert plain(LAW.operators[code].public[lang]) in text
            assert plain(phone_words(desk.phone) if desk.phone else desk.url) in text
    assert "Fongecif" not in text  # its days are over


def test_it_prints_without_its_buttons(opened):
    browser = opened(text_of())
    answer(browser, {"status": "jobseeker", "age": 24})
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    try:
        shown = [b for b in browser.find_elements("css selector", "button") if b.is_displayed()]
        assert shown == []
        assert browser.find_element("css selector", ".card").is_displayed()
    finally:
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})


HOSTILE = ["</script><script>document.title='x'</script>", "<!--<script>", '"><img src=x onerror=alert(1)>', "${7*7}$&`", "\u202etxt\u202c", "a\x1b[31mb", "l'« été » & co", "\u2028"]  # fmt: skip


@pytest.mark.parametrize("word", HOSTILE[:3])
def test_hostile_words_of_a_territory_are_only_words(word, opened):
    shipped, words = made("c3a").territory, cycle(HOSTILE)
    link = {"website": "javascript:alert(1)"}
    territory = replace(
        shipped,
        head=replace(shipped.head, name=word),
        operators=tuple(replace(o, name=next(words), **link) for o in shipped.operators),
        partners=tuple(replace(p, name=next(words), **link) for p in shipped.partners),
        schemes=tuple(replace(s, name=next(words)) for s in shipped.schemes),
        communes=tuple(replace(c, name=next(words)) for c in shipped.communes),
    )
    text = page(_of(territory), LAW, "fr")
    assert not re.search(r"[\x00-\x08\x0b-\x1f\u202a-\u202e\u2066-\u2069\u2028]", text)
    browser = opened(text)
    answer(browser, {"status": "jobseeker", "age": 24}, needs=("mobilite",))
    assert browser.get_log("browser") == []
    assert browser.find_elements("css selector", "img, #orienteur script") == []
    assert not [
        a
        for a in browser.find_elements("css selector", "a")
        if (a.get_attribute("href") or "").startswith("javascript")
    ]
    from cep_route.render.safe import visible

    assert browser.find_element("id", "territory").get_attribute("textContent") == visible(word)


# -- written -------------------------------------------------------------------------------------------------------------------


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def run(*words):
    from cep_route.__main__ import run as main

    return main(["page", *words])


def test_the_command_writes_a_folder_to_publish(tmp_path, plain_world, capsys):
    folder = tmp_path / "orienteur"
    assert run("--territory", "c3a", "-o", str(folder)) == 0
    assert names(folder) == ["index.html"]
    assert (folder / "index.html").read_text(encoding="utf-8") == text_of("c3a", "2026-11-22")
    assert stat.S_IMODE((folder / "index.html").stat().st_mode) & 0o444
    assert capsys.readouterr().out == ""


def test_nothing_is_overwritten_unasked_and_nothing_half_written_stays(tmp_path, plain_world, capsys):
    folder = tmp_path / "orienteur"
    folder.mkdir()
    (folder / "index.html").write_text("mine")
    (folder / "other.html").write_text("other")
    assert run("--territory", "c3a", "-o", str(folder)) == 2
    assert "CEP524" in capsys.readouterr().err
    assert (folder / "index.html").read_text() == "mine"
    assert run("--territory", "c3a", "-o", str(folder), "--force") == 0
    assert (folder / "index.html").read_text(encoding="utf-8").startswith("<!doctype html>")
    assert names(folder) == ["index.html", "other.html"]
    assert run("--territory", "c3a", "-o", str(folder / "other.html")) == 2
    assert "CEP538" in capsys.readouterr().err
    assert run("--territory", "c3a", "-o", str(tmp_path / "no" / "where")) == 2
    assert "CEP525" in capsys.readouterr().err
    assert names(tmp_path) == ["orienteur"]


def test_a_folder_that_cannot_be_finished_is_not_left_behind(tmp_path, monkeypatch):
    def full(*args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    assert write_published(str(tmp_path / "new"), "index.html", "text").code == "CEP525"
    assert names(tmp_path) == []
