"""The cards of `rules/directory.toml`, ready to be looked up by the codes of each directory. It holds data; it names nobody itself."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

from cep_route.model.written import DirectoryFile
from cep_route.text import normalise


class Cards:
    """Which kind of house a foreign code or a name says."""

    def __init__(self, data: DirectoryFile) -> None:
        self.kinds, self.feeds, self.renamed = data.kinds, data.feeds, data.renamed
        self.shared_boxes = frozenset(data.shared_boxes)
        self.heads = {normalise(s): (h.key, i) for h in data.heads for i, s in enumerate(h.spellings)}
        self._codes = {
            "annuaire": {code: i for i, kind in enumerate(self.kinds) for code in kind.annuaire},
            "data_inclusion": {code: i for i, kind in enumerate(self.kinds) for code in kind.data_inclusion},
        }
        self._listed = {
            normalise(word): i
            for i, kind in enumerate(self.kinds)
            for word in (*kind.annuaire, *kind.data_inclusion, *kind.older, *kind.listed, kind.network)
        }
        self._names = [(f"{normalise(n)} ", i) for i, kind in enumerate(self.kinds) for n in kind.names]
        self._short = {normalise(word): i for i, kind in enumerate(self.kinds) for word in kind.short}
        self.publics = {normalise(word): code for code, words in data.publics.items() for word in words}
        self._circles = {c: card.circle for card in data.circles for c in card.categories}
        self._default = data.default_circle
        self.of_network = {kind.network: i for i, kind in enumerate(self.kinds)}

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
        inside = [
            (len(start), i) for start, i in self._names if f" {start}" in f" {words}" and self.is_operator(i)
        ]
        hits = (
            [(len(start), i) for start, i in self._names if words.startswith(start)]
            or [
                (len(word), i)
                for word, i in self._listed.items()
                if len(word) > 2 and words.startswith(f"{word} ")
            ]
            or inside
            or self._initials(name)
        )
        return (max(hits)[1],) if hits else ()

    def _initials(self, name: str) -> list[tuple[int, int]]:
        letters = re.sub(r"\b(\w)\.(?=\w\b|\s|$)", r"\1", name)  # « M.L. » is « ML »
        tokens = (re.fullmatch(r"([a-z]+)\d*", token) for token in re.split(r"[\s-]+", normalise(letters)))
        return [(len(t[1]), self._short[t[1]]) for t in tokens if t and t[1] in self._short]

    def is_operator(self, kind: int) -> bool:
        return self.kinds[kind].operator is not None

    def circle(self, kinds: Iterable[int], needs: Iterable[str]) -> str:
        """The circle of a partner: that of its kind, else the one most of its needs belong to."""
        for kind in kinds:
            if circle := self.kinds[kind].circle:
                return circle
        found = (self._circles.get(need.partition("--")[0]) for need in needs)
        counts = Counter(circle for circle in found if circle)
        return counts.most_common(1)[0][0] if counts else self._default

    def name(self, told: str, kinds: Iterable[int], on: str | None) -> str:
        """The name with its long beginning cut, under today's word when the row is dated since the change."""
        for kind in kinds:
            card = self.kinds[kind]
            for start in card.cut:
                if told.startswith(start) and len(told) > len(start):
                    told = f"{card.called or ''}{told[len(start) :]}"
        for change in self.renamed:
            if on and on >= change.since.isoformat():
                told = told.replace(change.old, change.new)
        return told
