"""Every sentence in both languages: messages, hints, the words of a page, rules, facts, operators, needs. Nothing half said."""

from __future__ import annotations

import ast
import re
import string
from pathlib import Path

import pytest

from cep_route import files
from cep_route.render.findings import finding_text
from cep_route.render.words import CATALOGUES, catalogue, codes, said
from cep_route.render.words.examples import VALUES, example
from cep_route.render.words.route import WORDS

HOUSE = Path(__file__).parents[1] / "cep_route"
CODES = codes()
LAW = files.load_law()[0]
COOPERATION = files.load_cooperation()[0]
assert LAW is not None
assert COOPERATION is not None

# What a message may carry beyond its sentence: the near word is a hint of its own, `why_en` stands for `why` in English.
EXTRA = {"near", "why_en", "constraint"}


def fields(template):
    return [name for _, name, _, _ in string.Formatter().parse(template) if name is not None]


# -- messages ---------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", CODES)
def test_a_message_is_whole(code):
    entry = catalogue(code)[code]
    assert set(entry) == {"fr", "en", "hint_fr", "hint_en", "why"}
    assert all(entry.values())  # a message without a next step leaves people alone with it


@pytest.mark.parametrize("code", CODES)
def test_both_languages_say_the_same_values(code):
    entry = catalogue(code)[code]
    for fr, en in (("fr", "en"), ("hint_fr", "hint_en")):  # `x_en` is the English of `x`
        assert set(fields(entry[fr])) == {name.removesuffix("_en") for name in fields(entry[en])}
    for key in ("fr", "en", "hint_fr", "hint_en"):
        assert all(re.fullmatch(r"[a-z_]+", name) for name in fields(entry[key]))


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("lang", ["fr", "en"])
def test_every_place_of_a_message_is_filled(code, lang):
    entry = catalogue(code)[code]
    names = set(fields(entry[lang])) | set(fields(entry[f"hint_{lang}"]))
    values = {name: f"<{name}>" for name in names}
    message, hint = said(code, values, lang)
    assert "{<" not in message + hint
    assert not re.search(r"\{[a-z_]+\}", message + hint)
    assert "—" not in message + hint or "—" in entry[lang] + entry[f"hint_{lang}"]
    if entry["fr"] != entry["en"]:
        assert said(code, values, "fr")[0] != said(code, values, "en")[0]


@pytest.mark.parametrize("code", CODES)
def test_the_manner_of_messages(code):
    """Lower case, no final period, one line, the user's words in « » or “ ”, no Python type names."""
    entry = catalogue(code)[code]
    for key in ("fr", "en", "hint_fr", "hint_en"):
        text = entry[key]
        assert "\n" not in text
        assert text == text.strip()
        assert not re.search(r"[^.\\x]\.$", text)
        assert not re.search(r"\b(NoneType|dict|TypeError|ValueError|KeyError|<class|Traceback)\b", text)
    assert entry["why"].endswith(".")
    assert (
        entry["fr"][:1] == entry["fr"][:1].lower()
        or not entry["fr"][:1].isalpha()
        or entry["fr"].split()[0].isupper()
    )


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("lang", ["fr", "en"])
def test_a_code_is_shown_by_a_real_case_whole(code, lang):
    """The example that `explain` and the documentation show: no place left empty, quotes of its own language, a next step."""
    shown = finding_text(example(code), lang)
    message, hint = shown.split("\n")[:2]
    assert message.startswith(f"{code} ")
    assert hint.startswith("    aide : " if lang == "fr" else "    hint: ")
    assert "—" not in shown or "—" in str(catalogue(code)[code])
    assert "{" not in message.replace("{ } ?", "")
    assert ("“" if lang == "fr" else "«") not in shown


def test_examples_are_of_codes_that_are():
    assert set(VALUES) <= set(CODES)
    assert (
        len([c for c in CODES if "‹" in str(example(c).values)]) < len(CODES) / 10
    )  # a new code may wait for its case


def test_no_code_stands_in_two_catalogues():
    assert len(CODES) == len(set(CODES))
    for name in set(CATALOGUES.values()):
        for code in (c for c in CODES if c in catalogue_named(name)):
            assert catalogue(code) is catalogue_named(name)


def catalogue_named(name):
    from importlib import import_module

    return import_module(f"cep_route.render.words.{name}").MESSAGES


def written_codes():
    """Every code that stands as a whole string in the source, outside the catalogues and the docstrings."""
    found = {}
    for path in HOUSE.rglob("*.py"):
        if path.parent.name == "words":
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if (
                isinstance(node, ast.Constant)
                and isinstance(node.value, str)
                and re.fullmatch(r"CEP\d{3}", node.value)
            ):
                found.setdefault(node.value, set()).add(path.relative_to(HOUSE).as_posix())
    return found


def test_every_code_emitted_has_its_message():
    assert {code: where for code, where in written_codes().items() if code not in CODES} == {}


def test_every_message_is_emitted_somewhere():
    assert sorted(set(CODES) - set(written_codes())) == []


def emitted_values():
    """(code, names of the values it is given, file) where a Finding is made with both written out."""
    for path in HOUSE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not (
                isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Finding"
            ):
                continue
            told = {k.arg: k.value for k in node.keywords}
            code, values = told.get("code"), told.get("values")
            if isinstance(code, ast.Constant) and (values is None or isinstance(values, ast.Dict)):
                keys = values.keys if values else []
                if all(isinstance(k, ast.Constant) for k in keys):
                    yield code.value, {k.value for k in keys}, f"{path.name}:{node.lineno}"


def test_a_finding_brings_the_values_its_sentence_needs():
    """A value that is not brought would show as a dash."""
    for code, names, where in emitted_values():
        entry = catalogue(code)[code]
        needed = {n for key in ("fr", "en", "hint_fr", "hint_en") for n in fields(entry[key])}
        assert needed <= names, (code, where)
        assert {n.removesuffix("_en") for n in names} <= {n.removesuffix("_en") for n in needed} | EXTRA, (
            code,
            where,
        )


# -- the page -----------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", WORDS)
def test_the_words_of_a_page_stand_in_both_languages(key):
    both = WORDS[key]
    assert set(both) == {"fr", "en"}
    assert bool(both["fr"]) == bool(both["en"])
    assert sorted(fields(both["fr"])) == sorted(fields(both["en"]))


def test_no_word_of_the_page_is_left_unused():
    used = "".join(
        p.read_text(encoding="utf-8") for room in ("render", "commands") for p in (HOUSE / room).glob("*.py")
    )
    made = re.findall(r'words\[f"([a-z]+)_\{', used)
    for key in WORDS:
        assert (
            f'"{key}"' in used
            or f"'{key}'" in used
            or any(key.startswith(f"{start}_") for start in made)
            or key.startswith("configuration_")
        ), key


# -- rules --------------------------------------------------------------------------------------------------------------------------


def both(card):
    assert card["fr"].strip()
    assert card["en"].strip()
    return True


@pytest.mark.parametrize("law", [LAW, COOPERATION], ids=["law", "cooperation"])
def test_every_rule_speaks_both_languages(law):
    for card in law.rules:
        assert both(card.says), card.id
    for card in law.constraints:
        assert both(card.why), card.id


@pytest.mark.parametrize("law", [LAW, COOPERATION], ids=["law", "cooperation"])
def test_every_fact_speaks_both_languages(law):
    for name, fact in law.facts.items():
        assert both(fact.label), name
        assert both(fact.question), name
        assert fact.help is None or both(fact.help)
        assert fact.question["fr"].endswith(" ?")
        assert fact.question["en"].endswith("?")
        for value in fact.values:
            assert both(fact.labels[value]), (name, value)


def test_every_operator_body_need_and_public_speaks_both_languages():
    for code, card in LAW.operators.items():
        assert all(both(name.said) for name in card.names), code
        assert both(card.public), code
        assert both(card.offers), code
        for channel in card.channels:
            assert channel.note is None or both(channel.note)
    for code, card in LAW.bodies.items():
        assert all(both(name.said) for name in card.names), code
        assert both(card.what), code
    for code, card in (*LAW.needs.items(), *LAW.publics.items()):
        assert both(card.label), code


def test_every_source_of_a_rule_is_written_and_says_when_it_was_read():
    for law in (LAW, COOPERATION):
        for card in law.rules:
            assert card.sources, card.id
            for key in card.sources:
                assert law.sources[key].text, (card.id, key)
                assert re.fullmatch(r"\d{4}-\d\d-\d\d", law.sources[key].read_on), (card.id, key)


# -- the command line -----------------------------------------------------------------------------------------------------------------


def helps(lang):
    """(path of the command, its own help, its example, [(flags, help)])."""
    from cep_route.cli.app import tree

    def walk(command, path):
        options = [
            (" ".join(p.opts), p.help)
            for p in command.params
            if getattr(p, "help", None) and p.name != "help"
        ]
        yield path, command.help, command.epilog, options
        for name, inner in getattr(command, "commands", {}).items():
            yield from walk(inner, f"{path} {name}".strip())

    return list(walk(tree(LAW, lang), ""))


def test_every_command_has_help_and_an_example_in_both_languages():
    french, english = helps("fr"), helps("en")
    assert [path for path, *_ in french] == [path for path, *_ in english]
    for (path, fr, fr_example, fr_options), (_, en, en_example, en_options) in zip(
        french, english, strict=True
    ):
        assert fr
        assert en
        assert fr != en
        if path != "territory":
            assert fr_example.startswith("Exemple : cep-route")
            assert en_example.startswith("Example: cep-route")
        assert len(fr_options) == len(en_options)
        for (flags, said_fr), (_, said_en) in zip(fr_options, en_options, strict=True):
            assert said_fr, (path, flags)
            assert said_en, (path, flags)
            assert said_fr != said_en, (path, flags)
