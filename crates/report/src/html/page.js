"use strict";
// Without this script the page shows the numbers of a point in a line below the drawing, and its boxes work by style
// alone. With it a box stands beside the point, and arrow keys go from point to point.
(() => {
  const [tip, ring] = ["tip", "ring"].map((id) => document.getElementById(id));
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const point = (event) => event.target instanceof Element ? event.target.closest(".p") : null;
  const seen = (element) => element.getClientRects().length > 0;
  const middle = (element) => {
    const { left, top, width, height } = element.querySelector("use, path, image").getBoundingClientRect();
    return [left + width / 2, top + height / 2];
  };
  document.documentElement.classList.add("js");

  // The browser's own tooltip would cover ours: the text moves to where only readers aloud find it.
  for (const one of all(".p")) {
    const title = one.querySelector("title");
    one.setAttribute("aria-label", title.textContent);
    title.remove();
  }
  for (const hint of all(".hint")) {
    hint.textContent = "Rest on a mark, or step to it with Tab and on with the arrow keys, to read its numbers.";
  }

  let shown = null;
  const place = () => {
    if (!shown) return;
    const [x, y] = middle(shown);
    const { width, height } = tip.getBoundingClientRect();
    const { clientWidth, clientHeight } = document.documentElement;
    const clamp = (value, most) => Math.max(4, Math.min(value, most - 4));
    const above = y - height - 16;
    // A point may be scrolled out of the box of its drawing.
    const { left, right } = shown.closest(".scroll").getBoundingClientRect();
    for (const one of [tip, ring]) one.style.visibility = x < left || x > right ? "hidden" : "";
    ring.style.transform = `translate(${x}px, ${y}px)`;
    tip.style.left = `${clamp(x - width / 2, clientWidth - width)}px`;
    tip.style.top = `${clamp(above < 4 ? y + 16 : above, clientHeight - height)}px`;
  };
  const show = (one) => {
    shown = one;
    tip.hidden = ring.hidden = !one;
    tip.textContent = one ? one.getAttribute("aria-label") : "";
    place();
  };
  // The browser brings a part of what has the focus into view; the text stands at its middle.
  const bring = (one) => {
    const { left, right } = one.closest(".scroll").getBoundingClientRect();
    const [x] = middle(one);
    if (x < left || x > right) one.scrollIntoView({ block: "nearest", inline: "center" });
  };
  const focused = () => document.activeElement?.closest(".p") ?? null;
  document.addEventListener("focusin", (event) => {
    const one = point(event);
    if (one) bring(one);
    show(one);
  });
  document.addEventListener("focusout", () => show(null));
  document.addEventListener("pointerover", (event) => { if (point(event)) show(point(event)); });
  document.addEventListener("pointerout", (event) => { if (point(event)) show(focused()); });
  addEventListener("scroll", place, { capture: true, passive: true });
  addEventListener("resize", place);

  // One stop of the Tab key for each series in each panel: its point that was looked at last.
  const runs = new Map();
  for (const one of all(".p")) {
    const run = one.parentElement;
    one.tabIndex = runs.has(run) ? -1 : 0;
    runs.set(run, [...(runs.get(run) ?? []), one]);
  }
  const go = (one) => {
    for (const other of runs.get(one.parentElement)) other.tabIndex = other === one ? 0 : -1;
    one.focus();
    // A map may be wider than what is left of the box: its middle, where the text stands, has to be in view.
    one.scrollIntoView({ block: "nearest", inline: "center" });
    place();
  };
  const series = (one, step) => {
    const near = [...runs.keys()].filter((run) => run.closest("svg") === one.closest("svg") && seen(run));
    return runs.get(near[near.indexOf(one.parentElement) + step]);
  };
  const beside = (one, step) => {
    const next = series(one, step);
    const [x] = middle(one);
    const away = (other) => Math.abs(middle(other)[0] - x);
    return next?.reduce((best, other) => (away(other) < away(best) ? other : best));
  };
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") show(null);
    const one = point(event);
    if (!one || event.altKey || event.ctrlKey || event.metaKey) return;
    const run = runs.get(one.parentElement);
    const at = run.indexOf(one);
    const moves = {
      ArrowRight: () => run[at + 1] ?? series(one, 1)?.[0],
      ArrowLeft: () => run[at - 1] ?? series(one, -1)?.at(-1), Home: () => run[0], End: () => run.at(-1),
      ArrowDown: () => beside(one, 1), ArrowUp: () => beside(one, -1),
    };
    if (!Object.hasOwn(moves, event.key)) return;
    event.preventDefault();
    const next = moves[event.key]();
    if (next) go(next);
  });

  // Boxes. Where the style sheet cannot ask what a figure contains, it is done here.
  const asks = CSS.supports("selector(:has(a))");
  const apply = (box) => {
    if (asks) return;
    for (const mark of all(`.s${box.dataset.toggles}`, box.closest("figure"))) {
      mark.style.display = box.checked ? "" : "none";
    }
  };
  for (const box of all(".t")) {
    box.addEventListener("change", () => apply(box));
    apply(box);
  }
  for (const span of all(".all")) span.hidden = false;
  for (const button of all("[data-all]")) {
    button.addEventListener("click", () => {
      for (const box of all(".t", button.closest("fieldset"))) {
        box.checked = button.dataset.all !== "";
        apply(box);
      }
    });
  }

  // On paper nothing can be opened.
  addEventListener("beforeprint", () => { for (const one of all("details")) one.open = true; });
})();
