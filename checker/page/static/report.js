"use strict";

// The report of a check: one trace at a time, and of it one step. Both stand in the address, so that a link has them.

const at = (name) => document.getElementById(name);

async function unpacked(text) {
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(stream).json();
}

/** What the address says: which trace, and how many steps of it are taken. */
function wanted(findings) {
  const [name, step] = location.hash.slice(1).split("/");
  const number = findings.findIndex((finding) => encodeURIComponent(finding.id) === name);
  if (number < 0) return null;
  const length = findings[number].trace.length;
  return { number, step: Math.min(length, Math.max(0, Number.parseInt(step, 10) || 0)) };
}

/** Of a lasso: whether the steps from here on are repeated for ever. */
function forEver(finding, step) {
  if (finding.loop === null) return "";
  if (finding.loop === finding.trace.length) return ", then nothing more";
  return step >= finding.loop ? `, for ever from step ${finding.loop + 1} on` : "";
}

class Report {
  constructor(data) {
    this.data = data;
    this.findings = data.result.properties.flatMap((property) => property.findings);
    this.number = -1;
    this.step = 0;
    this.machines = new Machines(data.pictures, at("machines"), at("picture"));
    at("findings").append(...this.findings.map((finding) => make("option", {}, finding.id)));
    at("findings").addEventListener("change", (event) => this.go(event.target.selectedIndex, 0));
    at("first").addEventListener("click", () => this.go(this.number, 0));
    at("back").addEventListener("click", () => this.go(this.number, this.step - 1));
    at("forth").addEventListener("click", () => this.go(this.number, this.step + 1));
    at("last").addEventListener("click", () => this.go(this.number, Infinity));
    at("sequence").addEventListener("click", (event) => {
      const step = event.target.closest(".step");
      if (step) this.go(this.number, Number(step.dataset.step));
    });
    keepHeads(at("sequence"));
    document.addEventListener("keydown", (event) => this.key(event));
    window.addEventListener("hashchange", () => this.follow());
    this.follow();
  }

  /** The first trace of what is violated; if nothing is, the first of all. */
  worst() {
    const violated = this.data.result.properties.find((known) => known.verdict === "violated" && known.findings.length);
    return violated ? this.findings.indexOf(violated.findings[0]) : 0;
  }

  get trace() {
    return this.findings[this.number].trace;
  }

  key(event) {
    if (event.ctrlKey || event.altKey || event.metaKey || event.target.closest("select, input") || this.number < 0) return;
    const ways = {
      ArrowRight: [0, this.step + 1], ArrowLeft: [0, this.step - 1], Home: [0, 0], End: [0, Infinity],
      "]": [1, 0], "[": [-1, 0],
    };
    if (!(event.key in ways)) return;
    const [on, step] = ways[event.key];
    this.go(this.number + on, step);
    event.preventDefault();
  }

  /** Go to a step of a trace. The address changes without a new entry: "back" leads to the trace before. */
  go(number, step) {
    if (number < 0 || number >= this.findings.length) return;
    const other = number !== this.number;
    const length = this.findings[number].trace.length;
    const to = Math.min(length, Math.max(0, step));
    const hash = `#${encodeURIComponent(this.findings[number].id)}/${to}`;
    if (other) history.pushState(null, "", hash);
    else history.replaceState(null, "", hash);
    this.show(number, to);
  }

  follow() {
    const found = wanted(this.findings);
    if (!found) {
      this.show(this.findings.length ? this.worst() : -1, 0);
      return;
    }
    this.show(found.number, found.step);
    at("trace").scrollIntoView();
    at("finding").focus({ preventScroll: true });
  }

  show(number, step) {
    if (number < 0) return;
    at("trace").hidden = false;
    if (number !== this.number) this.begin(number);
    this.step = step;
    this.draw();
  }

  /** Another trace. */
  begin(number) {
    const finding = this.findings[number];
    this.number = number;
    at("findings").selectedIndex = number;
    at("finding").textContent = finding.id;
    at("message").textContent = finding.message;
    at("sequence").innerHTML = this.data.sequences[finding.id];
    this.machines.chosen = "";
  }

  draw() {
    const finding = this.findings[this.number];
    const step = this.step ? this.trace[this.step - 1] : null;
    const fields = fieldsAfter(finding.initial, this.trace, this.step);
    at("position").textContent = `step ${this.step} of ${this.trace.length}${forEver(finding, this.step)}`;
    at("first").disabled = at("back").disabled = this.step === 0;
    at("forth").disabled = at("last").disabled = this.step === this.trace.length;
    at("step").textContent = step ? `${step.step}. ${step.thread}: ${called(step)}` : "The start";
    at("outcome").textContent = step?.failed ? `fails with "${step.failed}"` : "";
    if (step?.error) at("outcome").replaceChildren(make("span", { class: "wrong" }, step.error));
    showSource(at("source"), this.data.sources, step);
    at("state").replaceChildren(stateTable(fields, step?.changes ?? {}));
    at("state-title").textContent = step ? "The state after it" : "The state before any step";
    mark(at("sequence"), this.step);
    this.machines.show(fields, step);
  }
}

unpacked(at("data").textContent).then((data) => new Report(data));
