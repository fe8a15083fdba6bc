"""The fixed words of a bar of progress and of a drawn finding, both languages side by side."""

from __future__ import annotations

SCREEN: dict[str, dict[str, str]] = {
    "units": {"fr": "o ko Mo Go To", "en": "B kB MB GB TB"},
    "decimal": {"fr": ",", "en": "."},
    "a_second": {"fr": "{amount}/s", "en": "{amount}/s"},
    "left": {"fr": "reste {time}", "en": "{time} left"},
    "hint": {"fr": "aide", "en": "hint"},
    "also": {"fr": "voir aussi", "en": "see also"},
    "warning": {"fr": "avertissement", "en": "warning"},
    "error": {"fr": "erreur", "en": "error"},
    "info": {"fr": "information", "en": "information"},
}
