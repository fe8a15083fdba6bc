"""What each key of a territory file says, in French and English, for editors: `schema territory` carries it. Words only.

A key means the same wherever it stands, unless `Model.key` says otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

TABLES: dict[str, tuple[str, str]] = {
    "Territory": (
        "Une fiche de territoire : qui est où, pour quels besoins. Absent = inconnu ; [], false ou \"none\" = on sait qu'il n'y en a pas.",
        'A territory file: who is where, for which needs. Absent = unknown; [], false or "none" = known to be absent.',
    ),
    "Head": (
        "De quoi parle la fiche, et le jour où ses faits sont vrais.",
        "What the file is about, and the day its facts are true.",
    ),
    "Commune": (
        "Une commune que la table nationale n'a pas : pour un territoire fictif seulement.",
        "A commune the national table lacks: for a fictitious territory only.",
    ),
    "Context": (
        "Le contexte : décrit, montré, ne décide de rien.",
        "The context: described, shown, decides nothing.",
    ),
    "Region": (
        "La politique régionale : décrite, ne décide de rien.",
        "Regional policy: described, decides nothing.",
    ),
    "Break": (
        "Un jour où la politique régionale a changé, et ce qu'est devenue l'animation locale.",
        "A day regional policy changed, and what became of local animation.",
    ),
    "Contact": ("Quelqu'un à appeler.", "Someone to call."),
    "Desk": (
        "Un lieu d'accueil. « none » écrit une absence, « remote » un canal à distance.",
        "Where people are received. “none” writes an absence, “remote” a remote channel.",
    ),
    "Coordination": (
        "L'instance locale qui réunit les acteurs.",
        "The local body that brings actors together.",
    ),
    "Origin": ("D'où vient une ligne d'annuaire ouvert.", "Where a row of an open directory comes from."),
    "TerritoryOperator": (
        "Une maison d'un des réseaux du CEP.",
        "A house of one of the networks that give the CEP.",
    ),
    "Partner": (
        "Un autre acteur, connu par les besoins auxquels il répond.",
        "Any other actor, known by the needs it answers.",
    ),
    "FollowUp": (
        "Qui suit les personnes après le passage de relais.",
        "Who follows people after the hand-over.",
    ),
    "Scheme": ("Un dispositif local.", "A local scheme."),
    "Tool": ("Ce que les acteurs partagent.", "Something actors share."),
    "Event": ("Un forum, une journée, une formation croisée.", "A forum, an open day, a crossed training."),
    "Tie": ("Ce qui lie deux acteurs.", "What links two actors."),
    "OwnNeed": (
        "Un besoin que le catalogue n'a pas, propre à ce territoire.",
        "A need the catalogue lacks, of this territory.",
    ),
    "Declaration": (
        "Ce que croit l'auteur : comparé aux faits, jamais obéi.",
        "What the author believes: compared with the facts, never obeyed.",
    ),
}

KEYS: dict[str, tuple[str, str]] = {
    "territory": ("L'en-tête de la fiche.", "The head of the file."),
    "Territory.communes": ("Communes fictives.", "Fictitious communes."),
    "context": ("Le contexte, qui ne décide de rien.", "The context, which decides nothing."),
    "Territory.region": ("La politique régionale, qui ne décide de rien.", "Regional policy, which decides nothing."),
    "coordination": ("L'instance locale de coordination.", "The local coordination."),
    "operators": ("Les maisons des réseaux du CEP.", "The houses of the networks that give the CEP."),
    "partners": ("Les autres acteurs.", "The other actors."),
    "schemes": ("Les dispositifs locaux.", "The local schemes."),
    "tools": ("Les outils partagés.", "The shared tools."),
    "events": ("Les rencontres à venir.", "Events to come."),
    "ties": ("Les liens entre acteurs.", "Ties between actors."),
    "Territory.needs": ("Besoins propres au territoire.", "Needs of this territory alone."),
    "declaration": ("Ce que déclare l'auteur.", "What the author declares."),
    "schema": ("Version de la forme : 1.", "Version of the form: 1."),
    "id": ("Identifiant : minuscules, chiffres et tirets ; unique dans la fiche.", "Id: small letters, digits and dashes; unique in the file."),
    "name": ("Nom, tel qu'on le dit au public.", "Name, as told to the public."),
    "Contact.name": ("Nom de la personne : jamais montré sans `may_publish`.", "Name of the person: never shown without `may_publish`."),
    "region": ("Nom de la région.", "Name of the region."),
    "communes": ("Codes Insee des communes du territoire.", "INSEE codes of the communes."),
    "perimeter": ("Zones servies : commune (05061), EPCI (9 chiffres), departement:05, region:93 ou france. Absent : inconnu.", "Zones served: commune (05061), EPCI (9 digits), departement:05, region:93 or france. Absent: unknown."),
    "Head.perimeter": ("Le territoire par ses zones, au lieu de la liste des communes.", "The territory by its zones, instead of the list of communes."),
    "as_of": ("Le jour où les faits de la fiche sont vrais.", "The day on which the facts of the file are true."),
    "updated_on": ("Dernière mise à jour.", "Last update."),
    "author": ("Qui a écrit la fiche.", "Who wrote the file."),
    "sources": ("D'où viennent les faits ; lignes à citer.", "Where the facts come from; lines to cite."),
    "said": ("D'où vient ce qui est dit ici : un texte, une visite, « inventé pour l'exemple ».", "Where this comes from: a text, a visit, “invented for the example”."),
    "code": ("Code Insee.", "INSEE code."),
    "OwnNeed.code": ("Code du besoin : x-<territoire>--…", "Code of the need: x-<territory>--…"),
    "postcode": ("Code postal.", "Postcode."),
    "latitude": ("Latitude, en degrés décimaux.", "Latitude, in decimal degrees."),
    "longitude": ("Longitude, en degrés décimaux.", "Longitude, in decimal degrees."),
    "population": ("Habitants.", "Inhabitants."),
    "zone": ("Type d'espace.", "Kind of space."),
    "urban_centre": ("Y a-t-il un pôle urbain ?", "Is there an urban centre?"),
    "isolation": ("Enclavement.", "Isolation."),
    "transport": ("Transports en commun.", "Public transport."),
    "training_supply": ("Offre de formation sur place.", "Training on the spot."),
    "labour_market": ("Marché du travail.", "Labour market."),
    "seasonality": ("Secteurs saisonniers.", "Seasonal sectors."),
    "season_months": ("Mois de saison, de 1 à 12.", "Months of the season, 1 to 12."),
    "share_seasonal_contracts": ("Part des contrats saisonniers, de 0 à 1.", "Share of seasonal contracts, 0 to 1."),
    "several_jobs": ("La pluriactivité est-elle courante ?", "Is holding several jobs common?"),
    "main_obstacles": ("Freins principaux, codes de besoins.", "Main obstacles, codes of needs."),
    "on": ("Jour, mois ou année.", "Day, month or year."),
    "kind": ("Nature du changement.", "Kind of change."),
    "effect": ("Effet sur l'animation locale.", "Effect on local animation."),
    "territorialisation": ("La région décline-t-elle sa politique par territoire ?", "Does the region territorialise its policy?"),
    "included": ("Ce territoire en fait-il partie ?", "Is this territory part of it?"),
    "political_support": ("Appui politique de la région.", "The region's political support."),
    "technical_support": ("Appui technique de la région.", "The region's technical support."),
    "breaks": ("Ruptures de la politique régionale.", "Breaks in regional policy."),
    "use": ("Pour qui : public, ou counsellor (entre professionnels).", "For whom: public, or counsellor (between professionals)."),
    "role": ("Fonction : accueil, référent…", "Role: reception, referent…"),
    "phone": ("Téléphone : +33… ou numéro court.", "Phone: +33… or a short number."),
    "email": ("Courriel d'un service, pas d'une personne sans son accord.", "A desk's e-mail, not a person's without consent."),
    "deputy": ("Qui remplace en cas d'absence.", "Who stands in."),
    "checked_on": ("Jour de la dernière vérification.", "Day it was last checked."),
    "may_publish": ("Peut-on le montrer au public ?", "May it be shown to the public?"),
    "type": ("Type, parmi la liste.", "Type, among the list."),
    "commune": ("Code Insee de la commune du lieu.", "INSEE code of the commune of the place."),
    "address": ("Adresse : rue, code postal et commune.", "Address: street, postcode and town."),
    "hours": ("Horaires, en grammaire OpenStreetMap : Mo-Fr 09:00-12:00,14:00-17:00; PH off.", "Hours, in OpenStreetMap grammar: Mo-Fr 09:00-12:00,14:00-17:00; PH off."),
    "days_per_month": ("Jours de présence par mois.", "Days of presence a month."),
    "by_appointment": ("Sur rendez-vous seulement ?", "By appointment only?"),
    "wheelchair": ("Accessible en fauteuil roulant ?", "Wheelchair access?"),
    "travel_minutes": ("Minutes de trajet depuis des communes, par code.", "Minutes of travel from communes, by code."),
    "status": ("État.", "State."),
    "since": ("Depuis quand : jour, mois ou année.", "Since when: day, month or year."),
    "until": ("Jusqu'à quand, ce jour compris : jour, mois ou année.", "Until when, that day included: day, month or year."),
    "launched_by": ("Qui l'a lancée.", "Who launched it."),
    "run_by": ("Qui l'anime.", "Who runs it."),
    "member_operators": ("Opérateurs membres, par leur identifiant ou leur réseau.", "Member operators, by their id or network."),
    "member_partners": ("Partenaires membres, par leur identifiant.", "Member partners, by their id."),
    "shared_tools": ("Outils partagés.", "Shared tools."),
    "joint_actions": ("Actions communes.", "Joint actions."),
    "last_meeting": ("Dernière réunion.", "Last meeting."),
    "meets_every_months": ("Se réunit tous les … mois.", "Meets every … months."),
    "meets_daily_needs": ("Sert-elle au quotidien des conseillers ?", "Does it serve counsellors' daily work?"),
    "funder": ("Qui finance.", "Who funds it."),
    "funded_until": ("Financé jusqu'à : jour, mois ou année.", "Funded until: day, month or year."),
    "contact": ("Le contact.", "The contact."),
    "network": ("Réseau : un code des opérateurs des règles.", "Network: a code of the operators of the rules."),
    "Partner.network": ("Réseau porteur, dans les codes de data·inclusion quand il y en a un.", "Network, in data·inclusion's codes when there is one."),
    "side": ("Côté : service public de l'emploi, salariés, ou les deux.", "Side: employment service, employees, or both."),
    "levels": ("Niveaux de CEP assurés : 1 et 2.", "Levels of CEP given: 1 and 2."),
    "services": ("Services rendus.", "Services given."),
    "turnover": ("Rotation des conseillers.", "Turnover of counsellors."),
    "needs": ("Besoins auxquels on répond, codes data·inclusion ; une catégorie répond à toutes ses thématiques.", "Needs answered, data·inclusion codes; a category answers all its themes."),
    "funds_training": ("Finance-t-il des formations ?", "Does it fund training?"),
    "decides": ("Ce qu'il décide de financer.", "What it decides to fund."),
    "conditions": ("Conditions d'accès, en clair.", "Conditions, in plain words."),
    "fees": ("gratuit ou payant.", "gratuit (free) or payant."),
    "wait_days": ("Jours d'attente avant le premier rendez-vous.", "Days before the first meeting."),
    "website": ("Site.", "Website."),
    "siret": ("SIRET, 14 chiffres.", "SIRET, 14 digits."),
    "source": ("D'où vient cette entrée.", "Where this entry comes from."),
    "source_id": ("Son identifiant dans la source.", "Its id in the source."),
    "source_date": ("Le jour que la source lui donne.", "The day the source gives it."),
    "also_from": ("Les autres sources de la même maison.", "The other sources of the same house."),
    "to_check": ("À vérifier : personne ne l'a encore confirmé.", "To be checked: nobody has confirmed it yet."),
    "replaced_by": ("La maison qui l'a repris, par son id.", "The house that took it over, by its id."),
    "lock": ("true : un import n'y touche pas.", "true: an import leaves it alone."),
    "imported": ("Écrit par l'import : la marque de chaque valeur, pour voir ce qui a été changé à la main. Ne pas modifier.", "Written by the import: the mark of each value, to see what was changed by hand. Leave it."),
    "places": ("Les lieux d'accueil.", "Where people are received."),
    "contacts": ("Qui appeler.", "Who to call."),
    "circle": ("Cercle d'acteurs.", "Circle of actors."),
    "publics": ("Publics reçus, codes data·inclusion. Absent : inconnu ; tous-publics : tout le monde.", "Publics received, data·inclusion codes. Absent: unknown; tous-publics: everyone."),
    "level1": ("Reçoit-il tout le monde (premier niveau) ?", "Does it receive anyone (first level)?"),
    "spro": ("Membre du service public régional de l'orientation ?", "Member of the regional public guidance service?"),
    "referable_by": ("Qui peut le solliciter : usagers, professionnels.", "Who may call on it: usagers, professionnels."),
    "reception": ("Comment il reçoit : en-presentiel, a-distance. Absent : ce que disent ses lieux.", "How it receives people: en-presentiel, a-distance. Absent: what its places show."),
    "referral": ("Comment lui adresser quelqu'un.", "How to send someone there."),
    "referral_url": ("L'adresse pour lui adresser quelqu'un en ligne.", "The address to send someone there online."),
    "by": ("Qui suit.", "Who follows."),
    "within_days": ("Sous combien de jours.", "Within how many days."),
    "issue": ("Le problème local auquel le dispositif répond.", "The local issue the scheme answers."),
    "public": ("Public : pour chaque fait, les valeurs acceptées ; tous les faits doivent convenir.", "Public: for each fact, the values accepted; every fact must match."),
    "dedicated_means": ("A-t-il des moyens dédiés ?", "Has it means of its own?"),
    "pilot": ("Qui le pilote.", "Who pilots it."),
    "place": ("Le lieu du dispositif.", "The place of the scheme."),
    "follow_up": ("Le suivi après le relais.", "The follow-up after the hand-over."),
    "scale": ("Échelle.", "Scale."),
    "actors": ("Acteurs qui s'en servent.", "Actors who use it."),
    "url": ("Adresse internet.", "Internet address."),
    "vintage": ("Année.", "Year."),
    "access": ("Pour qui.", "For whom."),
    "date": ("Jour, mois ou année.", "Day, month or year."),
    "audience": ("À qui il s'adresse.", "Whom it is for."),
    "organisers": ("Qui organise.", "Who organises."),
    "from": ("L'un des deux acteurs.", "One of the two actors."),
    "to": ("L'autre acteur.", "The other actor."),
    "nature": ("Nature du lien.", "Nature of the tie."),
    "formal": ("Est-il écrit ?", "Is it written?"),
    "about": ("Sur quoi il porte.", "What it is about."),
    "rests_on_one_person": ("Repose-t-il sur une seule personne ?", "Does it rest on one person?"),
    "seen_on": ("Jour où il a été constaté.", "Day it was seen."),
    "family": ("Famille : freins, projet, mise en œuvre.", "Family: obstacles, project, carrying out."),
    "fr": ("En français.", "In French."),
    "en": ("En anglais.", "In English."),
    "spellings": ("Autres manières de l'écrire.", "Other spellings."),
    "configuration": ("Configuration de coopération déclarée.", "Declared configuration of cooperation."),
    "declared_on": ("Jour de la déclaration.", "Day of the declaration."),
}  # fmt: skip


def described(schema: Mapping[str, Any], lang: str) -> dict[str, Any]:
    """The JSON Schema of territory files with a description on each table and each key, in one language."""
    at = 0 if lang == "fr" else 1
    tables = {name: _table(name, table, at) for name, table in schema.get("$defs", {}).items()}
    return {**_table(str(schema.get("title", "")), schema, at), **({"$defs": tables} if tables else {})}


def _table(name: str, table: Mapping[str, Any], at: int) -> dict[str, Any]:
    found = dict(table)
    if name in TABLES:
        found["description"] = TABLES[name][at]
    properties = {}
    for key, value in table.get("properties", {}).items():
        words = KEYS.get(f"{name}.{key}") or KEYS.get(key)
        properties[key] = {**value, **({"description": words[at]} if words else {})}
    if properties:
        found["properties"] = properties
    return found
