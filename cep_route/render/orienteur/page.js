"use strict";
/*
 * The conversation: one question at a time, then where to go. What is answered lives in the memory of this page and nowhere else: no
 * storage, no cookie, no address that holds it. Every text becomes a text node, so that no word of a territory can be more than a word.
 */
(() => {
  const { data, directory } = orienteur;
  const main = document.getElementById("orienteur");
  const switcher = document.getElementById("language");
  const spoken = document.getElementById("spoken");
  const said = new URLSearchParams(location.hash.slice(1));
  const now = new Date();
  const today = [now.getFullYear(), now.getMonth() + 1, now.getDate()].map((n) => String(n).padStart(2, "0")).join("-");
  const day = orienteur.readDay(said.get("on") ?? "") ?? today;
  const asked = orienteur.periodOn(day).offers.length > 0;

  let lang = said.get("lang") ?? ((navigator.language ?? "").startsWith("en") ? "en" : document.documentElement.lang);
  if (!["fr", "en"].includes(lang)) lang = "fr";

  // What the visitor said, and where the conversation is. Each step is kept, so that « back » is the browser's own.
  const fresh = { view: "start", answers: [], birth: null, home: 0, needs: [], pinned: null, seen: false };
  let state = fresh;
  const steps = [state];
  const remembered = new Map();

  // -- words ------------------------------------------------------------------------------------------------------------------

  const t = (key, values = {}) =>
    data.words[key][lang].replace(/\{(\w+)\}/g, (whole, name) => (name in values ? values[name] : whole));
  const both = (text) => (text ? text[lang] : "");
  const colon = () => (lang === "fr" ? "\u00a0: " : ": ");
  const semicolon = () => (lang === "fr" ? "\u00a0; " : "; ");
  const either = (words) => words.join(` ${t("or")} `);
  const dayWords = (isoDay) =>
    new Intl.DateTimeFormat(lang === "fr" ? "fr-FR" : "en-GB", { dateStyle: "long", timeZone: "UTC" })
      .format(Date.parse(`${isoDay}T00:00:00Z`))
      .replace(/^1 /, lang === "fr" ? "1er " : "1 ");
  const dated = (names, on) => {
    const name = names.find((n) => (n.since ?? "") <= on && on <= (n.until ?? "9999")) ?? names.at(-1);
    return name ? name[lang] : "";
  };
  const operator = (code, on = day) => dated(data.operators[code].names, on) || code;
  const need = (code) => both(directory.needs.find((n) => n.code === code));
  const values = (fact, all) => {
    const card = data.facts[fact];
    if (card.kind !== "years") return either(all.map((value) => both(card.labels[value])));
    return t("years", { years: either(all.map((span) => String(span).replace("..", ` ${t("to")} `))) });
  };
  const number = (km) => {
    const text = km >= 10 ? km.toFixed(0) : km.toFixed(1).replace(/\.0$/, "");
    return lang === "fr" ? text.replace(".", ",") : text;
  };

  // -- elements ---------------------------------------------------------------------------------------------------------------

  const el = (tag, attributes = {}, ...inside) => {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
      else if (value === true) made.setAttribute(name, "");
      else if (value !== false && value !== null && value !== undefined) made.setAttribute(name, value);
    }
    made.append(...inside.flat(Infinity).filter((part) => part !== null && part !== undefined && part !== ""));
    return made;
  };
  const button = (text, onclick, kind = "") => el("button", { type: "button", class: kind, onclick }, text);
  const list = (items) => el("ul", {}, items.map((item) => el("li", {}, item)));
  const heading = (text) => el("h2", { tabindex: "-1", id: "step" }, text);
  const section = (title, ...inside) =>
    inside.flat(Infinity).filter(Boolean).length ? el("section", {}, el("h3", {}, title), inside) : null;
  /** A link, only to what is plainly an address of the web. */
  const link = (url) =>
    /^https?:\/\//.test(url) ? el("a", { href: url, rel: "noreferrer noopener" }, url.replace(/^https?:\/\/(www\.)?/, "").replace(/\/$/, "")) : url;
  const phoneLink = (desk) => el("a", { href: `tel:${desk.phone}` }, desk.shownPhone);
  /** A sentence with `{name}` in which the place of the name is taken by an element. */
  const around = (key, name, inside) => {
    const [before, after] = data.words[key][lang].split(`{${name}}`);
    return [before, inside, after];
  };

  // -- steps ------------------------------------------------------------------------------------------------------------------

  const go = (change) => {
    const here = steps.indexOf(state);
    state = { ...state, ...change };
    steps.length = here + 1;
    steps.push(state);
    history.pushState(steps.length - 1, "");
    show();
  };
  const back = () => history.back();
  addEventListener("popstate", (event) => {
    state = steps[event.state] ?? steps[0];
    show();
  });

  const facts = () => Object.fromEntries(state.answers.filter(([, value]) => value !== null));
  const declined = () => state.answers.filter(([, value]) => value === null).map(([fact]) => fact);
  const person = () => ({ facts: facts(), birth: state.birth, home: state.home });
  const nextQuestion = () => orienteur.ask(facts(), declined(), day);

  const tell = (fact, value, birth = null) => {
    remembered.set(fact, { value, birth });
    const answers = [...state.answers.filter(([name]) => name !== fact), [fact, value]];
    go({ answers, birth: data.facts[fact].kind === "years" ? birth : state.birth, view: "question", pinned: null });
  };
  const change = (i) => {
    const answers = state.answers.slice(0, i);
    const kept = answers.some(([fact]) => data.facts[fact].kind === "years");
    go({ answers, birth: kept ? state.birth : null, view: "question", pinned: null });
  };
  /** After the questions: where, then what for, then the answer; whoever has seen the answer once goes straight back to it. */
  const after = (view) => {
    if (state.seen) return "answer";
    const views = ["question", ...(directory.homes.length > 1 ? ["home"] : []), ...(asked ? ["needs"] : []), "answer"];
    return views[views.indexOf(view) + 1];
  };

  // -- questions --------------------------------------------------------------------------------------------------------------

  const controls = (...inside) =>
    el("div", { class: "controls" }, inside, steps.indexOf(state) > 0 ? button(t("back"), back) : null);

  /** The error of a form, told at once, and the first field brought back to the visitor. */
  const refuse = (form, key) => {
    const place = form.querySelector(".error");
    place.textContent = t(key);
    const field = form.querySelector("input, select");
    for (const each of form.querySelectorAll("input[type=text]")) each.setAttribute("aria-invalid", "true");
    field.focus();
  };
  const errorPlace = () => el("p", { class: "error", role: "alert", id: "error" });
  const form = (submit, fact, ...inside) =>
    el(
      "form",
      {
        "data-fact": fact,
        novalidate: true,
        autocomplete: "off",
        onsubmit: (event) => {
          event.preventDefault();
          submit(event.target);
        },
      },
      inside,
    );
  const help = (card) =>
    card.help ? el("details", {}, el("summary", {}, t("help")), el("p", {}, both(card.help))) : null;

  const showQuestion = (question) => {
    const card = data.facts[question.fact];
    const title = t("question", { number: state.answers.length + 1 });
    const legend = el("legend", {}, el("span", { class: "number" }, title), heading(both(card.question)));
    const early = state.answers.length ? button(t("early"), () => go({ view: after("question") }), "quiet") : null;
    document.title = `${both(card.question)} — ${t("title")}`;
    if (card.kind === "years") return showAge(question, legend, help(card), early);
    const chosen = remembered.get(question.fact)?.value;
    const choice = (value, label) =>
      el(
        "label",
        { class: "choice" },
        el("input", { type: "radio", name: "answer", value, checked: chosen !== undefined && (chosen ?? "?") === value }),
        el("span", {}, label),
      );
    return form(
      (sent) => {
        const value = new FormData(sent).get("answer");
        if (value === null) refuse(sent, "choose");
        else tell(question.fact, value === "?" ? null : value);
      },
      question.fact,
      el(
        "fieldset",
        { "aria-describedby": "error" },
        legend,
        question.values.map((value) => choice(value, both(card.labels[value]))),
        choice("?", t("unknown")),
      ),
      help(card),
      errorPlace(),
      controls(el("button", { type: "submit" }, t("continue"))),
      early,
    );
  };

  const showAge = (question, legend, hint, early) => {
    const before = remembered.get(question.fact) ?? {};
    const field = (name, label, size, value) =>
      el(
        "p",
        {},
        el("label", { for: name }, label),
        el("input", { type: "text", id: name, name, size, value, "aria-describedby": "error" }),
      );
    return form(
      (sent) => {
        const told = new FormData(sent);
        const [born, years] = [told.get("birth").trim(), told.get("age").trim()];
        const birth = born ? orienteur.readDay(born) : null;
        const age = born ? (birth ? orienteur.ageOn(birth, day) : null) : orienteur.readAge(years);
        if (!born && !years) refuse(sent, "choose");
        else if (born && (birth === null || birth < "1900-01-01" || birth > day)) refuse(sent, "bad_birth");
        else if (age === null) refuse(sent, "bad_age");
        else if (!orienteur.isPossible({ ...facts(), age: Math.min(age, 120) }, day)) refuse(sent, "impossible");
        else tell(question.fact, Math.min(age, 120), birth);
      },
      question.fact,
      el(
        "fieldset",
        { "aria-describedby": "error" },
        legend,
        field("birth", t("birth"), 12, before.birth && before.birth.split("-").reverse().join("/")),
        field("age", t("age"), 4, before.birth ? null : before.value),
      ),
      hint,
      errorPlace(),
      controls(
        el("button", { type: "submit" }, t("continue")),
        button(t("unknown"), () => tell(question.fact, null)),
      ),
      early,
    );
  };

  const showHome = () => {
    document.title = `${t(directory.regions ? "region" : "home")} — ${t("title")}`;
    const options = directory.homes.map(([, name], i) =>
      el("option", { value: i, selected: i === state.home }, i === 0 ? t(directory.regions ? "region_unknown" : "home_unknown") : name),
    );
    return form(
      (sent) => {
        state.home = Number(new FormData(sent).get("home")); // what « back » will show
        go({ view: after("home") });
      },
      null,
      heading(t(directory.regions ? "region" : "home")),
      el("select", { id: "home", name: "home", "aria-labelledby": "step" }, options),
      controls(el("button", { type: "submit" }, t("continue"))),
    );
  };

  const showNeeds = () => {
    document.title = `${t("needs")} — ${t("title")}`;
    const family = (code) =>
      el(
        "fieldset",
        { class: "family" },
        el("legend", {}, t(`family_${code}`)),
        directory.needs
          .filter((card) => card.family === code)
          .map((card) =>
            el(
              "label",
              { class: "choice" },
              el("input", { type: "checkbox", name: "need", value: card.code, checked: state.needs.includes(card.code) }),
              el("span", {}, both(card)),
            ),
          ),
      );
    return form(
      (sent) => {
        state.needs = new FormData(sent).getAll("need");
        go({ view: "answer" });
      },
      null,
      heading(t("needs")),
      el("p", {}, t("needs_hint")),
      ["obstacles", "project", "carrying_out"].map(family),
      controls(el("button", { type: "submit" }, t("see_answer"))),
    );
  };

  // -- the answer -------------------------------------------------------------------------------------------------------------

  const whereabouts = (desk) => {
    const distance = desk.km === null ? "" : desk.km < 0.1 ? t("here") : t("km", { km: number(desk.km) });
    const travel = desk.minutes === null ? "" : t("minutes", { minutes: desk.minutes });
    return [
      [desk.address ?? desk.commune ?? "", distance, travel].filter(Boolean).join(", "),
      desk.hours ? t("hours", { hours: both(desk.hours) }) : "",
      desk.appointment ? t("appointment") : "",
      desk.wheelchair === null ? "" : t(desk.wheelchair ? "wheelchair" : "no_wheelchair"),
      desk.phone ? around("phone", "phone", phoneLink(desk)) : "",
      desk.url ? [link(desk.url)] : "",
    ].filter((text) => text.length);
  };
  const deskLines = (desk) => {
    if (!desk) return [];
    const lines = [[desk.name, t(`channel_${desk.channel}`)].filter(Boolean).join(", "), ...whereabouts(desk)];
    if (desk.note) lines.push(both(desk.note));
    if (desk.checked) {
      const stale = orienteur.monthsBetween(desk.checked, day) >= data.staleMonths;
      lines.push(t(stale ? "checked_long_ago" : "checked_on", { day: dayWords(desk.checked) }));
    }
    if (desk.channel === "national" && !desk.phone && !desk.url) lines.push(t("channel_unknown"));
    if (desk.nearest) {
      const near = [[desk.nearest.name], ...whereabouts(desk.nearest).map((text) => [text].flat())];
      lines.push(around("nearest", "desk", near.flatMap((text, i) => (i ? [", ", ...text] : text))).flat());
    }
    return lines;
  };
  const bodies = (codes) =>
    codes.map((code) => {
      const body = data.bodies[code];
      return [
        t("see"),
        colon(),
        el("strong", {}, body ? dated(body.names, day) || code : code),
        body && both(body.what) ? ` (${both(body.what)})` : "",
        body && body.phone ? [", ", el("a", { href: `tel:${body.phone}` }, body.shownPhone)] : "",
        body && body.url ? [", ", link(body.url)] : "",
      ].flat(2);
    });
  const offerCard = (name, lines, level = "h4") => el("div", { class: "card" }, el(level, {}, name), list(lines));
  const operatorCard = (code, decision, place, level) => {
    const outside = code === decision.outside ? bodies(decision.see) : [];
    return offerCard(code === decision.outside ? t("outside") : operator(code), [...deskLines(place.desks[code]), ...outside], level);
  };

  const firstCards = (decision, place) => {
    const codes = decision.decided ? decision.first : decision.possible;
    const cards = codes.map((code) => operatorCard(code, decision, place, "h3"));
    const lead = decision.decided && codes.length > 1 ? el("p", {}, t("joint")) : null;
    return [lead, ...(codes.length ? cards : [el("p", {}, t("nobody"))])];
  };
  const schemeCards = (schemes, surely) =>
    schemes
      .filter((scheme) => !scheme.missing.length === surely)
      .map((scheme) =>
        offerCard(
          scheme.name,
          scheme.missing.length
            ? [t("scheme_missing", { facts: scheme.missing.map((fact) => both(data.facts[fact].label)).join(", ") })]
            : [
                scheme.needs.length ? t("covers", { needs: scheme.needs.map(need).join(", ") }) : "",
                ...(scheme.desk ? whereabouts({ ...scheme.desk, phone: null }) : []),
                scheme.phone ? around("single_phone", "phone", phoneLink(scheme)) : "",
                scheme.followUp ? t("follow_up", { by: scheme.followUp }) : "",
              ].filter((text) => text.length),
        ),
      );
  const alsoCards = (decision, place) =>
    decision.eligible
      .map((e) => e.operator)
      .filter((code) => !(decision.decided ? decision.first : decision.possible).includes(code))
      .map((code) => operatorCard(code, decision, place));
  const maybeList = (decision) =>
    decision.maybe
      .filter((m) => decision.decided || !decision.possible.includes(m.operator))
      .map((m) =>
        t("maybe_item", { operator: operator(m.operator), facts: m.missing.map((fact) => both(data.facts[fact].label)).join(", ") }),
      );
  const partnerCards = (place) =>
    [...new Set(place.partners.map((match) => match.need))].map((code) =>
      offerCard(
        need(code),
        place.partners
          .filter((match) => match.need === code)
          .slice(0, 3)
          .map((match) => {
            const extra = [
              match.covers > 1 ? t("covers_needs", { count: match.covers }) : "",
              match.answer === "part" ? t("part") : "",
              ...match.unknown.map((name) => t(`unknown_${name}`)),
              match.relaxed ? t(`relaxed_${match.relaxed}`) : "",
            ].filter(Boolean);
            const lines = match.desk ? whereabouts(match.desk) : [];
            const said = extra.length ? [el("em", {}, extra.join(semicolon()))] : [];
            return [el("strong", {}, match.name), [...lines, ...said].map((text) => el("span", { class: "line" }, text))];
          }),
      ),
    );

  const source = (key) => {
    const card = data.sources[key] ?? { text: key };
    const name = el("span", { lang: lang === "fr" ? null : "fr" }, card.article ?? card.text);
    return /^https?:\/\//.test(card.url ?? "") ? el("a", { href: card.url, rel: "noreferrer noopener" }, name) : name;
  };
  const reasons = (decision, isNote) => {
    const possible = new Set([...decision.possible, ...decision.eligible.map((e) => e.operator), ...decision.maybe.map((m) => m.operator)]);
    const first = (card) => (decision.first.includes(card.opens) ? 0 : 1);
    return decision.reasons
      .filter((card) => !card.opens === isNote && (!card.opens || possible.has(card.opens)))
      .sort((a, b) => first(a) - first(b))
      .map((card) => {
        const read = card.sources.map((key) => data.sources[key]?.read_on).filter(Boolean).sort()[0];
        const texts = card.sources.flatMap((key, i) => (i ? [semicolon(), source(key)] : [source(key)]));
        const foot = [...texts, read ? t("read_on", { day: dayWords(read) }) : "", t(`confidence_${card.confidence}`)];
        return [both(card.says), el("span", { class: "law" }, foot.filter(Boolean)), ...(isNote ? bodies(card.see).map((b) => el("span", { class: "law" }, b)) : [])];
      });
  };
  const toKnow = (decision) =>
    decision.missing
      .filter((lack) => decision.decided || lack.changes === "first")
      .map((lack) => {
        const splits = lack.splits.map(
          (split) => `${values(lack.fact, split.values)} → ${either(split.then.map((code) => operator(code)))}`,
        );
        return [
          both(data.facts[lack.fact].question),
          " ",
          button(t("answer_it"), () => answerNow(lack.fact), "quiet"),
          lack.changes === "first" ? el("span", { class: "law" }, splits.join(semicolon())) : "",
        ];
      });
  /** A question left open is asked now: what was declined is put again, what was never asked comes in its order. */
  const answerNow = (fact) => {
    const answers = state.answers.filter(([name]) => name !== fact);
    remembered.delete(fact);
    go({ answers, view: "question", pinned: fact });
  };
  const untilLine = (decision) => {
    if (!decision.until) return null;
    const [kind, what] = decision.until.why.split(":");
    const why = t(`until_${kind}`, { what: kind === "age" ? what : dayWords(what) });
    const then = either(decision.until.then.map((code) => operator(code, decision.until.day ?? day)));
    if (!decision.until.day) return el("p", {}, t("until_unknown", { why, then }));
    return el("p", {}, t("until_day", { day: dayWords(decision.until.day), why, then }));
  };
  const told = () => {
    const answers = state.answers.map(([fact, value], i) => {
      const card = data.facts[fact];
      const shown = value === null ? t("unknown") : card.kind === "years" && state.birth ? `${values(fact, [value])} (${dayWords(state.birth)})` : values(fact, [value]);
      return [both(card.label), colon(), el("strong", {}, shown), " ", changer(both(card.label), () => change(i))];
    });
    if (directory.homes.length > 1) {
      const name = state.home ? directory.homes[state.home][1] : t("unknown");
      answers.push([t(directory.regions ? "region_label" : "home_label"), colon(), el("strong", {}, name), " ", changer(t("home_label"), () => go({ view: "home" }))]);
    }
    if (asked) {
      const names = state.needs.length ? state.needs.map(need).join(", ") : t("no_need");
      answers.push([t("needs_label"), colon(), el("strong", {}, names), " ", changer(t("needs_label"), () => go({ view: "needs" }))]);
    }
    return el("div", { class: "told" }, list(answers));
  };
  const changer = (what, onclick) => el("button", { type: "button", class: "quiet", onclick, "aria-label": `${t("change_it")}${colon()}${what}` }, t("change_it"));

  /** What to know before using the addresses. */
  const notices = () => {
    const { asOf, invented } = directory.territory;
    const old = !invented && orienteur.monthsBetween(asOf, day) >= data.oldMonths;
    const said = [
      old ? t("old", { day: dayWords(asOf) }) : "",
      directory.homes.length > 1 && state.home === 0 ? t(directory.regions ? "no_region" : "no_home") : "",
    ];
    return said.filter(Boolean).map((text) => el("p", { class: "notice" }, text));
  };

  const showAnswer = () => {
    const decision = orienteur.decide(person(), day);
    const place = orienteur.where(person(), decision, state.needs);
    const title = t(decision.decided ? "first" : "possible");
    document.title = `${title} — ${t("title")}`;
    return el(
      "div",
      { class: "answer" },
      heading(title),
      el("p", { class: "day" }, t("answered_on", { day: dayWords(day), territory: directory.territory.name })),
      notices(),
      section(t("scheme"), schemeCards(place.schemes, true)),
      firstCards(decision, place),
      decision.decided ? null : section(t("to_know"), [list(toKnow(decision))]),
      section(t("also"), alsoCards(decision, place)),
      section(t("maybe"), maybeList(decision).length ? [list(maybeList(decision))] : []),
      section(t("partners"), partnerCards(place)),
      section(t("unmet"), place.unmet.length ? [list(place.unmet.map(need))] : []),
      section(t("scheme_maybe"), schemeCards(place.schemes, false)),
      section(t("why"), reasons(decision, false).length ? [list(reasons(decision, false))] : []),
      section(t("note"), reasons(decision, true).length ? [list(reasons(decision, true))] : []),
      decision.decided && toKnow(decision).length ? section(t("to_know_more"), [list(toKnow(decision))]) : null,
      section(t("until"), [untilLine(decision), (state.birth ?? "").endsWith("-02-29") ? el("p", {}, t("leap")) : null, place.period.until < "9999" ? el("p", {}, t("desks_until", { day: dayWords(place.period.until) })) : null]),
      section(t("told"), [told()]),
      section(t("cep"), [el("p", {}, t("cep_is"))]),
      controls(button(t("print"), () => print()), button(t("again"), restart)),
    );
  };

  const restart = () => {
    remembered.clear();
    go(fresh);
  };

  const showStart = () => {
    document.title = t("title");
    return el(
      "div",
      {},
      heading(t("start")),
      el("p", {}, t("intro")),
      el("p", {}, t("private")),
      controls(button(t("begin"), () => go({ view: "question" }))),
    );
  };

  // -- showing ----------------------------------------------------------------------------------------------------------------

  const view = () => {
    if (state.view === "start") return showStart();
    if (state.view === "question") {
      const question = state.pinned ? orienteur.question(state.pinned, facts(), day) : nextQuestion();
      if (question) return showQuestion(question);
      state.view = after("question");
    }
    if (state.view === "answer") state.seen = true;
    return { home: showHome, needs: showNeeds, answer: showAnswer }[state.view]();
  };

  const show = (focus = true) => {
    document.documentElement.lang = lang;
    document.getElementById("title").textContent = t("title");
    document.getElementById("territory").textContent = directory.territory.name;
    document.getElementById("skip").textContent = t("skip");
    document.getElementById("foot").replaceChildren(
      el("p", {}, t("foot", { made: dayWords(directory.made), asOf: dayWords(directory.territory.asOf) })),
      el("p", {}, t("foot_private")),
      el("details", {}, el("summary", {}, t("sources")), el("div", { lang: lang === "fr" ? null : "fr" }, list(directory.sources))),
    );
    switcher.textContent = t("other_language");
    switcher.lang = lang === "fr" ? "en" : "fr";
    main.replaceChildren(view());
    if (focus) {
      scrollTo(0, 0);
      document.getElementById("step").focus({ preventScroll: true });
    }
  };

  switcher.hidden = false;
  switcher.addEventListener("click", () => {
    lang = lang === "fr" ? "en" : "fr";
    show(false);
    spoken.textContent = t("language_is");
  });
  history.replaceState(0, "");
  show(false);
})();
