// What the checks ask of an attention viewer. Evaluated by the browser's tools, as page.js is.
(() => {
  const roots = () => [...document.querySelectorAll("section.viewer")];
  const find = (index, selector) => [...roots()[index].querySelectorAll(selector)];
  const seen = (element) => element.getClientRects().length > 0;
  const percents = (text) => (text.match(/([\d.]+)\u00a0%/g) ?? []).map(parseFloat);
  const focus = (element) => {
    element?.focus();
    return document.activeElement === element;
  };
  return {
    viewers: () => roots().map((root) => root.id),
    app: (index) => find(index, ".app").some(seen),
    // The fallback: its drawing, its tables, and the cells of these that hold a number.
    fallback: (index) => ({
      seen: find(index, ".fallback").some(seen), drawings: find(index, ".fallback svg image").length,
      tables: find(index, ".fallback table").length,
      numbers: find(index, ".fallback td").filter((one) => /^[\d.]+$/.test(one.textContent)).length,
    }),
    focusWord: (index) => focus(find(index, ".queries .word[tabindex='0']")[0]),
    word: (index) => find(index, ".queries .word[aria-pressed=true]").map((one) => `${one.dataset.step} ${one.textContent}`).join(),
    // Lines of the picked word, by colour.
    lines: (index) => find(index, ".lines path").map((one) => one.getAttribute("stroke")),
    caption: (index) => find(index, ".weights caption")[0]?.textContent ?? "",
    // What each head's column of the small table sums to.
    columns: (index) => {
      const rows = find(index, ".weights tbody tr").map((row) => percents(row.textContent));
      return rows.reduce((sums, row) => row.map((value, at) => value + (sums[at] ?? 0)), []);
    },
    sorted: (index) => {
      const means = find(index, ".weights tbody tr").filter((row) => !/other keys/.test(row.textContent)).map((row) => percents(row.textContent).at(-1));
      return means.every((mean, at) => at === 0 || mean <= means[at - 1]);
    },
    boxes: (index) => find(index, ".heads input").length,
    focusBox: (index, box) => focus(find(index, ".heads input")[box]),
    maps: (index) => find(index, ".map").length,
    focusMap: (index) => focus(find(index, ".map[tabindex='0']")[0]),
    map: (index) => find(index, ".map[aria-pressed=true]").map((one) => one.getAttribute("aria-label")).join(),
    // Shades that stand in the maps' pixels: one alone would be an empty drawing.
    shades: (index) => find(index, ".map canvas").map((canvas) => {
      const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
      const all = new Set();
      for (let at = 0; at < data.length; at += 4) all.add(data.slice(at, at + 3).join());
      return all.size;
    }),
    focusNext: (index) => focus(find(index, ".next")[0]),
    title: (index) => find(index, ".title")[0].textContent,
    panel: (index) => find(index, ".panel table caption").map((one) => one.textContent).join(),
    shares: (index) => find(index, ".panel tbody .share").flatMap((one) => percents(one.textContent)),
    total: (index) => find(index, ".panel tfoot .share").flatMap((one) => percents(one.textContent))[0],
    // Whether the text says that later keys are struck out, and how many are.
    mask: (index) => ({
      causal: /causal/.test(find(index, ".panel p")[0].textContent), keys: find(index, ".panel tbody tr").length,
      struck: find(index, ".panel .masked").filter((row) => /masked/.test(row.textContent)).length,
    }),
    difference: (index) => parseFloat(find(index, ".difference")[0].dataset.difference),
    // Chooses each option of the first list, as a person would, and the first again; what is then shown.
    models: (index) => {
      const list = find(index, ".choices select").filter(seen)[0];
      const shown = () => find(index, ".sentence")[0].textContent;
      const choose = (at) => {
        list.selectedIndex = at;
        list.dispatchEvent(new Event("change"));
        return [shown(), find(index, ".difference")[0].dataset.difference, find(index, ".map").length];
      };
      const all = Array.from(list.options, (_, at) => choose(at));
      choose(0);
      return all;
    },
    // Drawings without a name, and buttons without one.
    nameless: (index) => find(index, ".app svg[role=img], .app button, .app input, .app select")
      .filter((one) => !(one.getAttribute("aria-label") || one.textContent.trim() || one.closest("label")?.textContent.trim()))
      .map((one) => one.outerHTML.slice(0, 80)),
    // Texts of the viewer that page.js does not look at.
    texts: (index) => find(index, ".app button, .app label span, .app .number, .app h4, .app h5, .app .top").filter(seen).filter((one) => one.textContent.trim())
      .map((one) => {
        let under = one;
        while (under && /, 0\)$/.test(getComputedStyle(under).backgroundColor)) under = under.parentElement;
        return [getComputedStyle(one).color, getComputedStyle(under).backgroundColor, one.textContent.trim().slice(0, 30)];
      }),
    scroll: (index, selector) => find(index, selector)[0].scrollIntoView({ block: "start" }),
  };
})()
