"""The cards of `rules/directory.toml`, ready to be looked up by the codes of each directory. It holds data; it names nobody itself."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from cep_route.text import normalise


class Cards:
    """Which kind of house a foreign code or a name says."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        self.kinds: tuple[Mapping[str, Any], ...] = tuple(data["kinds"])
        self.feeds: Mapping[str, Mapping[str, Any]] = data["feeds"]
        self.renamed = data.get("renamed", ())
        self.shared_boxes = frozenset(data["shared_boxes"])
        self.heads = {
            normalise(s): (h["key"], i) for h in data["heads"] for i, s in enumerate(h["spellings"])
        }
        self._codes = {
            form: {code: i for i, kind in enumerate(self.kinds) for code in kind.get(form, ())}
            for form in ("annuaire", "data_inclusion", "older")
        }
        self._listed = {
            normalise(word): i
            for form in ("annuaire", "data_inclusion", "older", "listed")
            for i, kind in enumerate(self.kinds)
            for word in kind.get(form, ())
        }
        self._listed |= {normalise(kind["network"]): i for i, kind in enumerate(self.kinds)}
        self._names = [
            (f"{normalise(n)} ", i) for i, kind in enumerate(self.kinds) for n in kind.get("names", ())
        ]
        self._short = {
            normalise(word): i for i, kind in enumerate(self.kinds) for word in kind.get("short", ())
        }
        self._circles = {c: card["circle"] for card in data["circles"] for c in card["categories"]}
        self._default = data["default_circle"]
        self.of_network = {kind["network"]: i for i, kind in enumerate(self.kinds)}

    def of(self, form: str, codes: Iterable[str]) -> tuple[int, ...]:
        table = self._codes[form]
        return tuple(dict.fromkeys(table[code] for code in codes if code in table))

    def listed(self, word: str) -> tuple[int, ...]:
        at = self._listed.get(normalise(word))
        return () if at is None else (at,)

    def head(self, title: str) -> tuple[str, int] | None:
        """What a normalised title says, and how well; words of a network at its end (« nom officiel ml ») say nothing."""
        hit = self.heads.get(title)
        words = title.split()
        while hit is None and len(words) > 1 and words[-1] in self._short:
            words.pop()
            hit = self.heads.get(" ".join(words))
        return hit

    def named(self, name: str) -> tuple[int, ...]:
        """The kind of a name: how it begins (the longest wins), a network's name inside it, else its initials (« 05-MLJ GAP », « ML05 »)."""
        words = f"{normalise(name)} "
        hits = [(len(start), i) for start, i in self._names if words.startswith(start)]
        if not hits:
            starts = [(len(word), i) for word, i in self._listed.items() if words.startswith(f"{word} ")]
            hits = [hit for hit in starts if hit[0] > 2]
        if not hits:
            hits = [
                (len(start), i)
                for start, i in self._names
                if f" {start}" in f" {words}" and self.is_operator(i)
            ]
        if not hits:
            letters = re.sub(r"\b(\w)\.(?=\w\b|\s|$)", r"\1", name)  # « M.L. » is « ML »
            tokens = (
                re.fullmatch(r"([a-z]+)\d*", token) for token in re.split(r"[\s-]+", normalise(letters))
            )
            hits = [(len(t[1]), self._short[t[1]]) for t in tokens if t and t[1] in self._short]
        return (max(hits)[1],) if hits else ()

    def is_operator(self, kind: int) -> bool:
        return bool(self.kinds[kind].get("operator"))

    def circle(self, kinds: Iterable[int], needs: Iterable[str]) -> str:
        """The circle of a partner: that of its kind, else the one most of its needs belong to."""
        for kind in kinds:
            if self.kinds[kind].get("circle"):
                return str(self.kinds[kind]["circle"])
        counts: dict[str, int] = {}
        for need in needs:
            circle = self._circles.get(need.partition("--")[0])
            if circle:
                counts[circle] = counts.get(circle, 0) + 1
        return max(counts, key=lambda c: counts[c]) if counts else str(self._default)

    def name(self, told: str, kinds: Iterable[int], on: str | None) -> str:
        """The name with its long beginning cut, under today's word when the row is dated since the change."""
        for kind in kinds:
            for start in self.kinds[kind].get("cut", ()):
                if told.startswith(start) and len(told) > len(start):
                    told = f"{self.kinds[kind].get('called', '')}{told[len(start) :]}"
        for change in self.renamed:
            if on and on >= str(change["since"]):
                told = told.replace(change["old"], change["new"])
        return told
