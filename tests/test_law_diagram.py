"""The law as a picture: every answer and every line of the diagram is on it, well-formed, and nothing that nobody can have."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from cep_route.__main__ import run
from cep_route.engine.decide import Table
from cep_route.files import load_law
from cep_route.render.law_diagram import dot, picture, svg

LAW, _ = load_law(str(Path(__file__).parents[1] / "rules"))
DAY = "2026-11-22"


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_the_picture_is_the_diagram(lang):
    """Walking the lines of the picture by a person's values leads to what the engine says of every operator."""
    table = Table(LAW.segment(DAY), LAW.rules)
    kinds = list(table.kinds())[::97]
    for code in LAW.operators:
        drawn = picture(LAW, DAY, lang, code)
        below = {}
        for above, to, words in drawn.lines:
            below.setdefault(above, {}).update(dict.fromkeys(words.split(", "), to))
        rows = {LAW.facts[n].label[lang]: n for n in LAW.facts}
        for known, outcome in kinds:
            at = drawn.root
            while drawn.nodes[at][2] == "fact":
                name = rows[drawn.nodes[at][1]]
                fact, value = LAW.facts[name], table.members[name][known.get(name, 0)][0]
                if fact.kind == "years":
                    spans = (re.fullmatch(r"(\d+)(?:-(\d+))?", words) for words in below[at])
                    word = next(m[0] for m in spans if int(m[1]) <= value <= int(m[2] or m[1]))
                else:
                    word = fact.labels[value][lang]
                at = below[at][word]
            wanted = "first" if code in outcome.first else "eligible" if code in outcome.eligible else "other"
            assert drawn.nodes[at][2] == wanted


def test_it_is_well_formed_and_loads_nothing():
    for code in (None, *LAW.operators):
        drawn = picture(LAW, DAY, "fr", code)
        text = svg(drawn)
        root = ET.fromstring(text)
        assert root.tag.endswith("svg")
        assert len(root.findall(".//{*}circle")) == sum(kind == "fact" for _, _, kind in drawn.nodes.values())
        assert not re.search(r"href|<script|url\(", text)
        assert dot(drawn).count(" -> ") == len(drawn.lines)


def test_the_command_writes_it_and_refuses_another_form(tmp_path, capsys):
    code = next(iter(LAW.operators))
    for name in ("law.svg", "law.dot"):
        assert run(["explain", code, "--diagram", str(tmp_path / name), "--on", DAY]) == 0
        assert (tmp_path / name).stat().st_size > 1000
    assert run(["explain", "--diagram", str(tmp_path / "law.png")]) == 2
    assert run(["explain", "nobody", "--diagram", str(tmp_path / "x.svg")]) == 2
    assert capsys.readouterr().out == ""
