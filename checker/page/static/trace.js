"use strict";

// What every page shows of a trace. A step has the form that `hotswap check --json` gives it.

/**
 * @typedef {{step: number, thread: string, machine: string, row: string, arguments: Object<string, string>,
 *   choices?: string[], changes: Object<string, [string, string]>, calls: Step[], file: string, line: number,
 *   failed?: ?string, error?: ?string}} Step
 */

const UNDRAWN = "There was no Graphviz to draw the machines with: pip install 'hotswap[diagrams]' brings one.";

/** An element with attributes and what is in it: elements, or text. */
function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/** `row(argument=value)`, and the outcomes that were taken. @param {Step} step */
function called(step) {
  const given = Object.entries(step.arguments).map(([name, value]) => `${name}=${value}`).join(", ");
  const choices = (step.choices ?? []).map((choice) => ` [${choice}]`).join("");
  return `${step.machine}.${step.row}${given ? `(${given})` : ""}${choices}`;
}

/**
 * Every field as it is when so many steps have been taken.
 * @param {Object<string, string>} initial
 * @param {Step[]} steps
 * @param {number} count
 */
function fieldsAfter(initial, steps, count) {
  const fields = { ...initial };
  for (const step of steps.slice(0, count)) {
    for (const [name, [, now]] of Object.entries(step.changes)) fields[name] = now;
    for (const [name, [, now]] of Object.entries(step.changes)) {
      if (name.endsWith(".live") && now === "False") forget(fields, name.slice(0, -"live".length));
    }
  }
  return fields;
}

function forget(fields, owner) {
  for (const name of Object.keys(fields)) if (name.startsWith(owner)) delete fields[name];
}

/**
 * A table of every field of every object, those first that a step has changed, with what was before; what dangles is red.
 * @param {Object<string, string>} fields
 * @param {Object<string, [string, string]>} changes
 */
function stateTable(fields, changes = {}) {
  const owners = new Map();
  const gone = Object.keys(changes).filter((name) => name.endsWith(".live") && changes[name][1] === "False");
  for (const name of [...Object.keys(fields), ...gone].sort()) {
    const [owner, field] = name.split(/\.(.*)/);
    if (!owners.has(owner)) owners.set(owner, []);
    if (field !== "live") owners.get(owner).push([field, fields[name], changes[name]]);
  }
  const body = make("tbody");
  const changed = new Set(Object.keys(changes).map((name) => name.split(".")[0]));
  const firstChanged = [...owners].sort(([one], [other]) => changed.has(other) - changed.has(one));
  for (const [owner, rows] of firstChanged) {
    const lives = changes[`${owner}.live`]?.[1];
    const news = lives === "True" ? " is new" : lives === "False" ? " is freed" : "";
    const head = make("th", { scope: "rowgroup", colspan: "3" }, owner + news);
    body.append(make("tr", { class: news ? "object changed" : "object" }, head));
    for (const [field, value, change] of rows) {
      const said = make("td", value === "dangling" ? { class: "wrong" } : {}, value);
      const was = make("td", { class: "was" }, change ? `was ${change[0]}` : "");
      body.append(make("tr", change ? { class: "changed" } : {}, make("th", { scope: "row" }, field), said, was));
    }
  }
  const heads = ["Field", "Value", "Before"].map((word) => make("th", { scope: "col" }, word));
  return make("table", {}, make("thead", {}, make("tr", {}, ...heads)), body);
}

/** The control states of a machine's objects, by their names: `{Chardev0: "registered"}`. */
function statesOf(machine, fields) {
  const own = new RegExp(`^(${machine}\\d*)\\.state$`);
  return Object.fromEntries(Object.entries(fields).flatMap(([name, value]) => {
    const found = own.exec(name);
    return found ? [[found[1], value]] : [];
  }));
}

/**
 * In the picture of a machine, light the states that its objects are in, and the row that led there.
 * @param {Element} picture
 * @param {string} machine
 * @param {Object<string, string>} fields
 * @param {?Step} step
 */
function light(picture, machine, fields, step) {
  const states = new Set(Object.values(statesOf(machine, fields)).map((state) => `${machine}.${state}`));
  const row = step && step.machine.replace(/\d+$/, "") === machine ? step.row : "";
  for (const node of picture.querySelectorAll(".node")) node.classList.toggle("lit", states.has(node.id));
  for (const edge of picture.querySelectorAll(".edge")) {
    edge.classList.toggle("lit", row !== "" && edge.id.split(".").slice(1, -1).includes(row));
  }
}

/** A box with a sequence diagram that is higher than the box: who is who stays in sight. */
function keepHeads(box) {
  box.addEventListener("scroll", () => {
    box.querySelector(".heads")?.setAttribute("transform", `translate(0 ${box.scrollTop})`);
  });
}

/** In a sequence diagram, mark a step and have it in sight. */
function mark(box, number) {
  for (const step of box.querySelectorAll(".step")) {
    const here = Number(step.dataset.step) === number;
    step.classList.toggle("now", here);
    if (here) inSight(box, step.querySelector(".band"));
  }
  if (number === 0) box.scrollTop = 0;
}

function inSight(box, part) {
  const [outer, inner] = [box.getBoundingClientRect(), part.getBoundingClientRect()];
  const heads = box.querySelector(".heads")?.getBoundingClientRect().height ?? 0;
  if (inner.top < outer.top + heads || inner.bottom > outer.bottom) {
    box.scrollTop += inner.top - outer.top - Math.max(heads, (outer.height - inner.height) / 2);
  }
}

/** The text of a step's row, with its place above it. @param {?Step} step */
function showSource(box, sources, step) {
  const where = step ? `${step.file}:${step.line}` : "";
  box.hidden = !(where in sources);
  box.innerHTML = `<span class="number"></span>${sources[where] ?? ""}`;
  box.firstChild.textContent = `${where}\n`;
}

/** A button for each machine that has a picture, with the states that its objects are in, and the picture of one. */
class Machines {
  constructor(pictures, buttons, box) {
    this.pictures = pictures;
    this.buttons = buttons;
    this.box = box;
    this.chosen = "";
    this.drawn = null;
  }

  /** Show where the machines are; of a step, the one that has moved. @param {?Step} step */
  show(fields, step) {
    const names = Object.keys(this.pictures).filter((name) => Object.keys(statesOf(name, fields)).length);
    const moved = step ? step.machine.replace(/\d+$/, "") : "";
    if (names.includes(moved)) this.chosen = moved;
    if (!names.includes(this.chosen)) this.chosen = names[0] ?? "";
    this.buttons.replaceChildren(...names.map((name) => this.button(name, fields)));
    if (this.drawn !== this.chosen) {
      if (this.chosen) this.box.innerHTML = this.pictures[this.chosen];
      else this.box.textContent = UNDRAWN;
      this.drawn = this.chosen;
    }
    if (!this.chosen) return;
    light(this.box, this.chosen, fields, step);
    const to = step ? fields[`${step.machine}.state`] : undefined;
    const lit = [...this.box.querySelectorAll(".node.lit")];
    const here = lit.find((node) => node.id === `${this.chosen}.${to}`) ?? lit[0];
    if (here) inSight(this.box, here);
  }

  button(name, fields) {
    const states = [...new Set(Object.values(statesOf(name, fields)))].join(", ");
    const pressed = String(name === this.chosen);
    const button = make("button", { type: "button", "aria-pressed": pressed }, `${name}: ${states}`);
    button.addEventListener("click", () => {
      this.chosen = name;
      this.show(fields, null);
    });
    return button;
  }
}
