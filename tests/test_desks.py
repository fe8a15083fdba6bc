"""The desks of the whole country: what the embedded file holds, how it is looked up, and how hours written in French are read."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from cep_route.directory.desks import EMBEDDED, Desks, ListedDesk, NotDesksError
from cep_route.files.country import Correction, keep_correction, named, write
from cep_route.importers import hours
from cep_route.places import table

# The five networks of the country whose desks the sources give, and the départements for which they give none.
ABSENT = {
    "mission-locale": "",
    "cio": "976",
    "cap-emploi-reseau-cheops": "08 26 2A 2B 52 53 67 74 82 90 973 976",
    "mdph": "01 52 67 974",
}
DEPARTEMENTS = [d for d in table.departements() if d < "975" or d == "976"]
SMALL = """network\tname\taddress\tpostcode\ttown\tinsee\tdepartement\tlat\tlon\tphone\twebsite\thours\tsheet_url\tsheet_date\tsnapshot_date\tnote
mission_locale\tMission locale – Gap\t1 rue A\t05000\tGap\t05061\t05\t44.56\t6.08\t04 92 53 00 00\t\tLundi au jeudi : 9 h–12 h, 13 h 30–17 h | Vendredi : 9 h–12 h\thttps://lannuaire.service-public.gouv.fr/x/y/11111111-1111-4111-8111-111111111111\t2023-05-02\t2026-10-07\t
mission_locale\tMission locale – Ailleurs\t\t\tGap\t05061\t38\t\t\t04 76 00 00 00\t\t\t\t\t2026-10-07\t
nothing_known\tX\t\t\tGap\t05061\t05\t\t\t\t\t\t\t\t2026-10-07\t
cap_emploi\tCap emploi - Val-d'Oise\t\t\tCergy-Pontoise\t\t95\t\t\t09 72 75 12 13\t\t\t\t\t2026-08-21\tcommune non reconnue
cio\tCIO - Chaumont\t\t\tChaumont\t\t52\t\t\t03 25 00 00 00\t\t\t\t\t2026-08-21\tcommune ambiguë (2)
"""


def counts(path: str) -> dict[str, int]:
    """How many desks of each network a file holds."""
    return dict(sqlite3.connect(path).execute("SELECT network, count(*) FROM desks GROUP BY network"))


def test_every_departement_has_the_desks_that_the_sources_give() -> None:
    desks = Desks()
    for network, absent in ABSENT.items():
        assert [d for d in DEPARTEMENTS if not desks.of(network, d)] == sorted(absent.split()), network
    assert desks.snapshot == "2026-10-07"
    assert counts(EMBEDDED)["mission-locale"] == 1066
    assert Path(EMBEDDED).stat().st_size < 2_000_000


def test_each_row_has_its_days_its_place_and_a_number_that_rings() -> None:
    import phonenumbers

    desks, faults = Desks(), []
    for network in counts(EMBEDDED):
        for desk in (d for departement in DEPARTEMENTS for d in desks.of(network, departement)):
            if not "2026-08-01" <= desk.as_of <= "2026-10-07" or not desk.licence or not desk.source:
                faults.append((desk.name, "day or licence"))
            if desk.commune and not desk.commune.startswith(desk.departement):
                faults.append((desk.name, desk.commune))
            number = desk.phone or ""
            if number.startswith("+") and not phonenumbers.is_valid_number(phonenumbers.parse(number)):
                faults.append((desk.name, number))
            if desk.street_year and not desk.address:
                faults.append((desk.name, "a year of nothing"))
    assert faults == []


def test_the_builder_leaves_out_what_it_cannot_place_and_says_so(tmp_path: Path) -> None:
    (tmp_path / "t.tsv").write_text(SMALL, encoding="utf-8")
    made = [tmp_path / name for name in ("a.sqlite", "b.sqlite")]
    for path in made:
        tool = Path(__file__).parent.parent / "tools" / "build_desks.py"
        told = subprocess.run(
            [sys.executable, str(tool), str(tmp_path / "t.tsv"), "-o", str(path)],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
    assert made[0].read_bytes() == made[1].read_bytes()
    assert "left out 2 network nothing_known 1; town of another département 1" in told.stdout
    (desk,) = Desks(str(made[0])).of("mission-locale", "05")
    assert (desk.phone, desk.hours) == ("+33492530000", "Mo-Th 09:00-12:00,13:30-17:00; Fr 09:00-12:00")
    assert (desk.edited_on, desk.as_of, desk.address) == ("2023-05-02", "2026-10-07", "1 rue A, 05000 Gap")
    found = Desks(str(made[0]))  # a town that is no commune is told all the same, one of several is not
    assert [d.town for d in found.of("cap-emploi-reseau-cheops", "95")] == ["Cergy-Pontoise"]
    assert [d.town for d in found.of("cio", "52")] == [None]


def test_served_communes_corrections_and_other_files(tmp_path: Path) -> None:
    path = str(tmp_path / "own.sqlite")
    desk = ListedDesk(
        network="cio", departement="38", name="CIO – Vienne", phone="+33474000000", sheet="https://x/s/1",
        as_of="2026-10-01", source="S", licence="L",
    )  # fmt: skip
    assert write(path, [(desk, ["69291", "38544"])]) == 1
    told = Correction(sheet="https://x/s/1", by="CIO", on="2026-11-02", phone="+33474999999")
    assert keep_correction(path, told) is None
    (found,) = named(path).serving("cio", "69291")
    assert (found.phone, found.as_of, found.served) == ("+33474999999", "2026-11-02", 1)
    assert "corrigé par CIO le 2026-11-02" in found.source
    closed = Correction(sheet="https://x/s/1", by="CIO", on="2026-11-02", closed=True)
    assert keep_correction(path, closed) is None
    assert named(path).of("cio", "38") == ()
    (tmp_path / "text.sqlite").write_text("not a database at all, but long enough to be read" * 40)
    sqlite3.connect(tmp_path / "other.sqlite").execute("CREATE TABLE desks (as_of)").connection.commit()
    for other in ("text.sqlite", "other.sqlite", "missing.sqlite"):
        with pytest.raises(NotDesksError):
            Desks(str(tmp_path / other))


def test_hours_in_french_are_read_whole_or_not_at_all() -> None:
    told = {
        "Lundi au jeudi 8h30-15h15, vendredi 8h30-12h30": "Mo-Th 08:30-15:15; Fr 08:30-12:30",
        "Lundi: 09h00 - 12h00 / 13h30 - 17h00 | Mardi: 09h00 - 12h00": "Mo 09:00-12:00,13:30-17:00; Tu 09:00-12:00",
        "du lundi au vendredi de 9h à 12h et de 14h à 17h": "Mo-Fr 09:00-12:00,14:00-17:00",
        "2e mardi du mois 9h-12h sur rendez-vous": 'Tu[2] 09:00-12:00 "sur rendez-vous"',
        "1er et 3e jeudis de chaque mois 9h30 - 12h": "Th[1,3] 09:30-12:00",
        "dernier vendredi du mois de 14h à 16h": "Fr[-1] 14:00-16:00",
        "lundi, mercredi et vendredi 9h-12h": "Mo,We,Fr 09:00-12:00",
        "lundi 9h-12h 14h-17h mardi 9h-12h": "Mo 09:00-12:00,14:00-17:00; Tu 09:00-12:00",
        "Du mardi au samedi : 10h-18h. Fermé le lundi": "Tu-Sa 10:00-18:00; Mo off",
        "Lundi fermé, mardi 9h-12h": "Tu 09:00-12:00; Mo off",
        "lun-ven 9:00-17:00": "Mo-Fr 09:00-17:00",
        "le mercredi matin 9h-12h sur RDV": 'We 09:00-12:00 "sur rendez-vous"',
        "tous les jours sauf mercredi 9h-12h": "Mo-Tu,Th-Su 09:00-12:00",
        "tous les jours 9h-18h sauf mercredi 10h-12h": "Mo-Tu,Th-Su 09:00-18:00; We 10:00-12:00",
        "lundi au vendredi 9h-12h (sauf jours fériés), samedi 9h-11h": "Mo-Fr 09:00-12:00; Sa 09:00-11:00; PH off",
        "lundi au vendredi 9h-12h sans rendez-vous, 14h-17h sur rendez-vous": None,  # which of the two, nobody could say
        "mercredi après-midi": None,
        "9h-12h": None,
        "lundi 17h-9h": None,
        "lundi 9h": None,
        "lundi 9h-12h pendant les vacances": None,
        "sur rendez-vous": None,
    }
    assert {words: hours.read(words) for words in told} == told
    week = dict.fromkeys(("tuesday", "wednesday", "thursday", "friday", "sunday"), "") | {
        "monday": "9h-12h / 14h-17h",
        "saturday": "fermé",
    }
    assert hours.by_day(week, lambda *_: None) == "Mo 09:00-12:00,14:00-17:00; Sa off"
    assert [hours.only_by_appointment(w) for w in ("Sur rendez-vous", "sans rdv", "lundi")] == [
        True,
        False,
        False,
    ]
