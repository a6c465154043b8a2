// Appended to the module that wasm-bindgen writes: loads the program, then wakes each island of the
// page, outer before inner. `WASM` stands for the name of its file.

const parents = [];

// An island may hold children rendered on the server, and islands among them. Those belong to the
// island around them, which says so by `$$on_hydrate`.
const wake = (node, islands) => {
    const tag = node.localName;
    if (tag === "leptos-island") {
        const island = islands[node.dataset.component];
        if (!island) throw new Error(`no island ${node.dataset.component} in ${import.meta.url}`);
        parents.at(-1)?.();
        island(node);
    }
    if (tag === "leptos-children") parents.push(node.$$on_hydrate);
    for (const child of node.children) wake(child, islands);
    if (tag === "leptos-children") parents.pop();
};

// A module cannot await itself while it still runs, so this must not become a top-level `await`.
import(import.meta.url).then(async (islands) => {
    await islands.default({ module_or_path: new URL("WASM", import.meta.url) });
    wake(document.body, islands);
    document.documentElement.dataset.awake = "";
});

// A message that was to have the focus lost it to the place that the address names.
if (document.activeElement === document.body) {
    document.querySelector("[autofocus]")?.focus({ preventScroll: true });
}

const note = document.getElementById("offline");
const look = () => { if (note) note.hidden = navigator.onLine; };
addEventListener("online", look);
addEventListener("offline", look);
look();

// Keeps the page that tells there is no connection, in the language and the colours of this one, for
// `sw.js` to answer with.
const keep = async () => {
    const { lang, dataset } = document.documentElement;
    const style = document.querySelector("link[rel=stylesheet]").href;
    const page = `/offline?${[lang, dataset.theme, style]}`;
    if (await caches.match(page, { cacheName: "offline" })) return;
    await caches.delete("offline");
    await (await caches.open("offline")).addAll([page, style]);
};

navigator.serviceWorker?.register("/sw.js").then(keep).catch(() => {});
