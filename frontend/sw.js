// Answers for a page that cannot be reached with one that says so. It keeps that page and its style,
// as `wake.js` puts them into the cache, and nothing else: while the server can be asked, it is.

const kept = (request) =>
    caches.match(request, { cacheName: "offline", ignoreSearch: true, ignoreVary: true });

const page = async (request, preloaded) => {
    try {
        return (await preloaded) ?? (await fetch(request));
    } catch (unreachable) {
        // A form goes back to the page it stands on, which is asked for and told of in its turn.
        const { method, referrer } = request;
        if (method !== "GET" && referrer.startsWith(origin)) return Response.redirect(referrer, 303);
        const offline = await kept("/offline");
        if (!offline) throw unreachable;
        return offline;
    }
};

addEventListener("install", () => skipWaiting());

addEventListener("activate", (event) => {
    event.waitUntil(Promise.all([registration.navigationPreload?.enable(), clients.claim()]));
});

addEventListener("fetch", (event) => {
    const { request } = event;
    if (request.mode === "navigate") {
        event.respondWith(page(request, event.preloadResponse));
    } else if (request.destination === "style") {
        event.respondWith(kept(request).then((style) => style ?? fetch(request)));
    }
});
