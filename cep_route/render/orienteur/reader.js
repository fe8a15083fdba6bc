"use strict";
/*
 * Reads the tables that cep-route compiled: who may serve a person, what to ask next, where and with whom. It holds no rule, no date
 * and no name: every judgement is in the tables (cep_route/engine says how they are made, under the same names as here).
 *
 * A fact is known as a class of values (values that no rule tells apart), -1 when it is not known: unknown is never "no".
 * A set of rules is a BigInt, one bit per rule; after them one bit per wall, a box of what cannot be.
 */
const orienteur = (() => {
  const data = JSON.parse(document.getElementById("law").textContent);
  const directory = JSON.parse(document.getElementById("directory").textContent);
  const FOREVER = "9999-12-31";
  const OLDEST = 120;
  const FAR = 99999;

  // -- the tables of one stretch of days --------------------------------------------------------------------------------------

  const bits = (text) => BigInt("0x" + text);
  const years = (spans) =>
    spans.flatMap((span) => {
      const [low, high] = span.split("..").map(Number);
      return Array.from({ length: (high ?? low) - low + 1 }, (_, i) => low + i);
    });
  const accepted = (fact, values) => (data.facts[fact].kind === "years" ? years(values) : values);

  class Table {
    constructor(segment) {
      this.since = segment.since;
      this.names = segment.facts.map((fact) => fact.name);
      this.place = new Map(this.names.map((name, i) => [name, i]));
      this.accept = segment.facts.map((fact) => fact.accept.map(bits));
      this.named = segment.facts.map((fact) => bits(fact.named));
      this.spans = segment.facts.map((fact) => fact.members);
      this.members = segment.facts.map((fact) => fact.members.map((values) => accepted(fact.name, values)));
      this.classes = this.members.map((all) => new Map(all.flatMap((values, i) => values.map((value) => [value, i]))));
      this.decisive = bits(segment.decisive);
      this.walls = segment.walls.map(([bit, names]) => [bits(bit), names.map((name) => this.place.get(name))]);
      this.before = segment.before.map(bits);
      this.joint = segment.joint.map(bits);
      this.answers = segment.answers.map(([code, opening, barring]) => [code, bits(opening), bits(barring)]);
      this.cards = segment.rules.map((i) => data.rules[i]);
      this.all = (1n << BigInt(this.cards.length + this.walls.length)) - 1n;
      this.outcomesSeen = new Map();
    }

    /** The facts of a person as classes; those no rule names are left out. */
    known(facts) {
      return this.names.map((name, i) => (name in facts ? this.classes[i].get(facts[name]) : -1));
    }

    /** The rules and walls that no known fact excludes. */
    alive(known) {
      return known.reduce((mask, i, fact) => (i < 0 ? mask : mask & this.accept[fact][i]), this.all);
    }

    /** Can the facts not known be chosen so that the person runs into no wall? */
    feasible(alive, known) {
      for (const [bit, facts] of this.walls) {
        if (!(alive & bit)) continue;
        const fact = facts.find((f) => known[f] < 0);
        if (fact === undefined) return false;
        return this.accept[fact].some((mask, i) => this.feasible(alive & mask, told(known, fact, i)));
      }
      return true;
    }

    possible(known) {
      return this.feasible(this.alive(known), known);
    }

    /** What is known, with each fact that can have one class of values only. */
    implied(known) {
      const full = known.slice();
      let alive = this.alive(full);
      for (const [, facts] of this.walls) {
        for (const fact of facts) {
          if (full[fact] >= 0) continue;
          const left = this.accept[fact]
            .map((_, i) => i)
            .filter((i) => this.feasible(alive & this.accept[fact][i], told(full, fact, i)));
          if (left.length === 1) {
            full[fact] = left[0];
            alive &= this.accept[fact][left[0]];
          }
        }
      }
      return full;
    }

    /** Every kind of person the known facts allow, once, with the rules that stand; `last`: a fact to split after all others. */
    people(known, last = -1) {
      const found = [];
      const split = (here, alive) => {
        const decisive = alive & this.decisive;
        let fact = -1;
        for (let f = 0; f < this.names.length; f += 1) {
          if (here[f] < 0 && this.named[f] & decisive) {
            fact = f;
            if (f !== last) break;
          }
        }
        if (fact < 0) {
          if (this.feasible(alive, here)) found.push([here, decisive]);
          return;
        }
        this.accept[fact].forEach((mask, i) => {
          const below = told(here, fact, i);
          const still = alive & mask;
          const blocked = this.walls.some(
            ([bit, facts]) => still & bit && facts.includes(fact) && facts.every((f) => below[f] >= 0),
          );
          if (!blocked) split(below, still);
        });
      };
      split(known.slice(), this.alive(known));
      return found;
    }

    /** Opened and not barred; first = preceded by no other that is eligible. */
    outcome(standing) {
      let found = this.outcomesSeen.get(standing);
      if (found === undefined) {
        const rules = this.answers
          .filter(([, opening, barring]) => standing & opening && !(standing & barring))
          .map(([code, opening]) => [code, standing & opening]);
        const first = rules.filter(
          ([code, mine]) => !rules.some(([other, theirs]) => other !== code && reach(theirs, this.before) & mine),
        );
        const eligible = rules.map(([code]) => code);
        const see = this.rulesOf(standing)
          .filter((card) => eligible.includes(card.opens))
          .flatMap((card) => card.see);
        found = { first: first.map(([code]) => code), eligible, see: [...new Set(see)], standing };
        this.outcomesSeen.set(standing, found);
      }
      return found;
    }

    /** Every outcome the known facts allow, once. */
    outcomes(known) {
      return [...new Set(this.people(known).map(([, standing]) => standing))].map((s) => this.outcome(s));
    }

    rulesOf(mask) {
      return this.cards.filter((_, bit) => (mask >> BigInt(bit)) & 1n);
    }

    /** Is there one person for whom the value of this fact alone changes a part of the answer? */
    divides(known, fact, part) {
      const seen = new Map();
      for (const [person, standing] of this.people(known, fact)) {
        if (person[fact] < 0) continue;
        const rest = told(person, fact, -1).join();
        const found = part(this.outcome(standing));
        if (!seen.has(rest)) seen.set(rest, found);
        else if (seen.get(rest) !== found) return true;
      }
      return false;
    }
  }

  const told = (known, fact, i) => {
    const more = known.slice();
    more[fact] = i;
    return more;
  };
  const reach = (mask, relation) => relation.reduce((all, to, bit) => ((mask >> BigInt(bit)) & 1n ? all | to : all), 0n);

  const tables = data.segments.map((segment) => new Table(segment));
  /** The tables in force on a day; before the day the page was made, those of that day. */
  const tableOn = (day) => tables.filter((table) => table.since <= day).pop() ?? tables[0];

  // -- days and ages ----------------------------------------------------------------------------------------------------------

  /** Completed years; born on 29 February, the birthday is 1 March in common years. */
  const ageOn = (birth, day) => day.slice(0, 4) - birth.slice(0, 4) - (day.slice(5) < birth.slice(5) ? 1 : 0);

  const isLeap = (year) => year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  const iso = (year, month, day) =>
    `${String(year).padStart(4, "0")}-${String(month).padStart(2, "0")}-${String(day).padStart(2, "0")}`;

  const birthday = (birth, age) => {
    const year = Number(birth.slice(0, 4)) + age;
    const day = birth.slice(5) === "02-29" && !isLeap(year) ? "03-01" : birth.slice(5);
    return year > 9999 ? FOREVER : `${String(year).padStart(4, "0")}-${day}`;
  };

  const dayBefore = (day) => new Date(Date.parse(`${day}T00:00:00Z`) - 86400000).toISOString().slice(0, 10);

  /** `28/02/2001`, `28-02-2001`, `28.02.2001` or `2001-02-28` as an ISO day that exists; null otherwise. */
  const readDay = (text) => {
    const parts = text.trim().replaceAll("/", "-").replaceAll(".", "-").split("-");
    if (parts.length !== 3 || !parts.every((part) => /^[0-9]+$/.test(part))) return null;
    if (parts[0].length !== 4) parts.reverse();
    if (parts[0].length !== 4 || parts[1].length > 2 || parts[2].length > 2) return null;
    const [year, month, day] = parts.map(Number);
    const lengths = [31, isLeap(year) ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    return year >= 1 && month >= 1 && month <= 12 && day >= 1 && day <= lengths[month - 1] ? iso(year, month, day) : null;
  };

  /** Whole months from one ISO day to another. */
  const monthsBetween = (since, day) =>
    (day.slice(0, 4) - since.slice(0, 4)) * 12 + (day.slice(5, 7) - since.slice(5, 7)) - (day.slice(8) < since.slice(8) ? 1 : 0);

  /** A whole number of years from 0 to 120; null otherwise. */
  const readAge = (text) => (/^[0-9]{1,3}$/.test(text.trim()) && Number(text) <= OLDEST ? Number(text) : null);

  const factsOn = (person, day) =>
    person.birth
      ? { ...person.facts, age: Math.min(Math.max(ageOn(person.birth, day), 0), OLDEST) }
      : person.facts;

  // -- who --------------------------------------------------------------------------------------------------------------------

  const ordered = (codes) => {
    const all = [...new Set(codes)];
    return all.sort((a, b) => data.order.indexOf(a) - data.order.indexOf(b));
  };
  const certain = (outcomes, part) =>
    outcomes.length ? part(outcomes[0]).filter((code) => outcomes.every((o) => part(o).includes(code))) : [];
  const isOutside = (code) => Boolean(data.operators[code].outside);
  const line = (codes) => codes.join(" ");
  const answerOf = (outcome) => `${line(outcome.first)}|${line(outcome.eligible)}|${line(outcome.see)}`;
  const answersOf = (outcomes) => [...new Set(outcomes.map(answerOf))].sort().join("\n");

  /** Does a box hold the person: true, false, or null with the facts that are missing? */
  const inBox = (box, facts, table, known) => {
    const missing = [];
    for (const [fact, values] of Object.entries(box)) {
      const accept = accepted(fact, values);
      const place = table.place.get(fact);
      let possible;
      if (fact in facts) possible = [facts[fact]];
      else if (place !== undefined && known[place] >= 0) possible = table.members[place][known[place]];
      else {
        missing.push(fact);
        continue;
      }
      const inside = possible.filter((value) => accept.includes(value)).length;
      if (!inside) return [false, []];
      if (inside < possible.length) missing.push(fact);
    }
    return missing.length ? [null, missing] : [true, []];
  };

  /** The whole answer about who. `person`: {facts, birth}; the facts must be possible together. */
  const decide = (person, day) => {
    const table = tableOn(day);
    const facts = factsOn(person, day);
    const known = table.implied(table.known(facts));
    const outcomes = table.outcomes(known);
    const firsts = [...new Map(outcomes.map((o) => [line(o.first), o.first])).values()];
    const eligible = ordered(certain(outcomes, (o) => o.eligible));
    const decided = firsts.length === 1;
    const all = outcomes.reduce((mask, o) => mask & o.standing, table.all);
    const some = outcomes.reduce((mask, o) => mask | o.standing, 0n);
    const opening = (code) => {
      const surely = table.rulesOf(all & table.decisive).filter((card) => card.opens === code);
      return surely.length ? surely : table.rulesOf(some).filter((card) => card.opens === code);
    };
    const notes = data.rules.filter(
      (card) =>
        !card.opens && card.since <= day && day <= card.until && inBox(card.when, facts, table, known)[0] === true,
    );
    return {
      day,
      decided,
      first: ordered(firsts.length ? firsts[0].filter((code) => firsts.every((f) => f.includes(code))) : []),
      possible: ordered(firsts.flat()),
      eligible: eligible.map((code) => ({ operator: code, rules: opening(code).map((card) => card.id) })),
      maybe: maybe(table, known, outcomes, eligible),
      see: certain(outcomes, (o) => o.see).sort((a, b) => data.bodyOrder.indexOf(a) - data.bodyOrder.indexOf(b)),
      outside: eligible.find(isOutside) ?? null,
      reasons: outcomes.length ? [...table.rulesOf(all & table.decisive), ...notes] : notes,
      until: until(person, day, outcomes),
      missing: missing(table, known, decided),
    };
  };

  const maybe = (table, known, outcomes, eligible) => {
    const codes = new Set(outcomes.flatMap((o) => o.eligible).filter((code) => !eligible.includes(code)));
    const alive = table.alive(known);
    return table.answers
      .filter(([code]) => codes.has(code))
      .map(([code, opening]) => ({
        operator: code,
        missing: table.names.filter(
          (_, f) =>
            known[f] < 0 && table.named[f] & opening & alive && table.divides(known, f, (o) => o.eligible.includes(code)),
        ),
      }));
  };

  /** Every unknown fact that may alter the answer, the most dividing first, with where each of its values leads. */
  const missing = (table, known, decided) => {
    const alive = table.alive(known) & table.decisive;
    const found = [];
    Object.keys(data.facts).forEach((name, position) => {
      const fact = table.place.get(name);
      if (fact === undefined || known[fact] >= 0 || !(table.named[fact] & alive)) return;
      const changes =
        !decided && table.divides(known, fact, (o) => line(o.first))
          ? "first"
          : table.divides(known, fact, (o) => line(o.eligible))
            ? "eligible"
            : table.divides(known, fact, (o) => line(o.see))
              ? "see"
              : null;
      if (!changes) return;
      const splits = [];
      table.accept[fact].forEach((_, i) => {
        const person = told(known, fact, i);
        if (table.possible(person)) {
          splits.push({ values: table.spans[fact][i], then: ordered(table.outcomes(person).flatMap((o) => o.first)) });
        }
      });
      const left = splits.map((split) => split.then.length).filter(Boolean);
      const rank = [["first", "eligible", "see"].indexOf(changes), Math.max(0, ...left), left.reduce((a, b) => a + b, 0), position];
      found.push({ rank, fact: name, changes, splits });
    });
    return found.sort((a, b) => compare(a.rank, b.rank));
  };

  const compare = (a, b) => {
    for (let i = 0; i < a.length; i += 1) {
      if (a[i] < b[i]) return -1;
      if (a[i] > b[i]) return 1;
    }
    return 0;
  };

  /** The last day on which nothing of the answer has changed, the person staying as told; null when no end is in sight. */
  const until = (person, day, outcomes) => {
    const now = answersOf(outcomes);
    const then = (facts, on) => {
      const table = tableOn(on);
      const known = table.known(facts);
      return table.possible(known) ? table.outcomes(known) : [];
    };
    const firsts = (found) => ordered(found.flatMap((o) => o.first));
    if (!person.birth && "age" in person.facts && person.facts.age < OLDEST) {
      const table = tableOn(day);
      const age = person.facts.age + 1;
      const known = table.known({ ...person.facts, age });
      if (table.possible(known)) {
        const next = table.outcomes(known);
        if (answersOf(next) !== now) return { day: null, why: `age:${age}`, then: firsts(next) };
      }
    }
    for (const [on, why] of events(person, day)) {
      const found = then(factsOn(person, on), on);
      if (answersOf(found) !== now) return { day: dayBefore(on), why, then: firsts(found) };
    }
    return null;
  };

  /** The days to come on which something may change: birthdays at which a class of age ends, first days of other law. */
  const events = (person, day) => {
    const found = tables.filter((table) => table.since > day).map((table) => [table.since, `law:${table.since}`]);
    if (person.birth) {
      const starts = new Set();
      for (const table of tables) {
        const age = table.place.get("age");
        for (const values of age === undefined ? [] : table.spans[age]) {
          for (const span of values) starts.add(Number(span.split("..")[0]));
        }
      }
      for (const age of [...starts].sort((a, b) => a - b)) {
        const on = birthday(person.birth, age);
        if (on > day && on < FOREVER) found.push([on, `age:${age}`]);
      }
    }
    return found.sort(compare);
  };

  // -- what to ask next -------------------------------------------------------------------------------------------------------

  /** Everyone who may be asked on one stretch of days, and what each question leaves of them: [kind, weight, number of the answer]. */
  class Crowd {
    constructor(table) {
      this.table = table;
      this.sizes = table.accept.map((masks) => masks.length);
      this.bound = [...new Set(table.walls.flatMap(([, facts]) => facts))];
      this.free = table.names.map((_, f) => f).filter((f) => !this.bound.includes(f));
      this.counts = new Map();
      this.numbers = new Map();
      this.answers = new Map();
    }

    all(known) {
      return this.table.people(known).map(([kind, standing]) => [kind, this.weight(kind), this.number(standing)]);
    }

    /** Two kinds share a number when nothing of the answer differs, whatever its order. */
    number(standing) {
      if (!this.numbers.has(standing)) {
        const { first, eligible, see } = this.table.outcome(standing);
        const given = [first, eligible, see].map((codes) => line(codes.slice().sort())).join("|");
        if (!this.answers.has(given)) this.answers.set(given, this.answers.size);
        this.numbers.set(standing, this.answers.get(given));
      }
      return this.numbers.get(standing);
    }

    /** How many possible combinations of classes a description holds. */
    weight(known) {
      const key = this.bound.map((f) => known[f]).join();
      if (!this.counts.has(key)) {
        const some = known.map((i, f) => (this.bound.includes(f) ? i : -1));
        this.counts.set(key, this.count(this.table.alive(some), some));
      }
      return this.free.reduce((product, f) => (known[f] < 0 ? product * this.sizes[f] : product), this.counts.get(key));
    }

    count(alive, known) {
      for (const [bit, facts] of this.table.walls) {
        if (!(alive & bit)) continue;
        const fact = facts.find((f) => known[f] < 0);
        if (fact === undefined) return 0;
        return this.table.accept[fact].reduce((sum, mask, i) => sum + this.count(alive & mask, told(known, fact, i)), 0);
      }
      return this.bound.reduce((product, f) => (known[f] < 0 ? product * this.sizes[f] : product), 1);
    }

    told(people, fact, i) {
      const left = [];
      for (const [kind, weight, number] of people) {
        if (kind[fact] === i) left.push([kind, weight, number]);
        else if (kind[fact] < 0) {
          const more = told(kind, fact, i);
          if (this.table.possible(more)) left.push([more, this.weight(more), number]);
        }
      }
      return left;
    }

    /** What each possible class of a fact leaves. */
    cuts(people, fact) {
      return this.table.accept[fact].map((_, i) => [i, this.told(people, fact, i)]).filter(([, left]) => left.length);
    }

    /** Bits about the answer, times persons, that a question leaves on average. */
    uncertainty(people, fact) {
      const groups = Array.from({ length: this.sizes[fact] }, () => new Map());
      const add = (group, number, weight) => group.set(number, (group.get(number) ?? 0) + weight);
      for (const [kind, weight, number] of people) {
        if (kind[fact] >= 0) add(groups[kind[fact]], number, weight);
        else {
          groups.forEach((group, i) => {
            const share = this.bound.includes(fact) ? this.weight(told(kind, fact, i)) : weight / groups.length;
            add(group, number, share);
          });
        }
      }
      return groups.reduce((sum, group) => sum + entropy([...group.values()]), 0);
    }

    /** The fact to ask: -1 when all agree, or when nothing that may be asked changes anything. */
    best(people, leftOut) {
      if (settled(people)) return -1;
      const facts = this.sizes.map((_, f) => f).filter((f) => !leftOut.has(f) && people.some(([kind]) => kind[f] >= 0));
      const ranked = facts
        .map((f) => [Math.round(this.uncertainty(people, f) * 1e6) / 1e6, f])
        .sort(compare)
        .map(([, f]) => f);
      return ranked.find((f) => this.divides(people, f)) ?? ranked.find((f) => this.cuts(people, f).length > 1) ?? -1;
    }

    /** Is there one person for whom this fact alone changes the answer? */
    divides(people, fact) {
      const sides = this.cuts(people, fact).map(([, left]) => left);
      return sides.some((left, i) =>
        sides
          .slice(i + 1)
          .some((right) => left.some((a) => right.some((b) => a[2] !== b[2] && this.alike(a[0], b[0], fact)))),
      );
    }

    /** Alike in all else, and the facts still unknown can be chosen so that neither runs into a wall. */
    alike(a, b, fact) {
      if (a.some((i, f) => f !== fact && i >= 0 && b[f] >= 0 && b[f] !== i)) return false;
      const both = a.map((i, f) => (i < 0 ? b[f] : i));
      const alive = this.table.alive(told(both, fact, a[fact])) | this.table.alive(told(both, fact, b[fact]));
      const some = told(both, fact, a[fact]).map((i, f) => (this.bound.includes(f) ? i : -1));
      return this.count(alive, some) > 0;
    }
  }

  const settled = (people) => new Set(people.map(([, , number]) => number)).size < 2;
  const entropy = (weights) => {
    const total = weights.reduce((a, b) => a + b, 0);
    return weights.reduce((sum, w) => (w ? sum - w * Math.log2(w / total) : sum), 0);
  };

  const crowds = new Map();
  const crowdOf = (table) => {
    if (!crowds.has(table)) crowds.set(table, new Crowd(table));
    return crowds.get(table);
  };

  /** The next question: {fact, values that are still possible}, or null. `declined`: the facts that stay unknown. */
  const ask = (facts, declined, day) => {
    const table = tableOn(day);
    const known = table.known(facts);
    if (!table.possible(known)) return null;
    const crowd = crowdOf(table);
    const leftOut = new Set(declined.map((name) => table.place.get(name)));
    known.forEach((i, f) => i >= 0 && leftOut.add(f));
    const fact = crowd.best(crowd.all(table.implied(known)), leftOut);
    if (fact < 0) return null;
    return question(table.names[fact], facts, day);
  };

  /** A question and the values that are still possible; a number of years has none listed. */
  const question = (fact, facts, day) => ({
    fact,
    values: data.facts[fact].values.filter((value) => isPossible({ ...facts, [fact]: value }, day)),
  });

  /** Can these facts be true together? */
  const isPossible = (facts, day) => {
    const table = tableOn(day);
    return table.possible(table.known(facts));
  };

  // -- where and with whom ----------------------------------------------------------------------------------------------------

  const periodOn = (day) => directory.periods.filter((period) => period.since <= day).pop() ?? directory.periods[0];
  /** A column is one value for all homes, or one per home. */
  const at = (column, home) => (Array.isArray(column) ? column[home] : column);

  /** Is a home in the zone of an offer: `inside`, `outside`, or `unknown`? */
  const zoneOf = (offer, home) =>
    ({ i: "inside", o: "outside", u: "unknown" })[offer.zones.length > 1 ? offer.zones[home] : offer.zones];

  /** The desk that a column, by its number, holds for a home: what it is, and how far from there. */
  const deskAt = (number, home) => {
    const column = number === null ? null : directory.columns[number];
    const desk = column && at(column.desk, home);
    if (desk === null) return null;
    return {
      ...directory.desks[desk],
      km: at(column.km, home),
      minutes: at(column.minutes, home),
      nearest: deskAt(column.nearest ?? null, home),
    };
  };

  /** Where and with whom, once `decide` has said who. `home`: its place in the list of homes; `needs`: codes. */
  const where = (person, decision, home, needs) => {
    const period = periodOn(decision.day);
    const table = tableOn(decision.day);
    const facts = factsOn(person, decision.day);
    const known = table.implied(table.known(facts));
    const eligible = decision.eligible.map((e) => e.operator);
    const codes = [...new Set([...eligible, ...decision.possible])].filter((code) => !isOutside(code));
    const schemes = period.offers
      .filter((offer) => offer.kind === "scheme" && zoneOf(offer, home) !== "outside")
      .map((offer) => [offer, inBox(offer.box, facts, table, known)])
      .filter(([, [holds]]) => holds !== false)
      .map(([offer, [, lacking]]) => ({
        ...offer,
        missing: lacking,
        first: !lacking.length && offer.oneStop,
        desk: deskAt(offer.desks, home),
      }))
      .sort((a, b) => compare([a.missing.length > 0, !a.first, a.id], [b.missing.length > 0, !b.first, b.id]));
    const surely = new Set(schemes.filter((s) => !s.missing.length).map((s) => s.id));
    const offers = period.offers.filter(
      (o) => (o.kind !== "scheme" || surely.has(o.id)) && (o.kind !== "operator" || eligible.includes(o.network)),
    );
    const publicOf = (offer) => {
      if (offer.kind !== "partner") return "inside";
      if (!offer.publics) return "unknown";
      const states = offer.publics.map((code) => {
        const box = data.publics[code];
        return box ? inBox(box, facts, table, known)[0] : null;
      });
      return states.includes(true) ? "inside" : states.includes(null) ? "unknown" : "refused";
    };
    const partners = [];
    const unmet = [];
    const asked = orderedNeeds(needs);
    for (const need of asked) {
      const found = matches(need, asked, offers, home, publicOf);
      partners.push(...found);
      if (found.every((match) => match.relaxed)) unmet.push(need);
    }
    return {
      period,
      desks: Object.fromEntries(codes.map((code) => [code, deskAt(period.operators[code], home)])),
      schemes,
      partners,
      unmet,
    };
  };

  /** Obstacles, then the project, then carrying it out; as told within a family. */
  const orderedNeeds = (needs) => {
    const family = (code) => directory.needs.find((need) => need.code === code).family;
    const rank = { obstacles: 0, project: 1, carrying_out: 2 };
    return needs.slice().sort((a, b) => rank[family(a)] - rank[family(b)]);
  };

  /** How an offer answers a need: `theme` (the very code), `category` (the whole of it), `part` (a theme of it), `near`. */
  const answers = (offered, need, loosely) => {
    const category = need.split("--")[0];
    let found = null;
    for (const code of offered) {
      if (code === need) return "theme";
      if (need.startsWith(`${code}--`)) found = "category";
      else if (code.startsWith(`${need}--`)) found ??= "part";
      else if (loosely && code.split("--")[0] === category && !category.startsWith("x-")) found ??= "near";
    }
    return found;
  };

  /** Who answers a need, the place that covers most first. When nothing fits, one constraint is given up, and said. */
  const matches = (need, asked, offers, home, publicOf) => {
    const covers = (offer) => asked.filter((n) => answers(offer.needs, n, false) !== null).length;
    for (const relaxed of [null, "theme", "public", "zone"]) {
      const found = [];
      for (const offer of offers) {
        const answer = answers(offer.needs, need, relaxed === "theme");
        if (answer === null) continue;
        const states = { public: publicOf(offer), zone: zoneOf(offer, home) };
        const refused = Object.keys(states).filter((name) => ["outside", "refused"].includes(states[name]));
        if (refused.some((name) => name !== relaxed)) continue;
        const unknown = Object.keys(states).filter((name) => states[name] === "unknown");
        const desk = deskAt(offer.desks, home);
        const count = covers(offer);
        const rank = [offer.kind !== "scheme", -count, unknown.length, answer !== "theme", desk?.km ?? FAR, offer.id];
        found.push({ rank, need, partner: offer.id, name: offer.name, answer, unknown, relaxed, covers: count, desk });
      }
      if (found.length) return found.sort((a, b) => compare(a.rank, b.rank));
    }
    return [];
  };

  return { data, directory, decide, ask, question, isPossible, where, tableOn, periodOn, readDay, readAge, ageOn, monthsBetween };
})();
