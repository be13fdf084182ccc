// The picture of the past weeks and the weeks to come: a row for each ring, with the builds that were and are live,
// how long they are supported, what soaks, and when nothing may move. The table below it says the same.

import { h, s, show, byId } from "./dom.js";
import { DAY_MS, day, dayYear, moment, month, short, time } from "./words.js";

const DONE = new Set(["promote", "rollback"]);

// ---- what is in it ----

// The builds that were live in a ring, oldest first: { build, from, to }. The last one is live now.
function lives(ring, data) {
    const entries = (data.history?.entries || []).filter((one) => one.ring === ring.ring && one.build && DONE.has(one.action));
    const list = entries.map((one) => ({ build: one.build, from: time(one.time) }));
    const last = list.at(-1);
    if (ring.live && last?.build !== ring.live.build) list.push({ build: ring.live.build, from: time(ring.live.live_since) || data.now });
    return list.map((one, at) => ({ ...one, to: list[at + 1]?.from || data.now }));
}

function soakOf(ring) {
    if (!ring.soak?.ends || !ring.candidate) return null;
    const ends = time(ring.soak.ends);
    return { build: ring.candidate.build, from: new Date(ends - ring.soak.need_days * DAY_MS), to: ends };
}

// Builds by age, newest first: the same build has the same shade in every ring.
function ranks(data) {
    const builds = new Set();
    for (const ring of data.status.rings) {
        if (ring.candidate) builds.add(ring.candidate.build);
        for (const one of lives(ring, data)) builds.add(one.build);
    }
    const sorted = [...builds].sort((one, other) => other.localeCompare(one, "en", { numeric: true }));
    return new Map(sorted.map((build, at) => [build, Math.min(at, 2)]));
}

export function versions(data) {
    const names = new Map();
    for (const ring of data.status.rings)
        for (const one of [ring.live, ring.candidate]) if (one?.version) names.set(one.build, one.version);
    return names;
}

// ---- how it is drawn ----

// What every drawing function gets: sizes in pixels, x of a time, the data.
function frame(width, data) {
    const rem = parseFloat(getComputedStyle(document.documentElement).fontSize);
    const wide = width > 44 * rem;
    const gutter = wide ? 8 * rem : 0;
    const from = +data.now - (wide ? 56 : 21) * DAY_MS, to = +data.now + (wide ? 60 : 30) * DAY_MS;
    const x = (at) => gutter + ((Math.max(from, Math.min(to, +at)) - from) / (to - from)) * (width - gutter);
    return { rem, wide, gutter, from, to, x, width, data, now: x(data.now), ranks: ranks(data), versions: versions(data),
        head: wide ? 0 : 1.5 * rem, top: 2.2 * rem };
}

const nameOf = (f, build) => f.versions.get(build) || short(build);
const textWidth = (f, text) => text.length * 0.5 * f.rem;

// A row is as high as what is in it.
function rowHeight(f, ring) {
    return f.head + (ring.candidate ? 4.9 : 2.6) * f.rem;
}

function label(f, x, y, text, attributes) {
    return s("text", { x: x.toFixed(1), y: y.toFixed(1), ...attributes }, text);
}

function box(f, from, to, y, height, attributes) {
    const left = f.x(from), width = f.x(to) - left;
    return s("rect", { x: left.toFixed(1), y: y.toFixed(1), width: Math.max(0, width).toFixed(1), height: height.toFixed(1), rx: 3, ...attributes });
}

function visible(f, from, to) {
    return +to > f.from && +from < f.to;
}

function drawLive(f, one, y) {
    const height = 1.5 * f.rem, left = f.x(one.from), room = f.x(one.to) - left, name = nameOf(f, one.build);
    if (!visible(f, one.from, one.to)) return null;
    return s("g", null, box(f, one.from, one.to, y, height, { class: `live b${f.ranks.get(one.build)}` },),
        room > textWidth(f, name) + 0.8 * f.rem && label(f, left + 0.5 * f.rem, y + height * 0.69, name, { class: `in b${f.ranks.get(one.build)}` }));
}

// From now to the end of support an open bar; what has passed the end is hatched.
function drawSupport(f, ring, y) {
    const height = 1.5 * f.rem;
    if (!ring.live || !ring.support) return null;
    if (!ring.support.deadline)
        return s("g", null, box(f, f.data.now, f.to, y, height, { class: "supported" }),
            label(f, f.width - 0.5 * f.rem, y + height * 0.69, "no end of support known", { class: "note", "text-anchor": "end" }));
    const end = time(ring.support.deadline), ends = f.x(end);
    if (end <= f.data.now) {
        const words = "out of support";
        return s("g", null, box(f, end, f.data.now, y, height, { fill: "url(#hatch-bad)", class: "over" }),
            label(f, f.now + 0.5 * f.rem, y + height * 0.69, words, { class: "bad" }));
    }
    const beyond = +end > f.to, text = beyond ? `supported until ${dayYear(end)} →` : `support ends ${day(end)}`;
    const brief = beyond ? `${day(end)} →` : day(end);
    const shown = textWidth(f, text) + f.rem < ends - f.now ? text : brief;
    const fits = textWidth(f, shown) + f.rem < ends - f.now;
    return s("g", null, box(f, f.data.now, end, y, height, { class: "supported" }),
        !beyond && s("path", { class: "deadline", d: `M${ends.toFixed(1)} ${(y - 0.25 * f.rem).toFixed(1)}v${(height + 0.5 * f.rem).toFixed(1)}` }),
        fits ? label(f, ends - 0.5 * f.rem, y + height * 0.69, shown, { class: "note", "text-anchor": "end" })
            : ends + textWidth(f, shown) + f.rem < f.width && label(f, ends + 0.5 * f.rem, y + height * 0.69, shown, { class: "note" }));
}

function drawSoak(f, ring, y) {
    const height = 1.05 * f.rem, soak = soakOf(ring);
    if (!ring.candidate) return null;
    const name = nameOf(f, ring.candidate.build);
    if (!soak || soak.to <= f.data.now)
        return s("g", null, s("circle", { class: "waiting", cx: f.now.toFixed(1), cy: (y + height / 2).toFixed(1), r: (0.32 * f.rem).toFixed(1) }),
            label(f, f.now + 0.7 * f.rem, y + height * 0.78, `${name} waits`, { class: "note" }));
    const end = f.x(soak.to), text = `${name} soaks until ${day(soak.to)}`;
    const words = [text, `${name} until ${day(soak.to)}`, name].find((one) => end + textWidth(f, one) + f.rem < f.width);
    return s("g", null, box(f, soak.from, f.data.now, y, height, { class: "soaked" }),
        box(f, f.data.now, soak.to, y, height, { class: "soaking" }),
        words && label(f, end + 0.5 * f.rem, y + height * 0.78, words, { class: "note" }));
}

// Freezes of the calendar, and a hold.
function pauses(ring, data) {
    const list = (data.calendar?.events || []).filter((one) => one.ring === ring.ring && one.what === "freeze" && one.until)
        .map((one) => ({ from: time(one.at), to: time(one.until), text: "frozen" }));
    const hold = ring.hold;
    if (hold) list.push({ from: time(hold.since), to: hold.until ? time(hold.until) : new Date(+data.now + 365 * DAY_MS), text: "on hold" });
    return list;
}

function drawPause(f, one, y, height) {
    const left = f.x(one.from), room = f.x(one.to) - left;
    if (!visible(f, one.from, one.to)) return null;
    return s("g", null, box(f, one.from, one.to, y, height, { fill: "url(#hatch)", class: "frozen" }),
        room > textWidth(f, one.text) && label(f, left + room - 0.3 * f.rem, y + height - 0.3 * f.rem, one.text, { class: "note small", "text-anchor": "end" }));
}

function drawRow(f, ring, top) {
    const y = top + f.head + 0.55 * f.rem, height = rowHeight(f, ring) - f.head - 2;
    return s("g", null, s("path", { class: "rule", d: `M0 ${top.toFixed(1)}H${f.width}` }),
        label(f, 0, f.wide ? y + f.rem : top + 1.25 * f.rem, ring.ring, { class: "ring" }),
        lives(ring, f.data).map((one) => drawLive(f, one, y)),
        pauses(ring, f.data).map((one) => drawPause(f, one, top + f.head + 1, height)),
        drawSupport(f, ring, y),
        drawSoak(f, ring, y + 1.95 * f.rem));
}

function monthStarts(f) {
    const list = [], at = new Date(f.from);
    for (let first = Date.UTC(at.getUTCFullYear(), at.getUTCMonth() + 1, 1); first < f.to;) {
        list.push(new Date(first));
        const date = new Date(first);
        first = Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 1);
    }
    return list;
}

function drawAxis(f, bottom) {
    const patch = (f.data.calendar?.events || []).filter((one) => one.what === "patch-day" && +time(one.at) < f.to);
    const line = (x, name) => s("path", { class: name, d: `M${x.toFixed(1)} ${f.top.toFixed(1)}V${bottom.toFixed(1)}` });
    const months = monthStarts(f), clear = (x, room) => Math.abs(x - f.now) > room * f.rem && x + 3 * f.rem < f.width;
    const named = months.filter((at) => clear(f.x(at), 4.6));
    const free = (x) => clear(x, 5.4) && named.every((at) => x < f.x(at) - 2.5 * f.rem || x > f.x(at) + 4.8 * f.rem);
    return s("g", null,
        months.map((at) => [line(f.x(at), "tick"), named.includes(at) && label(f, f.x(at) + 0.3 * f.rem, 1.5 * f.rem, month(at), { class: "axis" })]),
        patch.map((one) => [line(f.x(time(one.at)), "patch"), f.wide && free(f.x(time(one.at))) &&
            label(f, f.x(time(one.at)), 1.5 * f.rem, "patch day", { class: "axis", "text-anchor": "middle" })]));
}

function drawNow(f, bottom) {
    return s("g", null, s("path", { class: "now", d: `M${f.now.toFixed(1)} ${(f.top - 0.4 * f.rem).toFixed(1)}V${bottom.toFixed(1)}` }),
        label(f, f.now, 1.5 * f.rem, `now, ${day(f.data.now)}`, { class: "axis today", "text-anchor": "middle" }));
}

function hatch(id, name) {
    return s("pattern", { id, class: name, width: 7, height: 7, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" },
        s("path", { d: "M0 0V7" }));
}

function picture(width, data) {
    const f = frame(width, data), rings = data.status.rings, tops = [f.top];
    for (const ring of rings) tops.push(tops.at(-1) + rowHeight(f, ring));
    const bottom = tops.at(-1);
    return s("svg", { class: "picture", role: "img", "aria-labelledby": "picture-title", "aria-describedby": "picture-text",
        width, height: Math.ceil(bottom + 2), viewBox: `0 0 ${width} ${Math.ceil(bottom + 2)}` },
        s("title", { id: "picture-title" }, `Builds, soaks, freezes and support from ${dayYear(f.from)} to ${dayYear(f.to)}`),
        s("defs", null, hatch("hatch", "hatch"), hatch("hatch-bad", "hatch bad")),
        drawAxis(f, bottom), rings.map((ring, at) => drawRow(f, ring, tops[at])), drawNow(f, bottom));
}

function key(text, ...shapes) {
    return h("li", null, s("svg", { viewBox: "0 0 28 14", "aria-hidden": "true" }, shapes), text);
}

function legend() {
    const whole = { x: 1, y: 1, width: 26, height: 12, rx: 2 };
    return h("ul", { class: "legend", "aria-label": "What the picture shows" },
        key("live", s("rect", { ...whole, class: "b1" }), s("rect", { ...whole, x: 14, width: 13, class: "b0" })),
        key("supported until", s("rect", { ...whole, width: 22, class: "supported" }), s("path", { class: "deadline", d: "M23 1v12" })),
        key("soaks", s("rect", { ...whole, width: 13, class: "soaked" }), s("rect", { ...whole, x: 14, width: 13, class: "soaking" })),
        key("frozen or on hold", s("rect", { ...whole, fill: "url(#hatch)", class: "frozen" })),
        key("patch day", s("path", { class: "patch", d: "M14 0v14" })),
        key("out of support", s("rect", { ...whole, fill: "url(#hatch-bad)", class: "over" })));
}

// ---- in words ----

function rows(data) {
    const list = [], names = versions(data), named = (build) => `${names.get(build) ? `${names.get(build)}, ` : ""}${build}`;
    for (const ring of data.status.rings) {
        for (const one of lives(ring, data)) list.push({ at: one.from, ring: ring.ring, text: `${named(one.build)} went live` });
        if (ring.support?.deadline && time(ring.support.deadline) < data.now)
            list.push({ at: time(ring.support.deadline), ring: ring.ring, text: `support of the live build ${ring.live.build} ended` });
        if (ring.hold) list.push({ at: time(ring.hold.since), ring: ring.ring, text: `held by ${ring.hold.by}: ${ring.hold.reason}` });
    }
    for (const one of data.calendar?.events || []) list.push({ at: time(one.at), ring: one.ring || "", text: one.text });
    return list.sort((one, other) => one.at - other.at);
}

function table(data) {
    const cell = (kind, text) => h("td", { role: "cell", "data-label": kind }, text);
    const head = (text) => h("th", { role: "columnheader", scope: "col" }, text);
    return h("table", { role: "table", class: "folding" },
        h("caption", { class: "unseen" }, "What has happened and what will happen, by time"),
        h("thead", { role: "rowgroup" }, h("tr", { role: "row" }, head("When"), head("Ring"), head("What"))),
        h("tbody", { role: "rowgroup" }, rows(data).map((one) => h("tr", { role: "row", class: one.at > data.now ? "future" : null },
            cell("When", moment(one.at)), cell("Ring", one.ring), cell("What", one.text)))));
}

function summary(data) {
    return data.status.rings.map((ring) => `${ring.ring}: ${ring.live ? `${ring.live.build} is live` : "nothing is live"}` +
        `${ring.support?.deadline ? `, support ${ring.support.days_left < 0 ? "ended" : "ends"} ${dayYear(time(ring.support.deadline))}` : ""}` +
        `${ring.candidate ? `; next is ${ring.candidate.build}` : ""}.`).join(" ");
}

export function renderTimeline(data) {
    const place = byId("timeline-body"), width = Math.floor(place.clientWidth);
    if (width < 100) return;
    show(place, h("p", { id: "picture-text", class: "unseen" }, summary(data)), picture(width, data), legend(),
        h("details", null, h("summary", null, "The same as a table"), table(data)));
}
