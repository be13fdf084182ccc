// Elements from plain calls. Text only ever becomes a text node: what people wrote as a reason stays text.

const SVG = "http://www.w3.org/2000/svg";

function fill(element, attributes, children) {
    for (const [name, value] of Object.entries(attributes || {})) {
        if (value === true) element.setAttribute(name, "");
        else if (value !== null && value !== undefined && value !== false) element.setAttribute(name, value);
    }
    for (const child of children.flat(Infinity)) {
        if (child !== null && child !== undefined && child !== false) element.append(child);
    }
    return element;
}

export const h = (tag, attributes, ...children) => fill(document.createElement(tag), attributes, children);
export const s = (tag, attributes, ...children) => fill(document.createElementNS(SVG, tag), attributes, children);
export const byId = (id) => document.getElementById(id);

// What the reader has done to an element, and no refresh may undo.
const KEPT = new Set(["open"]);

function matches(old, fresh) {
    return old.nodeType === fresh.nodeType && old.nodeName === fresh.nodeName &&
        (old.nodeType !== Node.ELEMENT_NODE || old.getAttribute("data-key") === fresh.getAttribute("data-key"));
}

function morphAttributes(old, fresh) {
    for (const { name } of [...old.attributes]) {
        if (!fresh.hasAttribute(name) && !KEPT.has(name)) old.removeAttribute(name);
    }
    for (const { name, value } of fresh.attributes) {
        if (!KEPT.has(name) && old.getAttribute(name) !== value) old.setAttribute(name, value);
    }
}

// Makes the children of `old` those of `fresh`, and keeps every element that can stay: with it focus, selection,
// scroll position and what has been unfolded. Elements with another data-key are never taken for each other.
export function morph(old, fresh) {
    let place = old.firstChild;
    for (const next of [...fresh.childNodes]) {
        let found = place;
        while (found && !matches(found, next)) found = found.nextSibling;
        if (!found) {
            old.insertBefore(next, place);
            continue;
        }
        while (place !== found) {
            const gone = place;
            place = place.nextSibling;
            gone.remove();
        }
        place = found.nextSibling;
        if (found.nodeType !== Node.ELEMENT_NODE) {
            if (found.data !== next.data) found.data = next.data;
            continue;
        }
        morphAttributes(found, next);
        morph(found, next);
    }
    while (place) {
        const gone = place;
        place = place.nextSibling;
        gone.remove();
    }
}

// show(element, child…): the children of the element become these.
export function show(element, ...children) {
    morph(element, h("div", null, ...children));
}

// A sentence in which `commands` stand between backquotes.
export function sentence(text) {
    return text.split("`").map((part, at) => (at % 2 ? h("code", null, part) : part));
}

// A sign: its shape says what its colour says, and the word beside it says it again.
const SIGNS = {
    check: "M3.5 8.5l3 3 6-7",
    clock: "M8 4.5V8l2.5 2M8 1.75a6.25 6.25 0 1 0 0 12.5a6.25 6.25 0 1 0 0-12.5",
    glass: "M4 2h8M4 14h8M4.8 2c0 4 6.4 8 6.4 12M11.2 2c0 4-6.4 8-6.4 12",
    person: "M8 8a2.75 2.75 0 1 0 0-5.5A2.75 2.75 0 1 0 8 8M2.75 14c.5-3 2.5-4 5.25-4s4.75 1 5.25 4",
    arrow: "M2.5 8h10M9 4l4 4-4 4",
    pause: "M5.5 3v10M10.5 3v10",
    bar: "M8 1.75a6.25 6.25 0 1 0 0 12.5a6.25 6.25 0 1 0 0-12.5M4.75 8h6.5",
    cross: "M4 4l8 8M12 4l-8 8",
    warning: "M8 2L14.5 13.5H1.5L8 2M8 6.5v3M8 11.4v.4",
    circle: "M8 3.5a4.5 4.5 0 1 0 0 9a4.5 4.5 0 1 0 0-9",
    dot: "M8 7.2v4M8 4.6v.4M8 1.75a6.25 6.25 0 1 0 0 12.5a6.25 6.25 0 1 0 0-12.5",
    moving: "M13.5 8a5.5 5.5 0 1 1-1.7-4M13.5 1.5V5H10",
    octagon: "M5.2 1.75h5.6l3.45 3.45v5.6l-3.45 3.45H5.2L1.75 10.8V5.2L5.2 1.75M8 4.5v4.2M8 11.2v.4",
};

export function sign(name) {
    return s("svg", { class: "sign", viewBox: "0 0 16 16", "aria-hidden": "true", focusable: "false" },
        s("path", { d: SIGNS[name] || SIGNS.circle }));
}
