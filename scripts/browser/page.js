// What the checks ask of the page. Evaluated by the browser's tools, so it works where scripts of the page do not run.
(() => {
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const seen = (element) => {
    const { width, height } = element.getBoundingClientRect();
    return width > 0 && height > 0 && getComputedStyle(element).visibility === "visible";
  };
  const channels = (color) => color.match(/[\d.]+/g).slice(0, 3).map(Number);
  const luminance = (color) => {
    const [r, g, b] = channels(color).map((c) => c / 255).map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const contrast = (one, other) => {
    const [low, high] = [luminance(one), luminance(other)].sort((a, b) => a - b);
    return (high + 0.05) / (low + 0.05);
  };
  const background = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const color = getComputedStyle(at).backgroundColor;
      if (!/, 0\)$/.test(color)) return color;
    }
    return "rgb(255, 255, 255)";
  };
  const figures = () => all("figure");
  const marks = (figure, index) => all(`.s${index} use, .s${index} path`, figure).filter(seen).length;
  return {
    figures: () => figures().map((figure) => figure.id),
    background: () => luminance(background(document.body)),
    // Texts of the page with too little contrast, most of all in drawings.
    faint: () => all("p, h1, h2, h3, li, td, th, summary, strong, svg text").filter(seen)
      .map((one) => [contrast(getComputedStyle(one).color, background(one)), one.textContent.trim().slice(0, 40)])
      .filter(([ratio]) => ratio < 4.5),
    wider: () => {
      const width = document.documentElement.clientWidth;
      const out = all("body *").filter((one) => !one.closest(".scroll, .skip, #tip, #ring") || one.matches(".scroll"))
        .filter((one) => seen(one) && one.getBoundingClientRect().right > width + 0.5);
      const over = document.documentElement.scrollWidth > width ? [`the page is ${document.documentElement.scrollWidth} wide`] : [];
      return [...over, ...out.map((one) => `${one.tagName} ${one.textContent.trim().slice(0, 40)}`)];
    },
    small: () => all("figure svg text").filter(seen)
      .map((one) => [one, one.getScreenCTM()])
      .map(([one, { a, b }]) => [parseFloat(getComputedStyle(one).fontSize) * Math.hypot(a, b), one.textContent])
      .filter(([size]) => size < 10.99),
    // Figures whose points can be stepped to, and how many there are.
    points: () => figures().map((figure) => all(".p", figure).length),
    boxes: (figure) => all(".t", figures()[figure]).map((box) => Number(box.dataset.toggles)),
    marks: (figure, index) => marks(figures()[figure], index),
    others: (figure, index) => all(".t", figures()[figure]).map((box) => Number(box.dataset.toggles))
      .filter((other) => other !== index).map((other) => marks(figures()[figure], other)),
    focusBox: (figure, index) => {
      const box = all(`.t${index}`, figures()[figure])[0];
      box.focus();
      return document.activeElement === box;
    },
    focusDrawing: (figure) => {
      const drawing = all(".scroll", figures()[figure])[0];
      drawing.focus();
      return document.activeElement === drawing;
    },
    focused: () => {
      const one = document.activeElement;
      return one.matches(".p") ? one.getAttribute("aria-label") ?? one.querySelector("title").textContent : "";
    },
    // Points in the run of the one that has the focus.
    along: () => all(".p", document.activeElement.parentElement).length,
    // Runs of points in a figure: up and down go from one to another.
    runs: (figure) => new Set(all(".p", figures()[figure]).map((one) => one.parentElement)).size,
    tip: () => {
      const tip = document.getElementById("tip");
      const { left, top, right, bottom } = tip.getBoundingClientRect();
      const { clientWidth, clientHeight } = document.documentElement;
      const inside = left >= 0 && top >= 0 && right <= clientWidth && bottom <= clientHeight;
      return { seen: seen(tip), text: tip.textContent, inside };
    },
    line: () => all(".v").filter(seen).map((one) => one.textContent),
    titles: () => all(".p").filter((one) => !one.querySelector("title")?.textContent.trim()).length,
    tables: () => figures().map((figure) => all("table tbody tr", figure).length),
    headings: () => all("h1, h2, h3").map((one) => seen(one) && one.textContent.trim() !== ""),
    opened: () => all("details").filter((one) => !one.open).length,
    links: () => all("nav a").filter((one) => !document.getElementById(one.hash.slice(1))).map((one) => one.hash),
  };
})()
