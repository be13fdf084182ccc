// Attention, and the rings side by side: what is live, what comes next and what it waits for.

import { h, s, sentence, sign, show, byId } from "./dom.js";
import { DAY_MS, away, bytes, dayYear, moment, plural, severity, state, time, zoneName } from "./words.js";
import { buttons, hasApproved, mayAct } from "./actions.js";

const BRIEF = 150; // characters
const GATE_SIGNS = { soak: "glass", approvals: "person", hold: "pause", freeze: "clock", days: "clock", settle: "clock", throttle: "clock", clock: "clock" };

// What the command would settle is settled by a button beside it, where there is one.
function withoutCommand(text) {
    return text.replace(/[:;,]? `[^`]*`$/, "");
}

export function mark({ sign: name, tone, text }, title) {
    return h("span", { class: `mark ${tone}`, title }, sign(name), h("span", null, text));
}

export function buildNumber(build) {
    const [, head, tail] = /^(16\.0\.)(.*)$/.exec(build) || [null, "", build];
    return h("span", { class: "build" }, head && h("span", { class: "head" }, head), tail);
}

// The same, and it leads to the build's journey.
function buildLink(build) {
    return h("a", { href: "#journey", "data-journey": build, "aria-label": `${build}, its journey` }, buildNumber(build));
}

// What is too long for a card is cut, and can be unfolded.
function brief(text) {
    if (text.length <= BRIEF) return h("span", null, sentence(text));
    const start = text.slice(0, BRIEF - 40).replace(/[\s,:;]*\S*$/, "");
    return h("details", { class: "brief" }, h("summary", null, h("span", { class: "start" }, `${start} … `), h("span", { class: "more" }, "more"), h("span", { class: "less" }, "less")),
        h("p", null, sentence(text)));
}

// ---- attention ----

function when(date, now) {
    return h("time", { datetime: date.toISOString(), title: moment(date) }, away(date, now));
}

function copyable(command) {
    return h("p", { class: "command" }, h("code", null, command),
        h("button", { type: "button", class: "plain", "data-copy": command, "aria-label": `Copy: ${command}` }, "Copy"));
}

function attentionItem(one, data) {
    const seen = mayAct(data.me, "ack", one.ring) &&
        h("p", { class: "buttons" }, h("button", { type: "button", class: "small", "data-act": "ack", "data-id": String(one.id),
            "data-text": one.text, "data-ring": one.ring }, "Mark as seen …"));
    const shown = one.command && !(seen && one.command.startsWith("ringmgr ack ")) && copyable(one.command);
    const { tone } = severity(one.severity);
    return h("li", { class: `note ${tone}`, "data-key": `a${one.id}` },
        h("div", { class: "note-head" }, mark(severity(one.severity)), one.ring && h("strong", null, one.ring),
            h("span", { class: "quiet" }, when(time(one.since), data.now))),
        h("p", { class: "note-text" }, sentence(one.text)),
        shown, seen);
}

const ASKS = { "waiting-approval": "waits for approval to take", ready: "is ready to take" };

function asksPerson(ring) {
    return Boolean(ring.candidate) && ring.state in ASKS;
}

function personItem(ring, data) {
    const name = ring.candidate.version || "";
    const offered = buttons(ring, data, ["approve", "promote"], true);
    const verb = ring.state === "ready" ? "promote" : "approve";
    const command = `ringmgr ${verb} ${ring.ring} ${ring.candidate.build}${verb === "approve" ? " --reason TEXT" : ""}`;
    return h("li", { class: "note ask", "data-key": `p${ring.ring}` },
        h("div", { class: "note-head" }, mark(state(ring.state)), h("strong", null, ring.ring)),
        h("p", { class: "note-text" }, `${ring.ring} ${ASKS[ring.state]} ${name} `, buildNumber(ring.candidate.build)),
        offered.length ? h("p", { class: "buttons" }, offered) : copyable(command));
}

// Also where something else is said of the ring's state: it is on hold, say.
function hasFailed(ring) {
    return ring.sync_failed && Boolean(ring.last_sync?.error);
}

function failedItem(ring, data) {
    return h("li", { class: "note bad", "data-key": `f${ring.ring}` },
        h("div", { class: "note-head" }, mark({ ...state("failed"), text: "Sync fails" }), h("strong", null, ring.ring),
            h("span", { class: "quiet" }, when(time(ring.last_sync.at), data.now))),
        h("div", { class: "note-text" }, brief(ring.last_sync.error)), copyable(`ringmgr sync ${ring.ring}`));
}

// The rings whose sync fails, but for those of which an attention says more.
function failures({ attention, rings }) {
    const told = new Set(attention.filter((one) => one.code === "upstream-not-genuine").map((one) => one.ring));
    return rings.filter((ring) => hasFailed(ring) && !told.has(ring.ring));
}

// How many things wait for a person.
export function countAttention({ status }) {
    return status.attention.length + failures(status).length + status.rings.filter(asksPerson).length;
}

export function renderAttention(data) {
    const weight = { critical: 0, warning: 1, info: 3 };
    const items = data.status.attention.map((one) => [weight[one.severity] ?? 1, attentionItem(one, data)]);
    items.push(...failures(data.status).map((ring) => [0, failedItem(ring, data)]));
    items.push(...data.status.rings.filter(asksPerson).map((ring) => [2, personItem(ring, data)]));
    items.sort((one, other) => one[0] - other[0]);
    const none = h("p", { class: "calm good" }, sign("check"), "Nothing needs a person.");
    show(byId("attention-body"), items.length ? h("ul", { class: "notes" }, items.map((item) => item[1])) : none);
}

// ---- a ring ----

function fact(name, ...content) {
    return h("div", { class: "fact", "data-key": name }, h("dt", null, name), h("dd", null, content));
}

// A bar that is `share` full; what it says stands beside it in words.
function bar(share, tone) {
    const full = Math.max(0, Math.min(1, share)) * 100;
    return s("svg", { class: `bar ${tone}`, viewBox: "0 0 100 4", preserveAspectRatio: "none", "aria-hidden": "true" },
        s("rect", { class: "bar-whole", width: 100, height: 4 }), s("rect", { class: "bar-full", width: full, height: 4 }));
}

function liveFact(ring) {
    const live = ring.live;
    if (!live) return fact("Live", h("p", { class: "quiet" }, "Nothing yet"));
    const since = live.live_since && time(live.live_since);
    return fact("Live",
        h("p", { class: "big" }, live.version && h("span", { class: "version" }, live.version), buildLink(live.build)),
        h("p", { class: "quiet" }, since && ["since ", h("time", { datetime: since.toISOString() }, moment(since))],
            live.by && ` · by ${live.by === "ringmgr" ? "itself" : live.by}`));
}

const LEVELS = { ok: ["good", ""], warn: ["warn", "soon over"], late: ["bad", "very soon over"], expired: ["bad", "over"] };

// How much of the time between release and the end is left; half a year where the release is not known.
function supportShare({ support, live }) {
    const end = time(support.deadline), whole = live?.released ? (end - time(live.released)) / DAY_MS : 180;
    return support.days_left / whole;
}

function supportFact(ring) {
    const support = ring.support;
    if (!support) return null;
    if (!support.deadline) return fact("Support", h("p", { class: "quiet" }, "No end is known"));
    const [tone, word] = LEVELS[support.level] || LEVELS.ok;
    const days = support.days_left, estimated = support.basis === "estimated" ? ", estimated" : "";
    const over = support.level === "expired";
    return fact("Support",
        h("p", { class: `big ${tone}` }, h("span", { class: "number" }, String(Math.abs(days))),
            over ? ` day${Math.abs(days) === 1 ? "" : "s"} over` : ` day${days === 1 ? "" : "s"} left`,
            word && !over && h("span", { class: "word" }, sign("warning"), word)),
        bar(supportShare(ring), tone),
        h("p", { class: "quiet" }, `${over ? "ended" : "until"} ${dayYear(time(support.deadline))}${estimated}`));
}

function soakLine(soak) {
    return bar(soak.have_days / soak.need_days, "wait");
}

// Where they suffice; else the gate's sentence says it.
function approvalLine({ need, have, by }) {
    if (!need || have < need) return null;
    const names = by.length ? `: ${by.join(", ")}` : "";
    return h("p", { class: "quiet" }, `approved${names}`);
}

// The shut gates as sentences; without an answer of explain at least their names.
function waits(ring, data) {
    const gates = data.explain[ring.ring]?.gates;
    const strip = mayAct(data.me, "approve", ring.ring);
    const shut = gates ? gates.filter((gate) => !gate.open) : ring.gates_shut.map((gate) => ({ gate, reason: `the gate ${gate} is shut` }));
    return shut.map((gate) => h("li", { "data-key": gate.gate }, sign(GATE_SIGNS[gate.gate] || "bar"),
        brief(strip ? withoutCommand(gate.reason) : gate.reason)));
}

function nextFact(ring, data) {
    const next = ring.candidate;
    if (!next) return null;
    const list = waits(ring, data), planned = ring.planned;
    return fact(next.barred ? "Kept out" : "Next",
        h("p", { class: "big" }, next.version && h("span", { class: "version" }, next.version), buildLink(next.build)),
        ring.soak && ring.gates_shut.includes("soak") && soakLine(ring.soak),
        approvalLine(ring.approvals),
        list.length ? h("ul", { class: "waits", "aria-label": `What ${ring.ring} waits for` }, list)
            : h("p", { class: "good open" }, sign("check"), "Every gate is open."),
        planned && h("p", { class: "quiet" }, sign("clock"), ` ${planned.by} has ordered it for ${moment(time(planned.at))}`));
}

// The sites of the ring that are not as they should be, each with the reason.
function siteLines(ring, data) {
    return (data.sites?.sites || []).flatMap((site) => site.rings.filter((one) => one.ring === ring.ring && one.state !== "live")
        .map((one) => h("li", { "data-key": site.site }, sign(one.error ? "bar" : "clock"),
            brief(`${site.site}: ${one.state}${site.required ? "" : ", not required"}${siteReason(site, one)}`))));
}

function siteReason(site, one) {
    const reason = site.paused ? `${site.paused.by}: ${site.paused.reason}` : one.error || one.waiting;
    return reason ? `: ${reason}` : "";
}

// The ring at its sites: those that count, and who does not offer yet what is live here, and why.
function sitesFact(ring, data) {
    const sites = ring.sites;
    if (!sites) return null;
    const enough = sites.live >= sites.need, late = siteLines(ring, data);
    return fact("Sites",
        h("p", { class: enough ? "good open" : "wait" }, enough && sign("check"), `${sites.live} of ${plural(sites.counted, "required site")} live`,
            !enough && `, ${sites.need} needed`),
        bar(sites.live / sites.counted, enough ? "good" : "wait"),
        late.length > 0 ? h("ul", { class: "waits", "aria-label": `Sites of ${ring.ring} that are not live` }, late)
            : sites.behind.length > 0 && h("div", { class: "quiet" }, brief(`behind: ${sites.behind.join(", ")}`)));
}

function holdLine(ring) {
    const hold = ring.hold;
    if (!hold || ring.gates_shut.includes("hold")) return null;
    const until = hold.until ? ` until ${moment(time(hold.until))}` : "";
    const only = hold.automatic_only ? ", automatic promotion only" : "";
    return h("li", { "data-key": "hold" }, sign("pause"), brief(`${hold.by} has held it${until}${only}: ${hold.reason}`));
}

function troubleLines(ring) {
    const lines = [holdLine(ring)];
    if (hasFailed(ring)) lines.push(h("li", { "data-key": "sync" }, sign("cross"), brief(ring.last_sync.error)));
    const lacks = ring.content.missing.filter((name) => !name.includes("/")); // files: of the candidate, its gate says it
    if (lacks.length) lines.push(h("li", { "data-key": "missing" }, sign("warning"), brief(`lacks ${lacks.join(", ")}, which the configuration wants`)));
    const present = lines.filter(Boolean);
    return present.length > 0 && h("ul", { class: "waits" }, present);
}

function gateRow(gate) {
    const mark = gate.open ? sign("check") : sign(GATE_SIGNS[gate.gate] || "bar");
    return h("li", { class: gate.open ? "open" : "shut", "data-key": gate.gate }, mark,
        h("span", null, h("b", null, gate.gate), gate.open ? " open" : " shut", h("span", { class: "quiet" }, " ", sentence(gate.reason)),
            !gate.open && gate.opens_at && h("span", { class: "quiet opens" }, `opens by itself ${moment(time(gate.opens_at))}`)));
}

function gatesDetails(ring, data) {
    const gates = data.explain[ring.ring]?.gates;
    if (!gates) return null;
    const shut = gates.filter((gate) => !gate.open).length;
    return h("details", null, h("summary", null, shut ? `All gates: ${shut} of ${gates.length} shut` : "All gates: open"),
        h("ul", { class: "gates" }, gates.map(gateRow)));
}

// Why a button is not there that somebody may look for.
function hints(ring, data) {
    const rights = data.me?.can_act && data.me.rings?.find((one) => one.ring === ring.ring);
    if (!rights) return [];
    if (rights.why) return [`You cannot decide here: ${rights.why.replace(`${ring.ring}: `, "")}.`];
    if (hasApproved(ring, data.me) && ring.four_eyes) return ["You have approved it: who promotes it must be somebody else."];
    return [];
}

function card(ring, data) {
    const mood = state(ring.state);
    const offered = buttons(ring, data);
    return h("article", { class: `card ${mood.tone}`, "data-key": ring.ring, "aria-labelledby": `ring-${ring.ring}` },
        h("header", null, h("h3", { id: `ring-${ring.ring}`, tabindex: "-1" }, ring.ring), mark(mood),
            h("p", { class: "channel" }, ring.channel)),
        h("dl", null, liveFact(ring), supportFact(ring), sitesFact(ring, data), nextFact(ring, data)),
        troubleLines(ring),
        gatesDetails(ring, data),
        offered.length > 0 && h("div", { class: "buttons" }, offered),
        hints(ring, data).map((text) => h("p", { class: "quiet hint" }, text)));
}

export function renderRings(data) {
    show(byId("rings-body"), data.status.rings.map((ring) => card(ring, data)),
        data.status.rings.length === 0 && h("p", { class: "quiet" }, "The configuration has no ring."));
}

// Notices that do not get through.
function waitingNotices(queues) {
    return queues.filter((one) => one.failing_since).map((one) =>
        h("p", null, `${plural(one.waiting, "notice")} wait${one.waiting === 1 ? "s" : ""} for ${one.target}, which nothing has reached since ${moment(time(one.failing_since))}`));
}

export function renderFoot(data) {
    const { ringmgr, free_bytes: free, history_head: head, notify } = data.status;
    show(byId("foot"), h("p", null, `ringmgr ${ringmgr} · ${bytes(free)} free in the store`),
        h("p", null, `Times are those of ${zoneName()}`),
        data.me?.reason && h("p", null, `Read only: ${data.me.reason}`),
        waitingNotices(notify || []),
        head && h("p", null, "History head ", h("code", { class: "head-hash" }, head)));
}
