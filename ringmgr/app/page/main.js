// The page: asks every quarter of a minute while it is looked at, and shows what has changed.

import { byId } from "./dom.js";
import { Refused, everything } from "./api.js";
import { clock, plural, state, useZone, zoneBrief, zoneName } from "./words.js";
import { countAttention, renderAttention, renderFoot, renderRings } from "./rings.js";
import { renderTimeline } from "./timeline.js";
import { listenJourney, renderJourney } from "./journey.js";
import { listenHistory, renderHistory, sinceWanted } from "./history.js";
import { listen } from "./actions.js";

const EVERY_MS = 15000;
let data = null; // what was last heard
let timer = 0;
let paused = false;
let asking = null; // the question that is under way

// ---- showing ----

function who(me) {
    if (!me) return "Read only";
    if (!me.can_act) return "Read only"; // why stands at the foot
    return me.person && me.person !== me.account ? `${me.person} (${me.account})` : me.account;
}

function renderTop() {
    const count = countAttention(data);
    document.title = `${count ? `(${count}) ` : ""}ringmgr · ${data.status.host}`;
    byId("host").textContent = data.status.host;
    byId("who").textContent = who(data.me);
    byId("who").title = data.me?.reason || "";
    byId("asof").textContent = `as of ${clock(data.now)} ${zoneBrief(data.now)}`;
    byId("asof").title = `Times are those of ${zoneName()}`;
}

function render() {
    renderTop();
    renderAttention(data);
    renderRings(data);
    renderTimeline(data);
    renderJourney(data);
    renderHistory(data);
    renderFoot(data);
    document.body.dataset.ready = "yes";
}

// What a listener is told after a refresh: only what has changed.
function news(before, after) {
    const was = new Map(before.status.rings.map((ring) => [ring.ring, ring])), list = [];
    for (const ring of after.status.rings) {
        const old = was.get(ring.ring);
        if (old?.live?.build !== ring.live?.build && ring.live) list.push(`${ring.ring} now offers ${ring.live.build}.`);
        if (old && old.state !== ring.state) list.push(`${ring.ring}: ${state(ring.state).text}.`);
    }
    const count = countAttention(after);
    if (count !== countAttention(before)) list.push(count ? `${plural(count, "thing")} need${count === 1 ? "s" : ""} attention.` : "Nothing needs attention.");
    return list.join(" ");
}

// An answer without JSON is none of the service's.
function troubleWords(error) {
    const old = data ? ` What is shown is as of ${clock(data.now)}.` : "";
    if (error instanceof Refused && error.body) return `The service cannot say how things are: ${error.message}.${old}`;
    if (error instanceof Refused) return `The service does not answer: ${error.message}.${old}`;
    return `The service cannot be reached (${error.message}).${old}`;
}

function trouble(text) {
    byId("trouble").textContent = text;
    byId("trouble").hidden = !text;
    document.body.classList.toggle("stale", Boolean(text));
}

// ---- asking ----

async function ask() {
    const button = document.activeElement;
    try {
        const heard = await everything(sinceWanted(Date.now()));
        const changed = data ? news(data, heard) : "";
        data = heard;
        useZone(heard.me?.timezone);
        trouble("");
        render();
        if (changed) byId("news").textContent = changed;
    } catch (error) {
        trouble(troubleWords(error));
    }
    // What had the focus is gone: the ring that it belonged to takes it, not the top of the page.
    if (button?.dataset?.ring && !button.isConnected) byId(`ring-${button.dataset.ring}`)?.focus();
}

function plan() {
    clearTimeout(timer);
    if (!paused && !document.hidden) timer = setTimeout(refresh, EVERY_MS);
}

async function refresh() {
    clearTimeout(timer);
    asking ||= ask().finally(() => { asking = null; });
    await asking;
    plan();
}

// After a decision: what was under way may have been answered before it.
async function decided(sentence, decision) {
    if (asking) await asking;
    toast(sentence);
    await refresh();
    if (document.activeElement === document.body) (byId(`ring-${decision.ring}`) || byId("attention")).focus();
}

// ---- listening ----

function toast(text) {
    byId("toast").textContent = text;
    byId("toast").classList.add("shown");
}

function pauseOrGoOn() {
    paused = !paused;
    byId("pause").textContent = paused ? "Resume updates" : "Pause updates";
    if (paused) plan();
    else refresh();
}

async function copy(button) {
    try {
        await navigator.clipboard.writeText(button.dataset.copy);
        button.textContent = "Copied";
    } catch {
        button.textContent = "Select it"; // browsers give the clipboard to https and localhost only
        getSelection().selectAllChildren(button.previousSibling);
    }
}

let width = 0;
new ResizeObserver(([entry]) => {
    const now = Math.floor(entry.contentRect.width);
    if (data && now !== width) renderTimeline(data);
    width = now;
}).observe(byId("timeline-body"));

document.addEventListener("visibilitychange", () => (document.hidden || paused ? plan() : refresh()));
document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-copy]");
    if (button) copy(button);
    if (event.target.closest("[data-act]")) byId("toast").classList.remove("shown");
});
byId("pause").addEventListener("click", pauseOrGoOn);
listen(decided);
listenJourney(() => renderJourney(data));
listenHistory(() => data && renderHistory(data), () => refresh());
refresh();
