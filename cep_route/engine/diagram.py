"""Reduced ordered decision diagrams with several values and whole numbers at their leaves. Pure, and general: it knows no rule.

Bryant, "Graph-Based Algorithms for Boolean Function Manipulation", IEEE Transactions on Computers C-35(8), 1986: one order of
variables, equal nodes kept once, no node whose children are all one; then two diagrams of one table are equal when their roots are.
Variables of several values and terminals other than 0 and 1: Bahar et al., "Algebraic Decision Diagrams and their Applications",
ICCAD 1993.

A variable is a level, 0 at the top; `sizes[level]` is the number of its values. The leaf 0 means nobody: a walk drops it at its end,
never earlier, since a child that looks free may be ruled out further down. Every operation costs at most the product of the sizes
of its diagrams, most of the time their sum.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import cache, cached_property, partial, reduce
from itertools import count as numbers
from math import prod
from operator import or_
from typing import Concatenate, ParamSpec, TypeVar, cast

Own = TypeVar("Own")
Told = ParamSpec("Told")
Found = TypeVar("Found")
Moves = frozenset[tuple[int, int]]  # (level, value) pairs
Known = Mapping[int, Sequence[int]]  # level -> the values it may have; a level that is absent may have any


def kept(method: Callable[Concatenate[Own, Told], Found]) -> cached_property[Callable[Told, Found]]:
    """A method that answers the same arguments once: its object keeps the answers, and threads may share it."""

    def of(own: Own) -> Callable[Told, Found]:
        return cast("Callable[Told, Found]", cache(partial(method, own)))  # a cache forgets their types

    return cached_property(of)


class Diagrams:
    """One table of nodes for any number of diagrams over the same variables; a diagram is the number of its root.

    Threads may share a table: a node is put where its number leads before anybody can meet the number, and memories only
    ever hold what anyone would find again.
    """

    def __init__(self, sizes: Sequence[int]) -> None:
        self.sizes = tuple(sizes)
        self.bottom = len(self.sizes)
        self.nodes: dict[int, tuple[int, tuple[int, ...]]] = {}  # (level, children), or (bottom, (value,))
        self._number: dict[tuple[int, tuple[int, ...]], int] = {}
        self._fresh = numbers()
        self.nobody = self.leaf(0)

    def leaf(self, value: int) -> int:
        """The diagram that is this value everywhere."""
        return self._add((self.bottom, (value,)))

    def node(self, level: int, children: tuple[int, ...]) -> int:
        """One child for each value of the level; the child itself when all are one."""
        if children.count(children[0]) == len(children):
            return children[0]
        return self._add((level, children))

    def _add(self, key: tuple[int, tuple[int, ...]]) -> int:
        number = self._number.get(key)
        if number is None:
            number = next(self._fresh)
            self.nodes[number] = key
            number = self._number.setdefault(key, number)
        return number

    def box(self, values: Known, inside: int = 1, outside: int = 0) -> int:
        """The diagram that is one value inside a box and another outside."""
        root, out = self.leaf(inside), self.leaf(outside)
        for level in sorted(values, reverse=True):
            kept = set(values[level])
            root = self.node(level, tuple(root if i in kept else out for i in range(self.sizes[level])))
        return root

    def split(self, boxes: Sequence[Known], walls: Sequence[Known] = ()) -> int:
        """Many boxes as one diagram: a leaf has bit 0, and bit n + 1 inside box n; it is 0 inside a wall.

        Made from the top, value by value, with the boxes that may still hold; a wall that has met its last level ends the way.
        """
        every = [*boxes, *walls]
        accept = [
            [sum(1 << n for n, box in enumerate(every) if i in box.get(level, (i,))) for i in range(size)]
            for level, size in enumerate(self.sizes)
        ]
        last = [max(wall, default=-1) for wall in walls]
        closed = [
            sum(1 << len(boxes) + n for n, end in enumerate(last) if end < level)
            for level in range(self.bottom + 1)
        ]

        @cache
        def below(level: int, alive: int) -> int:
            if alive & closed[level]:
                return self.nobody
            if level == self.bottom:
                return self.leaf(alive << 1 | 1)
            return self.node(level, tuple([below(level + 1, alive & mask) for mask in accept[level]]))

        return below(0, (1 << len(every)) - 1)

    # -- asking ---------------------------------------------------------------------------------------------------------

    def walk(self, root: int, known: Known) -> frozenset[int]:
        """The values of the leaves that the known values lead to, 0 left out; an unknown level follows all its children."""
        found, seen, stack = set[int](), set[int](), [root]
        while stack:
            number = stack.pop()
            if number not in seen:
                seen.add(number)
                level, children = self.nodes[number]
                if level < self.bottom:
                    stack.extend([children[i] for i in known[level]] if level in known else children)
                else:
                    found.add(children[0])
        return frozenset(found - {0})

    @kept
    def leaves(self, root: int) -> frozenset[int]:
        """The values of all leaves under a root, 0 left out."""
        level, children = self.nodes[root]
        below = [frozenset(children) - {0}] if level == self.bottom else map(self.leaves, set(children))
        return frozenset().union(*below)

    @kept
    def by_value(self, root: int, level: int) -> tuple[int, ...]:
        """For each value of a level, the diagram of those who have it."""
        own, children = self.nodes[root]
        if own == level:
            return children
        if own > level:
            return (root,) * self.sizes[level]
        rows = [self.by_value(child, level) for child in children]
        return tuple([self.node(own, column) for column in zip(*rows, strict=True)])

    def nearest(self, root: int, known: Mapping[int, int], free: Collection[int], most: int) -> set[Moves]:
        """Other values of at most `most` free levels that lead somebody as known else to another leaf than all who are as known."""
        same = self.walk(root, {level: (i,) for level, i in known.items()})
        found, seen, stack = set[Moves](), set[tuple[int, Moves]](), [(root, Moves())]
        while stack:
            at = number, moves = stack.pop()
            if at in seen or self.leaves(number) <= same:
                continue
            seen.add(at)
            level, children = self.nodes[number]
            own = known.get(level)
            if level == self.bottom:
                found.add(moves)
                continue
            stack += [(child, moves) for child in (children if own is None else (children[own],))]
            if own is not None and level in free and len(moves) < most:
                stack += [(c, moves | {(level, i)}) for i, c in enumerate(children) if i != own]
        return found

    @kept
    def support(self, root: int) -> list[int]:
        """The levels that the diagram names, from the top."""
        return sorted({self.nodes[number][0] for number in self.under(root)} - {self.bottom})

    def under(self, root: int) -> set[int]:
        """Every node of a diagram, leaves included."""
        seen, stack = set[int](), [root]
        while stack:
            number = stack.pop()
            if number not in seen:
                seen.add(number)
                level, children = self.nodes[number]
                stack.extend(children if level < self.bottom else ())
        return seen

    def paths(self, root: int) -> Iterator[tuple[dict[int, int], int]]:
        """Every way from the root to a leaf other than 0: the value taken at each level named, and the leaf."""
        level, children = self.nodes[root]
        if level == self.bottom:
            if children[0]:
                yield {}, children[0]
            return
        for i, child in enumerate(children):
            for path, value in self.paths(child):
                yield {level: i, **path}, value

    def shortest(self, root: int, wanted: Callable[[int], bool]) -> dict[int, int] | None:
        """The fewest values that lead to a wanted leaf, the first values when several ways are as short; None when none does."""
        seen, left = {root}, deque[tuple[int, dict[int, int]]]([(root, {})])
        while left:
            number, path = left.popleft()
            level, children = self.nodes[number]
            if level == self.bottom and wanted(children[0]):
                return path
            for i, child in enumerate(children if level < self.bottom else ()):
                if child not in seen:
                    seen.add(child)
                    left.append((child, path | {level: i}))
        return None

    def count(self, root: int, weights: Sequence[Sequence[int]] | None = None) -> dict[int, int]:
        """Leaf value -> how many lead there, 0 left out. `weights[level][value]`; without weights, paths of the diagram."""
        total = [sum(w) for w in weights] if weights else [1] * self.bottom

        @cache
        def counted(number: int) -> dict[int, int]:
            level, children = self.nodes[number]
            if level == self.bottom:
                return {children[0]: 1} if children[0] else {}
            found: dict[int, int] = defaultdict(int)
            for i, child in enumerate(children):
                times = (weights[level][i] if weights else 1) * passed(level, child)
                for value, ways in counted(child).items():
                    found[value] += times * ways
            return found

        def passed(above: int, number: int) -> int:
            return prod(total[above + 1 : self.nodes[number][0]])

        times = passed(-1, root)
        return {value: times * ways for value, ways in counted(root).items()}

    def widest(self, root: int, path: Mapping[int, int]) -> dict[int, int]:
        """A path without the levels that do not matter, the lowest first: all who have the rest end at the same leaf."""
        wide = dict(path)
        same = self.walk(root, {level: (i,) for level, i in wide.items()})
        for level in sorted(path, reverse=True):
            rest = {other: i for other, i in wide.items() if other != level}
            if self.walk(root, {other: (i,) for other, i in rest.items()}) == same:
                wide = rest
        return wide

    # -- other diagrams -------------------------------------------------------------------------------------------------

    def restrict(self, root: int, known: Known) -> int:
        """The diagram of those who have the known values: a level known to have one value goes, values left out lead to 0."""
        for level in sorted(known):
            root = self._cofactor(root, level, tuple(known[level]))
        return root

    @kept
    def _cofactor(self, root: int, level: int, values: tuple[int, ...]) -> int:
        own, children = self.nodes[root]
        if own > level:
            return root
        if own < level:
            return self.node(own, tuple([self._cofactor(child, level, values) for child in children]))
        if len(values) == 1:
            return children[values[0]]
        return self.node(level, tuple([c if i in values else self.nobody for i, c in enumerate(children)]))

    def within(self, root: int, region: int) -> int:
        """The diagram where a region is not 0; 0 elsewhere."""
        return self.pairs(root, region, _within)

    def without(self, root: int, region: int) -> int:
        """The diagram where a region is 0; 0 elsewhere."""
        return self.pairs(root, region, _without)

    @kept
    def pairs(self, a: int, b: int, both: Callable[[int, int], int]) -> int:
        """`both` of the leaves of two diagrams, wherever they meet: one walk over pairs of nodes. It must be 0 where the first is 0."""
        if a == self.nobody:
            return a
        (i, mine), (j, theirs) = self.nodes[a], self.nodes[b]
        if i == j == self.bottom:
            return self.leaf(both(mine[0], theirs[0]))
        level = min(i, j)
        size = self.sizes[level]
        mine, theirs = mine if i == level else (a,) * size, theirs if j == level else (b,) * size
        return self.node(level, tuple([self.pairs(x, y, both) for x, y in zip(mine, theirs, strict=True)]))

    def project(self, root: int, leaf: Callable[[int], int]) -> int:
        """The same diagram with other leaves; 0 stays 0."""

        @cache
        def below(number: int) -> int:
            level, children = self.nodes[number]
            if level < self.bottom:
                return self.node(level, tuple(map(below, children)))
            return self.leaf(leaf(children[0])) if children[0] else number

        return below(root)

    def union(self, *parts: int) -> int:
        """Leaves as sets, one bit for each member: their union."""
        return self._union(frozenset(parts) - {self.nobody})

    @kept
    def _union(self, parts: frozenset[int]) -> int:
        if len(parts) < 2:
            return next(iter(parts), self.nobody)
        rows = [(number, *self.nodes[number]) for number in parts]
        top = min(level for _, level, _ in rows)
        if top == self.bottom:
            return self.leaf(reduce(or_, [own for _, _, (own,) in rows]))
        size = self.sizes[top]
        below = zip(*[own if level == top else (number,) * size for number, level, own in rows], strict=True)
        return self.node(top, tuple([self.union(*column) for column in below]))

    def quantify(self, root: int, level: int) -> int:
        """A level quantified away, leaves as sets: for everybody else equal, the union over its values."""
        return self.union(*self.by_value(root, level))

    # -- kept -----------------------------------------------------------------------------------------------------------

    def written(self, *roots: int) -> tuple[tuple[tuple[int, tuple[int, ...]], ...], tuple[int, ...]]:
        """The nodes of some diagrams as plain tuples, children first and named by their place; and the places of the roots."""
        place: dict[int, int] = {}
        rows: list[tuple[int, tuple[int, ...]]] = []

        def put(number: int) -> int:
            if number not in place:
                level, children = self.nodes[number]
                row = (level, children if level == self.bottom else tuple([put(child) for child in children]))
                place[number] = len(rows)
                rows.append(row)
            return place[number]

        places = tuple([put(root) for root in roots])
        return tuple(rows), places

    def read(self, rows: Iterable[tuple[int, tuple[int, ...]]]) -> int:
        """The root of the last diagram that `written` wrote."""
        numbers: list[int] = []
        for level, children in rows:
            leaf = level == self.bottom
            numbers.append(self._add((level, children if leaf else tuple([numbers[c] for c in children]))))
        return numbers[-1]


def _within(value: int, region: int) -> int:
    return value if region else 0


def _without(value: int, region: int) -> int:
    return 0 if region else value
