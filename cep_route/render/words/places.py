"""The sentences of CEP6xx, what is said of a place someone named; words only, nothing is looked up here."""

from __future__ import annotations

from cep_route.render.words import Message

MESSAGES: dict[str, Message] = {
    "CEP601": {
        "fr": "« {text} » n'est le nom, le code postal ni le code d'aucune commune",
        "en": "“{text}” is the name, the postcode or the code of no commune",
        "hint_fr": "donnez le code postal et le nom, ou le code INSEE : « 05000 Gap », « 05061 »",
        "hint_en": "give the postcode and the name, or the INSEE code: “05000 Gap”, “05061”",
        "why": "It matches no commune of today or of the past; write the official name, a postcode with the name, or the code.",
    },
    "CEP602": {
        "fr": "aucune commune ne s'appelle « {text} »",
        "en": "no commune is called “{text}”",
        "hint_fr": "vouliez-vous dire {near} ?",
        "hint_en": "did you mean {near}?",
        "why": "The name is misspelt or shortened; take one of the near names, or give its code.",
    },
    "CEP603": {
        "fr": "« {text} » désigne {count} communes",
        "en": "“{text}” is {count} communes",
        "hint_fr": "choisissez par son code : {choices}",
        "hint_en": "choose by its code: {choices}",
        "why": "Several communes share this name or postcode and none is guessed; give the code, or the postcode with the name.",
    },
    "CEP604": {
        "fr": "« {text} » se contredit : {number} est {by_number}, le nom est celui de {by_name}",
        "en": "“{text}” contradicts itself: {number} is {by_number}, the name is that of {by_name}",
        "hint_fr": "corrigez le code postal ou le nom",
        "hint_en": "mend the postcode or the name",
        "why": "The postcode and the name belong to different communes and neither is believed against the other; mend one.",
    },
    "CEP605": {
        "fr": "« {text} » se contredit : {communes} n'est pas dans le lieu indiqué",
        "en": "“{text}” contradicts itself: {communes} is not in the place given",
        "hint_fr": "corrigez la commune ou le département, la région, l'arrondissement",
        "hint_en": "mend the commune or the département, region or arrondissement",
        "why": "The commune named does not lie where the rest of the text or the request says; mend either.",
    },
    "CEP606": {
        "fr": "« {text} » est un ancien nom ou code ({was}, {code}) : c'est aujourd'hui {commune}",
        "en": "“{text}” is a name or code of the past ({was}, {code}): it is {commune} today",
        "hint_fr": "écrivez la commune d'aujourd'hui",
        "hint_en": "write the commune of today",
        "why": "The commune was renamed, merged or given another code; the commune of today was taken, write it to be rid of this.",
    },
    "CEP607": {
        "fr": "« {name} » n'est pas une commune : « {text} » est lu d'après {number}, {commune}",
        "en": "“{name}” is no commune: “{text}” is read from {number}, {commune}",
        "hint_fr": "vérifiez que c'est bien là",
        "hint_en": "make sure this is the place",
        "why": "The name is unknown (a hamlet, a misspelling) and the postcode has one commune only, which was taken; check it.",
    },
    "CEP608": {
        "fr": "« {name} » est lu comme {commune}, d'après {number}",
        "en": "“{name}” is read as {commune}, from {number}",
        "hint_fr": "vérifiez que c'est bien là",
        "hint_en": "make sure this is the place",
        "why": "Only part of the name was recognised, and one commune alone has it under this postcode; check it.",
    },
    "CEP609": {
        "fr": "le code postal {number} est inconnu : « {text} » est lu d'après le nom, {commune}",
        "en": "postcode {number} is unknown: “{text}” is read from the name, {commune}",
        "hint_fr": "vérifiez le code postal",
        "hint_en": "check the postcode",
        "why": "The postcode is unknown (a CEDEX, a slip), but its département has one commune of this name, which was taken.",
    },
}
