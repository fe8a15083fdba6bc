"""Laws of the decision diagrams, on random small rules, against brute force over everybody."""

from __future__ import annotations

from itertools import combinations, product
from math import prod

from hypothesis import given, settings
from hypothesis import strategies as st

from cep_route.engine.diagram import Diagrams


@st.composite
def worlds(draw):
    """(sizes, a value for each of some boxes, boxes as {level: values}, impossible boxes, weights)."""
    sizes = draw(st.lists(st.integers(2, 3), min_size=1, max_size=4))
    box = st.fixed_dictionaries(
        {},
        optional={
            level: st.sets(st.integers(0, size - 1), min_size=1).map(lambda v: tuple(sorted(v)))
            for level, size in enumerate(sizes)
        },
    )
    boxes = draw(st.lists(box, max_size=5))
    walls = draw(st.lists(box.filter(bool), max_size=2))
    weights = [draw(st.lists(st.integers(1, 4), min_size=s, max_size=s)) for s in sizes]
    return sizes, boxes, walls, weights


def inside(box, person):
    return all(person[level] in values for level, values in box.items())


def value(person, boxes, walls):
    """Which boxes hold a person, one bit each, and a bit for being possible; 0 for nobody."""
    if any(inside(wall, person) for wall in walls):
        return 0
    return 1 + sum(2 << i for i, box in enumerate(boxes) if inside(box, person))


def made(diagrams, boxes, walls):
    """The same by boxes, union and difference."""
    possible = diagrams.without(diagrams.leaf(1), diagrams.union(*map(diagrams.box, walls)))
    parts = [diagrams.within(diagrams.box(box, 2 << i), possible) for i, box in enumerate(boxes)]
    return diagrams.union(possible, *parts)


def everybody(sizes):
    return list(product(*map(range, sizes)))


@settings(max_examples=200, deadline=None)
@given(worlds(), st.data())
def test_walk_restrict_quantify_count_and_paths_are_those_of_brute_force(world, data):
    sizes, boxes, walls, weights = world
    diagrams = Diagrams(sizes)
    root = made(diagrams, boxes, walls)
    values = {person: value(person, boxes, walls) for person in everybody(sizes)}

    known = {
        level: tuple(sorted(data.draw(st.sets(st.integers(0, size - 1), min_size=1))))
        for level, size in enumerate(sizes)
        if data.draw(st.booleans())
    }
    met = {v for p, v in values.items() if v and inside(known, p)}
    assert root == diagrams.split(boxes, walls)
    assert diagrams.walk(root, known) == met
    assert diagrams.leaves(diagrams.restrict(root, known)) == met
    assert diagrams.leaves(root) == {v for v in values.values() if v}

    counted = {}
    for person, v in values.items():
        if v:
            counted[v] = counted.get(v, 0) + prod(w[i] for w, i in zip(weights, person, strict=True))
    assert diagrams.count(root, weights) == counted
    paths = list(diagrams.paths(root))
    assert sum(diagrams.count(root).values()) == len(paths)
    for path, v in paths:
        assert {values[p] for p in values if all(p[level] == i for level, i in path.items())} == {v}

    for level in range(len(sizes)):
        apart = diagrams.quantify(root, level)
        for person in values:
            alike = [(*person[:level], i, *person[level + 1 :]) for i in range(sizes[level])]
            union = 0
            for other in alike:
                union |= values[other]
            assert diagrams.walk(apart, {n: (i,) for n, i in enumerate(person)}) == {union} - {0}

        for i, part in enumerate(diagrams.by_value(root, level)):
            assert part == diagrams.restrict(root, {level: (i,)})
            assert diagrams.leaves(part) == {v for p, v in values.items() if v and p[level] == i}


@settings(max_examples=200, deadline=None)
@given(worlds())
def test_the_shortest_path_is_the_shortest_and_the_widest_loses_nobody(world):
    sizes, boxes, walls, _ = world
    diagrams = Diagrams(sizes)
    root = made(diagrams, boxes, walls)
    for leaf in diagrams.leaves(root):
        path = diagrams.shortest(root, lambda v, leaf=leaf: v == leaf)
        assert diagrams.walk(root, {n: (i,) for n, i in path.items()}) == {leaf}
        assert len(path) == min(len(other) for other, v in diagrams.paths(root) if v == leaf)
        wide = diagrams.widest(root, path)
        assert wide.items() <= path.items()
        assert diagrams.walk(root, {n: (i,) for n, i in wide.items()}) == {leaf}


@settings(max_examples=200, deadline=None)
@given(worlds(), st.data())
def test_the_nearest_other_leaf_and_the_values_left_are_those_of_brute_force(world, data):
    """The smallest moves, tried on everybody who is as known, fewest first."""
    sizes, boxes, walls, _ = world
    diagrams = Diagrams(sizes)
    root = made(diagrams, boxes, walls)
    values = {person: value(person, boxes, walls) for person in everybody(sizes)}
    pick = data.draw(st.sampled_from([p for p in values if values[p]] or [None]))
    told = [level for level in range(len(sizes)) if data.draw(st.booleans())]
    known = {level: pick[level] for level in told} if pick else {}

    left = diagrams.restrict(root, {level: (i,) for level, i in known.items()})
    for level in set(range(len(sizes))).difference(known):
        may = {p[level] for p, v in values.items() if v and all(p[n] == i for n, i in known.items())}
        parts = enumerate(diagrams.by_value(left, level))
        assert {i for i, part in parts if part != diagrams.nobody} == may

    def ends(others):
        now = known | others
        return {v for p, v in values.items() if v and all(p[n] == i for n, i in now.items())}

    same = ends({})
    if len(same) != 1:
        return
    free = [level for level in told if data.draw(st.booleans())]
    least = []
    for most in (1, 2):
        for levels in combinations(free, most):
            for ids in product(*(range(sizes[n]) for n in levels)):
                move = set(zip(levels, ids, strict=True))
                moves = all(known[n] != i for n, i in move)
                if moves and ends(dict(move)) - same and not any(smaller < move for smaller in least):
                    least.append(move)
    found = diagrams.nearest(root, known, free, 2)
    found = [move for move in found if not any(other < move for other in found)]
    assert sorted(map(sorted, found)) == sorted(map(sorted, least))


@settings(max_examples=200, deadline=None)
@given(worlds(), worlds())
def test_two_diagrams_of_one_table_are_equal_when_their_roots_are_and_only_then(one, other):
    """Whatever the way they were made; and `pairs` walks two of them at once."""
    sizes, boxes, walls, _ = one
    others = [{n: v for n, v in box.items() if n < len(sizes) and max(v) < sizes[n]} for box in other[1]]
    diagrams = Diagrams(sizes)
    a, b = made(diagrams, boxes, walls), made(diagrams, others, walls)
    values = {p: (value(p, boxes, walls), value(p, others, walls)) for p in everybody(sizes)}
    assert (a == b) == all(x == y for x, y in values.values())
    assert a == made(diagrams, boxes, walls[::-1])
    both = diagrams.pairs(a, b, lambda x, y: x << 10 | y if x else 0)
    for person, (x, y) in values.items():
        assert diagrams.walk(both, {n: (i,) for n, i in enumerate(person)}) == ({x << 10 | y} if x else set())
    same = Diagrams(sizes)
    assert same.written(same.read(diagrams.written(a)[0])) == diagrams.written(a)


@settings(max_examples=100, deadline=None)
@given(worlds(), st.randoms())
def test_the_order_of_levels_changes_the_nodes_and_nothing_else(world, chance):
    sizes, boxes, walls, weights = world
    order = list(range(len(sizes)))
    chance.shuffle(order)
    place = {level: at for at, level in enumerate(order)}
    moved = Diagrams([sizes[level] for level in order])
    turned = [[{place[n]: v for n, v in box.items()} for box in some] for some in (boxes, walls)]
    root = made(moved, *turned)
    first = Diagrams(sizes)
    assert moved.count(root, [weights[level] for level in order]) == first.count(
        made(first, boxes, walls), weights
    )
