"""Every sentence in both languages: the two message files, rules, facts, operators, needs. Nothing half said."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import pytest

from cep_route import files
from cep_route.messages import LANGUAGES, codes, example, field_names, said, tables, template
from cep_route.render.screen import finding_text

HOUSE = Path(__file__).parents[1] / "cep_route"
CODES = codes()
FR, EN = tables("fr"), tables("en")
LAW = files.load_law()[0]
COOPERATION = files.load_cooperation()[0]
assert LAW is not None
assert COOPERATION is not None

# What a message may carry beyond its sentence: the near word is a hint of its own, `why_en` stands for `why` in English.
EXTRA = {"near", "why", "constraint"}


# -- the two files ----------------------------------------------------------------------------------------------------------


def flat(entry) -> dict[str, str]:
    """The sentences of an entry by the name of their form; the words of a list by their number."""
    if isinstance(entry, str):
        return {"": entry}
    return dict(entry) if isinstance(entry, dict) else {str(i): text for i, text in enumerate(entry)}


def test_both_files_hold_the_same_sentences_with_the_same_fields():
    faults = [f"[{name}]: in one language only" for name in sorted(FR.keys() ^ EN.keys())]
    for name in FR.keys() & EN.keys():
        faults += [f"{name}.{key}: in one language only" for key in (FR[name].keys() ^ EN[name].keys())]
        for key in FR[name].keys() & EN[name].keys():
            fr, en = flat(FR[name][key]), flat(EN[name][key])
            if fr.keys() != en.keys():
                faults.append(f"{name}.{key}: not the same forms")
                continue
            if "one" in fr and not all("n" in field_names(side["other"]) for side in (fr, en)):
                faults.append(f"{name}.{key}: a plural without {{n}}")
            for form in fr:
                if field_names(fr[form]) != field_names(en[form]) and form != "one":
                    faults.append(f"{name}.{key} {form}: not the same fields")
                if bool(fr[form]) != bool(en[form]):
                    faults.append(f"{name}.{key} {form}: empty in one language")
                for text in (fr[form], en[form]):
                    faults += [
                        f"{name}.{key} {form}: {field!r} is no name"
                        for field in field_names(text)
                        if not re.fullmatch(r"[A-Za-z_]+", field)
                    ]
                    if re.search(
                        r"\{\w*(?:!|:(?![^{}|]*\|[^{}|]*\}))[^{}]*\}", text
                    ):  # a word by number has a bar
                        faults.append(f"{name}.{key} {form}: a field with a format")
    assert not faults


def test_french_spaces_hold():
    """No plain space before : ; ? ! » nor after «: a line would begin with them, and no phone reads them well."""
    faults = [
        f"{name}.{key}: {text}"
        for name in FR
        for key in FR[name]
        for text in flat(FR[name][key]).values()
        if re.search(r" [:;?!»]|« ", text)
    ]
    assert not faults


def test_the_manner_of_messages():
    """Lower case, no final period, one line, a next step, the user's words in « » or “ ”, no Python type names."""
    faults = []
    for code, lang, part in product(CODES, LANGUAGES, ("text", "hint")):
        text = template(code, lang, part)
        where = f"{code} {lang} {part}"
        first = text.partition(" ")[0]
        wrong = {
            "empty": not text,
            "two lines": "\n" in text,
            "spaces around": text != text.strip(),
            "a final period": re.search(r"[^.\\x]\.$", text),
            "a type of Python": re.search(
                r"\b(NoneType|dict|TypeError|ValueError|KeyError|<class|Traceback)\b", text
            ),
            "a capital": part == "text" and lang == "fr" and first[:1].isupper() and not first.isupper(),
            "quotes of the other language": ("“" if lang == "fr" else "«") in text,
        }
        faults += [f"{where}: {what}" for what, is_so in wrong.items() if is_so]
    faults += [
        f"{code} {lang}: why"
        for code, lang in product(CODES, LANGUAGES)
        if not template(code, lang, "why").endswith(".")
        or template(code, "fr", "why") == template(code, "en", "why")
    ]
    assert not faults


def test_every_place_of_a_message_is_filled():
    faults = []
    for code, lang in product(CODES, LANGUAGES):
        raw = template(code, lang) + template(code, lang, "hint")
        told = "".join(said(code, {name: f"<{name}>" for name in field_names(raw)}, lang))
        if "{<" in told or re.search(r"\{[a-z_]+\}", told) or ("—" in told and "—" not in raw):
            faults.append(f"{code} {lang}: {told}")
    assert not faults


def test_a_code_is_shown_by_a_real_case_whole():
    """The example that `explain` and the documentation show: no place left empty, quotes of its own language, a next step."""
    faults = []
    for code, lang in product(CODES, LANGUAGES):
        shown = finding_text(example(code), lang)
        message, hint = shown.split("\n")[:2]
        whole = (
            code in message
            and hint.startswith("    aide\u00a0: " if lang == "fr" else "    hint: ")
            and ("—" not in shown or "—" in template(code, lang) + template(code, lang, "hint"))
            and "{" not in message.replace("{ } ?", "")
            and ("“" if lang == "fr" else "«") not in shown
        )
        if not whole:
            faults.append(shown)
    assert not faults


def test_examples_are_of_codes_that_are():
    assert set(tables("examples")) <= set(CODES)
    met = [c for c in CODES if "‹" not in str(example(c).values)]
    assert len(met) > len(CODES) * 0.9  # a new code may wait for its case


def sources() -> Iterator[tuple[str, ast.Module]]:
    for path in sorted(HOUSE.rglob("*.py")):
        yield path.relative_to(HOUSE).as_posix(), ast.parse(path.read_text(encoding="utf-8"))


def test_every_code_written_has_its_message_and_every_message_is_emitted():
    written: dict[str, set[str]] = {}
    for name, tree in sources():
        for node in ast.walk(tree):
            if (
                isinstance(node, ast.Constant)
                and isinstance(node.value, str)
                and re.fullmatch(r"CEP\d{3}", node.value)
            ):
                written.setdefault(node.value, set()).add(name)
    assert {code: where for code, where in written.items() if code not in CODES} == {}
    assert sorted(set(CODES) - set(written)) == []


def emitted_values() -> Iterator[tuple[str, set[str], str]]:
    """(code, names of the values it is given, file) where a Finding is made with both written out."""
    for name, tree in sources():
        for node in ast.walk(tree):
            if not (
                isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Finding"
            ):
                continue
            told = {k.arg: k.value for k in node.keywords}
            code, values = told.get("code"), told.get("values")
            if isinstance(code, ast.Constant) and (values is None or isinstance(values, ast.Dict)):
                keys = values.keys if values else []
                if all(isinstance(k, ast.Constant) for k in keys):
                    yield code.value, {k.value for k in keys}, f"{name}:{node.lineno}"


def test_a_finding_brings_the_values_its_sentence_needs():
    """A value that is not brought would show as a dash."""
    faults = []
    for code, names, where in emitted_values():
        needed = {
            n
            for lang, part in product(LANGUAGES, ("text", "hint"))
            for n in field_names(template(code, lang, part))
        }
        brought = {n.removesuffix("_en") for n in names}
        if not needed <= names or not brought <= needed | EXTRA:
            faults.append(f"{where}: {code} {sorted(needed ^ brought)}")
    assert not faults


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
    from cep_route.cli.app import every, tree

    named = {"": tree(lang), "territory": tree(lang).get_command(None, "territory"), **every(lang)}
    return [
        (path, c.help, c.epilog, [(" ".join(p.opts), p.help) for p in c.params if p.name != "help"])
        for path, c in named.items()
    ]


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
            assert fr_example.startswith("Exemple\u00a0: cep-route")
            assert en_example.startswith("Example: cep-route")
        assert len(fr_options) == len(en_options)
        for (flags, said_fr), (_, said_en) in zip(fr_options, en_options, strict=True):
            assert said_fr, (path, flags)
            assert said_en, (path, flags)
            assert said_fr != said_en, (path, flags)
