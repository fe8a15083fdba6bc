"""A thousand strings as people write them, and a thousand more of another seed: never a wrong commune, never a needless refusal."""

from collections import Counter

import pytest
from communes_as_written import KINDS, NOISES, verdict, written

from cep_route import places


@pytest.mark.parametrize("seed", [2026, 5])
def test_a_thousand_strings_as_people_write_them(seed):
    strings = list(written(1000, seed))
    found = [(verdict(one), one) for one in strings]
    counts = Counter(kind for kind, _ in found)
    bad = [(kind, *one) for kind, one in found if kind in ("wrong", "unneeded")]
    assert bad == []
    # Those that do not say enough get the list to choose from, or the nearest names; a slip nothing comes near to is rare.
    assert counts["refused"] <= 3
    assert counts["right"] >= 840
    assert counts["several as it should"] >= 50
    assert counts["mended"] >= 30
    assert len(strings) == sum(counts.values()) == 1000


def test_the_strings_are_of_every_kind_and_the_same_for_a_seed():
    strings = list(written(1000, 2026))
    assert strings == list(written(1000, 2026))
    noises = {one.made.partition(" · ")[2] for one in strings} - {""}
    assert noises == set(NOISES)
    assert len(KINDS) == 9
    assert sum(one.code.startswith(("97", "2A", "2B")) for one in strings) > 100
    assert len({places.commune(one.code).departement for one in strings}) > 90
