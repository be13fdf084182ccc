// One build's way through the rings: what was done with it, by whom, and what it waits for now.

import { h, sentence, sign, show, byId } from "./dom.js";
import { plural, moment, time, DAY_MS } from "./words.js";
import { buildNumber } from "./rings.js";
import { versions } from "./timeline.js";

const STEPS = {
    sync: ["dot", (one) => `Fetched and proven for ${one.ring}`],
    import: ["dot", (one) => `Imported and proven for ${one.ring}`],
    approve: ["person", (one) => `Approved for ${one.ring}`],
    revoke: ["bar", (one) => `Approval for ${one.ring} withdrawn`],
    promote: ["arrow", (one) => `Live in ${one.ring}`],
    rollback: ["bar", (one) => `Rolled back in ${one.ring}`],
    block: ["bar", (one) => `Blocked${one.ring ? ` in ${one.ring}` : " everywhere"}`],
    hold: ["pause", (one) => `${one.ring} put on hold`],
    pin: ["arrow", (one) => `Target version handed out to machines of ${one.ring}`],
    unpin: ["check", (one) => `Target version taken back from machines of ${one.ring}`],
    override: ["warning", (one) => `Gate opened by force for ${one.ring}`],
    "promote-at": ["clock", (one) => `Promotion of ${one.ring} ordered`],
    unblock: ["check", (one) => `Block lifted${one.ring ? ` in ${one.ring}` : ""}`],
};

function buildsOf(data) {
    const builds = new Set();
    for (const ring of data.status.rings) for (const one of [ring.live, ring.candidate]) if (one) builds.add(one.build);
    for (const one of data.history?.entries || []) if (one.build) builds.add(one.build);
    return [...builds].sort((one, other) => other.localeCompare(one, "en", { numeric: true }));
}

function later(from, at) {
    const days = Math.round((at - from) / DAY_MS);
    return days > 0 ? `day ${days}` : "day 0";
}

function step(one, build, start) {
    const [name, words] = one.build === build && STEPS[one.action] || ["dot", () => `${one.action}${one.ring ? ` in ${one.ring}` : ""}`];
    const left = one.build !== build;
    const text = left ? `Left ${one.ring}, for ${one.build}` : words(one);
    const at = time(one.time);
    return h("li", { class: `step ${left ? "left" : one.action}`, "data-key": `h${one.id}${left ? "-" : ""}` },
        h("p", { class: "quiet when" }, h("time", { datetime: one.time }, moment(at)), h("span", { class: "days" }, later(start, at))),
        sign(left ? "circle" : name),
        h("div", null, h("p", null, h("b", null, text), h("span", { class: "quiet" }, ` by ${one.actor === "ringmgr" ? "itself" : one.actor}`)),
            one.reason && !left && h("p", { class: "reason" }, one.reason)));
}

function waitingStep(ring, data) {
    const shut = (data.explain[ring.ring]?.gates || []).filter((gate) => !gate.open);
    return h("li", { class: "step waiting", "data-key": `w${ring.ring}` }, h("p", { class: "quiet when" }, "now"), sign("clock"),
        h("div", null, h("p", null, h("b", null, ring.candidate.barred ? `Kept out of ${ring.ring}` : shut.length ? `Waits for ${ring.ring}` : `Could enter ${ring.ring} now`)),
            shut.map((gate) => h("p", { class: "reason" }, sentence(gate.reason)))));
}

function whereabouts(build, data) {
    const live = data.status.rings.filter((ring) => ring.live?.build === build).map((ring) => ring.ring);
    const next = data.status.rings.filter((ring) => ring.candidate?.build === build && !ring.candidate.barred).map((ring) => ring.ring);
    const words = [live.length ? `live in ${live.join(", ")}` : "live nowhere"];
    if (next.length) words.push(`next in ${next.join(", ")}`);
    return words.join("; ");
}

function steps(build, data) {
    const entries = (data.history?.entries || []).filter((one) => one.build === build || (one.from_build === build && one.ring && one.build));
    const start = entries.length ? time(entries[0].time) : data.now;
    const list = entries.map((one) => step(one, build, start));
    for (const ring of data.status.rings) if (ring.candidate?.build === build) list.push(waitingStep(ring, data));
    return list;
}

let chosen = null;

export function renderJourney(data) {
    const builds = buildsOf(data), names = versions(data), select = byId("journey-build");
    if (!builds.includes(chosen)) chosen = builds[0];
    show(select, builds.map((build) => h("option", { value: build, "data-key": build }, `${names.get(build) ? `${names.get(build)} · ` : ""}${build}`)));
    select.disabled = builds.length === 0;
    if (!chosen) {
        show(byId("journey-body"), h("p", { class: "quiet" }, "No build has come yet."));
        return;
    }
    select.value = chosen;
    const list = steps(chosen, data);
    show(byId("journey-body"), h("p", { class: "where" }, names.get(chosen) && h("span", { class: "version" }, names.get(chosen)), buildNumber(chosen), ` ${whereabouts(chosen, data)}`),
        h("ol", { class: "steps", "data-key": chosen }, list),
        list.length === 0 && h("p", { class: "quiet" }, `Nothing about it in the history shown below (${plural(data.history?.entries?.length || 0, "entry", "entries")}).`));
}

export function listenJourney(again) {
    byId("journey-build").addEventListener("change", (event) => {
        chosen = event.target.value;
        again();
    });
    document.addEventListener("click", (event) => {
        const link = event.target.closest("[data-journey]");
        if (!link) return;
        chosen = link.dataset.journey;
        again(); // and the link itself goes there
    });
}
