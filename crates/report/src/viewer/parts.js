// Small things that every part of the viewer is made of.

const SVG = "http://www.w3.org/2000/svg";

/** An element with attributes and children; text stays text. */
const make = (tag, attributes = {}, ...children) => {
  const svg = ["svg", "path", "rect", "line", "title"].includes(tag);
  const element = svg ? document.createElementNS(SVG, tag) : document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value != null) element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child != null));
  return element;
};

const percent = (share) => `${(100 * share).toFixed(1)}\u00a0%`;
const signed = (value) => (Number.isFinite(value) ? value.toFixed(2).replace("-", "−") : "−∞");
const most = (values) => values.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
const distinct = (values) => [...new Set(values)];

// Okabe and Ito's colours, and dashes: heads differ without colour too.
const COLORS = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "var(--ink)"];
const DASHES = ["", "7 3", "3 2.5", "8 2.5 2 2.5", "12 3"];
const color = (head) => COLORS[head % COLORS.length];
const dash = (head) => DASHES[head % DASHES.length];

/** A table in a box that scrolls sideways; the first cell of a row names it. */
const table = (caption, headers, rows, foot = null) => {
  const cells = (row, tag) => row.map((cell, index) => {
    const first = index === 0;
    const heads = tag === "th" ? { scope: "col" } : first ? { scope: "row" } : {};
    return make(first || tag === "th" ? "th" : "td", heads, cell);
  });
  const line = (row) => make("tr", row.attributes ?? {}, ...cells(row.cells ?? row, "td"));
  return make("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": `Table: ${caption}` },
    make("table", {},
      make("caption", {}, make("span", {}, caption)),
      make("thead", {}, make("tr", {}, ...cells(headers, "th"))),
      make("tbody", {}, ...rows.map(line)),
      foot ? make("tfoot", {}, line(foot)) : null));
};

/** A vector as bars up and down from a line: `largest` fills the half. */
const bars = (name, vector, largest) => {
  const said = `${name}: ${vector.map(signed).join(", ")}`;
  const svg = make("svg", {
    class: "bars", role: "img", "aria-label": said, viewBox: `0 0 ${vector.length} 2`, preserveAspectRatio: "none",
    style: `width:${Math.min(12, Math.max(3, 0.5 * vector.length))}rem`,
  }, make("title", {}, said), make("line", { x1: 0, x2: vector.length, y1: 1, y2: 1 }));
  vector.forEach((value, index) => {
    const height = largest > 0 ? Math.abs(value) / largest : 0;
    svg.append(make("rect", {
      class: value < 0 ? "minus" : "plus", x: index + 0.1, width: 0.8, y: value < 0 ? 1 : 1 - height, height,
    }));
  });
  return svg;
};

/** A share as a bar with its number beside it. */
const share = (value) => make("span", { class: "share" },
  make("span", { class: "length", style: `width:${(4 * value).toFixed(3)}rem` }),
  make("span", { class: "number" }, percent(value)));

/** One stop of the Tab key for many elements, arrow keys between them; `columns` of them in a row. */
const roving = (box, selector, columns) => {
  const all = () => [...box.querySelectorAll(selector)];
  const stop = (one) => { for (const other of all()) other.tabIndex = other === one ? 0 : -1; };
  box.addEventListener("keydown", (event) => {
    const items = all();
    const at = items.indexOf(event.target);
    if (at < 0 || event.altKey || event.ctrlKey || event.metaKey) return;
    const to = {
      ArrowRight: at + 1, ArrowLeft: at - 1, ArrowDown: at + columns(), ArrowUp: at - columns(), Home: 0,
      End: items.length - 1,
    }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    if (items[to]) { stop(items[to]); items[to].focus(); }
  });
  box.addEventListener("focusin", (event) => { if (event.target.matches(selector)) stop(event.target); });
  return stop;
};
