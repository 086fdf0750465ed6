"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const words = data.words;
  const at = (id) => document.getElementById(id);
  const made = (name, text, kind) => {
    const element = document.createElement(name);
    if (text !== undefined) element.textContent = text;
    if (kind) element.className = kind;
    return element;
  };
  const filled = (pattern, values) => pattern.replace(/\{(\w+)\}/g, (_, name) => values[name]);
  const plain = (text) => text.normalize("NFKC").toLowerCase();
  const asked = (text) => plain(text).split(/\s+/).filter(Boolean);

  // As the reports write numbers: decimals rounded half to even, a minus as wide as a plus.
  const written = (value, unit, signed) => {
    if (value === null || value === undefined) return data.missing;
    const how = data.writings[unit];
    if (how.least && value < how.least && !signed) return "< " + how.least;
    const size = Math.abs(value * how.factor);
    const digits = how.whole && Number.isInteger(size) ? 0 : how.decimals;
    const said = size.toLocaleString("en", {
      minimumFractionDigits: digits, maximumFractionDigits: digits,
      useGrouping: how.grouped, roundingMode: "halfEven",
    });
    const nothing = !/[1-9]/.test(said);
    const sign = nothing ? "" : value < 0 ? data.minus : signed ? "+" : "";
    return sign + how.before + said + how.after;
  };

  const index = () => {
    const cards = [...document.querySelectorAll(".card")];
    const rows = [...document.querySelectorAll(".runs tbody tr")];
    const texts = new Map([...cards, ...rows].map((each) => [each, plain(each.textContent)]));
    const facts = data.facts.map((each) => ({ ...each, text: plain(each.label) }));
    const filter = () => {
      const wanted = asked(at("words").value);
      const state = at("state").value;
      const fits = (text) => wanted.every((word) => text.includes(word));
      let shown = 0;
      for (const card of cards) {
        card.hidden = !(fits(texts.get(card)) && (!state || card.dataset.state === state));
        shown += !card.hidden;
      }
      for (const row of rows) row.hidden = !fits(texts.get(row));
      const matching = wanted.length ? facts.filter((each) => fits(each.text)) : [];
      const list = document.querySelector("#found ul");
      list.replaceChildren(...matching.slice(0, 12).map((each) => {
        const item = made("li");
        const link = made("a", each.label);
        link.href = each.href;
        item.append(link);
        return item;
      }));
      at("found").hidden = !matching.length;
      if (at("parts") && (wanted.length || state)) at("parts").open = true;
      at("count").textContent = filled(wanted.length ? words.matches : words.cards, { cards: shown, facts: matching.length });
    };
    for (const id of ["words", "state"]) at(id).addEventListener("input", filter);
    document.querySelector(".filters").addEventListener("submit", (event) => event.preventDefault());
    for (const time of document.querySelectorAll("time[datetime]")) {
      const days = Math.floor((Date.now() - Date.parse(time.dateTime)) / 86400000);
      if (days >= 0) time.append(" (" + (days ? filled(words.days, { days }) : words.today) + ")");
    }
    filter();
  };

  const SVG = "http://www.w3.org/2000/svg";
  const drawn = (name, values, text) => {
    const element = document.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(values)) element.setAttribute(key, value);
    if (text !== undefined) element.textContent = text;
    return element;
  };
  const steps = (low, high) => {
    const room = (high - low) / 4;
    const power = 10 ** Math.floor(Math.log10(room));
    const step = [1, 2, 2.5, 5, 10].map((each) => each * power).find((each) => each >= room);
    const found = [];
    for (let each = Math.ceil(low / step) * step; each <= high + step / 1e6; each += step) found.push(each);
    return found;
  };
  const chart = (fact) => {
    const W = 760, H = 300, left = 96, right = 88, top = 20, bottom = 42;
    const ends = [...fact.value, ...(fact.low || []), ...(fact.high || [])].filter((v) => v !== null);
    const svg = drawn("svg", { viewBox: `0 0 ${W} ${H}`, role: "img", "aria-label": fact.label });
    if (!ends.length) return svg;
    let low = Math.min(...ends), high = Math.max(...ends);
    const room = (high - low) * 0.08 || Math.abs(high) * 0.1 || 1;
    low -= room; high += room;
    // Of several runs for one day the newest counts, as it does for readers of the reports.
    const newest = data.runs.map((run, each) => data.runs.findLastIndex((other) => other.as_of === run.as_of) === each);
    const days = newest.filter(Boolean).length;
    const picked = data.runs.map((_, each) => each).filter((each) => days < 2 || newest[each]);
    const count = picked.length;
    const over = (end) => picked.map((each) => fact[end][each]);
    fact = { ...fact, value: over("value"), low: fact.low && over("low"), high: fact.high && over("high") };
    const x = (run) => count > 1 ? left + (W - left - right) * run / (count - 1) : (left + W - right) / 2;
    const y = (value) => top + (H - top - bottom) * (high - value) / (high - low);
    let before = "";
    for (const step of steps(low, high)) {
      svg.append(drawn("line", { class: "grid", x1: left, x2: W - right, y1: y(step), y2: y(step) }));
      const said = written(step, fact.unit);
      if (said !== before) svg.append(drawn("text", { x: left - 8, y: y(step) + 4, "text-anchor": "end" }, said));
      before = said;
    }
    const every = Math.ceil(count / 6);
    picked.map((each) => data.runs[each]).forEach((run, each) => {
      if (each % every && each !== count - 1 || count - 1 - each && count - 1 - each < every / 2) return;
      svg.append(drawn("text", { x: x(each), y: H - bottom + 24, "text-anchor": "middle" }, run.as_of));
    });
    const parts = [];
    fact.value.forEach((value, each) => {
      if (value === null) { parts.push([]); return; }
      if (!parts.length || fact.value[each - 1] === null) parts.push([]);
      parts.at(-1).push(each);
    });
    for (const part of parts.filter((each) => each.length)) {
      const banded = fact.low ? part.filter((each) => fact.low[each] !== null && fact.high[each] !== null) : [];
      if (banded.length > 1) {
        const above = banded.map((each) => `${x(each)},${y(fact.high[each])}`);
        const under = banded.map((each) => `${x(each)},${y(fact.low[each])}`).reverse();
        svg.append(drawn("polygon", { class: "band", points: [...above, ...under].join(" ") }));
      }
      for (const each of banded.length === 1 ? banded : []) {
        svg.append(drawn("line", { class: "line", x1: x(each), x2: x(each), y1: y(fact.low[each]), y2: y(fact.high[each]) }));
      }
      svg.append(drawn("polyline", { class: "line", points: part.map((each) => `${x(each)},${y(fact.value[each])}`).join(" ") }));
      for (const each of part) svg.append(drawn("circle", { class: "dot", cx: x(each), cy: y(fact.value[each]), r: 3.5 }));
    }
    const last = fact.value.findLastIndex((value) => value !== null);
    svg.append(drawn("text", { class: "last", x: x(last) + 9, y: y(fact.value[last]) + 4 }, written(fact.value[last], fact.unit)));
    return svg;
  };

  const pack = () => {
    const named = new Map(data.facts.map((fact) => [fact.id, fact]));
    const held = (fact, end, run) => fact[end] ? fact[end][run] : null;
    const interval = (fact, run) => {
      const low = held(fact, "low", run), high = held(fact, "high", run);
      if (low === null || high === null) return "";
      return filled(words.interval, { low: written(low, fact.unit), high: written(high, fact.unit) });
    };
    const choose = () => {
      const wanted = asked(at("words").value);
      const kept = at("fact").value;
      const fitting = data.facts.filter((fact) => wanted.every((word) => plain(fact.label).includes(word)));
      at("fact").replaceChildren(...fitting.map((fact) => new Option(fact.label, fact.id)));
      if (named.has(kept) && fitting.includes(named.get(kept))) at("fact").value = kept;
      show();
    };
    const show = () => {
      const fact = named.get(at("fact").value);
      at("chart").replaceChildren();
      document.querySelector("#values thead").replaceChildren();
      const body = document.querySelector("#values tbody");
      body.replaceChildren();
      if (!fact) {
        body.append(made("tr"));
        body.firstChild.append(made("td", words.none));
        return;
      }
      at("chart").append(chart(fact));
      const head = made("tr");
      const titles = [words.as_of, words.value, ...(fact.low ? [words.range] : []), ...(fact.n ? [words.base] : []), words.run];
      head.append(...titles.map((title, each) => made("th", title, each && title !== words.run ? "n" : "")));
      document.querySelector("#values thead").append(head);
      for (let run = data.runs.length - 1; run >= 0; run--) {
        const row = made("tr");
        row.append(made("td", data.runs[run].as_of, "day"), made("td", written(fact.value[run], fact.unit), "n"));
        if (fact.low) row.append(made("td", interval(fact, run), "n"));
        if (fact.n) row.append(made("td", fact.n[run] === null ? data.missing : fact.n[run].toLocaleString("en"), "n"));
        row.append(made("td", data.runs[run].time, "day"));
        body.append(row);
      }
      if (location.hash.slice(1) !== fact.id) history.replaceState(null, "", "#" + fact.id);
    };
    const compare = () => {
      const [before, now] = [+at("before").value, +at("now").value];
      const moved = at("moved").checked;
      const rows = [];
      for (const fact of data.facts) {
        const [one, two] = [fact.value[before], fact.value[now]];
        const told = fact.change && one !== null && two !== null;
        // What is written alike has not moved for a reader, whatever its further digits.
        if (moved ? written(one, fact.unit) === written(two, fact.unit) : one === null && two === null) continue;
        const row = made("tr");
        row.append(made("td", fact.label), made("td", written(one, fact.unit), "n"), made("td", written(two, fact.unit), "n"));
        row.append(made("td", told ? written(two - one, fact.change, true) : data.missing, "n"));
        rows.push(row);
      }
      const shown = rows.length;
      if (!shown) {
        const still = made("td", words.still);
        still.colSpan = 4;
        rows.push(made("tr"));
        rows[0].append(still);
      }
      document.querySelector("#compared tbody").replaceChildren(...rows);
      at("count").textContent = filled(words.shown, { shown, all: data.facts.length });
    };
    const runs = data.runs.map((run, each) => [`${run.as_of} · ${run.time}`, each]).reverse();
    for (const id of ["before", "now"]) {
      at(id).replaceChildren(...runs.map(([said, each]) => new Option(said, each)));
      at(id).addEventListener("input", compare);
    }
    const last = data.runs.length - 1;
    const earlier = data.runs.findLastIndex((run) => run.as_of < data.runs[last].as_of);
    at("before").value = earlier >= 0 ? earlier : Math.max(0, last - 1);
    at("now").value = last;
    at("moved").addEventListener("input", compare);
    at("words").addEventListener("input", choose);
    at("fact").addEventListener("input", show);
    for (const form of document.querySelectorAll("form")) form.addEventListener("submit", (event) => event.preventDefault());
    const linked = () => {
      const fact = decodeURIComponent(location.hash.slice(1));
      if (!named.has(fact)) return;
      at("words").value = "";
      choose();
      at("fact").value = fact;
      show();
    };
    addEventListener("hashchange", linked);
    choose();
    linked();
    compare();
  };

  if (at("fact")) pack(); else index();
})();
