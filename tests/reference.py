"""The specification of the decision, written slowly and obviously over plain dicts. It imports nothing of ours and is never fast.

Facts: name -> list of every value. Constraints: {when, then}. Rules: {id, opens, see, bars, before, joint, when, since, until}.
Years stand as whole numbers (`years` turns "16..25" into them); days are ISO texts.
"""

from __future__ import annotations

from itertools import product


def years(values):
    found = []
    for value in values:
        low, _, high = str(value).partition("..")
        found.extend(range(int(low), int(high or low) + 1))
    return found


def plain(facts, constraints, rules):
    """Parsed TOML tables as the plain data used here."""
    domains = {
        f["name"]: list(range(121)) if f.get("kind") == "years" else [v["code"] for v in f["values"]]
        for f in facts
    }
    ages = {f["name"] for f in facts if f.get("kind") == "years"}

    def box(when):
        return {n: years(v) if n in ages else list(v) for n, v in when.items()}

    def placed(rule):
        """A rule with a `where` speaks of those places; one without, and with conditions, only where no other law applies."""
        where, when = set(rule.get("where", [])), box(rule.get("when", {}))
        for fact in facts:
            values = fact.get("values", [])
            if not fact.get("from_commune"):
                continue
            if where:
                when[fact["name"]] = [v["code"] for v in values if where & set(v.get("places", []))]
            elif rule.get("opens") and when:
                when[fact["name"]] = [v["code"] for v in values if not v.get("own_law")]
        return when

    return (
        domains,
        [{"when": box(c["when"]), "then": box(c["then"])} for c in constraints],
        [
            {
                "id": r["id"],
                "opens": r.get("opens"),
                "see": list(r.get("see", [])),
                "bars": list(r.get("bars", [])),
                "before": list(r.get("before", [])),
                "joint": list(r.get("joint", [])),
                "when": placed(r),
                "since": str(r.get("since", "0001-01-01")),
                "until": str(r.get("until", "9999-12-31")),
            }
            for r in rules
        ],
    )


def inside(box, person):
    return all(person[name] in values for name, values in box.items())


def possible(constraints, person):
    """A person with every fact of `when` has those of `then`."""
    return all(inside(c["then"], person) for c in constraints if inside(c["when"], person))


def standing(rules, person, day):
    """Rules in force that open something and speak of the person."""
    return [r for r in rules if r["opens"] and r["since"] <= day <= r["until"] and inside(r["when"], person)]


def answer(rules, person, day):
    """(first, eligible, see, clash) as sets."""
    speaking = standing(rules, person, day)
    barred = {code for r in speaking for code in r["bars"]}
    eligible = {r["opens"] for r in speaking} - barred

    def related(a, b, word):
        return any(
            r["opens"] == a and s["opens"] == b and s["id"] in r[word] for r in speaking for s in speaking
        )

    first = {b for b in eligible if not any(related(a, b, "before") for a in eligible if a != b)}
    see = {body for r in speaking if r["opens"] in eligible for body in r["see"]}
    clash = {
        frozenset((a, b))
        for a in first
        for b in first
        if a != b and not related(a, b, "joint") and not related(b, a, "joint")
    }
    return frozenset(first), frozenset(eligible), frozenset(see), frozenset(clash)


def persons(domains, constraints, told):
    """Every possible person the told facts allow."""
    names = list(domains)
    for values in product(*([told[n]] if n in told else domains[n] for n in names)):
        person = dict(zip(names, values, strict=True))
        if possible(constraints, person):
            yield person


def presumed(domains, constraints, presumptions, told):
    """The facts nobody told that are taken as told, in the order of the file, as long as one person can still be so."""
    taken = {}
    for one in presumptions:
        ((name, value),) = one["then"].items()
        if name in told or any(told.get(n) not in values for n, values in one.get("when", {}).items()):
            continue
        bound = {n for c in constraints for part in ("when", "then") for n in c[part]} | {name}
        few = {n: values for n, values in domains.items() if n in bound}
        so_far = {n: v for n, v in (told | taken | {name: value}).items() if n in few}
        if next(persons(few, constraints, so_far), None) is not None:
            taken[name] = value
    return taken


def answers(domains, constraints, rules, told, day):
    """Every answer the told facts allow: an unknown fact is not "no"."""
    return {answer(rules, person, day) for person in persons(domains, constraints, told)}


def thin(domains, constraints, rules, keep=()):
    """Fewer values, same questions: of the values that no box tells apart one is kept, facts no box names lose all but one."""
    boxes = [r["when"] for r in rules] + [c[part] for c in constraints for part in ("when", "then")]
    thinned = {}
    for name, values in domains.items():
        seen = {}
        for value in values:
            mark = tuple(value in box[name] for box in boxes if name in box)
            seen.setdefault(mark, value)
        kept = set(seen.values()) | {v for n, v in keep if n == name}
        thinned[name] = [v for v in values if v in kept]
    return thinned
