"""The documentation site: it builds without a complaint, loads nothing from elsewhere, and each page can be read by ear."""

from __future__ import annotations

import itertools
import os
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest

from cep_route import files
from cep_route.cli import app as cli
from cep_route.messages import codes

ROOT = Path(__file__).parents[1]
LAW = files.load_law()[0]
assert LAW is not None


class Page(HTMLParser):
    """What a page holds, as a browser would meet it."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.ids, self.links, self.loaded, self.headings, self.text = [], [], [], [], [], ""
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        told = dict(attrs)
        self.tags.append((tag, told))
        if "id" in told:
            self.ids.append(told["id"])
        if tag == "a":
            self.links.append(told.get("href", ""))
        else:
            self.loaded += [told[k] for k in ("src", "href", "srcset", "data", "poster") if k in told]
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))

    def handle_data(self, data):
        self.text += data


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """Every page of a strict build: a warning fails it, such as a link or a mark that leads nowhere."""
    folder = tmp_path_factory.mktemp("site")
    env = {**os.environ, "CEP_ROUTE_CACHE": os.fspath(tmp_path_factory.mktemp("cache"))}
    command = [
        sys.executable,
        "-W",
        "ignore",
        "-m",
        "mkdocs",
        "build",
        "--strict",
        "--quiet",
        "--site-dir",
        os.fspath(folder),
    ]
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr + done.stdout
    return {p.name: Page(p.read_text(encoding="utf-8")) for p in folder.glob("*.html")} | {"": folder}


def pages(site):
    return {name: page for name, page in site.items() if name}


def test_every_page_of_the_folder_is_built(site):
    assert {p.stem for p in (ROOT / "docs").glob("*.md")} == {
        name.removesuffix(".html") for name in pages(site)
    }


def test_nothing_is_loaded_from_elsewhere(site):
    """No script, no font, no picture of another server: the one style sheet is beside the pages, and loads nothing."""
    for name, page in pages(site).items():
        assert page.loaded == ["css/page.css"], name
        assert not [tag for tag, _ in page.tags if tag in ("script", "iframe", "img", "object", "form")], name
        assert not [a for _, attrs in page.tags for a in attrs if a.startswith("on") or a == "style"], name
    style = (site[""] / "css" / "page.css").read_text(encoding="utf-8")
    assert not re.search(r"url\(|@import|https?:", style)
    assert [p for p in site[""].rglob("*") if p.suffix in (".js", ".woff", ".woff2", ".ttf")] == []


def test_links_inside_lead_somewhere(site):
    for name, page in pages(site).items():
        for link in page.links:
            if link.startswith(("https://", "http://")):
                continue
            target, _, mark = link.partition("#")
            there = pages(site).get(target or name)
            assert there is not None, (name, link)
            assert not mark or mark in there.ids, (name, link)


def test_each_page_can_be_read_by_ear(site):
    for name, page in pages(site).items():
        html = next(attrs for tag, attrs in page.tags if tag == "html")
        assert html["lang"] == ("en" if name in ENGLISH else "fr"), name
        assert [tag for tag, _ in page.tags].count("main") == 1
        assert page.headings[0] == 1, name
        assert page.headings.count(1) == 1, name
        assert all(b <= a + 1 for a, b in itertools.pairwise(page.headings)), name
        assert len(page.ids) == len(set(page.ids)), name
        assert page.links[0] == "#contenu"


ENGLISH = {
    f"{p.stem}.html"
    for p in (ROOT / "docs").glob("*.md")
    if p.read_text(encoding="utf-8").startswith("---\nlang: en\n")
}


def test_the_law_is_there_whole(site):
    page = site["loi.html"]
    for card in LAW.rules:
        assert card.id in page.ids
        assert card.says["fr"] in page.text
        assert card.says["en"] in page.text
        for key in card.sources:
            assert LAW.sources[key].text in page.text, key
    assert {*LAW.operators, *(f"fait-{name}" for name in LAW.facts)} <= set(page.ids)


@pytest.mark.parametrize(("name", "lang"), [("messages.html", "fr"), ("messages-en.html", "en")])
def test_every_code_is_there_with_a_case_and_a_next_step(name, lang, site):
    text = site[name].text
    assert [code for code in codes() if not re.search(rf" \({code}\)$", text, re.MULTILINE)] == []
    assert len(re.findall(r"^    (aide :|hint:) ", text, re.MULTILINE)) >= len(codes())
    assert {code.lower() for code in codes()} <= set(site[name].ids)


@pytest.mark.parametrize(("name", "lang"), [("commandes.html", "fr"), ("commands.html", "en")])
def test_every_command_and_option_is_there(name, lang, site):
    text = " ".join(site[name].text.split())
    for command in cli.every(lang).values():
        assert " ".join(command.help.split()) in text
        for parameter in command.params:
            assert all(word in text for word in parameter.opts if word.startswith("--")), parameter.name


def test_every_key_of_an_answer_is_there(site, capsys):
    import json

    from cep_route.__main__ import run

    run(["schema", "route"])
    for key in json.loads(capsys.readouterr().out)["properties"]:
        assert re.search(rf"\b{key}\b", site["json.html"].text), key


def colours():
    """The colours of the style sheet, light and dark: name -> (red, green, blue)."""
    style = (ROOT / "docs" / "theme" / "css" / "page.css").read_text(encoding="utf-8")
    for block in re.findall(r":root \{[^}]*--text[^}]*\}", style):
        yield {n: tuple(bytes.fromhex(v)) for n, v in re.findall(r"--(\w+): #([0-9a-f]{6})", block)}


def contrast(one, other):
    """The ratio of WCAG 2.1, 1 to 21."""

    def light(rgb):
        parts = [c / 255 / 12.92 if c <= 10 else ((c / 255 + 0.055) / 1.055) ** 2.4 for c in rgb]
        return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]

    dark, bright = sorted((light(one), light(other)))
    return (bright + 0.05) / (dark + 0.05)


def test_the_words_stand_out_on_both_grounds():
    both = list(colours())
    assert len(both) == 2
    for palette in both:
        for ground in ("ground", "soft"):
            for words in ("text", "link", "quiet"):
                assert contrast(palette[words], palette[ground]) >= 7, (words, ground)
            assert contrast(palette["line"], palette[ground]) >= 3
