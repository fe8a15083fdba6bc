"""The fixed words of the orienteur page, both languages side by side; what it says like a route's page is taken from there."""

from __future__ import annotations

from cep_route.render.words.route import WORDS as ROUTE

_AS_A_ROUTE = (
    "or", "joint", "nobody", "see", "maybe_item", "scheme", "scheme_maybe", "scheme_missing", "covers", "single_phone", "follow_up",
    "part", "covers_needs", "unknown_public", "unknown_zone", "relaxed_theme", "relaxed_public", "relaxed_zone",
    "channel_desk", "channel_permanence", "channel_remote", "channel_national", "channel_unknown", "nearest", "here", "km", "minutes",
    "hours", "appointment", "wheelchair", "no_wheelchair", "phone", "read_on", "confidence_sure", "confidence_likely",
    "confidence_unsure", "until_day", "until_unknown", "until_age", "until_law", "first", "possible", "also", "maybe", "partners",
    "why", "note", "until",
)  # fmt: skip

WORDS = {key: ROUTE[key] for key in _AS_A_ROUTE} | {
    "title": {
        "fr": "À qui s'adresser pour un conseil en évolution professionnelle",
        "en": "Who to see for free career advice",
    },
    "skip": {"fr": "Aller au contenu", "en": "Skip to the content"},
    "other_language": {"fr": "English", "en": "Français"},
    "language_is": {"fr": "La page est en français.", "en": "The page is in English."},
    "start": {"fr": "Trouver le bon interlocuteur", "en": "Find the right adviser"},
    "intro": {
        "fr": "Le conseil en évolution professionnelle (CEP) est gratuit, confidentiel, et ouvert à toute personne qui le demande. "
        "Quelques questions suffisent à savoir vers qui aller. « La personne », c'est vous, ou celle que vous accompagnez. À chaque "
        "question vous pouvez répondre que vous ne savez pas.",
        "en": "Career advice (conseil en évolution professionnelle, CEP) is free, confidential, and open to whoever asks for it. A few "
        "questions are enough to know whom to see. “The person” is you, or the one you help. To every question you may answer that "
        "you do not know.",
    },
    "private": {
        "fr": "Vos réponses restent dans cette page : elles ne sont ni envoyées ni gardées, et disparaissent quand vous la fermez.",
        "en": "Your answers stay in this page: they are neither sent nor kept, and vanish when you close it.",
    },
    "begin": {"fr": "Commencer", "en": "Begin"},
    "question": {"fr": "Question {number}", "en": "Question {number}"},
    "unknown": {"fr": "Je ne sais pas", "en": "I do not know"},
    "continue": {"fr": "Continuer", "en": "Continue"},
    "back": {"fr": "Retour", "en": "Back"},
    "early": {"fr": "Voir déjà la réponse", "en": "See the answer already"},
    "help": {"fr": "Aide pour répondre", "en": "Help to answer"},
    "choose": {
        "fr": "Choisissez une réponse ; « je ne sais pas » en est une.",
        "en": "Choose an answer; “I do not know” is one.",
    },
    "birth": {"fr": "Date de naissance (jj/mm/aaaa)", "en": "Birth date (dd/mm/yyyy)"},
    "age": {"fr": "ou bien âge, en années révolues", "en": "or age, in completed years"},
    "bad_birth": {
        "fr": "Cette date de naissance n'est pas comprise : écrivez par exemple 28/02/2001.",
        "en": "This birth date is not understood: write for instance 28/02/2001.",
    },
    "bad_age": {
        "fr": "Cet âge n'est pas compris : écrivez un nombre d'années, de 0 à 120.",
        "en": "This age is not understood: write a number of years, from 0 to 120.",
    },
    "impossible": {
        "fr": "Cet âge ne va pas avec ce qui a été répondu avant.",
        "en": "This age does not go with what was answered before.",
    },
    "home": {
        "fr": "Dans quelle commune habite la personne ?",
        "en": "In which commune does the person live?",
    },
    "home_unknown": {"fr": "Je ne sais pas, ou ailleurs", "en": "I do not know, or elsewhere"},
    "home_label": {"fr": "commune", "en": "commune"},
    "region": {
        "fr": "Dans quelle région habite la personne ?",
        "en": "In which region does the person live?",
    },
    "region_unknown": {"fr": "Je ne sais pas", "en": "I do not know"},
    "region_label": {"fr": "région", "en": "region"},
    "needs": {"fr": "De quoi la personne a-t-elle besoin ?", "en": "What does the person need?"},
    "needs_hint": {
        "fr": "Cochez ce qui compte, ou rien. La réponse dira qui aide près de chez elle.",
        "en": "Tick what matters, or nothing. The answer will say who helps nearby.",
    },
    "needs_label": {"fr": "besoins", "en": "needs"},
    "no_need": {"fr": "aucun coché", "en": "none ticked"},
    "family_obstacles": {"fr": "Lever ce qui gêne", "en": "Lifting obstacles"},
    "family_project": {"fr": "Construire un projet", "en": "Building a project"},
    "family_carrying_out": {"fr": "Le réaliser", "en": "Carrying it out"},
    "see_answer": {"fr": "Voir la réponse", "en": "See the answer"},
    "answered_on": {"fr": "Réponse au {day} — {territory}", "en": "Answer on {day} — {territory}"},
    "instead": {
        "fr": "Les adresses que cette page connaissait datent du {day} : elles sont trop anciennes pour y envoyer quelqu'un. Voici les "
        "numéros et sites nationaux.",
        "en": "The addresses this page knew are of {day}: too old to send someone by. Here are the national numbers and sites.",
    },
    "to_know": {"fr": "Ce qui reste à savoir pour trancher", "en": "What remains to be known to decide"},
    "to_know_more": {"fr": "Ce qui reste inconnu", "en": "What remains unknown"},
    "answer_it": {"fr": "Répondre", "en": "Answer"},
    "desks_until": {
        "fr": "Les adresses valent jusqu'au {day} inclus ; ensuite, revenez voir cette page.",
        "en": "The addresses hold until {day} included; then come and see this page again.",
    },
    "checked_on": {"fr": "coordonnées vérifiées le {day}", "en": "contact checked on {day}"},
    "told": {"fr": "Ce que vous avez répondu", "en": "What you answered"},
    "change_it": {"fr": "Modifier", "en": "Change"},
    "outside": {
        "fr": "Un interlocuteur est prévu pour cette situation",
        "en": "Someone is there for this very situation",
    },
    "unmet": {
        "fr": "À demander au premier rendez-vous : nous ne savons pas qui y répond ici",
        "en": "To ask at the first appointment: we do not know who answers it around here",
    },
    "years": {"fr": "{years} ans", "en": "{years} years"},
    "to": {"fr": "à", "en": "to"},
    "cep": {"fr": "Le CEP en deux mots", "en": "The CEP in two words"},
    "cep_is": {
        "fr": "Le conseil en évolution professionnelle est gratuit et confidentiel. On y va de sa propre initiative, sans que "
        "l'employeur en soit informé, et on s'arrête quand on veut.",
        "en": "Career advice is free and confidential. One goes on one's own initiative, without the employer being told, and stops "
        "when one wants to.",
    },
    "print": {"fr": "Imprimer", "en": "Print"},
    "again": {"fr": "Recommencer", "en": "Start again"},
    "foot": {
        "fr": "Page faite le {made} avec les règles et les adresses connues alors ; elle applique celles qui valent le jour où vous la "
        "lisez. Fiche du territoire au {asOf}.",
        "en": "Page made on {made} with the rules and addresses known then; it applies those that hold on the day you read it. "
        "Territory file of {asOf}.",
    },
    "foot_private": {
        "fr": "Aucun cookie, aucune mesure d'audience, aucun envoi.",
        "en": "No cookie, no audience measurement, nothing sent.",
    },
    "noscript": {
        "fr": "Cette page pose ses questions à l'aide de JavaScript, que ce navigateur n'exécute pas. Voici à qui s'adresser : chacun de ces "
        "réseaux vous recevra, ou vous dira qui le fera.",
        "en": "This page asks its questions with JavaScript, which this browser does not run. Here is whom to see: each of these networks will "
        "receive you, or tell you who will.",
    },
    "old": {
        "fr": "Les adresses de ce territoire datent du {day} : appelez avant de vous déplacer.",
        "en": "The addresses of this territory are of {day}: call before you go.",
    },
    "no_home": {
        "fr": "La commune n'est pas indiquée : ces adresses peuvent être celles d'un autre secteur.",
        "en": "The commune is not told: these addresses may be those of another area.",
    },
    "no_region": {
        "fr": "La région n'est pas indiquée : certains numéros changent d'une région à l'autre.",
        "en": "The region is not told: some numbers change from one region to another.",
    },
    "checked_long_ago": {
        "fr": "coordonnées vérifiées le {day}, il y a plus d'un an : appelez avant de vous déplacer",
        "en": "contact checked on {day}, more than a year ago: call before you go",
    },
    "leap": {
        "fr": "Née un 29 février, la personne change d'âge le 1er mars des années communes : c'est une convention.",
        "en": "Born on 29 February, the person changes age on 1 March in common years: this is a convention.",
    },
    "sources": {
        "fr": "D'où viennent les adresses et les noms",
        "en": "Where the addresses and names come from",
    },
}
