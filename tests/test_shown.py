"""What a territory file says of its actors: shown whole by `territory show`, and to the person where it serves."""

from __future__ import annotations

import pytest
from msgspec import convert

from cep_route import files
from cep_route.__main__ import run
from cep_route.directory import where
from cep_route.directory.ground import Ground
from cep_route.engine.explain import Judge
from cep_route.messages import table
from cep_route.model.answer import Profile
from cep_route.model.territory import Circle, EventType, Territory, ToolType, plain_of
from cep_route.render.territory import public_tools

LAW, _ = files.load_law()
ON = "2019-06-30"


@pytest.fixture
def shown(capsys):
    def go(*words):
        run(["territory", "show", *words])
        return capsys.readouterr().out

    return go


def test_the_systems_of_the_study_are_shown(shown):
    """The cell with its name, members and perimeter, tools, circles, levels, events, ties: each table of the file has its lines."""
    text = shown("c1a", "--on", ON)
    for line in (
        "Nom\u00a0: Cellule locale de l’orientation du Clairvalois",
        "Animée par\u00a0: Cité des métiers du Clairvalois",
        "Outils partagés\u00a0: annuaire",
        "  Niveaux du CEP\u00a0: 1, 2",
        "  service public de l'orientation\u202f; donne le premier accueil",
        "- Plateforme téléphonique régionale (plate-forme téléphonique)",
    ):
        assert line in text.split("\n"), line
    assert "8 octobre 2019, Forum emploi-formation du Clairvalois, Clairval, pour le public" in text
    members = next(line for line in text.split("\n") if line.startswith("Membres"))
    assert "Agence de Clairval" in members
    assert "agence-clairval" not in members


def test_what_is_not_told_is_said_and_what_is_none_is_not(shown, tmp_path):
    path = tmp_path / "empty.toml"
    head = '[territory]\nschema = 1\nid = "empty"\nname = "Vide"\ncommunes = ["05061"]\nas_of = 2026-11-01\n'
    path.write_text(head, encoding="utf-8")
    last = shown(str(path)).rstrip("\n").split("\n")[-1]
    assert (
        last
        == "Cellule locale, Opérateurs, Dispositifs, Partenaires, Outils partagés, Rendez-vous à venir, Liens."
    )
    path.write_text(
        f"operators = []\npartners = []\nschemes = []\ntools = []\nevents = []\nties = []\n{head}",
        encoding="utf-8",
    )
    assert shown(str(path)).rstrip("\n").split("\n")[-1] == "Cellule locale."


def test_the_whole_country_lists_the_regional_operators(shown):
    text = shown("france", "--on", "2026-11-28")
    rows = [line for line in text.split("\n") if line.startswith("Région")]
    assert len({row.partition("\u202f")[0] for row in rows}) == 18
    for edge in (
        "2020-01-01..",
        "..2024-01-01",
        "2024-01-02..2027-12-31",
    ):  # from the first day to the last, whatever is cut between
        assert sum(edge in row for row in rows) == 18
    assert any("Bretagne" in row and "Catalys Conseil" in row for row in rows)


def test_every_code_of_a_file_has_its_words():
    """Whatever a file may write as a code, `territory show` has a word for it in both languages."""
    words = table("territory_file")
    for codes in (Circle, ToolType, EventType):
        assert set(codes.__args__) <= words.keys()


def test_whoever_is_sent_to_the_guidance_service_gets_a_place_that_gives_first_reception():
    """`level1` and `spro` of a partner decide where, never whether; one that anyone can call goes before one that nobody can."""
    territory, _ = files.load_territory("c1a", LAW)
    facts = {"age": 67, "status": "retired", "employed": "no", "seeking": "no"}

    def place(changed):
        territory = convert(changed, Territory)
        ground = Ground(territory)
        person = Profile(facts=facts, commune="99101")
        return where.route(Judge(LAW), person, ON, territory, ground).bodies.get("spro")

    plain = plain_of(territory)
    found = place(plain)
    assert found.phone
    mine = {p["id"] for p in plain["partners"] if p.get("level1") or p.get("spro")}
    assert found.id in mine
    for partner in plain["partners"]:
        partner.pop("level1", None)
        partner.pop("spro", None)
    assert place(plain).id == "cio-clairval"  # a guidance centre, by its network


def test_only_tools_open_to_all_are_given_to_a_person():
    territory, _ = files.load_territory("c1a", LAW)
    found = public_tools(territory, ON)
    assert {t.type for t in found} == {"phone_platform", "portal"}
    assert not public_tools(territory, "2099-01-01") or all(
        not t.funded_until for t in public_tools(territory, "2099-01-01")
    )


def test_every_body_a_rule_sends_to_can_be_found():
    """A desk of the country, or a sentence that says who gives the address: nobody is left with a name alone."""
    seen = {code for card in LAW.rules if card.in_force("2026-11-28") for code in card.see}
    assert len(seen) > 12
    assert [code for code in sorted(seen) if LAW.bodies[code].find is None] == []
