// Step-through: from query, keys and values to the weighted sum, one thing at a time.

/** Each step: its title, a sentence, the columns beside the key's word, and what stands below them. */
const STEPS = [
  {
    title: "vectors",
    text: () => "Each word has three vectors that the model has learned to make: it asks with its query, answers with its key, and gives its value.",
    columns: ["key k", "value v"],
    cells: (c, key) => [bars("key", c.head.keys[key], c.inner), bars("value", c.head.values[key], c.outer)],
  },
  {
    title: "scores q·k",
    text: () => "The score of a key is its dot product with the query: large where both point the same way.",
    columns: ["key k", "score q·k"],
    cells: (c, key) => [bars("key", c.head.keys[key], c.inner), signed(c.scores[key])],
  },
  {
    title: "scale",
    text: (c) => `Scores grow with the number of features; each is multiplied by ${Number(c.head.scale.toPrecision(4))}, so that the softmax does not begin saturated.`,
    columns: ["score q·k", "scaled"],
    cells: (c, key) => [signed(c.scores[key]), signed(c.scaled[key])],
  },
  {
    title: "mask",
    text: (c) => (c.head.causal ? "This attention is causal: later keys are struck out. Their logit is −∞, their share exactly 0." : "This attention has no mask: every key may be looked at."),
    columns: ["scaled", "after the mask"],
    cells: (c, key) => [signed(c.scaled[key]), c.masked[key] ? "−∞, masked" : signed(c.logits[key])],
  },
  {
    title: "softmax",
    text: () => "Each logit becomes a power of e (the largest is taken away first, which changes no share), and each power its share of their sum: together 100 %.",
    columns: ["power", "weight"],
    cells: (c, key) => [c.powers[key].toFixed(4), share(c.weights[key])],
    rest: (c, keys) => ["", share(keys.reduce((sum, key) => sum + c.weights[key], 0))],
    foot: (c) => ["sum", c.sum.toFixed(4), share(c.weights.reduce((a, b) => a + b, 0))],
  },
  {
    title: "weighted sum",
    text: () => "Each value counts with the weight of its key. Their sum is what this head says at this step.",
    columns: ["weight", "value v", "weight × v"],
    cells: (c, key) => [percent(c.weights[key]), bars("value", c.head.values[key], c.outer), bars("weighted value", c.weighted[key], c.outer)],
    foot: (c) => ["sum", percent(c.weights.reduce((a, b) => a + b, 0)), "", bars("sum", c.output, c.outer)],
  },
];

/** Builds the step-through into `box`; returns a function that shows the state again. */
const stepView = (box, view, refresh) => {
  const move = (by) => {
    view.step = Math.min(STEPS.length - 1, Math.max(0, view.step + by));
    refresh();
  };
  const back = make("button", { type: "button", class: "previous", onclick: () => move(-1) }, "Previous");
  const on = make("button", { type: "button", class: "next", onclick: () => move(1) }, "Next");
  const title = make("p", { class: "title", "aria-live": "polite" });
  const panel = make("div", { class: "panel" });
  const numbers = make("div");
  const details = make("details", {}, make("summary", {}, "The vectors in numbers"), numbers);
  const buttons = make("div", { class: "buttons" }, back, title, on);
  buttons.addEventListener("keydown", (event) => {
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!by || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    move(by);
  });
  box.replaceChildren(buttons, panel, details);
  return () => {
    const { block, head, query } = view;
    back.setAttribute("aria-disabled", view.step === 0);
    on.setAttribute("aria-disabled", view.step === STEPS.length - 1);
    const step = STEPS[view.step];
    title.textContent = `Step ${view.step + 1} of ${STEPS.length}: ${step.title}`;
    details.hidden = !complete(head, block);
    if (details.hidden) {
      panel.replaceChildren(make("p", {}, "Only the weights of this head were traced: nothing can be done again from them."));
      return;
    }
    const c = {
      head, ...attend(head, query), inner: most([...head.queries[query], ...head.keys.flat()]), outer: most(head.values.flat()),
    };
    const shown = steps(block.keys, view.fold, null);
    const hidden = [...block.keys.keys()].filter((key) => !shown.includes(key));
    const rows = shown.map((key) => ({
      attributes: c.masked[key] && view.step >= 3 ? { class: "masked" } : {},
      cells: [`${block.keys[key]} (step\u00a0${key})`, ...step.cells(c, key)],
    }));
    if (hidden.length) {
      const blank = step.columns.map(() => "");
      rows.push([`${hidden.length} keys “.” not shown`, ...(step.rest?.(c, hidden) ?? blank)]);
    }
    const name = `“${block.words[query]}”`;
    panel.replaceChildren(
      make("p", {}, step.text(c)),
      make("p", { class: "asking" }, `query q of ${name} (step\u00a0${query}) `, bars("query", head.queries[query], c.inner)),
      table(`${step.title}, ${block.name}, head ${head.index}`, ["key", ...step.columns], rows, step.foot?.(c)),
    );
    const vector = (what, values) => [what, ...values.map(signed)];
    numbers.replaceChildren(table(
      `Vectors of ${block.name}, head ${head.index}`,
      ["vector", ...head.queries[query].map((_, feature) => `${feature}`)],
      [vector(`query ${name}`, head.queries[query]), ...shown.flatMap((key) => [
        vector(`key ${block.keys[key]} (step\u00a0${key})`, head.keys[key]), vector(`value ${block.keys[key]} (step\u00a0${key})`, head.values[key]),
      ]), vector("weighted sum", c.output)],
    ));
  };
};
