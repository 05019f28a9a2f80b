"use strict";

// Step through a live model. Where one is stands in the address, as numbers: of a configuration of the scope, of one of
// its initial states, then of each step taken. The server knows nothing but the model: it answers where a path leads.

/**
 * @typedef {{number: number, step: Step, about: string, breaks: string[], cut: ?string}} Row
 * @typedef {{name: string, kind: string, said: string, why: string, documentation: string}} Judged
 * @typedef {{path: string, configuration: string, initial: Object<string, string>, trace: Step[], broken: string[][],
 *   ended: boolean, state: Object<string, string>, dangling: string[], waiting: string[], rows: Row[],
 *   properties: Judged[]}} Place
 */

const at = (name) => document.getElementById(name);
const TOKEN = location.pathname.split("/")[1];
const ENDED = "hotswap does not answer: it may have been ended. Start it again; the address will be another one.";
const SIGNS = { holds: "✓", broken: "✗", reached: "✓", "not here": "-", "not asked": "-", "not of a state": "-" };

/** Ask the server. @param {Object<string, string>} given */
async function request(question, given = {}, options = {}) {
  const address = `/api/${question}?${new URLSearchParams(given)}`;
  const answer = await fetch(address, { ...options, headers: { "X-Hotswap-Token": TOKEN } }).catch((error) => {
    throw error.name === "AbortError" ? error : new Error(ENDED);
  });
  if (!answer.ok) throw new Error((await answer.json()).error);
  return answer;
}

const ask = async (question, given) => (await request(question, given)).json();

/** What the server says of something that takes long, as it comes; the last is the result. */
async function* reports(question, given, options) {
  const answer = await request(question, given, options);
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const lines = (rest + value).split("\n");
    rest = lines.pop();
    for (const line of lines) yield JSON.parse(line);
  }
}

/** Something that takes long, and can be cancelled: one at a time, and how far it is. */
class Errand {
  constructor(cancel, output) {
    this.cancel = cancel;
    this.output = output;
    this.controller = null;
    cancel.addEventListener("click", () => this.controller?.abort());
  }

  /** The result; nothing if there is none, and why that is so is said. */
  async result(question, given, options = {}) {
    this.controller?.abort();
    const controller = new AbortController();
    this.controller = controller;
    this.cancel.hidden = false;
    this.say("...");
    let last = { error: "there was no answer" };
    try {
      for await (const said of reports(question, given, { ...options, signal: controller.signal })) {
        last = said;
        if (said.progress) this.say(said.progress);
      }
    } catch (error) {
      last = { error: error.name === "AbortError" ? "cancelled" : error.message };
    }
    if (this.controller !== controller) return null;
    this.cancel.hidden = true;
    this.say(last.error ?? last.none ?? "", Boolean(last.error));
    return last.error || last.none ? null : last;
  }

  say(text, wrong = false) {
    this.output.textContent = text;
    this.output.classList.toggle("wrong", wrong);
  }
}

/** What a step changes, in few words. @param {Step} step */
function changesOf(step) {
  const words = Object.entries(step.changes).flatMap(([name, [, now]]) => {
    const [owner, field] = name.split(/\.(.*)/);
    if (field === "live") return [`${owner} is ${now === "True" ? "new" : "freed"}`];
    const lives = step.changes[`${owner}.live`];
    return lives ? [] : [`${name} = ${now}`];
  });
  if (step.failed) words.push(`fails with "${step.failed}"`);
  return words.join(", ");
}

class Explorer {
  constructor(model) {
    this.model = model;
    this.place = /** @type {?Place} */ (null);
    this.drawings = { pictures: {}, sources: {} };
    this.machines = null;
    this.searching = new Errand(at("cancel-search"), at("found"));
    this.running = new Errand(at("cancel-run"), at("ran"));
    document.title = at("title").textContent = model.title;
    at("configuration").append(...model.configurations.map((text, n) => make("option", { value: n }, text)));
    at("configuration").addEventListener("change", (event) => this.go(`${event.target.value}.0`));
    at("initial").addEventListener("change", (event) => this.go(`${this.numbers[0]}.${event.target.value}`));
    at("back").addEventListener("click", () => this.back());
    at("over").addEventListener("click", () => this.go(this.prefix(0)));
    at("search").addEventListener("submit", (event) => this.search(event));
    at("run").addEventListener("submit", (event) => this.run(event));
    for (const button of document.querySelectorAll("[data-form]")) {
      button.addEventListener("click", () => this.keep(button.dataset.form));
    }
    at("sequence").addEventListener("click", (event) => {
      const step = event.target.closest(".step");
      if (step) this.go(this.prefix(Number(step.dataset.step)));
    });
    keepHeads(at("sequence"));
    document.addEventListener("keydown", (event) => this.key(event));
    window.addEventListener("hashchange", () => this.follow());
  }

  get numbers() {
    return this.place ? this.place.path.split(".").map(Number) : [0, 0];
  }

  /** The path with so many steps. */
  prefix(steps) {
    return this.numbers.slice(0, 2 + steps).join(".");
  }

  go(path) {
    location.hash = path;
  }

  back() {
    if (this.place?.trace.length) this.go(this.prefix(this.place.trace.length - 1));
  }

  key(event) {
    if (event.ctrlKey || event.altKey || event.metaKey || event.target.closest("select, input")) return;
    const rows = [...at("rows").querySelectorAll("button:not(:disabled)")];
    const here = rows.indexOf(document.activeElement);
    const scrolls = event.target.closest(".wide, pre");
    if (event.key === "ArrowLeft" && !scrolls) this.back();
    else if (event.key === "ArrowDown" && !scrolls) rows[Math.min(here + 1, rows.length - 1)]?.focus();
    else if (event.key === "ArrowUp" && !scrolls) rows[Math.max(here - 1, 0)]?.focus();
    else return;
    event.preventDefault();
  }

  /** Show the place that the address names; whoever is at the rows stays at the rows. */
  async follow() {
    const path = location.hash.slice(1);
    const atRows = at("rows").contains(document.activeElement);
    this.wanted = path;
    try {
      const place = await ask("at", { path });
      if (this.wanted !== path) return;
      const other = place.configuration !== this.place?.configuration;
      this.place = place;
      at("error").textContent = "";
      this.draw(atRows);
      if (other) await this.starts();
      at("initial").value = this.numbers[1];
      await this.sequence(path);
    } catch (error) {
      at("error").textContent = error.message;
    }
  }

  async starts() {
    const { starts, more } = await ask("starts", { configuration: String(this.numbers[0]) });
    const options = starts.map((text, n) => make("option", { value: n }, text || "the only one"));
    if (more) options.push(make("option", { disabled: "" }, "... and more"));
    at("initial").replaceChildren(...options);
    at("configuration").value = this.numbers[0];
  }

  async sequence(path) {
    const { sequence } = await ask("sequence", { path });
    if (this.wanted !== path) return;
    at("sequence").innerHTML = sequence;
    at("sequence").hidden = !sequence;
    if (sequence) mark(at("sequence"), this.place.trace.length);
  }

  draw(atRows) {
    const { place } = this;
    const last = place.trace.at(-1) ?? null;
    const count = place.trace.length;
    const waiting = place.waiting.length ? `; under way: ${place.waiting.join(", ")}` : "";
    at("position").textContent = (last ? `step ${count}: ${called(last)}` : "the start") + waiting;
    at("back").disabled = at("over").disabled = count === 0;
    this.drawRows(atRows);
    at("properties").replaceChildren(this.properties());
    at("state").replaceChildren(stateTable(place.state, place.ended ? {} : last?.changes ?? {}));
    at("way").replaceChildren(...place.trace.map((step, n) => this.taken(step, n)));
    showSource(at("source"), this.drawings.sources, last);
    this.machines?.show(place.state, last);
    at("ran").textContent = "";
    at("outcome").replaceChildren();
  }

  drawRows(atRows) {
    const { place } = this;
    const error = place.trace.at(-1)?.error;
    at("ended").textContent = place.ended ? `The last step ends in an error: ${error}.` : "";
    at("ended").className = place.ended ? "wrong" : "";
    if (!place.ended && !place.rows.length) at("ended").textContent = "No step is enabled.";
    at("rows").replaceChildren(...place.rows.map((row) => this.row(row)));
    if (atRows) (at("rows").querySelector("button:not(:disabled)") ?? at("back")).focus();
  }

  /** @param {Row} row */
  row(row) {
    const button = make(
      "button", { type: "button" }, make("span", { class: "hint" }, `${row.step.thread} `),
      make("span", { class: "call" }, called(row.step)), make("span", { class: "about hint" }, row.about),
    );
    const changes = changesOf(row.step);
    if (changes) button.append(make("span", { class: "changes" }, changes));
    if (row.breaks.length) button.append(make("span", { class: "changes wrong" }, `breaks ${row.breaks.join(", ")}`));
    if (row.cut !== null) {
      button.append(make("span", { class: "changes" }, `the scope has no slot left for another ${row.cut}`));
      button.disabled = true;
    }
    button.addEventListener("click", () => this.go(`${this.place.path}.${row.number}`));
    return make("li", {}, button);
  }

  /** A step of the way, which leads there. @param {Step} step */
  taken(step, n) {
    const link = make("a", { href: `#${this.prefix(n + 1)}` }, called(step));
    const entry = make("li", {}, `${step.thread}: `, link);
    const broken = this.place.broken[n + 1];
    if (broken.length) entry.append(" ", make("span", { class: "wrong" }, `breaks ${broken.join(", ")}`));
    return entry;
  }

  properties() {
    const order = ["broken", "reached", "holds", "not asked", "not here", "not of a state"];
    const sorted = [...this.place.properties].sort((one, other) => order.indexOf(one.said) - order.indexOf(other.said));
    const rows = sorted.map((known) => {
      const word = make("td", { class: "word" }, make("span", { "aria-hidden": "true" }, SIGNS[known.said]), ` ${known.said}`);
      const name = make("th", { scope: "row", title: known.documentation }, known.name);
      const classes = { broken: "violated", reached: "reached" };
      return make("tr", { class: classes[known.said] ?? "" }, name, word, make("td", { class: "hint" }, known.why));
    });
    const heads = ["Property", "Here", ""].map((word) => (word ? make("th", { scope: "col" }, word) : make("td")));
    return make("table", {}, make("thead", {}, make("tr", {}, ...heads)), make("tbody", {}, ...rows));
  }

  async search(event) {
    event.preventDefault();
    const given = { path: this.place.path, predicate: at("predicate").value, from: at("search").elements.from.value };
    const found = await this.searching.result("search", given);
    if (!found) return;
    const steps = found.steps === 1 ? "1 step" : `${found.steps} steps`;
    this.searching.say(`${steps}; ${found.about}`);
    this.go(found.path);
  }

  async keep(form) {
    try {
      const { name, text } = await ask("export", { path: this.place.path, as: form });
      const link = make("a", { href: URL.createObjectURL(new Blob([text])), download: name });
      link.click();
      URL.revokeObjectURL(link.href);
      this.running.say(`kept as ${name}`);
    } catch (error) {
      this.running.say(error.message, true);
    }
  }

  async run(event) {
    event.preventDefault();
    at("outcome").replaceChildren();
    const given = { path: this.place.path, target: at("target").value };
    const found = await this.running.result("run", given, { method: "POST" });
    if (!found) return;
    const { run } = found;
    this.running.say(`${run.target}: ${run.said}`, run.outcome === "differs" || run.outcome === "appeared");
    at("outcome").replaceChildren(...this.outcome(run));
  }

  outcome(run) {
    const parts = [
      ["what was done", run.conversation], ["the spec allows", run.expected], ["seen", run.observed], ["said", run.log],
    ];
    return parts.filter(([, lines]) => lines.length).flatMap(([title, lines]) => [
      make("h3", {}, title), make("pre", { tabindex: "0" }, lines.join("\n")),
    ]);
  }

  /** The pictures of the machines and the texts of the rows come later: they take longer than all else. */
  async draws() {
    this.drawings = await ask("drawings");
    this.machines = new Machines(this.drawings.pictures, at("machines"), at("picture"));
    if (!this.place) return;
    const last = this.place.trace.at(-1) ?? null;
    showSource(at("source"), this.drawings.sources, last);
    this.machines.show(this.place.state, last);
  }
}

async function begin() {
  const explorer = new Explorer(await ask("model"));
  await explorer.follow();
  await explorer.draws();
}

begin().catch((error) => {
  at("error").textContent = error.message;
});
