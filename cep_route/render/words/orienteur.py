"""The fixed words of the orienteur page, both languages side by side; what it says like a route's page is taken from there."""

from __future__ import annotations

from cep_route.render.words.route import WORDS as ROUTE

_AS_A_ROUTE = (
    "or", "joint", "nobody", "see", "maybe_item", "scheme", "scheme_maybe", "scheme_missing", "covers", "single_phone", "follow_up",
    "part", "covers_needs", "unknown_public", "unknown_zone", "relaxed_theme", "relaxed_public", "relaxed_zone",
    "channel_desk", "channel_permanence", "channel_remote", "channel_national", "channel_unknown", "nearest", "here", "km", "minutes",
    "hours", "appointment", "wheelchair", "no_wheelchair", "phone", "read_on", "confidence_sure", "confidence_likely",
    "confidence_unsure", "until_day", "until_unknown", "until_age", "until_law", "first", "possible", "also", "maybe", "partners", "unmet",
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
    "years": {"fr": "{years} ans", "en": "{years} years"},
    "to": {"fr": "à", "en": "to"},
    "cep": {"fr": "Le CEP en deux mots", "en": "The CEP in two words"},
    "cep_is": {
        "fr": "Le conseil en évolution professionnelle est gratuit et confidentiel. On y va de sa propre initiative, sur son temps libre "
        "ou, si un accord le prévoit, sur son temps de travail ; l'employeur n'a pas à le savoir. Rien n'oblige à continuer.",
        "en": "Career advice is free and confidential. One goes on one's own initiative, in one's own time or, where an agreement provides "
        "for it, in working time; the employer need not know. Nothing obliges anyone to go on.",
    },
    "print": {"fr": "Imprimer", "en": "Print"},
    "again": {"fr": "Recommencer", "en": "Start again"},
    "foot": {
        "fr": "Page faite le {made} ; elle répond par les règles du jour où vous la lisez, telles qu'elles étaient connues ce jour-là. "
        "Adresses au {asOf}.",
        "en": "Page made on {made}; it answers by the rules of the day you read it, as they were known when it was made. "
        "Addresses of {asOf}.",
    },
    "foot_private": {
        "fr": "Aucun cookie, aucune mesure d'audience, aucun envoi.",
        "en": "No cookie, no audience measurement, nothing sent.",
    },
    "noscript": {
        "fr": "Cette page pose ses questions à l'aide de JavaScript, qui est désactivé ici. Voici à qui s'adresser : chacun de ces réseaux "
        "vous recevra, ou vous dira qui le fera.",
        "en": "This page asks its questions with JavaScript, which is switched off here. Here is whom to see: each of these networks will "
        "receive you, or tell you who will.",
    },
}
