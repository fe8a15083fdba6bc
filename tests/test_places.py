"""Places: every commune found in every way it is written, nothing guessed; laws over the whole table, then strings as people write them."""

from __future__ import annotations

import json
import subprocess
import sys
import unicodedata
from collections import defaultdict
from pathlib import Path

import pytest
from communes_as_written import formers_of
from hypothesis import given, settings
from hypothesis import strategies as st

from cep_route import Profile, load, places, route
from cep_route.__main__ import run
from cep_route.directory.ground import Ground
from cep_route.messages import codes as all_codes
from cep_route.messages import template
from cep_route.model.territory import Head, Territory
from cep_route.places import spelling, table

CODES = places.communes_of("france")
ALL = [places.commune(code) for code in CODES]
SOME = ALL[::6]  # where each takes a search


def codes(found):
    return tuple(c.code for c in found.communes)


# --- laws over the whole table


def test_the_table_is_whole_and_small():
    assert len(CODES) == 34_969
    assert len(set(CODES)) == 34_969
    assert Path(table.FILE).stat().st_size < 7_000_000
    assert table.ask("SELECT year FROM about") == [(2026,)]


def test_every_commune_by_its_code():
    assert [c.code for c in ALL] == list(CODES)
    assert all(c.former is None and not c.city for c in ALL)


def test_every_commune_by_each_postcode_and_its_name():
    missed = []
    for c in SOME:
        for postcode in c.postcodes:
            one = places.find(f"{postcode} {c.name}").one
            if not one or c.code not in {one.code, one.city}:
                missed.append((postcode, c.name))
    assert missed == []


@pytest.mark.parametrize("shape", ["{0.name} ({0.departement})", "{0.name}, {0.departement_name}"])
def test_every_commune_by_its_name_and_departement(shape):
    found = {c.code: places.find(shape.format(c)) for c in SOME}
    assert [(code, codes(f)) for code, f in found.items() if codes(f) != (code,)] == []


def test_a_name_alone_gives_all_that_bear_it():
    bearers = defaultdict(set)
    for c in ALL:
        bearers[c.name].add(c.code)
    bearers = {c.name: bearers[c.name] for c in SOME}
    assert [name for name, own in bearers.items() if not own <= set(codes(places.find(name)))] == []
    # Homonyms are never settled.
    assert [n for n, own in bearers.items() if len(own) > 1 and places.find(n).status != "several"] == []


def test_each_postcode_lists_exactly_its_communes():
    expected = defaultdict(set)
    cities = {}
    for c in [*ALL, *(places.commune(code) for code in arrondissements())]:
        for postcode in c.postcodes:
            expected[postcode].add(c.code)
            if c.city:
                cities[postcode] = c.city
    for postcode, city in cities.items():
        expected[postcode].discard(city)  # the arrondissement says more
    assert len(expected) == 6_310
    wrong = {p: own for p, own in expected.items() if set(codes(places.find(f"cp:{p}"))) != own}
    assert wrong == {}


def arrondissements():
    return (
        [f"751{n:02}" for n in range(1, 21)]
        + [f"6938{n}" for n in range(1, 10)]
        + [f"132{n:02}" for n in range(1, 17)]
    )


def test_every_arrondissement_knows_its_city():
    for code in arrondissements():
        c = places.commune(code)
        assert c.code == code
        assert c.city in {"75056", "69123", "13055"}
        city = places.commune(c.city)
        assert (c.epci, c.departement, c.lat, c.lon) == (city.epci, city.departement, city.lat, city.lon)
        assert set(c.postcodes) <= set(city.postcodes)
        assert places.covers([c.city], code)
        assert not places.covers([code], c.city)


def test_every_former_name_leads_to_its_commune():
    missed, dated, count = [], 0, 0
    for c in ALL:
        for former in formers_of(c.code):
            count += 1
            dated += len(former.until) == 10
            found = places.find(former.name, departement=c.departement)
            if c.code not in codes(found) and not any(
                spelling.plain(other.name).replace(" ", "") == spelling.plain(former.name).replace(" ", "")
                for other in found.communes
            ):
                missed.append((former, c.name))
    assert missed == []
    assert count > 7_000
    assert count - dated == 2  # the sources tell no day for two


def test_every_former_code_leads_to_a_commune_of_today():
    olds = {former.code for c in ALL for former in formers_of(c.code)} - set(CODES)
    assert len(olds) == 4_240
    for old in olds:
        now = places.commune(old)
        assert now.former.code == old
        assert now.code in CODES
        assert places.find(f"code:{old}").one == now


def test_zones_hold_exactly_their_communes():
    assert len(table.departements()) == 109
    for dep in table.departements():
        inside = places.communes_of(f"departement:{dep}")
        assert all(places.commune(code).departement == dep for code in inside)
    regions = [code for region in table.regions() for code in places.communes_of(f"region:{region}")]
    assert sorted(regions) == sorted(CODES)
    by_epci = defaultdict(set)
    for c in ALL:
        by_epci[c.epci].add(c.code)
    outside = by_epci.pop("")
    assert {"22016", "29083", "29155", "85113"} <= outside  # the four islands
    assert all(code[:2] in {"97", "98"} for code in outside - {"22016", "29083", "29155", "85113"})
    assert len(by_epci) == 1_255
    assert {epci: set(places.communes_of(epci)) for epci in by_epci} == by_epci


def test_names_are_filed_under_their_skeletons():
    rows = table.ask("SELECT bones, name, commune FROM names")
    assert all(bones == spelling.skeleton(name) for bones, name, _ in rows)
    assert {commune for _, _, commune in rows} == set(CODES)


def test_no_short_form_is_a_word_of_an_official_name():
    words = {word for c in ALL for word in spelling.fold(c.name).replace("'", " ").replace("-", " ").split()}
    assert words & spelling.SHORT.keys() == {"LEZ"}


# --- perimeters


@pytest.mark.parametrize(
    ("zone", "code", "held"),
    [
        ("05061", "05061", True),
        ("05061", "05023", False),
        ("departement:05", "05061", True),
        ("departement:5", "05061", False),
        ("05", "05061", False),
        ("region:93", "05061", True),
        ("departement:93", "05061", False),
        ("region:53", "35238", True),  # Bretagne
        ("departement:53", "35238", False),  # Mayenne
        ("departement:53", "53130", True),
        ("region:53", "53130", False),
        ("region:2A", "2A004", False),
        ("departement:2A", "2A004", True),
        ("departement:2A", "2B033", False),
        ("region:94", "2B033", True),
        ("departement:94", "94028", True),
        ("region:11", "75112", True),
        ("75056", "75112", True),
        ("75112", "75056", False),
        ("75112", "75112", True),
        ("200067825", "05061", True),
        ("epci:200067825", "05061", True),
        ("200067825", "05023", False),
        ("200054781", "93066", True),  # Métropole du Grand Paris
        ("200057867", "93066", True),  # Plaine Commune, an EPT inside it
        ("200057867", "93008", False),
        ("26271", "38253", False),
        ("38534", "38253", True),  # Vénosc, today in Les Deux Alpes
        ("france", "97411", True),
        ("france", "99001", True),
        ("99001", "99001", True),
        ("departement:99", "99001", False),
        ("departement:971", "97105", True),
        ("departement:97", "97105", False),
        ("region:01", "97105", True),
        ("departement:01", "97105", False),
        ("departement:978", "97801", True),
        ("nowhere", "05061", False),
    ],
)
def test_a_typed_code_holds_what_it_names(zone, code, held):
    assert places.covers([zone], code) is held


def test_a_perimeter_is_the_union_of_its_codes():
    assert places.covers(["departement:01", "05061"], "05061")
    assert not places.covers([], "05061")


@pytest.mark.parametrize(
    "zone",
    [
        "05061",
        "01018",
        "200067825",
        "epci:200057867",
        "departement:2A",
        "region:93",
        "france",
        "commune:05061",
    ],
)
def test_known_zones(zone):
    assert places.known(zone)


@pytest.mark.parametrize(
    "zone",
    [
        "99001",
        "05999",
        "999999999",
        "departement:96",
        "region:99",
        "region:5",
        "05",
        "France",
        "",
        "pays:33",
        "dep:05",
    ],
)
def test_unknown_zones(zone):
    assert not places.known(zone)
    assert places.communes_of(zone) == ()


# --- where


KM = Ground(Territory(head=Head(id="t", name="T", as_of=""))).km


def test_distances():
    assert KM("05061", "05061") == 0
    assert KM("05061", "05023") == pytest.approx(58, abs=1)  # Gap to Briançon
    assert KM("75056", "69123") == pytest.approx(392, abs=3)
    assert KM("75112", "75056") == 0  # an arrondissement lies where its city does
    assert KM("05061", "97801") is None
    assert KM("05061", "99001") is None


def test_distance_is_the_same_both_ways():
    sample = CODES[::2_500]
    for a in sample:
        for b in sample:
            assert KM(a, b) == KM(b, a)


def test_all_communes_have_a_place_but_those_overseas_collectivities():
    assert {c.departement for c in ALL if c.lat is None} == {
        "975",
        "977",
        "978",
        "984",
        "986",
        "987",
        "988",
        "989",
    }


def test_departement_and_region_have_names():
    assert (places.commune("2A004").region, places.commune("2A004").region_name) == ("94", "Corse")


def test_one_commune_whole():
    assert places.commune("05061") == places.Commune(
        code="05061",
        name="Gap",
        postcodes=("05000",),
        epci="200067825",
        epci_name="CA Gap-Tallard-Durance",
        departement="05",
        departement_name="Hautes-Alpes",
        region="93",
        region_name="Provence-Alpes-Côte d'Azur",
        lat=places.commune("05061").lat,
        lon=places.commune("05061").lon,
        population=places.commune("05061").population,
    )


@pytest.mark.parametrize(
    ("code", "now", "name", "until"),
    [
        ("73150", "73150", None, None),  # La Plagne Tarentaise took the code of Mâcot-la-Plagne
        ("20004", "2A004", "Ajaccio", "1976-01-01"),
        ("91182", "91228", "Courcouronnes", "2019-01-01"),
        ("49382", "49160", "Le Fresne-sur-Loire", "2016-01-01"),
        ("75012", "92012", "Boulogne-Billancourt", "1968-01-01"),
    ],
)
def test_former_codes_say_what_they_were(code, now, name, until):
    c = places.commune(code)
    assert c.code == now
    assert c.former == (name and places.Former(code=code, name=name, until=until))


@pytest.mark.parametrize(
    "code", ["99001", "99123", "00000", "05999", "", "5", "abcde", "٠٥٠٦١", "2C004", "05061\n05061", "½5061"]
)
def test_unknown_codes(code):
    assert places.commune(code) is None


# --- what people write

ONE = """
Gap=05061|GAP=05061|gap=05061|  Gap  =05061|05061=05061|code:05061=05061|insee:05061=05061
05000 Gap=05061|05000 GAP=05061|Gap 05000=05061|Gap (05000)=05061|Gap, 05000=05061|05000, Gap=05061|05000 - Gap=05061
05000-GAP=05061|05000Gap=05061|05 000 GAP=05061|F-05000 Gap=05061|FR-05000 GAP=05061|5000 Gap=05061|Gap 5000=05061
Gap (05)=05061|Gap 05=05061|Gap, 05=05061|Gap (5)=05061|05 Gap=05061|Gap - Hautes-Alpes=05061|Gap (Hautes-Alpes)=05061
Gap, France=05061|05000 Gap France=05061|05000 GAP CEDEX=05061|05010 GAP CEDEX=05061|GAP CEDEX 9=05061|Gap Cedex=05061
05061 Gap=05061|Gap (05061)=05061|ville de Gap=05061|Mairie de Gap=05061|12 rue Carnot, 05000 Gap=05061|12 rue Carnot 05000 Gap=05061
Saint-Étienne=42218|St Etienne=42218|ST-ETIENNE=42218|saint etienne=42218|SAINTETIENNE=42218|St. Étienne=42218|42000 St-Etienne=42218
73700 Bourg St Maurice=73054|Bourg-Saint-Maurice=73054|bourg st-maurice=73054
Rosny s/s Bois=93064|Rosny s/Bois=|Vitry s/ Seine=94081|Vitry/Seine=94081|Vitry sur Seine=94081|Ivry-s/-Seine=94041|Châlons s/ Marne=51108
Aulnay ss Bois=93005|Fontenay-sous-Bois=94033|Villeneuve d'Ascq=59009|VILLENEUVE DASCQ=59009|Villeneuve d’Ascq=59009
L'Isle-d'Abeau=38193|L ISLE D ABEAU=38193|Isle d'Abeau=38193|LISLE D'ABEAU=38193|Isle-d'Abeau (L')=38193
Le Havre=76351|Havre=76351|Havre (Le)=76351|HAVRE LE=76351|Le Mans=72181|MANS (LE)=72181|Ciotat=13028|La Ciotat=13028
Œuilly (51)=51410|Oeuilly (51)=51410|Ay=|Aÿ-Champagne=51030|ΓAP=|L'Haÿ-les-Roses=94038|l'hay les roses=94038
Paris=75056|PARIS 12=75112|Paris 12e=75112|Paris 12ème=75112|Paris 12eme arrondissement=75112|12e arrondissement de Paris=75112
Paris XIIe=75112|Paris XII=75112|75012=75112|75012 Paris=75112|PARIS 75012=75112|Paris (75012)=75112|75012 Paris 12=75112
Paris (12e)=75112|Paris, 12e arrondissement=75112|Paris 1er=75101|75116=75116|75116 Paris=75116|75016 Paris=75116|75112=75112
Paris 75=75056|Paris (75)=75056|75000=75056|75000 Paris=75056|PARIS CEDEX 12=75056|75480 PARIS CEDEX 10=75056|Paris 02=75102
Lyon=69123|Lyon, 69=69123|Lyon 3ème=69383|Lyon 3e arr.=69383|69003 LYON=69383|69003 Lyon 03=69383|69000 Lyon=69123|LYON CEDEX 03=69123
Marseille 13=13055|13 Marseille=13055|Marseille 13e=13213|Marseille XIII=13213|Marseille 13013=13213|MARSEILLE 12=13212
69379 LYON CDX 03=69123|97098 ST BARTHELEMY CEDEX=97701|ville de Bourget (Le) 73=73051|La Grave=05063|Lagrave=81131|Lyon 03=69383|Marseille 1er=13201|Marseille=13055|13001 Marseille=13201|Marseille (13)=13055|Marseille 15ème=13215|13000 Marseille=13055
cp:13015=13215|code:13015=13015|MARSEILLE CEDEX 20=13055|Marseille 16e Arrondissement=13216
Ajaccio=2A004|Ajaccio (2A)=2A004|Ajaccio 2A=2A004|20000 Ajaccio=2A004|2A004=2A004|2a004=2A004|20200 Bastia=2B033|Bastia, Haute-Corse=2B033
Saint-Denis (Réunion)=97411|St Denis de la Réunion=97411|Saint-Denis, La Réunion=97411|97400 St-Denis=97411|Saint Denis 974=97411
Saint-Denis (93)=93066|Fort-de-France=97209|Fort de France (Martinique)=97209|FORT DE FRANCE 97200=97209|Cayenne=97302|Mamoudzou=97611
97150 Saint-Martin=97801|97150=97801|Saint-Martin (978)=97801|St Barth (977)=|97133 Saint-Barthélemy=97701|Saint-Barthélemy (977)=97701
Saint-Pierre (975)=97502|97500 Saint-Pierre=97502|Saint-Pierre, La Réunion=97416|Pointe à Pitre=97120|Les Abymes=97101|Abymes=97101
Nouméa=98818|98800 Nouméa=98818|Papeete=98735|Uvea=98613
Châlons-sur-Marne=51108|Évry (91)=91228|91000 Evry=91228|Courcouronnes=91228|Mâcot-la-Plagne=73150|73210 Macot la Plagne=73150
Le Fresne-sur-Loire=49160|Annecy-le-Vieux=74010|74940 Annecy le Vieux=74010|Cherbourg-Octeville=50129|50100 Cherbourg=|Vénosc=38253
Les Deux Alpes=38253|Les 2 Alpes=38253|38860 Les 2 Alpes=38253|Saint-Gilles-Croix-de-Vie=85222|ST GILLES CROIX DE VIE=85222
1000 Bourg en Bresse=01053|01000 Bourg-en-Bresse=01053|Bourg en Bresse (Ain)=01053|Clermont-Fd=63113|Clermont Ferrand=63113|Aix en Pce=13001
Pont-l'Abbé=29220|PONT L ABBE=29220|Mont-de-Marsan=40192|MT DE MARSAN=40192|Villefranche/Saône=69264|Chalon s/Saône=71076
Sainte-Geneviève-des-Bois (91)=91549|Ste Genevieve des Bois (91)=91549|STE-GENEVIEVE-DES-BOIS 91700=91549
"""


def cases(text):
    pairs = [case.rpartition("=") for line in text.strip().split("\n") for case in line.split("|")]
    return [(written, code) for written, _, code in pairs if code]


@pytest.mark.parametrize(("written", "code"), cases(ONE))
def test_one_commune(written, code):
    found = places.find(written)
    assert (found.status, codes(found)) == ("one", (code,))


LISTS = {
    "La Rochelle": "17300 70450",
    "Rochelle": "17300 70450",
    "Saint-Denis": "11339 30247 93066 97411",
    "st denis": "11339 30247 93066 97411",
    "Montreuil": "28267 85148 93048",
    "Saint-Martin": "32389 54480 65392 67426 97801",
    "73700": "73054 73077 73176 73285",
    "20137": "2A139 2A247 2A300",
    "59100": "59512 59100",  # the postcode of Roubaix, the code of Bousignies
    "13015": "13215 13015",
    "Évry": "89162 91228",  # a village of today, and a large town's name until 2019
    "73700 Bourg St Moris": "73054 73077 73176 73285",  # the likeliest first
}


@pytest.mark.parametrize(("written", "expected"), LISTS.items())
def test_several_communes_to_choose_from(written, expected):
    found = places.find(written)
    assert (found.status, " ".join(codes(found)), found.one) == ("several", expected, None)


CONFLICTS = {
    "75001 Lyon": ("75101", "69123"),
    "38000 Lyon": ("38185", "69123"),
    "59000 Marseille": ("59350", "13055"),
    "05061 Lyon": ("05061", "69123"),
    "05010 Gap": ("05010", "05061"),
    "99999 Gap": ("", "05061"),
    "Gap (59)": ("", "05061"),
    "Gap, Bretagne": ("", "05061"),
    "Lyon 75": ("", "69123"),
    "Lyon 12e": ("69123", ""),
    "75012 Paris 13e": ("75112", ""),
    "75001 Lyonn": ("75101", "69123"),
    "73700 Gap": ("73054 73077 73176 73285", "05061"),
}


@pytest.mark.parametrize(("written", "sides"), CONFLICTS.items())
def test_a_conflict_tells_what_each_part_says(written, sides):
    found = places.find(written)
    told = tuple(" ".join(c.code for c in side) for side in (found.by_number, found.by_name))
    assert (found.status, found.communes, told) == ("conflict", (), sides)


NEAR = {
    "Marseile": "13055",
    "Avoux": "86124",
    "Bourg-Saint Maurise": "73054",
    "Brianson": "05023",
    "Chamonix": "74056",
    "Bordeau": "33063",
    "Alpe d'Huez": "38191",
    "05100 Brianson": "05023",
    "Granoble": "38185",
    "Toulouze": "31555",
    "Strasbourgh": "67482",
    "Momtpellier": "34172",
    "Monptellier": "34172",
    "Villefrance sur Saone": "69264",
    "Saint-Etiene": "42218",
}


@pytest.mark.parametrize(("written", "code"), NEAR.items())
def test_the_nearest_name_is_proposed_never_taken(written, code):
    near = places.nearest(written)
    assert near[0].code == code
    assert len(near) <= 3
    if not written[0].isdigit():
        assert places.find(written).status == "none"


NOTES = {
    "74400 Chamonix": ("74056", "name_partly"),
    "05000 Gap Romette": ("05061", "name_partly"),
    "13100 Aix en Provence Les Milles": ("13001", "name_partly"),
    "95310 Saint-Ouen": ("95572", "name_partly"),
    "73440 Val Thorens": ("73257", "name_unknown"),
    "06560 Sophia Antipolis": ("06152", "name_unknown"),
    "38999 Grenoble": ("38185", "postcode_unknown"),
    "38999 Grenoble CEDEX": ("38185", ""),
}


@pytest.mark.parametrize(("written", "expected"), NOTES.items())
def test_what_was_passed_over_is_noted(written, expected):
    found = places.find(written)
    assert (*codes(found), found.note) == expected


NOTHING = [
    "",
    " ",
    "-",
    "???",
    "12",
    "05",
    "2A",
    "99123",
    "99123 Exemple-Ville",
    "05999",
    "Atlantide",
    "Hautes-Alpes",
    "CEDEX",
    "arrondissement",
]
NOTHING += [
    "St",
    "Saint",
    "Le",
    "0",
    "::",
    "code:",
    "code:99001",
    "cp:00000",
    "insee:Gap",
    "\0",
    "(((",
    "Paris 21e",
    "\u202e",
    "１" * 300,
    "ʼ",
]


@pytest.mark.parametrize("written", NOTHING)
def test_nothing_is_found_where_nothing_is_named(written):
    assert places.find(written) == places.Found(
        status="none", number=places.find(written).number, name=places.find(written).name
    )
    assert len(places.nearest(written)) <= 3


def test_an_old_name_says_what_it_was():
    assert places.find("Châlons-sur-Marne").one.former == places.Former(
        code="51108", name="Châlons-sur-Marne", until="1998-01-04"
    )
    assert places.find("59160 Lomme").one.former == places.Former(
        code="59355", name="Lomme", until="2000-02-27"
    )
    assert places.find("Châlons-en-Champagne").one.former is None


def test_the_caller_may_narrow():
    assert codes(places.find("Sainte-Colombe", departement="05")) == ("05135",)
    assert codes(places.find("05000 Gap", departement="05")) == ("05061",)
    assert places.find("Gap", departement="59").status == "conflict"
    assert places.find("05000", departement="59").status == "conflict"


# --- spelling noise


def without_accents(text):
    return "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c))


NOISE = [
    str.upper,
    str.lower,
    str.title,
    without_accents,
    lambda t: unicodedata.normalize("NFD", t),
    lambda t: t.replace("-", " "),
    lambda t: t.replace(" ", "-"),
    lambda t: t.replace("'", "’"),
    lambda t: t.replace("'", " "),
    lambda t: t.replace("Saint-", "St-").replace("Sainte-", "Ste "),
    lambda t: t.replace("Saint-", "St "),
    lambda t: t.replace("-sur-", " s/ ").replace("-sous-", " s/s "),
    lambda t: t.replace("-", "  "),
    lambda t: f"  {t}\u00a0",
    lambda t: t.replace("œ", "oe").replace("Œ", "Oe"),
]


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(CODES), st.lists(st.sampled_from(NOISE), max_size=4))
def test_spelling_noise_changes_nothing(code, noise):
    c = places.commune(code)
    name = c.name
    for change in noise:
        name = change(name)
    assert codes(places.find(f"{name} ({c.departement})")) == (code,)
    if c.postcodes:
        found = places.find(f"{c.postcodes[0]} {name}")
        assert c.code in {found.one.code, found.one.city}


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=80))
def test_any_text_is_answered(text):
    found = places.find(text)
    assert (found.status == "one") == (len(found.communes) == 1)
    assert (found.status == "several") == (len(found.communes) > 1)
    assert places.find(text) == found
    said = places.finding(found, text)
    assert said is None or said.code in all_codes()


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(CODES), st.data())
def test_one_wrong_letter_is_mended_by_the_nearest(code, data):
    c = places.commune(code)
    name = spelling.plain(c.name)
    at = data.draw(st.integers(3, max(3, len(name) - 1)))
    wrong = name[:at] + name[at + 1 :]
    if len(name) > 9 and places.find(wrong).status == "none":
        assert spelling.plain(c.name) in {
            spelling.plain((n.former or n).name) for n in places.nearest(wrong, departement=c.departement)
        }


@pytest.mark.parametrize(
    "piece",
    ["x", "1", " ", "(", "/", "S/", "St ", "La ", "05000 ", "-", "é", "e\u0301", "CEDEX ", "\0", "12e "],
)
def test_a_hundred_kilobytes_are_refused_at_once(piece):
    text = piece * (100_000 // len(piece))
    assert places.find(text).status == "none"
    assert places.nearest(text) == ()
    assert places.find(text[: spelling.LONGEST]).status in {"none", "one", "several", "conflict"}
    places.nearest(text[: spelling.LONGEST])


def test_distance_counts_what_differs():
    assert spelling.distance("GAP", "GAP", 3) == 0
    assert spelling.distance("GAP", "GPA", 3) == 1
    assert spelling.distance("GAP", "GAPP", 3) == 1
    assert spelling.distance("GAP", "LYON", 3) == 4
    assert spelling.distance("ABCDEF", "ABXDEFG", 2) == 2


# --- what is said


SAID = {
    "Atlantide": ("CEP601", "« Atlantide » n'est le nom, le code postal ni le code d'aucune commune"),
    "Marseile": ("CEP602", "aucune commune ne s'appelle « Marseile »"),
    "73700": ("CEP603", "« 73700 » désigne 4 communes"),
    "75001 Lyon": (
        "CEP604",
        "« 75001 Lyon » se contredit : 75001 est Paris 1er Arrondissement (75101), le nom est celui de Lyon (69123)",
    ),
    "Gap (59)": ("CEP605", "« Gap (59) » se contredit : Gap (05061) n'est pas dans le lieu indiqué"),
    "Lomme": (
        "CEP606",
        "« Lomme » est un ancien nom ou code (Lomme, 59355) : c'est aujourd'hui Lille (59350)",
    ),
    "73440 Val Thorens": (
        "CEP607",
        "« VAL THORENS » n'est pas une commune : « 73440 Val Thorens » est lu d'après 73440, Les Belleville (73257)",
    ),
    "74400 Chamonix": ("CEP608", "« CHAMONIX » est lu comme Chamonix-Mont-Blanc (74056), d'après 74400"),
    "38999 Grenoble": (
        "CEP609",
        "le code postal 38999 est inconnu : « 38999 Grenoble » est lu d'après le nom, Grenoble (38185)",
    ),
}


@pytest.mark.parametrize(("written", "said"), SAID.items())
def test_what_is_said(written, said):
    finding = places.finding(places.find(written), written)
    assert (finding.code, template(finding.code, "fr").format(**finding.values)) == said
    for lang, part in (("en", "text"), ("fr", "hint"), ("en", "hint")):
        assert template(finding.code, lang, part).format(**finding.values)


def test_every_message_is_shown_by_a_case():
    assert {code for code, _ in SAID.values()} == {code for code in all_codes() if code.startswith("CEP6")}
    assert places.finding(places.find("05000 Gap"), "05000 Gap") is None


def test_a_look_up_loads_little():
    program = (
        "from cep_route.places import commune, find\n"
        "assert commune('05061').name == 'Gap' and find('05000 Gap').one.code == '05061'\n"
        "import sys\n"
        "print(*sorted({'json', 'unicodedata', 'importlib.resources', 'pydantic', 'lzma', 'csv', 'difflib'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[1],
    )
    assert done.stdout == "\n"


def test_a_number_that_is_a_postcode_here_and_a_code_there_is_a_postcode_unless_said(plain_world, capsys):
    """59100 is the postcode of Roubaix and the code of Bousignies; three thousand numbers are so."""
    assert [c.code for c in places.find("59100").communes] == ["59512", "59100"]  # a search shows both
    person = ["route", "--age", "40", "--status", "jobseeker", "--format", "json", "--commune"]
    for written, code in (
        ("59100", "59512"),
        ("cp:59100", "59512"),
        ("code:59100", "59100"),
        ("insee:59100", "59100"),
        ("59512", "59512"),
        ("05061", "05061"),
    ):
        assert run([*person, written]) == 1  # undecided, but at home
        said = capsys.readouterr()
        assert json.loads(said.out)["profile"]["commune"] == code, written
        assert said.err == "", written


def test_a_profile_holds_a_code_and_is_not_asked_back():
    """For scripts the commune of a profile is its Insee code, whatever postcode has the same figures."""
    router = load("france")
    for code in ("59100", "97411", "13008", "05061"):
        answer = route(router, Profile(facts={"status": "jobseeker"}, commune=code), on="2026-11-22")
        assert answer.profile.commune == code


def test_what_is_proposed_names_one_commune_when_typed():
    for written in ("59100", "13008", "73700", "Saint-Denis", "Montreuil"):
        found = places.find(written)
        choices = places.finding(found, written).values["choices"]
        typed = [c.rpartition("(")[2].rstrip(")").partition(", ")[0] for c in choices.split("), ")]
        assert [places.find(t).one.code for t in typed] == [c.code for c in found.communes]
