// Head view: queries left, keys right, a line for each weight.

const MANY = 24;
// Smaller weights are lines that nobody sees.
const THIN = 0.01;

/** Steps that are shown: fillers of long sentences are folded, the read-out never is. */
const steps = (words, fold, keep) => [...words.keys()].filter((step) => !fold || words[step] !== "." || step === keep);

/** Builds the view of a block into `box`; returns a function that shows the state again. */
const headView = (box, view, { pick, hover, refresh }) => {
  const { block } = view;
  const queries = steps(block.words, view.fold, view.query);
  const keys = steps(block.keys, view.fold, null);
  const toggle = (head) => {
    const input = make("input", { type: "checkbox", checked: !view.off.has(head.index) });
    input.addEventListener("change", () => {
      if (input.checked) view.off.delete(head.index); else view.off.add(head.index);
      refresh();
    });
    const swatch = make("svg", { class: "swatch", "aria-hidden": "true", width: 34, height: 16, viewBox: "0 0 34 16" },
      make("path", {
        d: "M1 8h32", fill: "none", stroke: color(head.index), "stroke-width": 4, "stroke-dasharray": dash(head.index),
      }));
    return make("label", {}, input, swatch, make("span", {}, `head ${head.index}`));
  };
  const heads = make("fieldset", { class: "heads" }, make("legend", {}, "Heads"), ...block.heads.map(toggle));
  const word = (step) => make("button", {
    type: "button", class: "word", tabindex: "-1", title: block.words[step], "data-step": step,
    onfocus: () => pick(step), onclick: () => pick(step),
    onpointerenter: (event) => { if (event.pointerType === "mouse") hover(step); },
    onpointerleave: () => hover(null),
  }, block.words[step]);
  const left = make("div", { class: "column queries", role: "group", "aria-label": "Words that ask: queries" }, ...queries.map(word));
  const stop = roving(left, ".word", () => 1);
  const shares = keys.map(() => make("span", { class: "number" }));
  const right = make("div", { class: "column keys" },
    ...keys.map((step, row) => make("div", { class: "word" }, make("span", { class: "text", title: block.keys[step] }, block.keys[step]), shares[row])));
  const rows = Math.max(queries.length, keys.length);
  const lines = make("svg", { class: "lines", role: "img", viewBox: `0 0 100 ${rows}`, preserveAspectRatio: "none" });
  const numbers = make("div", { class: "weights" });
  box.replaceChildren(
    heads,
    make("div", { class: "between" },
      make("div", { class: "top", "aria-hidden": "true" }, "query of"), make("div", { class: "top" }),
      make("div", { class: "top", "aria-hidden": "true" }, "key of, mean weight"), left, lines, right),
    numbers,
  );
  return () => {
    const query = view.hovered ?? view.query;
    const on = block.heads.filter((head) => !view.off.has(head.index));
    const weight = (head, key) => head.weights[query]?.[key] ?? 0;
    const mean = (key) => on.reduce((sum, head) => sum + weight(head, key), 0) / Math.max(1, on.length);
    for (const one of left.children) {
      const picked = Number(one.dataset.step) === query;
      one.setAttribute("aria-pressed", picked);
      if (picked && view.hovered === null) stop(one);
    }
    keys.forEach((key, row) => {
      const value = mean(key);
      shares[row].textContent = value >= 0.005 ? percent(value) : "";
      shares[row].parentElement.style.setProperty("--share", value.toFixed(3));
    });
    const from = queries.indexOf(query);
    const drawn = on.flatMap((head) => keys.map((key, to) => ({ head, to, value: weight(head, key) })));
    // Lines of several heads between the same words lie side by side.
    const shift = (head) => 0.5 + (0.5 * (block.heads.indexOf(head) + 0.5)) / block.heads.length - 0.25;
    lines.replaceChildren(...drawn.filter(({ value }) => from >= 0 && value >= THIN).map(({ head, to, value }) => {
      const [y1, y2] = [from + shift(head), to + shift(head)];
      return make("path", {
        d: `M0 ${y1}C45 ${y1} 55 ${y2} 100 ${y2}`, stroke: color(head.index), "stroke-dasharray": value > 0.15 ? dash(head.index) : null,
        "stroke-width": (0.6 + 6 * value).toFixed(2), "stroke-opacity": (0.2 + 0.8 * value).toFixed(2),
      });
    }));
    const order = [...block.keys.keys()].sort((a, b) => mean(b) - mean(a));
    const name = `“${block.words[query]}” (step\u00a0${query})`;
    const best = order.slice(0, 3).map((key) => `“${block.keys[key]}” ${percent(mean(key))}`).join(", ");
    lines.setAttribute("aria-label", on.length ? `Lines from ${name}, mean weight: ${best}` : "No head is chosen");
    const shown = order.slice(0, 6);
    const rest = order.slice(6);
    const line = (what, of) => [what, ...on.map((head) => percent(of(head))), percent(on.reduce((sum, head) => sum + of(head), 0) / Math.max(1, on.length))];
    const body = shown.map((key) => line(`${block.keys[key]} (step\u00a0${key})`, (head) => weight(head, key)));
    if (rest.length) body.push(line(`${rest.length} other keys`, (head) => rest.reduce((sum, key) => sum + weight(head, key), 0)));
    numbers.replaceChildren(on.length
      ? table(`Weights of the query of ${name}, largest first`, ["key", ...on.map((head) => `head ${head.index}`), "mean"], body)
      : make("p", { class: "small" }, "Choose a head."));
  };
};
