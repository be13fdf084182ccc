// Deciding: which buttons there are, and the dialog in which a decision is made, sent, and refused or done.

import { h, sentence, sign, show, byId } from "./dom.js";
import { get, post, ring as ringPath } from "./api.js";
import { bytes, plural, quoted, short } from "./words.js";

export function mayAct(me, action, ring) {
    if (!me?.can_act || !me.actions?.includes(action)) return false;
    return !ring || !me.rings?.find((one) => one.ring === ring)?.why;
}

// verb: on the button; does: what it means, in a sentence; done: what is said afterwards.
const ACTIONS = {
    approve: { verb: "Approve", reason: true, title: (c) => `Approve ${short(c.build)} for ${c.ring}`,
        does: (c) => `You say that ${c.build} may go live in ${c.ring}. The approval counts for exactly these files.`,
        done: (c) => `Approved: ${short(c.build)} for ${c.ring}.` },
    revoke: { verb: "Withdraw", reason: true, title: (c) => `Withdraw your approval of ${short(c.build)}`,
        does: (c) => `Your approval of ${c.build} for ${c.ring} counts no longer.`,
        done: (c) => `Withdrawn: your approval of ${short(c.build)} for ${c.ring}.` },
    promote: { verb: "Promote", reason: false, title: (c) => `Promote ${c.ring} to ${short(c.build)}`, shut: true,
        does: (c) => `Machines of ${c.ring} will update to ${c.build}. Every gate is asked once more.`,
        done: (c) => `${c.ring} now offers ${short(c.build)}.` },
    hold: { verb: "Hold", reason: true, title: (c) => `Hold ${c.ring}`,
        does: (c) => `Nothing enters ${c.ring} until the hold is lifted. What is live stays.`,
        done: (c) => `${c.ring} is on hold.` },
    unhold: { verb: "Lift hold", reason: true, title: (c) => `Lift the hold of ${c.ring}`,
        does: (c) => `Builds may enter ${c.ring} again, through its gates.`,
        done: (c) => `The hold of ${c.ring} is lifted.` },
    rollback: { verb: "Roll back", reason: true, danger: true, title: (c) => `Roll back ${c.ring} to ${short(c.to)}`,
        does: (c) => `${c.ring} goes back to ${c.to}, the newest build that was live here before and is not bad. Away goes ${c.live}.`,
        warns: (c) => `The share alone takes no machine back: those that have ${c.live} keep it until a target version brings them to ${c.to}. ` +
            `What does that, and later releases them, is written on the command line, also afterwards: \`ringmgr rollback ${c.ring} --to ${c.to} --reason TEXT -o DIR\``,
        done: (c) => `${c.ring} was rolled back to ${short(c.to)}.` },
    ack: { verb: "Mark as seen", reason: true, title: () => "Mark as seen",
        does: (c) => c.text, done: () => "Marked as seen." },
};

// ---- buttons ----

// Whether this person has approved what the ring would take.
export function hasApproved(ring, me) {
    return Boolean(ring.candidate && me) && (ring.approvals.by.includes(me.person) || ring.approvals.by.includes(me.account));
}

function wanted(ring, data) {
    const mine = hasApproved(ring, data.me), list = [];
    if (ring.candidate && !ring.candidate.barred) {
        if (ring.approvals.need > 0 && !mine) list.push("approve");
        if (!(mine && ring.four_eyes)) list.push("promote");
    }
    if (mine) list.push("revoke");
    list.push(ring.hold ? "unhold" : "hold");
    if (ring.rollback_to) list.push("rollback");
    return list;
}

const SMALL = new Set(["hold", "unhold", "revoke"]); // what is not the ring's next step

// The one that moves the ring on stands out.
function primary(ring) {
    if (ring.state === "ready") return "promote";
    return ring.gates_shut.includes("approvals") ? "approve" : null;
}

// Buttons of what this person may do to the ring; `only`: these actions, `first`: only what stands out.
export function buttons(ring, data, only, first) {
    latest = data;
    const list = wanted(ring, data).filter((action) => mayAct(data.me, action, ring.ring) && (!only || only.includes(action)));
    const best = primary(ring);
    return list.filter((action) => !first || action === best).map((action) => h("button", {
        type: "button", class: action === best ? "primary" : ACTIONS[action].danger ? "danger small" : SMALL.has(action) ? "small" : null,
        "data-key": action, "data-act": action, "data-ring": ring.ring, "data-build": ring.candidate?.build, "data-live": ring.live?.build, "data-to": ring.rollback_to,
        "aria-label": `${ACTIONS[action].verb} ${action === "approve" || action === "promote" ? `${short(ring.candidate.build)}: ` : ""}${ring.ring}`,
    }, `${ACTIONS[action].verb} …`));
}

// ---- the dialog ----

let current = null; // the decision being made: { action, ring, build, live, to, id, text }
let latest = null; // what was last heard
let afterwards = () => {};

function field(label, control, hint) {
    return h("label", { class: "field" }, label, control, hint && h("span", { class: "quiet" }, hint));
}

function fields(action) {
    const list = [];
    if (action === "hold")
        list.push(field("Until (may stay empty: until somebody lifts it)", h("input", { name: "until", type: "date" })));
    if (action === "rollback")
        list.push(field("The build that goes away", h("select", { name: "block" },
            h("option", { value: "ring" }, "never again in this ring"),
            h("option", { value: "everywhere" }, "never again in any ring"),
            h("option", { value: "no" }, "may come again"))));
    if (ACTIONS[action].reason)
        list.push(field("Reason", h("textarea", { name: "reason", rows: "3", required: true, maxlength: "500", "aria-describedby": "dialog-reason-hint" })),
            h("p", { id: "dialog-reason-hint", class: "quiet" }, "Stands in the history, with your name."));
    return list;
}

function bodyOf(form) {
    const { action, ring, build, id } = current, value = (name) => form.elements[name]?.value.trim() || "";
    if (action === "ack") return { id: Number(id), reason: value("reason") };
    const body = { ring };
    if (["approve", "revoke", "promote"].includes(action)) body.build = build;
    if (ACTIONS[action].reason) body.reason = value("reason");
    if (value("until")) body.until = value("until");
    if (value("block")) body.block = value("block");
    return body;
}

function commandOf(body) {
    const words = ["ringmgr", current.action];
    if (body.id) words.push(String(body.id));
    if (body.ring) words.push(body.ring);
    if (body.build) words.push(body.build);
    if (body.until) words.push("--until", body.until);
    if (body.block) words.push("--block", body.block);
    if ("reason" in body) words.push("--reason", body.reason || "TEXT");
    if (current.action === "promote") words.push("--yes");
    return words.map(quoted).join(" ");
}

function tellCommand(form) {
    byId("dialog-command").textContent = commandOf(bodyOf(form));
}

function changeWords(diff) {
    const { files, support } = diff, list = [];
    list.push(`${plural(files.changed + files.new, "file")} new or changed, ${files.same} the same, ${files.gone} gone`);
    list.push(`a machine fetches ${diff.bytes_machine_exact ? "" : "at most "}${bytes(diff.bytes_machine)}; ${bytes(diff.bytes_on_disk)} more on disk`);
    if (support?.to?.deadline) {
        const before = support.from?.deadline ? `${support.from.days_left} → ` : "";
        list.push(`days of support: ${before}${support.to.days_left}`);
    }
    for (const [name, sign] of [["languages_added", "+"], ["languages_removed", "−"]])
        if (diff[name]?.length) list.push(`languages: ${diff[name].map((one) => sign + one).join(" ")}`);
    return list;
}

async function tellChange(decision) {
    const place = byId("dialog-change");
    try {
        const diff = await get(`diff/${ringPath(decision.ring)}/${decision.build}`);
        if (current !== decision || !diff.files) return;
        show(place, h("p", { class: "label" }, "What changes"), h("ul", null, changeWords(diff).map((line) => h("li", null, line))));
    } catch {
        show(place); // the decision can be made without it
    }
}

function refuse(error) {
    const gates = (error.body?.gates || []).filter((gate) => !gate.open && !error.message.includes(gate.reason));
    const word = error.status === 409 ? "Refused" : "Not done";
    show(byId("dialog-refusal"), h("p", null, sign("bar"), h("span", null, h("b", null, `${word}: `), sentence(error.message))),
        gates.length > 0 && h("ul", null, gates.map((gate) => h("li", null, sentence(gate.reason)))));
}

// What would refuse it now.
function shutGates({ ring }) {
    const shut = (latest?.explain[ring]?.gates || []).filter((gate) => !gate.open);
    if (!shut.length) return null;
    return [h("p", { class: "label" }, shut.length === 1 ? "A gate is shut, and will refuse it" : `${shut.length} gates are shut, and will refuse it`),
        h("ul", { class: "shut-gates" }, shut.map((gate) => h("li", null, sentence(gate.reason))))];
}

function busy(form, is) {
    const send = form.querySelector("[type=submit]");
    form.setAttribute("aria-busy", String(is));
    send.setAttribute("aria-disabled", String(is));
    send.textContent = is ? "One moment …" : ACTIONS[current.action].verb;
}

async function send(event) {
    event.preventDefault();
    const form = event.currentTarget, decision = current;
    if (form.getAttribute("aria-busy") === "true") return;
    show(byId("dialog-refusal"));
    busy(form, true);
    try {
        await post(decision.action, bodyOf(form));
        byId("dialog").close();
        await afterwards(ACTIONS[decision.action].done(decision), decision);
    } catch (error) {
        if (current !== decision) return;
        refuse(error);
        busy(form, false);
    }
}

function open(decision) {
    const dialog = byId("dialog"), what = ACTIONS[decision.action];
    current = decision;
    const form = h("form", { method: "dialog", "aria-busy": "false" },
        h("h2", { id: "dialog-title" }, what.title(decision)),
        h("p", null, what.does(decision)),
        what.warns && h("p", null, sentence(what.warns(decision))),
        what.shut && shutGates(decision),
        h("div", { id: "dialog-change" }),
        fields(decision.action),
        h("p", { class: "label" }, "The same on the command line"),
        h("p", { class: "command" }, h("code", { id: "dialog-command" })),
        h("div", { id: "dialog-refusal", role: "alert" }),
        h("p", { class: "buttons" },
            h("button", { type: "submit", class: what.danger ? "danger filled" : "primary" }, what.verb),
            h("button", { type: "button", "data-close": true }, "Cancel")));
    form.addEventListener("submit", send);
    form.addEventListener("input", () => tellCommand(form));
    dialog.replaceChildren(form);
    tellCommand(form);
    dialog.showModal();
    (form.querySelector("textarea") || form.querySelector("[type=submit]")).focus();
    if (decision.action === "approve" || decision.action === "promote") tellChange(decision);
}

// done(sentence, decision): what happens after a decision was carried out.
export function listen(done) {
    afterwards = done;
    document.addEventListener("click", (event) => {
        const target = event.target.closest("[data-act], [data-close]");
        if (!target) return;
        if (target.hasAttribute("data-close")) byId("dialog").close();
        else open({ action: target.dataset.act, ...target.dataset });
    });
    byId("dialog").addEventListener("close", () => { current = null; });
}
