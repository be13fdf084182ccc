// What the service says and takes: the JSON of the command line, below api/.

const PATIENCE_MS = 20000;

export class Refused extends Error {
    constructor(message, status, body) {
        super(message);
        this.status = status;
        this.body = body;
    }
}

async function read(response) {
    let body = null;
    try {
        body = await response.json();
    } catch {
        // a proxy's own page, or nothing: the status says what there is to say
    }
    if (response.ok && body) return body;
    throw new Refused(body?.error || `the web server in front of the service answered ${response.status} ${response.statusText}`.trim(),
        response.status, body);
}

// The browser asks with the ETag of what it has; a 304 costs nothing and looks like the answer before.
export async function get(path, query) {
    const words = new URLSearchParams(Object.entries(query || {}).filter(([, value]) => value));
    const address = `api/${path}${words.size ? `?${words}` : ""}`;
    const options = { cache: "no-cache", signal: AbortSignal.timeout(PATIENCE_MS), headers: { Accept: "application/json" } };
    return read(await fetch(address, options));
}

// No patience is set: a roll-back may take minutes, and what has begun goes on.
export async function post(action, body) {
    return read(await fetch(`api/${action}`, {
        method: "POST",
        headers: { "Content-Type": "application/json", "X-Ringmgr": "1" },
        body: JSON.stringify(body),
    }));
}

export const ring = (name) => encodeURIComponent(name);

async function optional(promise) {
    try {
        return await promise;
    } catch {
        return null;
    }
}

// Everything that the page shows at once; explain is asked only where something is shut, sites where there are any.
export async function everything(since) {
    const [status, me, support, calendar, history] = await Promise.all(
        [get("status"), optional(get("me")), optional(get("support")), optional(get("calendar")), optional(get("history", { since }))]);
    const waiting = status.rings.filter((one) => one.candidate);
    const gates = await Promise.all(waiting.map((one) => optional(get(`explain/${ring(one.ring)}`))));
    const explain = Object.fromEntries(waiting.map((one, at) => [one.ring, gates[at]]));
    const sites = status.rings.some((one) => one.sites) ? await optional(get("sites")) : null;
    return { status, me, support, calendar, history, explain, sites, now: new Date(status.now) };
}
