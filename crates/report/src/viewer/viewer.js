// A viewer: what is chosen, and the parts that show it.

const CHOICES = [["task", "Task"], ["label", "Model"], ["split", "State"], ["seed", "Seed"]];

const sentence = (sequence) => {
  const words = sequence.blocks.at(-1).words;
  const all = distinct(sequence.blocks.flatMap((block) => [block.keys, block.words]).map((list) => list.join(" ")));
  return (all.length > 1 ? all.join(" → ") : words.join(" ")).replace(/( ?\.){3,}/g, " …").trim();
};

const start = (root) => {
  const all = JSON.parse(root.querySelector("script").textContent);
  for (const block of all.flatMap((sequence) => sequence.blocks)) block.keys ??= block.words;
  const app = root.querySelector(".app");
  const view = {
    chosen: {}, sequence: null, block: null, head: null, query: 0, hovered: null, off: new Set(), fold: true, step: 0,
    /** The step that is read out of a block; its last where its words are not those of the read-out. */
    readOut: (block) => {
      const last = block.words.length - 1;
      const same = block.words.join(" ") === view.sequence.blocks.at(-1).words.join(" ");
      return same ? Math.min(view.sequence.answers[0]?.step ?? last, last) : last;
    },
  };
  const select = (label, change, always = true) => {
    const list = make("select", { onchange: () => change(list.value) });
    const box = make("label", { class: "choice" }, make("span", {}, label), list);
    const fill = (options, value) => {
      list.replaceChildren(...options.map(([key, text]) => make("option", { value: key, selected: String(key) === String(value) }, text)));
      box.hidden = !always && options.length < 2;
    };
    return { box, fill };
  };
  const choices = CHOICES.map(([key, label]) => ({
    key, ...select(label, (value) => { view.chosen[key] = value; choose(); }, key === "label" || key === "split"),
  }));
  const sentences = select("Sentence", (value) => { view.chosen.sequence = value; choose(); });
  const blocks = select("Block", (value) => setBlock(view.sequence.blocks[Number(value)]));
  const heads = select("Head", (value) => { view.head = view.block.heads[Number(value)]; refresh(); });
  const fold = make("input", { type: "checkbox", checked: true, onchange: () => { view.fold = fold.checked; rebuild(); } });
  const folds = make("label", { class: "choice fold" }, fold, make("span", {}, "hide steps whose word is “.”"));
  const text = make("p", { class: "sentence" });
  const answers = make("ul", { class: "answers" });
  const parts = ["heads", "model", "steps"].map((name) => make("div", { class: name }));
  const checked = make("p", { class: "small difference" });
  const part = (title, hint, ...children) =>
    make("section", { class: "part", role: "group", "aria-label": title }, make("h4", {}, title), make("p", { class: "small" }, hint), ...children);
  app.replaceChildren(
    make("div", { class: "choices", role: "group", "aria-label": "What is shown" }, ...choices.map(({ box }) => box), sentences.box),
    text, answers,
    part("Model view", "Each square is a head: words that ask downwards, words that answer across, darker for more weight, white for exactly none. Click one, or go with arrow keys and Enter, to look at it below.", parts[1]),
    part("Head view", "Rest on a word at the left, tap it, or go with Tab and arrow keys: lines lead to what it looks at, wider for more weight.", make("div", { class: "choices" }, blocks.box, folds), parts[0]),
    part("Step by step", "The same weights done again here, for the word picked above. Previous and Next, or the left and right arrow keys on them.", make("div", { class: "choices" }, heads.box), parts[2], checked),
  );
  let shows = [];
  const refresh = () => {
    heads.fill(view.block.heads.map((head, index) => [index, `head ${head.index}`]), view.block.heads.indexOf(view.head));
    for (const show of shows) show();
  };
  const pick = (step) => { if (view.query !== step || view.hovered !== null) { Object.assign(view, { query: step, hovered: null }); refresh(); } };
  const hover = (step) => { view.hovered = step; shows[0](); };
  const rebuild = () => {
    const { block } = view;
    folds.hidden = !([block.words, block.keys].some((words) => words.length > MANY && words.includes(".")));
    view.fold = fold.checked && !folds.hidden;
    blocks.fill(view.sequence.blocks.map((one, index) => [index, one.name]), view.sequence.blocks.indexOf(block));
    shows = [headView(parts[0], view, { pick, hover, refresh }), modelView(parts[1], view, (block, head) => {
      const at = head.index;
      setBlock(block, at);
      parts[1].querySelector("[aria-pressed=true]")?.focus();
    }), stepView(parts[2], view, refresh)];
    refresh();
  };
  const setBlock = (block, index = view.head?.index) => {
    const same = view.block?.words.join(" ") === block.words.join(" ");
    view.block = block;
    view.head = block.heads.find((head) => head.index === index) ?? block.heads[0];
    if (!same) view.query = view.readOut(block);
    view.hovered = null;
    rebuild();
  };
  const choose = () => {
    let left = all;
    for (const { key, fill } of choices) {
      const values = distinct(left.map((sequence) => String(sequence[key])));
      const wished = view.chosen[key] ?? (key === "split" ? "trained" : values[0]);
      const value = values.includes(wished) ? wished : values[0];
      fill(values.map((one) => [one, one]), value);
      left = left.filter((sequence) => String(sequence[key]) === value);
    }
    const wanted = left.find((sequence) => String(sequence.sequence) === view.chosen.sequence) ?? left[0];
    const before = view.block;
    const again = view.sequence && sentence(view.sequence) === sentence(wanted) && view.sequence.label === wanted.label;
    view.sequence = wanted;
    sentences.fill(left.map((one) => [one.sequence, `${one.sequence}: ${sentence(one).slice(0, 70)}`]), wanted.sequence);
    text.textContent = sentence(wanted);
    answers.replaceChildren(...wanted.answers.map((answer) => make("li", {},
      answer.step === null ? "" : `step ${answer.step}: `, "right answer ", make("b", {}, answer.right), ", the model says ", make("b", {}, answer.said),
      answer.probability === null ? "" : ` with ${percent(answer.probability)} `,
      make("strong", { class: answer.right === answer.said ? "holds" : "fails" }, answer.right === answer.said ? "right" : "wrong"))));
    const largest = differences(wanted);
    checked.textContent = largest === null ? "" :
      `All weights of this sentence recomputed here: they differ from the model's by ${largest < 1e-5 ? "less than 0.00001" : `at most ${largest.toFixed(5)}`}.`;
    checked.dataset.difference = largest ?? "";
    const block = wanted.blocks.find((one) => one.name === before?.name) ?? wanted.blocks.at(-1);
    if (!again) view.block = null;
    if (!again) view.off.clear();
    setBlock(block);
  };
  choose();
  app.hidden = false;
  root.querySelector(".fallback").hidden = true;
};

for (const root of document.querySelectorAll("section.viewer")) start(root);
