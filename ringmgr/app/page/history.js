// Who did what, when and why: a table, newest first, that can be narrowed.

import { h, show, byId } from "./dom.js";
import { moment, plural, short, time, DAY_MS } from "./words.js";

const PAGE = 40;
const SPANS = [["30", "30 days"], ["", "90 days"], ["365", "a year"], ["all", "the beginning"]];
let most = PAGE;

const form = () => byId("history-filter");
const value = (name) => form().elements[name].value;

// For the service: since when. Empty: what it gives unasked.
export function sinceWanted(now) {
    const span = value("since");
    if (!span) return "";
    return span === "all" ? "2000-01-01" : new Date(now - Number(span) * DAY_MS).toISOString().slice(0, 10);
}

function matching(entries) {
    const ring = value("ring"), words = value("text").toLowerCase().split(/\s+/).filter(Boolean);
    return entries.filter((one) => {
        const text = [one.actor, one.action, one.ring, one.build, one.from_build, one.reason, one.identity].join(" ").toLowerCase();
        return (!ring || one.ring === ring) && words.every((word) => text.includes(word));
    });
}

function row(one) {
    const cell = (kind, name, ...content) => h("td", { role: "cell", "data-label": kind, class: name }, content);
    return h("tr", { role: "row", "data-key": String(one.id) },
        cell("When", "when", h("time", { datetime: one.time }, moment(time(one.time)))),
        cell("Who", "who", h("span", { title: one.identity }, one.actor)),
        cell("What", "what", h("span", null, one.action, one.gates_overridden && h("span", { class: "mark warn" }, ` by force: ${one.gates_overridden}`))),
        cell("Ring", null, one.ring || ""),
        cell("Build", "builds", one.build && h("span", null,
            h("a", { href: "#journey", "data-journey": one.build, "aria-label": `${one.build}, its journey` }, short(one.build)),
            one.from_build && h("span", { class: "quiet" }, ` from ${short(one.from_build)}`))),
        cell("Reason", "reason", one.reason || ""));
}

function table(entries) {
    const head = ["When", "Who", "What", "Ring", "Build", "Reason"].map((text) => h("th", { role: "columnheader", scope: "col" }, text));
    return h("table", { role: "table", class: "folding", "aria-labelledby": "history-title" },
        h("thead", { role: "rowgroup" }, h("tr", { role: "row" }, head)),
        h("tbody", { role: "rowgroup" }, entries.map(row)));
}

export function renderHistory(data) {
    const rings = data.status.rings.map((ring) => ring.ring), chosen = value("ring");
    show(form().elements.ring, h("option", { value: "", "data-key": "" }, "all"), rings.map((ring) => h("option", { value: ring, "data-key": ring }, ring)));
    form().elements.ring.value = rings.includes(chosen) ? chosen : "";
    if (!data.history) {
        show(byId("history-body"), h("p", { class: "quiet" }, "The service did not tell the history."));
        return;
    }
    const found = matching(data.history.entries).reverse(), shown = found.slice(0, most);
    show(byId("history-body"),
        h("p", { class: "quiet", role: "status" }, found.length ? `${plural(found.length, "entry", "entries")}${shown.length < found.length ? `, the newest ${shown.length} shown` : ""}` : "No entry fits."),
        found.length > 0 && table(shown),
        shown.length < found.length && h("p", { class: "buttons" }, h("button", { type: "button", "data-more": true }, "Show more")));
}

// redraw(): with the data at hand; reload(): other data are wanted.
export function listenHistory(redraw, reload) {
    show(form().elements.since, SPANS.map(([span, text]) => h("option", { value: span, selected: span === "" }, text)));
    form().addEventListener("submit", (event) => event.preventDefault());
    form().addEventListener("input", (event) => {
        most = PAGE;
        if (event.target.name === "since") reload();
        else redraw();
    });
    byId("history-body").addEventListener("click", (event) => {
        if (!event.target.closest("[data-more]")) return;
        most += PAGE;
        redraw();
    });
}
