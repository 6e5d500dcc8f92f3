// Draws flowcharts of Mermaid and graphs of Graphviz, and says what can be read in them.
// Takes a JSON list of {mermaid, dot} on stdin; prints a list of what was drawn of each, see `seen` and `graph` below.

import { readFileSync } from "node:fs";
import { JSDOM } from "jsdom";
import { instance } from "@viz-js/viz";

// Mermaid wants a browser. Its texts have no size here, so each letter is given one.
const { window } = new JSDOM("<!doctype html><body></body>", { pretendToBeVisual: true });
globalThis.window = window;
globalThis.document = window.document;
for (const name of ["Element", "SVGElement", "HTMLElement", "Node", "DOMParser", "XMLSerializer", "CSSStyleSheet"]) {
  globalThis[name] = window[name];
}
const width = (element) => 8 * (element.textContent.length || 1);
window.SVGElement.prototype.getBBox = function () {
  return { x: 0, y: 0, width: width(this), height: 20 };
};
window.SVGElement.prototype.getComputedTextLength = function () {
  return width(this);
};
const { default: mermaid } = await import("mermaid");
mermaid.initialize({ startOnLoad: false, maxTextSize: 1e9, maxEdges: 1e9 });
const viz = await instance();

const text = (element) => {
  for (const end of element.querySelectorAll("br")) end.replaceWith("\n");
  return element.textContent.replaceAll("\u00a0", " ");
};
const texts = (drawn, selector) => [...drawn.querySelectorAll(selector)].map(text);

const answers = [];
for (const [number, question] of JSON.parse(readFileSync(0, "utf8")).entries()) {
  const { svg } = await mermaid.render(`picture-${number}`, question.mermaid);
  const drawn = new window.DOMParser().parseFromString(svg, "text/html");
  const seen = {
    title: texts(drawn, ".flowchartTitleText"),
    nodes: texts(drawn, ".node"),
    clusters: texts(drawn, ".cluster"),
    labels: texts(drawn, "g.edgeLabel > g.label"),
    arrows: drawn.querySelectorAll("path.flowchart-link").length,
    marked: drawn.querySelectorAll(".label em, .label strong, .label a, .label code, .label i").length,
  };
  const result = viz.render(question.dot, { format: "svg" });
  const page = new window.DOMParser().parseFromString(result.output ?? "", "text/xml");
  const lines = (group) => [...group.querySelectorAll("text")].map(text).join("\n");
  const all = (kind) =>
    [...page.querySelectorAll(`g.${kind}`)].map((group) => [text(group.querySelector("title")), lines(group)]);
  const graph = {
    status: result.status,
    errors: result.errors.map((error) => error.message),
    nodes: all("node"),
    clusters: all("cluster"),
    edges: all("edge"),
  };
  answers.push({ mermaid: seen, dot: graph });
}
console.log(JSON.stringify(answers));
