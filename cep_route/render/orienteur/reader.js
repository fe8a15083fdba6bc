"use strict";
/*
 * Walks the diagrams that cep-route compiled: who may serve a person, what to ask next, where and with whom. It holds no rule, no date
 * and no name, and compares nobody with a rule: every judgement is a leaf (cep_route/engine says how they are made).
 *
 * A fact is known as a class of values (values that no rule tells apart); a fact that is absent is not known, and that is never "no".
 */
const orienteur = (() => {
  const data = JSON.parse(document.getElementById("law").textContent);
  const directory = JSON.parse(document.getElementById("directory").textContent);
  const FOREVER = "9999-12-31";
  const OLDEST = 120;
  const FAR = 99999;
  const [OUTSIDE, INSIDE] = [1, 2];

  // -- diagrams ---------------------------------------------------------------------------------------------------------------

  const years = (spans) =>
    spans.flatMap((span) => {
      const [low, high] = span.split("..").map(Number);
      return Array.from({ length: (high ?? low) - low + 1 }, (_, i) => low + i);
    });

  /** Levels and nodes: a node is [level, a child for each class ...], a leaf [-1, value], and the value 0 is nobody. */
  class Diagrams {
    constructor({ levels, nodes }) {
      this.names = levels.map((level) => level.name);
      this.place = new Map(this.names.map((name, i) => [name, i]));
      this.spans = levels.map((level) => level.members);
      this.classes = levels.map(({ name, members }) => {
        const values = members.map((spans) => (data.facts[name].kind === "years" ? years(spans) : spans));
        return new Map(values.flatMap((all, i) => all.map((value) => [value, i])));
      });
      this.nodes = nodes;
    }

    /** The facts of a person as classes, by level; those no box names are left out. */
    known(facts) {
      const found = new Map();
      this.names.forEach((name, level) => name in facts && found.set(level, this.classes[level].get(facts[name])));
      return found;
    }

    /** The leaves that the known classes lead to; an unknown level follows all its children. Nobody is dropped at the end. */
    walk(root, known) {
      const found = new Set();
      const seen = new Set([root]);
      for (const number of seen) {
        const [level, ...children] = this.nodes[number];
        if (level < 0) found.add(children[0]);
        else if (known.has(level)) seen.add(children[known.get(level)]);
        else children.forEach((child) => seen.add(child));
      }
      found.delete(0);
      return found;
    }

    /** For each person the known classes allow, all else equal, the leaves that the classes of one level lead to, when several. */
    apart(root, known, level) {
      const groups = [];
      const seen = new Set();
      const down = (numbers) => {
        const state = [...new Set(numbers)].sort((a, b) => a - b);
        const key = state.join();
        if (seen.has(key)) return;
        seen.add(key);
        const tops = state.map((number) => this.nodes[number][0]).filter((at) => at >= 0);
        if (!tops.length) {
          const leaves = new Set(state.map((number) => this.nodes[number][1]).filter(Boolean));
          if (leaves.size > 1) groups.push([...leaves]);
          return;
        }
        const top = Math.min(...tops);
        const steps = this.spans[top].map((_, i) => i).filter((i) => !known.has(top) || known.get(top) === i);
        const child = (number, i) => (this.nodes[number][0] === top ? this.nodes[number][i + 1] : number);
        if (top === level && state.length === 1) down(steps.map((i) => child(state[0], i)));
        else steps.forEach((i) => down(state.map((number) => child(number, i))));
      };
      down([root]);
      return groups;
    }
  }

  /** One stretch of days. */
  class Table extends Diagrams {
    constructor(segment) {
      super(segment);
      Object.assign(this, { since: segment.since, root: segment.root, order: segment.order, codes: segment.codes });
      const spell = (places, words) => places.map((place) => words[place]);
      this.answers = segment.answers.map(([first, eligible, see]) => ({
        first: spell(first, data.order),
        eligible: spell(eligible, data.order),
        see: spell(see, data.bodyOrder),
        text: [first, eligible, see].map(line).join("|"),
      }));
      this.rules = segment.rules.map((rule) => ({ ...rule, card: data.rules[rule.rule] }));
      this.walled = segment.implied.map((name) => this.place.get(name));
    }

    /** Every outcome the known classes allow. */
    outcomes(known) {
      return this.told(this.walk(this.root, known));
    }

    told(leaves) {
      return [...leaves].sort((a, b) => a - b).map((leaf) => this.answers[leaf - 1]);
    }

    possible(known) {
      return this.walk(this.root, known).size > 0;
    }

    /** What is known, with each fact that can have one class of values only. */
    implied(known) {
      const full = new Map(known);
      for (const level of this.walled) {
        if (known.has(level)) continue;
        const left = this.spans[level].map((_, i) => i).filter((i) => this.possible(more(known, level, i)));
        if (left.length === 1) full.set(level, left[0]);
      }
      return full;
    }

    /** What the values of one fact alone give, as outcomes. */
    divides(known, level) {
      return known.has(level) ? [] : this.apart(this.root, known, level).map((leaves) => this.told(leaves));
    }
  }

  const line = (codes) => codes.join(" ");
  const more = (known, level, i) => new Map(known).set(level, i);

  const tables = data.segments.map((segment) => new Table(segment));
  /** The table in force on a day; before the day the page was made, that of that day. */
  const tableOn = (day) => tables.filter((table) => table.since <= day).pop() ?? tables[0];
  const boxes = new Diagrams(data.boxes);

  /** Does a box hold the person: true, false, or null with the facts that are still open? */
  const inBox = (number, facts) => {
    const [bare, root, inside] = data.boxes.boxes[number];
    const known = boxes.known(facts);
    let found = boxes.walk(bare, known);
    if (found.size > 1) found = boxes.walk(root, known);
    if (found.size < 2) return [found.has(INSIDE), []];
    const open = ([name, accepted]) => {
      const level = boxes.place.get(name);
      const left = boxes.spans[level].map((_, i) => i).filter((i) => !accepted.includes(i));
      return left.some((i) => (known.get(level) ?? i) === i && boxes.walk(root, more(known, level, i)).size);
    };
    return [null, inside.filter(open).map(([name]) => name)];
  };

  /** The facts with those taken as told until someone tells otherwise; `asking`: without those that are asked. */
  const taken = (facts, table, asking = false) => {
    const full = { ...facts };
    for (const { fact, value, ask, box } of data.presumptions) {
      if (fact in full || !table.place.has(fact) || (asking && ask)) continue;
      const [bare] = data.boxes.boxes[box];
      const told = boxes.walk(bare, boxes.known(facts));
      if (told.size > 1 || !told.has(INSIDE)) continue;
      if (table.possible(table.known({ ...full, [fact]: value }))) full[fact] = value;
    }
    return full;
  };

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

  /** What is known of a person on a day, with what the home tells. */
  const factsOn = (person, day) => {
    const facts = { ...directory.homes[person.home ?? 0][2], ...person.facts };
    return person.birth ? { ...facts, age: Math.min(Math.max(ageOn(person.birth, day), 0), OLDEST) } : facts;
  };

  // -- who --------------------------------------------------------------------------------------------------------------------

  const ordered = (codes) => {
    const all = [...new Set(codes)];
    return all.sort((a, b) => data.order.indexOf(a) - data.order.indexOf(b));
  };
  const certain = (outcomes, part) =>
    outcomes.length ? part(outcomes[0]).filter((code) => outcomes.every((o) => part(o).includes(code))) : [];
  const isOutside = (code) => Boolean(data.operators[code].outside);
  const answersOf = (outcomes) => [...new Set(outcomes.map((o) => o.text))].sort().join("\n");
  const several = (values) => new Set(values).size > 1;

  /** The whole answer about who. `person`: {facts, birth, home}, `home` its place in the list of homes; the facts must be possible together. */
  const decide = (person, day) => {
    const table = tableOn(day);
    const facts = factsOn(person, day);
    const known = table.implied(table.known(taken(facts, table)));
    const outcomes = table.outcomes(known);
    const firsts = [...new Map(outcomes.map((o) => [line(o.first), o.first])).values()];
    const eligible = ordered(certain(outcomes, (o) => o.eligible));
    const decided = firsts.length === 1;
    const states = table.rules.map((rule) => [rule, table.walk(rule.root, known)]);
    const ever = states.filter(([, found]) => found.has(INSIDE)).map(([rule]) => rule);
    const always = states.filter(([, found]) => found.has(INSIDE) && found.size === 1).map(([rule]) => rule);
    const opening = (code) => {
      const surely = always.filter((rule) => rule.card.opens === code);
      return surely.length ? surely : ever.filter((rule) => rule.card.opens === code);
    };
    const notes = data.rules.filter(
      (card) => !card.opens && card.since <= day && day <= card.until && inBox(card.box, facts)[0] === true,
    );
    return {
      day,
      decided,
      first: ordered(firsts.length ? firsts[0].filter((code) => firsts.every((f) => f.includes(code))) : []),
      possible: ordered(firsts.flat()),
      eligible: eligible.map((code) => ({ operator: code, rules: opening(code).map((rule) => rule.card.id) })),
      maybe: maybe(table, known, outcomes, eligible, ever),
      see: certain(outcomes, (o) => o.see).sort((a, b) => data.bodyOrder.indexOf(a) - data.bodyOrder.indexOf(b)),
      outside: eligible.find(isOutside) ?? null,
      reasons: [...always.map((rule) => rule.card), ...notes],
      until: until(person, day, outcomes),
      missing: missing(table, known, decided),
    };
  };

  const maybe = (table, known, outcomes, eligible, ever) => {
    const codes = new Set(outcomes.flatMap((o) => o.eligible).filter((code) => !eligible.includes(code)));
    if (!codes.size) return [];
    const apart = table.order.map((name) => [name, table.divides(known, table.place.get(name))]);
    return table.codes
      .filter((code) => codes.has(code))
      .map((code) => {
        const named = new Set(ever.filter((rule) => rule.card.opens === code).flatMap((rule) => rule.facts));
        const turns = (groups) => groups.some((group) => several(group.map((o) => o.eligible.includes(code))));
        return { operator: code, missing: apart.filter(([name, groups]) => named.has(name) && turns(groups)).map(([name]) => name) };
      });
  };

  /** Every unknown fact that may alter the answer, the most dividing first, with where each of its values leads. */
  const missing = (table, known, decided) => {
    const found = [];
    table.names.forEach((name, level) => {
      const groups = table.divides(known, level);
      const turns = (part) => groups.some((group) => several(group.map((o) => line(o[part]))));
      const changes = ["first", "eligible", "see"].find((part) => (part !== "first" || !decided) && turns(part));
      if (!changes) return;
      const splits = table.spans[level]
        .map((values, i) => [values, table.outcomes(more(known, level, i))])
        .filter(([, outcomes]) => outcomes.length)
        .map(([values, outcomes]) => ({ values, then: ordered(outcomes.flatMap((o) => o.first)) }));
      const left = splits.map((split) => split.then.length).filter(Boolean);
      const place = data.questions.indexOf(name);
      const rank = [["first", "eligible", "see"].indexOf(changes), Math.max(0, ...left), left.reduce((a, b) => a + b, 0), place];
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
    const then = (facts, on) => tableOn(on).outcomes(tableOn(on).known(facts));
    const firsts = (found) => ordered(found.flatMap((o) => o.first));
    if (!person.birth && "age" in person.facts && person.facts.age < OLDEST) {
      const age = person.facts.age + 1;
      const next = then({ ...taken(factsOn(person, day), tableOn(day)), age }, day);
      if (next.length && answersOf(next) !== now) return { day: null, why: `age:${age}`, then: firsts(next) };
    }
    for (const [on, why] of events(person, day)) {
      const found = then(taken(factsOn(person, on), tableOn(on)), on);
      if (answersOf(found) !== now) return { day: dayBefore(on), why, then: firsts(found) };
    }
    return null;
  };

  /** The days to come on which something may change: birthdays at which a class of age ends, first days of other law. */
  const events = (person, day) => {
    const found = tables.filter((table) => table.since > day).map((table) => [table.since, `law:${table.since}`]);
    if (person.birth) {
      const spans = tables.flatMap((table) => table.spans[table.place.get("age")] ?? []).flat();
      const starts = new Set(spans.map((span) => Number(span.split("..")[0])));
      for (const age of [...starts].sort((a, b) => a - b)) {
        const on = birthday(person.birth, age);
        if (on > day && on < FOREVER) found.push([on, `age:${age}`]);
      }
    }
    return found.sort(compare);
  };

  // -- what to ask next -------------------------------------------------------------------------------------------------------

  /** The next question, the first in order that matters: {fact, values that are still possible}, or null. `declined` stay unknown. */
  const ask = (facts, declined, day) => {
    const table = tableOn(day);
    const known = table.known(taken(facts, table, true));
    if (!several(table.outcomes(known).map((o) => o.text))) return null;
    const asked = data.questions.filter((name) => table.place.has(name) && !declined.includes(name) && !data.facts[name].told);
    const open = asked.filter((name) => !known.has(table.place.get(name)));
    const matters = (name) => table.divides(known, table.place.get(name)).some((group) => several(group.map((o) => o.text)));
    const together = (name) => {
      const level = table.place.get(name);
      return several(table.spans[level].map((_, i) => answersOf(table.outcomes(more(known, level, i)))).filter(Boolean));
    };
    const fact = open.find(matters) ?? open.find(together);
    return fact === undefined ? null : question(fact, facts, day);
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

  /** Where and with whom, once `decide` has said who. `needs`: codes. */
  const where = (person, decision, needs) => {
    const period = periodOn(decision.day);
    const home = person.home ?? 0;
    const facts = factsOn(person, decision.day);
    const eligible = decision.eligible.map((e) => e.operator);
    const codes = [...new Set([...eligible, ...decision.possible])].filter((code) => !isOutside(code));
    const schemes = period.offers
      .filter((offer) => offer.kind === "scheme" && zoneOf(offer, home) !== "outside")
      .map((offer) => [offer, inBox(data.schemes[offer.box], facts)])
      .filter(([, [holds]]) => holds !== false)
      .map(([offer, [, lacking]]) => ({
        ...offer,
        missing: lacking,
        first: !lacking.length && offer.oneStop,
        desk: deskAt(offer.desks, home),
      }))
      .sort((a, b) => compare([a.missing.length > 0, !a.first, a.id], [b.missing.length > 0, !b.first, b.id]));
    const surely = new Set(schemes.filter((s) => !s.missing.length).map((s) => s.id));
    const publicOf = (offer) => {
      if (offer.kind !== "partner") return "inside";
      if (!offer.publics) return "unknown";
      const states = offer.publics.map((code) => {
        const [box, sufficient] = data.publics[code] ?? [null, false];
        const state = box === null ? null : inBox(box, facts)[0];
        return state === false && sufficient ? null : state;
      });
      return states.includes(true) ? "inside" : states.includes(null) ? "unknown" : "refused";
    };
    const offers = period.offers
      .filter((o) => (o.kind !== "scheme" || surely.has(o.id)) && (o.kind !== "operator" || eligible.includes(o.network)))
      .map((o) => ({ ...o, name: at(o.name, home), zone: zoneOf(o, home), desk: deskAt(o.desks, home), public: publicOf(o) }));
    const [bodies, others] = [true, false].map((is) => offers.filter((o) => (o.kind === "body") === is));
    const partners = [];
    const unmet = [];
    const asked = orderedNeeds(needs);
    for (const need of asked) {
      let found = matches(need, asked, others);
      if (found.every((match) => match.relaxed || match.desk?.old)) {
        // nobody of the territory fits: the bodies that answer it by the law
        const more = matches(need, asked, bodies.filter((o) => o.zone !== "outside" && o.needs.includes(need)));
        found = [...more, ...found.filter((match) => !(more.length && match.relaxed))];
      }
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
  const matches = (need, asked, offers) => {
    const covers = (offer) => asked.filter((n) => answers(offer.needs, n, false) !== null).length;
    for (const relaxed of [null, "theme", "public", "zone"]) {
      const found = [];
      for (const offer of offers) {
        const answer = answers(offer.needs, need, relaxed === "theme");
        const states = ["public", "zone"].map((name) => [name, offer[name]]);
        const refused = states.some(([name, state]) => ["outside", "refused"].includes(state) && name !== relaxed);
        if (answer === null || refused) continue;
        const unknown = states.filter(([, state]) => state === "unknown").map(([name]) => name);
        const { id, name, desk } = offer;
        const count = covers(offer);
        const rank = [offer.kind !== "scheme", -count, unknown.length, answer !== "theme", desk?.km ?? FAR, id, offer.service ?? ""];
        found.push({ rank, need, partner: id, name, answer, unknown, relaxed, covers: count, desk });
      }
      if (found.length) return found.sort((a, b) => compare(a.rank, b.rank));
    }
    return [];
  };

  return { data, directory, decide, ask, question, isPossible, where, tableOn, periodOn, readDay, readAge, ageOn, monthsBetween };
})();
