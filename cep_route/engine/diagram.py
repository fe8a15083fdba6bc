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

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import count as numbers
from math import prod

Known = Mapping[int, Sequence[int]]  # level -> the values it may have; a level that is absent may have any


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
        self._unions: dict[frozenset[int], int] = {}
        self._quantified: dict[tuple[int, int], int] = {}
        self._cuts: dict[tuple[int, int, bool], int] = {}
        self._by_value: dict[tuple[int, int], tuple[frozenset[int], ...]] = {}
        self._supports: dict[int, list[int]] = {}
        self._leaves: dict[int, frozenset[int]] = {}
        self._cubes: dict[tuple[int, tuple[int, ...], int], int] = {}
        self._cube: dict[int, tuple[int, tuple[int, ...], int]] = {}  # (level, its values, the rest below)
        self._cofactors: dict[tuple[int, int], int] = {}
        self.nobody = self.leaf(0)

    def leaf(self, value: int) -> int:
        """The diagram that is this value everywhere."""
        return self._add((self.bottom, (value,)))

    def node(self, level: int, children: tuple[int, ...]) -> int:
        """One child for each value of the level; the child itself when all are one."""
        first = children[0]
        if all(child == first for child in children):
            return first
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

    # -- asking ---------------------------------------------------------------------------------------------------------

    def walk(self, root: int, known: Known) -> frozenset[int]:
        """The values of the leaves that the known values lead to, 0 left out; an unknown level follows all its children."""
        nodes, bottom = self.nodes, self.bottom
        found: set[int] = set()
        seen = at = {root}
        while at:
            below: set[int] = set()
            for number in at:
                level, children = nodes[number]
                if level == bottom:
                    found.add(children[0])
                elif level in known:
                    below.update([children[i] for i in known[level]])
                else:
                    below.update(children)
            at = below - seen
            seen = seen | at
        found.discard(0)
        return frozenset(found)

    def reaches(self, root: int, known: Known) -> bool:
        """Do the known values leave a way to a leaf other than 0? The first way found is enough."""
        nodes, bottom = self.nodes, self.bottom
        seen, stack = {root, self.nobody}, [] if root == self.nobody else [root]
        while stack:
            level, children = nodes[stack.pop()]
            if level == bottom:
                return True
            for i in known.get(level, range(len(children))):
                if children[i] not in seen:
                    seen.add(children[i])
                    stack.append(children[i])
        return False

    def leaves(self, root: int) -> frozenset[int]:
        """The values of all leaves under a root, 0 left out."""
        found = self._leaves.get(root)
        if found is None:
            level, children = self.nodes[root]
            below = [frozenset(children) - {0}] if level == self.bottom else map(self.leaves, set(children))
            found = frozenset().union(*below)
            self._leaves[root] = found
        return found

    def by_value(self, root: int, level: int) -> tuple[frozenset[int], ...]:
        """For each value of a level, the leaves that those who have it may end at, 0 left out."""
        found = self._by_value.get((root, level))
        if found is None:
            own, children = self.nodes[root]
            if own > level:
                found = (self.leaves(root),) * self.sizes[level]
            elif own == level:
                found = tuple(map(self.leaves, children))
            else:
                rows = [self.by_value(child, level) for child in set(children)]
                found = tuple([frozenset().union(*column) for column in zip(*rows, strict=True)])
            self._by_value[root, level] = found
        return found

    def near(
        self, root: int, known: Mapping[int, int], free: Iterable[int], most: int
    ) -> dict[tuple[tuple[int, int], ...], frozenset[int]]:
        """The leaves of those who differ from the known values in at most so many of the free levels: (level, value) pairs -> leaves,
        0 left out. Pairs that are not there end where fewer of them do.
        """
        moving = frozenset(free)
        at: dict[tuple[tuple[int, int], ...], set[int]] = {(): {root}}
        for level in range(self.bottom):
            below: dict[tuple[tuple[int, int], ...], set[int]] = {}
            for moved, nodes in at.items():
                here = [self.nodes[number][1] for number in nodes if self.nodes[number][0] == level]
                if not here:
                    below[moved] = nodes
                    continue
                rest = {number for number in nodes if self.nodes[number][0] != level}
                own = known.get(level)
                if own is None:
                    below[moved] = rest.union(*here)
                    continue
                for i in range(self.sizes[level]):
                    if i == own or (level in moving and len(moved) < most):
                        pairs = moved if i == own else (*moved, (level, i))
                        below[pairs] = rest | {children[i] for children in here}
            at = below
        return {
            moved: frozenset(self.nodes[number][1][0] for number in nodes) - {0}
            for moved, nodes in at.items()
        }

    def left(self, root: int, known: Known) -> dict[int, tuple[int, ...]]:
        """For each level that the diagram names, the values of all who have the known values and end at a leaf other than 0."""
        start = self.restrict(root, known)
        if start == self.nobody:
            return dict.fromkeys(self.support(root), ())
        taken: dict[int, set[int]] = {}
        free = set(range(self.nodes[start][0]))  # levels that some way passes by
        for number in self.under(start):
            level, children = self.nodes[number]
            for i, child in enumerate(children) if level < self.bottom else ():
                if child != self.nobody:
                    taken.setdefault(level, set()).add(i)
                    free.update(range(level + 1, self.nodes[child][0]))
        found: dict[int, tuple[int, ...]] = {}
        for level in self.support(root):
            may = known.get(level, range(self.sizes[level]))
            found[level] = tuple(may if level in free else [i for i in may if i in taken[level]])
        return found

    def support(self, root: int) -> list[int]:
        """The levels that the diagram names, from the top."""
        found = self._supports.get(root)
        if found is None:
            levels = {self.nodes[number][0] for number in self.under(root)}
            found = self._supports[root] = sorted(levels - {self.bottom})
        return found

    def under(self, root: int) -> set[int]:
        """Every node of a diagram, leaves included."""
        seen, stack = {root}, [root]
        while stack:
            level, children = self.nodes[stack.pop()]
            if level < self.bottom:
                new = set(children) - seen
                seen |= new
                stack.extend(new)
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
        memo: dict[int, dict[int, int] | None] = {}

        def best(number: int) -> dict[int, int] | None:
            if number not in memo:
                level, children = self.nodes[number]
                if level == self.bottom:
                    memo[number] = {} if wanted(children[0]) else None
                else:
                    ways = [{level: i, **way} for i, c in enumerate(children) if (way := best(c)) is not None]
                    memo[number] = min(ways, key=len, default=None)
            return memo[number]

        return best(root)

    def count(self, root: int, weights: Sequence[Sequence[int]] | None = None) -> dict[int, int]:
        """Leaf value -> how many lead there, 0 left out. `weights[level][value]`; without weights, paths of the diagram."""
        total = [sum(w) for w in weights] if weights else [1] * self.bottom
        memo: dict[int, dict[int, int]] = {}

        def passed(above: int, number: int) -> int:
            return prod(total[above + 1 : self.nodes[number][0]])

        def counted(number: int) -> dict[int, int]:
            if number not in memo:
                level, children = self.nodes[number]
                found: dict[int, int] = {}
                if level == self.bottom:
                    found = {children[0]: 1} if children[0] else {}
                else:
                    for i, child in enumerate(children):
                        times = (weights[level][i] if weights else 1) * passed(level, child)
                        for value, ways in counted(child).items():
                            found[value] = found.get(value, 0) + times * ways
                memo[number] = found
            return memo[number]

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
        cube = 0
        for level in sorted(known, reverse=True):
            key = level, tuple(known[level]), cube
            found = self._cubes.get(key)
            if found is None:
                found = next(self._fresh)
                self._cube[found] = key
                found = self._cubes.setdefault(key, found)
            cube = found
        return self._cofactor(root, cube)

    def _cofactor(self, root: int, cube: int) -> int:
        """`restrict`, kept for each node and the known values from its level down: whoever differs higher up shares it."""
        level, children = self.nodes[root]
        while cube:
            own, values, rest = self._cube[cube]
            if own >= level:
                break
            cube = rest
        if not cube or level == self.bottom:
            return root
        found = self._cofactors.get((root, cube))
        if found is None:
            if own > level:
                found = self.node(level, tuple([self._cofactor(child, cube) for child in children]))
            elif len(values) == 1:
                found = self._cofactor(children[values[0]], rest)
            else:
                below = [
                    self._cofactor(c, rest) if i in values else self.nobody for i, c in enumerate(children)
                ]
                found = self.node(level, tuple(below))
            self._cofactors[root, cube] = found
        return found

    def within(self, root: int, region: int) -> int:
        """The diagram where a region is not 0; 0 elsewhere."""
        return self._cut(root, region, keep=True)

    def without(self, root: int, region: int) -> int:
        """The diagram where a region is 0; 0 elsewhere."""
        return self._cut(root, region, keep=False)

    def differ(self, a: int, b: int) -> int:
        """1 where one of two diagrams of 0 and 1 is 1 and the other is not."""
        return self.union((self.without(a, b), self.without(b, a)))

    def _cut(self, root: int, region: int, *, keep: bool) -> int:
        if root == self.nobody:
            return root
        level, children = self.nodes[root]
        other, parts = self.nodes[region]
        if other == self.bottom:
            return root if (region != self.nobody) is keep else self.nobody
        key = root, region, keep
        found = self._cuts.get(key)
        if found is None:
            top = min(level, other)
            size = self.sizes[top]
            left = children if level == top else (root,) * size
            right = parts if other == top else (region,) * size
            found = self.node(
                top, tuple([self._cut(x, y, keep=keep) for x, y in zip(left, right, strict=True)])
            )
            self._cuts[key] = found
        return found

    def pairs(self, a: int, b: int, both: Callable[[int, int], int]) -> int:
        """One walk over two diagrams: `both` of their leaves. It must be 0 where the second is 0, which ends the walk early."""
        memo: dict[tuple[int, int], int] = {}

        def below(x: int, y: int) -> int:
            if y == self.nobody:
                return y
            found = memo.get((x, y))
            if found is None:
                (i, mine), (j, theirs) = self.nodes[x], self.nodes[y]
                top = min(i, j)
                if top == self.bottom:
                    found = self.leaf(both(mine[0], theirs[0]))
                else:
                    left = mine if i == top else (x,) * self.sizes[top]
                    right = theirs if j == top else (y,) * self.sizes[top]
                    found = self.node(top, tuple(map(below, left, right)))
                memo[x, y] = found
            return found

        return below(a, b)

    def project(self, root: int, leaf: Callable[[int], int]) -> int:
        """The same diagram with other leaves; 0 stays 0."""
        memo: dict[int, int] = {self.nobody: self.nobody}

        def below(number: int) -> int:
            found = memo.get(number)
            if found is None:
                level, children = self.nodes[number]
                end = level == self.bottom
                found = self.leaf(leaf(children[0])) if end else self.node(level, tuple(map(below, children)))
                memo[number] = found
            return found

        return below(root)

    def merged(self, parts: Iterable[int]) -> int:
        """`union` of many diagrams, two by two, which keeps what is between small."""
        left = list(parts)
        while len(left) > 1:
            left = [self.union(left[i : i + 2]) for i in range(0, len(left), 2)]
        return left[0] if left else self.nobody

    def union(self, parts: Iterable[int]) -> int:
        """Leaves as sets, one bit for each member: their union."""
        key = frozenset(parts) - {self.nobody}
        if len(key) < 2:
            return next(iter(key), self.nobody)
        found = self._unions.get(key)
        if found is None:
            nodes = [(number, *self.nodes[number]) for number in key]
            top = min(level for _, level, _ in nodes)
            if top == self.bottom:
                value = 0
                for _, _, (own,) in nodes:
                    value |= own
                found = self.leaf(value)
            else:
                found = self.node(
                    top,
                    tuple(
                        [
                            self.union([c[i] if level == top else number for number, level, c in nodes])
                            for i in range(self.sizes[top])
                        ]
                    ),
                )
            self._unions[key] = found
        return found

    def quantify(self, root: int, level: int) -> int:
        """A level quantified away, leaves as sets: for everybody else equal, the union over its values."""
        key = root, level
        found = self._quantified.get(key)
        if found is None:
            own, children = self.nodes[root]
            if own > level:
                found = root
            elif own == level:
                found = self.union(children)
            else:
                found = self.node(own, tuple([self.quantify(child, level) for child in children]))
            self._quantified[key] = found
        return found

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
