// Model view: a small map of weights for each block and head.

// Blues of ColorBrewer, as in the figures; white is exactly 0.
const RAMP = [[222, 235, 247], [198, 219, 239], [158, 202, 225], [107, 174, 214], [66, 146, 198], [33, 113, 181], [8, 81, 156], [8, 48, 107]];

const ramp = (share) => {
  if (!(share > 0)) return [253, 253, 252];
  const place = Math.min(share, 1) * (RAMP.length - 1);
  const below = Math.min(Math.floor(place), RAMP.length - 2);
  return RAMP[below].map((from, channel) => Math.round(from + (place - below) * (RAMP[below + 1][channel] - from)));
};

const paint = (canvas, head, block) => {
  const [width, height] = [block.keys.length, block.words.length];
  Object.assign(canvas, { width, height });
  const context = canvas.getContext("2d");
  const pixels = context.createImageData(width, height);
  for (let query = 0; query < height; query++) {
    for (let key = 0; key < width; key++) {
      pixels.data.set([...ramp(head.weights[query]?.[key]), 255], 4 * (query * width + key));
    }
  }
  context.putImageData(pixels, 0, 0);
};

/** What the query of a step looks at most. */
const looked = (block, head, query) => {
  const weights = head.weights[query] ?? [];
  const key = weights.indexOf(Math.max(...weights));
  return key < 0 ? "no weights" : `“${block.words[query]}” gives most, ${percent(weights[key])}, to “${block.keys[key]}”`;
};

/** Builds the grid into `box`; returns a function that marks what is picked. */
const modelView = (box, view, pick) => {
  const buttons = [];
  const row = (block) => {
    const cells = block.heads.map((head) => {
      const canvas = make("canvas", { "aria-hidden": "true" });
      paint(canvas, head, block);
      const said = `${block.name}, head ${head.index}: ${looked(block, head, view.readOut(block))}`;
      const button = make("button", {
        type: "button", class: "map", tabindex: "-1", title: said, "aria-label": said,
        onclick: () => pick(block, head),
      }, canvas, make("span", {}, `head ${head.index}`));
      buttons.push({ button, block, head });
      return button;
    });
    return make("div", { class: "maps", role: "group", "aria-label": block.name },
      make("h5", {}, block.name), make("div", { class: "line" }, ...cells));
  };
  const grid = make("div", { class: "grid-of-maps" }, ...view.sequence.blocks.map(row));
  const stop = roving(grid, ".map", () => Math.max(1, view.block.heads.length));
  box.replaceChildren(grid);
  return () => {
    for (const { button, block, head } of buttons) {
      const picked = block.name === view.block.name && head === view.head;
      button.setAttribute("aria-pressed", picked);
      if (picked) stop(button);
    }
  };
};
