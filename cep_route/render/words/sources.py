"""The sentences of CEP3xx, what is wrong with sources and their age; words only, nothing is judged here."""

from __future__ import annotations

from cep_route.render.words import Message

MESSAGES: dict[str, Message] = {
    "CEP301": {
        "fr": "source « {id} » lue le {read_on}, il y a plus de {months} mois",
        "en": "source “{id}” read on {read_on}, more than {months} months ago",
        "hint_fr": "relisez-la et mettez read_on à jour ; règles qui s'y appuient : {rules}",
        "hint_en": "read it again and update read_on; rules that rest on it: {rules}",
        "why": "Law and pages change: a source not read for that long may no longer say what the rules say.",
    },
    "CEP302": {
        "fr": "source « {id} » lue le {read_on}, après le jour demandé ({on})",
        "en": "source “{id}” read on {read_on}, after the day asked about ({on})",
        "hint_fr": "vérifiez la date de lecture, ou l'option --on",
        "hint_en": "check the day of reading, or the --on option",
        "why": "A source cannot have been read in the future; the date is probably mistyped.",
    },
    "CEP303": {
        "fr": "source « {id} » citée par aucune règle",
        "en": "source “{id}” that no rule cites",
        "hint_fr": "retirez-la, ou citez-la",
        "hint_en": "remove it, or cite it",
        "why": "Every source listed should support a rule, an operator or a need; this one supports nothing.",
    },
}
