// What is asked of a page whatever it says. Each check resolves with what is wrong, in words; nothing means all is well.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

/** The script; a page that is to be read several times takes it from the start. */
export const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** Rules of WCAG 2.2 AA, and what its authors found to be good besides. */
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

/** Rules that axe might switch off by itself one day, and that we count on. */
const COUNTED_ON = ["target-size", "color-contrast", "button-name", "link-name", "summary-name", "label", "heading-order"];

async function runAxe(page, runOnly, within) {
  // Evaluated by the debugger, since the page's policy lets no script in; axe stays until the next page.
  if (!(await page.evaluate(() => "axe" in window))) await page.evaluate(AXE);
  const { violations, ran } = await page.evaluate(
    async ([runOnly, within]) => {
      const found = await window.axe.run(within ?? document, { runOnly, resultTypes: ["violations"] });
      const all = [found.violations, found.passes, found.incomplete, found.inapplicable].flat();
      return { violations: found.violations, ran: all.map(({ id }) => id) };
    },
    [runOnly, within],
  );
  const told = ({ id, nodes }) => nodes.map((node) => `${id}: ${node.html}\n${node.failureSummary}`);
  return { found: violations.flatMap(told), ran };
}

/** All of axe, on the page or on the part of it that `within` selects. */
export async function axe(page, within) {
  const { found, ran } = await runAxe(page, RULES, within);
  if (within) return found;
  return [...found, ...COUNTED_ON.filter((id) => !ran.includes(id)).map((id) => `axe did not run ${id}`)];
}

/** Contrast alone: only colours differ in the dark. */
export async function contrast(page) {
  return (await runAxe(page, ["color-contrast"])).found;
}

/** The functions that the checks below share in the page. While a dialog is open, it is all that is looked at. */
const COMMON = () => {
  const seen = (element) => {
    const { width, height, bottom, right } = element.getBoundingClientRect();
    // What waits outside the window, as the link that skips the navigation does, is not seen.
    const outside = bottom + scrollY <= 0 || right + scrollX <= 0;
    const covered = document.querySelector("dialog[open]")?.contains(element) === false;
    const drawn = element.checkVisibility({ visibilityProperty: true }) && width > 0 && height > 0;
    return drawn && !outside && !covered;
  };
  const called = (element) => {
    const classes = [...element.classList].map((name) => `.${name}`).join("");
    const words = (element.textContent || element.value || "").trim().replace(/\s+/g, " ").slice(0, 40);
    return `<${element.localName}${element.id && `#${element.id}`}${classes}> "${words}"`;
  };
  const all = (selector) => [...document.querySelectorAll(selector)].filter(seen);
  /** Every text that is seen, with the element that it stands in and the boxes of its lines. */
  const texts = () => {
    const found = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
      const node = walker.currentNode;
      const element = node.parentElement;
      if (!node.data.trim() || !seen(element)) continue;
      const range = document.createRange();
      range.selectNodeContents(node);
      found.push({ node, element, boxes: [...range.getClientRects()].filter((box) => box.width > 0) });
    }
    return found;
  };
  window.innkeeperChecks = { seen, called, all, texts };
};

/** Evaluates a check in the page, which finds the common functions in `innkeeperChecks`. */
async function inPage(page, check) {
  await page.evaluate(COMMON);
  return page.evaluate(check);
}

/** Nothing scrolls sideways, no text leaves its box, is cut off or lies on another. */
export function sticksOut(page) {
  return inPage(page, () => {
    const { called, all, texts } = window.innkeeperChecks;
    const found = [];
    const { scrollWidth } = document.documentElement;
    if (scrollWidth > innerWidth) found.push(`${scrollWidth} px of content in a window of ${innerWidth}`);
    /** A text that is meant to end after some lines, such as a name of any length in the bar. */
    const clamped = (element) => {
      for (let at = element; at; at = at.parentElement) {
        if (getComputedStyle(at).webkitLineClamp !== "none") return true;
      }
      return false;
    };
    /** The nearest box around a text that one can see: with a border or a colour of its own. */
    const boxOf = (element) => {
      for (let at = element; at && at !== document.body; at = at.parentElement) {
        const { display, borderTopWidth, borderInlineStartWidth, backgroundColor } = getComputedStyle(at);
        const drawn = [borderTopWidth, borderInlineStartWidth].some((width) => width !== "0px");
        if (display !== "inline" && (drawn || backgroundColor !== "rgba(0, 0, 0, 0)")) return at;
      }
      return document.documentElement;
    };
    /** What lies over the page on purpose, on a ground of its own: an open menu. */
    const layerOf = (element) => {
      for (let at = element; at; at = at.parentElement) {
        const { position, backgroundColor } = getComputedStyle(at);
        if (["absolute", "fixed"].includes(position) && backgroundColor !== "rgba(0, 0, 0, 0)") return at;
      }
      return null;
    };
    /** A box that is scrolled up and down, as a long question in a dialog is. */
    const scrolled = (box) => ["auto", "scroll"].includes(getComputedStyle(box).overflowY) && box.scrollHeight > box.clientHeight;
    const lines = [];
    for (const { element, boxes } of texts()) {
      if (clamped(element)) continue;
      const outer = boxOf(element);
      const around = outer.getBoundingClientRect();
      const high = (box) => box.top < around.top - 1 || box.bottom > around.bottom + 1;
      const out = (box) => box.left < around.left - 1 || box.right > around.right + 1 || (!scrolled(outer) && high(box));
      if (boxes.some(out)) found.push(`text leaves its box ${called(outer)}: ${called(element)}`);
      const layer = layerOf(element);
      lines.push(...boxes.map((box) => ({ element, layer, box })));
    }
    // What is typed into a field scrolls in it.
    for (const element of all("body *:not(input, textarea, select)")) {
      const { overflowX, overflowY } = getComputedStyle(element);
      const cuts = [overflowX, overflowY].some((overflow) => ["hidden", "clip"].includes(overflow));
      const more = element.scrollWidth > element.clientWidth + 1 || element.scrollHeight > element.clientHeight + 1;
      if (cuts && more && element.clientWidth > 0 && !clamped(element)) found.push(`cut off: ${called(element)}`);
    }
    lines.forEach((one, index) => {
      for (const other of lines.slice(index + 1)) {
        if (one.element === other.element || one.layer !== other.layer) continue;
        const wide = Math.min(one.box.right, other.box.right) - Math.max(one.box.left, other.box.left);
        const high = Math.min(one.box.bottom, other.box.bottom) - Math.max(one.box.top, other.box.top);
        // The boxes of lines that follow each other touch; half of one is text on text.
        if (wide > 2 && high > Math.min(one.box.height, other.box.height) / 2) {
          found.push(`${called(one.element)} lies on ${called(other.element)}`);
        }
      }
    });
    return found;
  });
}

/** One heading of the first level, none that skips a level, a language, and no name that turns its line around. */
export function structure(page) {
  return inPage(page, () => {
    const { called, all, texts } = window.innkeeperChecks;
    const found = [];
    if (!document.documentElement.lang) found.push("the page names no language");
    if (getComputedStyle(document.documentElement).direction !== document.documentElement.dir.replace(/^$/, "ltr")) {
      found.push("the page reads in another direction than it says");
    }
    const headings = all("h1, h2, h3, h4, h5, h6").filter((heading) => !heading.closest("dialog"));
    const levels = headings.map((heading) => Number(heading.localName[1]));
    if (levels.filter((level) => level === 1).length !== 1) found.push(`headings of the first level: ${levels}`);
    levels.forEach((level, index) => {
      if (level > (levels[index - 1] ?? 0) + 1) found.push(`a level is skipped before ${called(headings[index])}`);
    });
    // Words in a script that runs from right to left, among others: they stand in a block or an isolate of their own.
    for (const { node, element } of texts()) {
      if (!/[\p{Script=Arabic}\p{Script=Hebrew}]/u.test(node.data) || node.data.includes("\u2068")) continue;
      let isolate = element;
      const inLine = ({ unicodeBidi, display }) => unicodeBidi === "normal" && display.startsWith("inline");
      while (inLine(getComputedStyle(isolate))) isolate = isolate.parentElement;
      if (isolate.textContent.trim() !== node.data.trim()) found.push(`not isolated from its line: ${called(element)}`);
    }
    return found;
  });
}

/** What is to be pressed is at least as large as a fingertip needs, wherever it stands; axe lets small ones pass if alone. */
export function targets(page) {
  return inPage(page, () => {
    const { called, all } = window.innkeeperChecks;
    /** A link within a sentence is as high as its line, which is allowed. */
    const inSentence = (link) => {
      const around = link.closest("p, li, dd, dt, td, div, h1, h2, h3, nav");
      return getComputedStyle(link).display === "inline" && around.innerText.trim() !== link.innerText.trim();
    };
    const pressed = all("button, summary, select, input:not([type=hidden]), a[href]").filter((it) => !inSentence(it));
    const small = pressed.filter((it) => {
      const { width, height } = it.getBoundingClientRect();
      return Math.min(width, height) < 24;
    });
    return small.map((it) => {
      const { width, height } = it.getBoundingClientRect();
      return `a target of ${Math.round(width)} by ${Math.round(height)} px: ${called(it)}`;
    });
  });
}

/** With the colours of the system alone: borders are seen, icons too, and what is current is not told by colour. */
export async function forcedColours(page) {
  await page.emulateMedia({ forcedColors: "active" });
  const found = await inPage(page, () => {
    const { called, all } = window.innkeeperChecks;
    const found = [];
    // The browser draws what is ticked by itself, and has no style for it.
    const ticked = "input:is([type=radio], [type=checkbox])";
    for (const element of all("button, .btn, .tag, input, select, textarea, dialog")) {
      if (element.matches(ticked)) continue;
      const style = getComputedStyle(element);
      for (const side of ["Top", "Right", "Bottom", "Left"]) {
        const drawn = style[`border${side}Style`] !== "none" && parseFloat(style[`border${side}Width`]) >= 1;
        const told = style[`border${side}Color`] !== style.backgroundColor;
        if (!drawn || !told) found.push(`no border is seen: ${called(element)}`);
      }
    }
    const groundOf = (element) => {
      for (let at = element; at; at = at.parentElement) {
        const { backgroundColor } = getComputedStyle(at);
        if (backgroundColor !== "rgba(0, 0, 0, 0)") return backgroundColor;
      }
      return "rgb(255, 255, 255)";
    };
    for (const icon of all("svg")) {
      if (getComputedStyle(icon).stroke === groundOf(icon)) found.push(`not seen: an icon in ${called(icon.parentElement)}`);
    }
    // What shows without colour. A shadow does not: it is taken away with the colours.
    const shape = (element) => {
      const style = getComputedStyle(element);
      const kinds = ["fontWeight", "textDecorationLine", "outlineStyle", "borderLeftWidth", "borderBottomWidth"];
      return kinds.map((kind) => style[kind]).join(" ");
    };
    for (const current of all("[aria-current]:not([aria-current=false])")) {
      const others = all("nav a").filter((link) => !link.matches("[aria-current]:not([aria-current=false])"));
      if (others.some((other) => shape(other) === shape(current))) {
        found.push(`told from the others by colour alone: ${called(current)}`);
      }
    }
    for (const note of all(".note")) {
      if (!note.innerText.trim() || !note.querySelector("svg")) found.push(`no sign besides the colour: ${called(note)}`);
    }
    return found;
  });
  await page.emulateMedia({ forcedColors: "none" });
  return found;
}

/** On paper nothing is to be pressed, and everything that a row says is there. */
export async function paper(page) {
  // What is to be pressed is no part of what a row says, and neither is what opens more of it.
  await page.evaluate(COMMON);
  const onScreen = await page.evaluate(() => {
    const { texts } = window.innkeeperChecks;
    const said = texts().filter(({ element }) => element.closest("main li.row, main dl > div, main h1"));
    window.innkeeperSaid = said.filter(({ element }) => !element.closest("button, .btn, summary, a[data-dialog]"));
    return window.innkeeperSaid.length;
  });
  await page.emulateMedia({ media: "print" });
  const found = await page.evaluate(() => {
    const { called, all, seen } = window.innkeeperChecks;
    const pressed = all("button, .btn, nav, dialog, .skip, summary[aria-label], a[data-dialog]").map((it) => `printed: ${called(it)}`);
    const lost = window.innkeeperSaid.filter(({ element }) => !seen(element));
    return [...pressed, ...lost.map(({ element }) => `not printed: ${called(element)}`)];
  });
  await page.emulateMedia({ media: "screen" });
  return { found, onScreen };
}

/** Whoever asked for less motion gets none. */
export function still(page) {
  return inPage(page, () => {
    const { called } = window.innkeeperChecks;
    const found = document.getAnimations().map(() => "an animation runs");
    for (const element of document.querySelectorAll("*")) {
      for (const part of [null, "::before", "::after", "::backdrop"]) {
        const style = getComputedStyle(element, part);
        const times = `${style.transitionDuration}, ${style.animationDuration}`.split(", ");
        if (times.some((time) => parseFloat(time) > 0) || style.scrollBehavior === "smooth") {
          found.push(`moves: ${called(element)}${part ?? ""}`);
        }
      }
    }
    return found;
  });
}
