"""A national dump to one département's territory file: seconds and peak memory. The dumps are made here, of rows spread over every commune.

Run: .venv/bin/python benchmarks/importing.py [MEGABYTES]. Wanted: a dump of 350 MB in under 10 s of CPU, with memory that does not
grow with it (the last line imports a tenth of the dump, to compare).
"""

# ruff: noqa: E501  # rows as their publishers write them stand whole

import itertools
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from cep_route import places

CLI = str(Path(sys.executable).with_name("cep-route"))
DEPARTEMENT = "08"
PROSE = (
    "Accueil, information et accompagnement des personnes dans leurs démarches ; sur rendez-vous ou sans rendez-vous. "
    * 4
)


def annuaire(n, here):
    """A record of the administration's directory, as its archive writes it (86,000 of them in the real one)."""
    return {
        "plage_ouverture": [
            {"nom_jour_debut": "Lundi", "nom_jour_fin": "Vendredi", "valeur_heure_debut_1": "09:00:00", "valeur_heure_fin_1": "12:00:00",
             "valeur_heure_debut_2": "14:00:00", "valeur_heure_fin_2": "17:00:00", "commentaire": ""}
        ],
        "site_internet": [{"libelle": "", "valeur": f"https://www.essai-{n}.fr"}], "copyright": "", "siren": "", "ancien_code_pivot": f"mairie-{here.code}-{n}",
        "telephone": [{"valeur": f"03 24 {n % 100:02d} {n // 100 % 100:02d} 44", "description": ""}], "texte_reference": [], "partage": [],
        "date_modification": "09/08/2025 13:30:19", "adresse_courriel": ["accueil@essai.fr"], "service_disponible": [], "organigramme": [],
        "pivot": [{"type_service_local": ("mission_locale", "mairie", "cio", "caf", "mairie")[n % 5], "code_insee_commune": [here.code]}],
        "partenaire": [], "categorie": "SL", "nom": f"Maison n° {n} de {here.name}", "mission": PROSE, "formulaire_contact": [], "code_insee_commune": here.code,
        "adresse": [{"type_adresse": "Adresse", "complement1": "", "complement2": "", "numero_voie": f"{n % 90 + 1} rue de l'Essai", "service_distribution": "",
                     "code_postal": (here.postcodes or ("",))[0], "nom_commune": here.name, "pays": "France", "longitude": "", "latitude": "", "accessibilite": "ACC", "note_accessibilite": ""}],
        "information_complementaire": "", "id": f"{n:08x}-0000-4000-8000-000000000000",
    }  # fmt: skip


def structures(n, here):
    """A structure of data·inclusion, schema v1."""
    return {
        "source": "essai", "id": f"essai--{n}", "nom": f"Structure n° {n} de {here.name}", "date_maj": "2026-03-01", "description": PROSE, "lien_source": f"https://essai.fr/{n}",
        "siret": None, "commune": here.name, "code_postal": (here.postcodes or ("",))[0], "code_insee": here.code, "adresse": f"{n % 90 + 1} rue de l'Essai",
        "complement_adresse": None, "longitude": here.lon, "latitude": here.lat, "telephone": "0324594444", "courriel": None, "site_web": f"https://essai-{n}.fr",
        "horaires_accueil": "Mo-Fr 09:00-12:00,14:00-17:00; PH off", "accessibilite_lieu": None, "reseaux_porteurs": [("ccas-cias", "france-service", "wimoov")[n % 3]],
    }  # fmt: skip


def services(n, here):
    """A service of the structure of the same number."""
    return {
        "source": "essai", "structure_id": f"essai--{n}", "id": f"essai--s{n}", "nom": "Aide à la mobilité", "description": PROSE, "date_maj": "2026-03-01",
        "type": "accompagnement", "thematiques": ["mobilite--acceder-a-un-vehicule", "numerique--acquerir-un-equipement"], "frais": "gratuit", "publics": ["tous-publics"],
        "publics_precisions": None, "conditions_acces": "Sur orientation d'un professionnel", "code_insee": here.code, "commune": here.name, "modes_accueil": ["en-presentiel"],
        "zone_eligibilite": [here.departement], "modes_mobilisation": ["telephoner"], "mobilisable_par": ["professionnels"], "horaires_accueil": None,
    }  # fmt: skip


def made(folder, name, form, megabytes, communes, head=""):
    """A dump of that size, the path and its number of rows; written a row at a time."""
    path, size, rows = Path(folder, name), 0, 0
    with path.open("w", encoding="utf-8") as file:
        file.write(f'{{"{head}":[' if head else "[")
        for n, here in enumerate(itertools.cycle(communes)):
            text = json.dumps(form(n, here), ensure_ascii=False)
            file.write(("," if n else "") + text)
            size, rows = size + len(text.encode()), n + 1
            if size > megabytes * 1_000_000:
                break
        file.write("]}" if head else "]")
    return path, rows


def measured(folder, *paths):
    """Seconds of wall and of CPU, peak megabytes, houses written."""
    out = Path(folder, "out.toml")
    words = [
        CLI,
        "territory",
        "import",
        *map(str, paths),
        "--departement",
        DEPARTEMENT,
        "-o",
        str(out),
        "--force",
    ]
    started = time.perf_counter()
    with subprocess.Popen(words, stderr=subprocess.PIPE, text=True) as running:
        said = running.stderr.read()
        _, status, usage = os.wait4(running.pid, 0)
        running.returncode = os.waitstatus_to_exitcode(status)
    if running.returncode:
        raise SystemExit(said)
    text = out.read_text(encoding="utf-8")
    houses = text.count("\n[[operators]]\n") + text.count("\n[[partners]]\n")
    return time.perf_counter() - started, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, houses


def main():
    megabytes = int(sys.argv[1]) if len(sys.argv) > 1 else 350
    communes = [places.commune(code) for code in places.communes_of("france")]
    print(f"{'dump':<34}{'MB':>6}{'rows':>9}{'wall s':>8}{'CPU s':>7}{'MB peak':>9}{'houses':>8}")
    with tempfile.TemporaryDirectory() as folder:
        for label, parts in (
            ("annuaire, one file", ((annuaire, 1.0, "service"),)),
            ("data·inclusion, structures", ((structures, 1.0, ""),)),
            ("data·inclusion, both files", ((structures, 0.5, ""), (services, 0.5, ""))),
            ("data·inclusion, both, a tenth", ((structures, 0.05, ""), (services, 0.05, ""))),
        ):
            dumps = [
                made(folder, f"{form.__name__}.json", form, megabytes * share, communes, head)
                for form, share, head in parts
            ]
            size = sum(path.stat().st_size for path, _ in dumps) / 1e6
            wall, cpu, peak, houses = measured(folder, *(path for path, _ in dumps))
            rows = sum(count for _, count in dumps)
            print(
                f"{label:<34}{size:>6.0f}{rows:>9}{wall:>8.1f}{cpu:>7.1f}{peak:>9.0f}{houses:>8}", flush=True
            )
            for path, _ in dumps:
                path.unlink()


if __name__ == "__main__":
    main()
