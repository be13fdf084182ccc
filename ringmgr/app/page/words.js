// Times, numbers and names as a person reads them.

let zone; // of the service, so that times agree with the sentences it writes; undefined: the browser's own
let format;

export function useZone(name) {
    if (name === zone || !name) return;
    try {
        new Intl.DateTimeFormat("en-GB", { timeZone: name });
        zone = name;
        format = undefined;
    } catch {
        zone = undefined; // a zone that this browser does not know
    }
}

export const zoneName = () => zone || Intl.DateTimeFormat().resolvedOptions().timeZone;

// "GMT+2", as it is at that time.
export function zoneBrief(date) {
    const parts = new Intl.DateTimeFormat("en-US", { timeZone: zone, timeZoneName: "short" }).formatToParts(date);
    return parts.find((part) => part.type === "timeZoneName").value;
}

const PARTS = { day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" };

// The date's parts by name, as text: day, month ("Sep"), year, hour, minute, second.
function parts(date) {
    format ||= new Intl.DateTimeFormat("en-US", { timeZone: zone, ...PARTS });
    return Object.fromEntries(format.formatToParts(date).map((part) => [part.type, part.value]));
}

export function day(date) {
    const p = parts(date);
    return `${p.day} ${p.month}`;
}

export function dayYear(date) {
    const p = parts(date);
    return `${p.day} ${p.month} ${p.year}`;
}

export function clock(date) {
    const p = parts(date);
    return `${p.hour}:${p.minute}:${p.second}`;
}

export function moment(date) {
    const p = parts(date);
    return `${p.day} ${p.month} ${p.year}, ${p.hour}:${p.minute}`;
}

export const month = (date) => parts(date).month;

export const time = (text) => (text ? new Date(text) : null);
export const DAY_MS = 86400000;

export function plural(count, one, many = `${one}s`) {
    return `${count} ${count === 1 ? one : many}`;
}

// "in 3 days", "5 hours ago"
export function away(date, now) {
    const minutes = Math.round((date - now) / 60000), size = Math.abs(minutes);
    let text;
    if (size < 1) return "now";
    if (size < 90) text = plural(size, "minute");
    else if (size < 2880) text = plural(Math.round(size / 60), "hour");
    else text = plural(Math.round(size / 1440), "day");
    return minutes < 0 ? `${text} ago` : `in ${text}`;
}

export function bytes(count) {
    const units = ["bytes", "KB", "MB", "GB", "TB"];
    let at = 0, value = count;
    while (value >= 1000 && at < units.length - 1) {
        value /= 1000;
        at += 1;
    }
    return `${at && value < 10 ? value.toFixed(1) : Math.round(value)} ${units[at]}`;
}

export const short = (build) => (build || "").replace(/^16\.0\./, "");

// Ring states: sign, tone and words. The tones are those of page.css.
const STATES = {
    empty: ["circle", "quiet", "Empty"],
    current: ["check", "good", "Up to date"],
    soaking: ["glass", "wait", "Soaking"],
    "waiting-approval": ["person", "ask", "Waits for approval"],
    "waiting-time": ["clock", "wait", "Waits for its time"],
    ready: ["arrow", "ask", "Ready to promote"],
    held: ["pause", "wait", "On hold"],
    blocked: ["bar", "warn", "Blocked"],
    publishing: ["moving", "wait", "Publishing"],
    expired: ["octagon", "bad", "Out of support"],
    failed: ["cross", "bad", "Failed"],
};

export function state(name) {
    const [sign, tone, text] = STATES[name] || ["circle", "quiet", name];
    return { sign, tone, text };
}

const SEVERITIES = { critical: ["octagon", "bad", "Critical"], warning: ["warning", "warn", "Warning"], info: ["dot", "quiet", "Note"] };

export function severity(name) {
    const [sign, tone, text] = SEVERITIES[name] || ["warning", "warn", name];
    return { sign, tone, text };
}

// As a shell takes it for one word.
export function quoted(text) {
    return /^[\w.:@/+-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
