"""Checks of the attention viewer, wherever there is one on the page: by keyboard, with script and without."""

import json
import pathlib
import re

QUESTIONS = (pathlib.Path(__file__).resolve().parent / "viewer.js").read_text()
STEPS = 6
# Vectors are traced to five digits: weights done again from them differ a little.
CLOSE = 0.005


class Viewers:
    """All viewers of the page that a check has open."""

    def __init__(self, check):
        self.check, self.browser, self.holds = check, check.browser, check.holds

    def ask(self, question, *arguments):
        """Asks the page one of the questions in viewer.js."""
        return self.browser.ask(f"({QUESTIONS.strip()}).{question}({json.dumps(arguments)[1:-1]})")

    def view(self, script):
        """Everything about each viewer."""
        for index, name in enumerate(self.ask("viewers")):
            if not script:
                self.without_script(index, name)
                continue
            self.holds(f"{name}: the viewer is there", self.ask("app", index))
            self.holds(f"{name}: the fallback is not", not self.ask("fallback", index)["seen"])
            nameless = self.ask("nameless", index)
            self.holds(f"{name}: everything has a name", not nameless, nameless)
            faint = [text for text in self.ask("texts", index) if contrast(*text[:2]) < 4.5]
            self.holds(f"{name}: its texts stand out", not faint, faint)
            self.words(index, name)
            self.heads(index, name)
            self.maps(index, name)
            self.steps(index, name)
            self.models(index, name)

    def without_script(self, index, name):
        """A drawing and real tables instead."""
        fallback = self.ask("fallback", index)
        good = fallback["seen"] and fallback["drawings"] and fallback["tables"] and fallback["numbers"] > 3
        self.holds(f"{name}: without script there are a drawing and tables", good, fallback)
        self.holds(f"{name}: and no empty viewer", not self.ask("app", index))

    def words(self, index, name):
        """Arrow keys pick another word; its weights are all there and sorted."""
        self.holds(f"{name}: a word takes the focus", self.ask("focusWord", index))
        # What is shown first may be the first word, above which there is none.
        self.browser.press("ArrowDown")
        before = self.ask("word", index), self.ask("caption", index)
        self.browser.press("ArrowUp")
        after = self.ask("word", index), self.ask("caption", index)
        self.holds(f"{name}: ArrowUp picks another word", before[0] != after[0] and before[1] != after[1], (before, after))
        sums = self.ask("columns", index)
        # Each line of the table is rounded to a tenth.
        good = len(sums) > 1 and all(abs(total - 100) < 0.5 for total in sums)
        self.holds(f"{name}: the weights of each head sum to 100 %", good, sums)
        self.holds(f"{name}: the largest weight comes first", self.ask("sorted", index))
        self.browser.press("ArrowDown")
        self.holds(f"{name}: ArrowDown goes back", self.ask("word", index) == before[0])
        self.ask("scroll", index, ".choices")
        self.check.picture(f"viewer-{index}-model")
        self.ask("scroll", index, ".part .heads")
        self.check.picture(f"viewer-{index}-heads")
        # Later keys are masked for one of the first words.
        for key in ("Home", "ArrowDown", "ArrowDown"):
            self.browser.press(key)

    def heads(self, index, name):
        """The space bar hides the lines of a head, and no other's, and shows them again."""
        wrong = []
        for box in range(self.ask("boxes", index)):
            before = self.ask("lines", index)
            reached = self.ask("focusBox", index, box)
            self.browser.press("Space")
            left = self.ask("lines", index)
            self.browser.press("Space")
            after = self.ask("lines", index)
            gone = set(before) - set(left)
            others = [line for line in before if line not in gone]
            if not (reached and len(gone) == 1 and left == others and after == before):
                wrong.append((box, reached, before, left, after))
        self.holds(f"{name}: the space bar hides and shows each head", self.ask("boxes", index) and not wrong, wrong)

    def maps(self, index, name):
        """Arrow keys and Enter in the model view pick a head, and the step-through follows."""
        shades = self.ask("shades", index)
        self.holds(f"{name}: every map has shades", shades and min(shades) > 1, shades)
        before = self.ask("map", index), self.ask("panel", index)
        # The first map has nothing to its left, the last one nothing to its right.
        for key in ("ArrowLeft", "ArrowRight"):
            reached = self.ask("focusMap", index)
            self.browser.press(key)
            self.browser.press("Enter")
            after = self.ask("map", index), self.ask("panel", index)
            good = reached and all(one and one != other for one, other in zip(after, before))
            if good:
                break
        self.holds(f"{name}: arrow and Enter pick another head", good, (before, after))

    def steps(self, index, name):
        """Next goes through six steps; shares are 100 % together, and nearly those of the model."""
        self.holds(f"{name}: Next takes the focus", self.ask("focusNext", index))
        titles = [self.ask("title", index)]
        shares = total = None
        self.ask("scroll", index, ".panel")
        for _ in range(STEPS - 1):
            self.check.picture(f"viewer-{index}-step-{len(titles)}")
            self.browser.press("Enter" if len(titles) % 2 else "ArrowRight")
            titles.append(self.ask("title", index))
            if "mask" in titles[-1]:
                mask = self.ask("mask", index)
                good = 0 < mask["struck"] < mask["keys"] if mask["causal"] else not mask["struck"]
                self.holds(f"{name}: later keys are struck out if the attention is causal", good, mask)
            if self.ask("total", index) is not None:
                shares, total = self.ask("shares", index), self.ask("total", index)
        self.check.picture(f"viewer-{index}-step-{len(titles)}")
        good = all(title.startswith(f"Step {number} of {STEPS}") for number, title in enumerate(titles, 1))
        self.holds(f"{name}: there are six steps, by keyboard", good and len(set(titles)) == STEPS, titles)
        good = total == 100 and shares and abs(sum(shares) - 100) < 0.05 * len(shares) + 1e-6
        self.holds(f"{name}: the shares of the softmax sum to 100 %", good, (shares, total))
        for _ in range(STEPS):
            self.browser.press("ArrowLeft")
        self.holds(f"{name}: and back to the first", self.ask("title", index) == titles[0])
        off = self.ask("difference", index)
        self.holds(f"{name}: done again, weights are those of the model", 0 <= off < CLOSE, off)

    def models(self, index, name):
        """Each option of the first list shows a sentence, and its weights are done again as well."""
        shown = self.ask("models", index)
        good = all(sentence and float(off or 0) < CLOSE and maps for sentence, off, maps in shown)
        self.holds(f"{name}: every option of the first list shows a sentence", shown and good, shown)


def contrast(one, other):
    """Of two colours as a style sheet computes them (WCAG 2)."""

    def luminance(color):
        parts = [float(part) / 255 for part in re.findall(r"[\d.]+", color)[:3]]
        red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)
