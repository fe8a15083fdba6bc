"""The page of a territory: closed to scripts and network, a twin under each picture, hostile words harmless; looked at in Chromium."""

from __future__ import annotations

import re
import subprocess
from base64 import b64encode
from functools import cache
from hashlib import sha256
from html.parser import HTMLParser
from xml.etree import ElementTree as ET

import pytest
from conftest import CHROMIUM_FLAGS
from msgspec import convert

pytest.importorskip("matplotlib", reason="the page needs the report extra: pip install 'cep-route[report]'")
pytest.importorskip("jinja2", reason="the page needs the report extra: pip install 'cep-route[report]'")

from cep_route import files
from cep_route.cli.diagnose import DiagnosisRun
from cep_route.model.territory import Territory, plain_of
from cep_route.render.diagnosis import DiagnosisWords, Whole, diagnosis_page
from cep_route.render.html import report
from cep_route.render.parts import Grid, text_of
from cep_route.render.plots import NAMED, pictures

LAW, _ = files.load_law()
NAMES = ("c1a", "c2a", "c3a", "c3b", "france")


@cache
def whole_of(name):
    run = DiagnosisRun(LAW, files.load_territory(name, LAW)[0].head.as_of)
    if name == "c3a":
        return run.whole(name, ("region", "scheme:guichet-saisons"))
    return run.whole(name, ("region",))


def drawn(whole, lang="fr"):
    return list(pictures(DiagnosisWords(whole.diagnosis, LAW, lang)))


def page(whole, lang="fr"):
    return report(diagnosis_page(whole, LAW, lang), lang, drawn(whole, lang))


@cache
def page_of(name, lang="fr"):
    return page(whole_of(name), lang)


def grid_of(whole, key):
    """The table of a section, its cells as words."""
    section = next(s for s in diagnosis_page(whole, LAW, "fr").sections if s.key == key)
    grid = next(part for part in section.parts if isinstance(part, Grid))
    return grid.columns, [tuple(map(text_of, row)) for row in grid.rows]


class Seen(HTMLParser):
    """Tags, attributes and texts of a page, in order."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.tags, self.texts, self.open = [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.texts.append(data)


@pytest.mark.parametrize("name", NAMES)
def test_the_page_runs_nothing_and_fetches_nothing(name):
    text = page_of(name)
    seen = Seen(text)
    assert not {tag for tag, _ in seen.tags} & {
        "script",
        "iframe",
        "object",
        "embed",
        "link",
        "form",
        "img",
        "base",
        "foreignobject",
        "image",
    }
    for _, attrs in seen.tags:
        assert not [
            key for key in attrs if key.startswith("on") or key in ("style", "src", "srcset", "action")
        ]
        for key, value in attrs.items():
            if key.endswith("href"):
                assert value.startswith("#")
    assert "@import" not in text
    assert not re.search(r"url\((?!#)", text)


@pytest.mark.parametrize("name", NAMES)
def test_the_policy_of_the_page_allows_its_own_style_and_nothing_else(name):
    text = page_of(name)
    style = re.search(r"<style>(.*?)</style>", text, re.DOTALL)[1]
    digest = b64encode(sha256(style.encode()).digest()).decode()
    policy = next(
        a["content"]
        for t, a in Seen(text).tags
        if t == "meta" and a.get("http-equiv") == "Content-Security-Policy"
    )
    assert policy == f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


@pytest.mark.parametrize("name", NAMES)
def test_every_picture_has_a_title_and_a_twin(name):
    text = page_of(name)
    drawings = re.findall(r"<svg.*?</svg>", text, re.DOTALL)
    assert len(drawings) == text.count('class="twin"') == text.count("<figure>")
    assert bool(drawings) == (name != "france" or bool(whole_of(name).diagnosis.pairs))
    for drawing in drawings:
        root = ET.fromstring(drawing)
        assert root.get("role") == "img"
        title = root.find("{http://www.w3.org/2000/svg}title")
        assert title.get("id") == root.get("aria-labelledby")
        assert title.text
    ids = [a["id"] for _, a in Seen(text).tags if "id" in a]
    assert len(ids) == len(set(ids))
    targets = {a[k][1:] for _, a in Seen(text).tags for k in a if k.endswith("href")}
    assert targets <= set(ids)


def test_every_cell_stands_in_the_table_of_who_is_left_out():
    """Each first door and each commune: the communes under a state are exactly those whose cell has it, at both levels or at one."""
    whole = whole_of("c2a")
    columns, rows = grid_of(whole, "left_out")
    assert columns[0] == "Première porte"
    assert ("Apec", "", "", "", "", "toutes les communes", "") in rows
    assert len(rows) == len(whole.diagnosis.groups)
    other = plain_of(whole.diagnosis.territory)
    other["operators"][1]["levels"] = [1]
    less = Whole(
        diagnosis=DiagnosisRun(LAW, "2018-06-30").diagnosis(
            convert(other, Territory), "2018-06-30", close=False
        )
    )
    row = next(row for row in grid_of(less, "left_out")[1] if row[0] == "Mission locale")
    assert row[1:] == ("toutes les communes (niveau 1)", "", "", "", "", "toutes les communes (niveau 2)")


def test_a_scheme_that_closes_is_not_nothing():
    """Its public loses its one-stop shop before anything is said of first doors, and « rien ne change » is not said."""
    text = page_of("c3a")
    assert "perd son guichet" in text
    turn = text[text.index('id="turn-1"') :]
    assert "Rien ne change" not in turn
    assert turn.index("perd son guichet") < turn.index("Personne ne change de première porte.")


def test_the_same_values_give_the_same_bytes():
    whole = whole_of("c2a")
    assert page(whole, "en") == page(whole, "en")


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_both_languages(lang):
    text = page_of("c1a", lang)
    assert f'<html lang="{lang}">' in text
    assert ("L&#39;essentiel" in text) == (lang == "fr")


HOSTILE = ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "$\\frac{1}{0}$", "{{ 7*7 }}", "\u202etxt\u202c", "a\x1b[31mb", "]]>&amp;<!--", "nul\x01"]  # fmt: skip


@pytest.mark.parametrize("word", HOSTILE)
def test_hostile_names_are_only_words(word):
    territory = plain_of(files.load_territory("c2a", LAW)[0])
    territory["territory"]["name"] = word
    territory["operators"][0]["name"] = word
    territory["partners"][0]["name"] = word
    territory["communes"][0]["name"] = word
    run = DiagnosisRun(LAW, "2018-06-30")
    text = page(Whole(diagnosis=run.diagnosis(convert(territory, Territory), "2018-06-30")))
    seen = Seen(text)
    assert not {tag for tag, _ in seen.tags} & {"script", "img"}
    assert not [a for _, a in seen.tags if any(k.startswith("on") for k in a)]
    assert "49" not in "".join(t for t in seen.texts if "7*7" in t)
    assert not re.search(r"[\x00-\x08\x0b-\x1f\u202a-\u202e\u2066-\u2069]", text)
    for drawing in re.findall(r"<svg.*?</svg>", text, re.DOTALL):
        ET.fromstring(drawing)


def test_a_large_territory_is_drawn_and_read():
    """More communes than a picture holds: the picture shows some, the twin all."""
    territory = plain_of(files.load_territory("c2a", LAW)[0])
    codes = [f"98{i:03d}" for i in range(60)]
    territory["territory"]["communes"] = codes
    territory["communes"] = [
        {
            "code": c,
            "name": f"Commune {c}",
            "latitude": 45.0 + i / 100,
            "longitude": 2.0 + i % 7 / 10,
            "population": 100 + i,
        }
        for i, c in enumerate(codes)
    ]
    run = DiagnosisRun(LAW, "2018-06-30")
    whole = Whole(diagnosis=run.diagnosis(convert(territory, Territory), "2018-06-30", close=False))
    picture = next(p for p in drawn(whole) if p.under == "left_out")
    assert {text_of(row[0]) for row in picture.twin.rows} > {f"Commune {c}" for c in codes}
    assert picture.svg.count("Commune 98") == NAMED


# -- in a real browser ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def browse(tmp_path, chromium):
    """Open a page once in Chromium with some flags, and hear no complaint."""

    def opened(page, *flags):
        return _browse(chromium, tmp_path, page, *flags)

    return opened


def _browse(chromium, tmp_path, page, *flags):
    path = tmp_path / "page.html"
    path.write_text(page, encoding="utf-8")
    command = [
        chromium,
        *CHROMIUM_FLAGS,
        f"--user-data-dir={tmp_path / 'profile'}",
        "--enable-logging=stderr",
        *flags,
        path.as_uri(),
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr[-500:]
    assert "Refused to" not in done.stderr
    assert "Content Security Policy" not in done.stderr
    assert "CONSOLE" not in done.stderr
    return done


def pixels(path):
    from PIL import Image

    with Image.open(path) as image:
        return image.convert("RGB")


def test_light_and_dark_are_both_readable(tmp_path, browse):
    shades = {}
    for scheme, flag in (
        ("light", "--blink-settings=preferredColorScheme=1"),
        ("dark", "--blink-settings=preferredColorScheme=0"),
    ):
        shot = tmp_path / f"{scheme}.png"
        browse(page_of("c3a"), f"--screenshot={shot}", "--window-size=1000,3000", flag)
        image = pixels(shot)
        shades[scheme] = sum(image.getpixel((3, 3)))
        colours = image.getcolors(2**24)
        assert len(colours) > 50  # text, boxes, pictures: not a blank page
    assert shades["light"] > 700
    assert shades["dark"] < 150


def test_nothing_sticks_out_on_a_phone(tmp_path, browse):
    """A page that fits leaves its right edge to the background."""
    shot = tmp_path / "phone.png"
    browse(page_of("c2a"), f"--screenshot={shot}", "--window-size=500,3000")
    image = pixels(shot)
    assert image.width == 500
    edge = {image.getpixel((497, y)) for y in range(0, 3000, 5)}
    assert edge == {image.getpixel((3, 3))}


def test_it_prints_on_a4(tmp_path, browse):
    pdf = tmp_path / "page.pdf"
    browse(page_of("c3a"), f"--print-to-pdf={pdf}", "--no-pdf-header-footer")
    data = pdf.read_bytes()
    boxes = {
        tuple(round(float(n)) for n in found.split())
        for found in re.findall(rb"/MediaBox \[([0-9. ]+)\]", data)
    }
    assert boxes == {(0, 0, 595, 842)}
    pages = len(re.findall(rb"/Type /Page\b", data))
    assert 3 <= pages <= 14


def test_the_browser_reads_the_twins_and_runs_nothing(browse):
    done = browse(page_of("c1a"), "--dump-dom")
    assert done.stdout.count("<svg") == page_of("c1a").count("<svg")
    assert "Le même contenu en texte" in done.stdout


@pytest.mark.parametrize("lang", ["fr", "en"])
@pytest.mark.parametrize("name", ["c3a", "france"])
def test_an_accessibility_checker_finds_nothing(name, lang, tmp_path, browser, axe):
    path = tmp_path / "page.html"
    path.write_text(page_of(name, lang), encoding="utf-8")
    browser.get(path.as_uri())
    assert axe(browser) == []
    assert browser.get_log("browser") == []
