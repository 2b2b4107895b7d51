// The service worker of one enquiry's field page: keeps the page and the files it is made of, nothing else.
// What people answer is never here. SHELL (name, page, files) is put before this text by the server.
const WAIT_MS = 4000;

self.addEventListener("install", (event) => {
  event.waitUntil(
    caches
      .open(SHELL.name)
      .then((cache) => Promise.all([cache.addAll(SHELL.files), keepPage(cache)]))
      .then(() => self.skipWaiting()),
  );
});

self.addEventListener("activate", (event) => {
  const ours = SHELL.name.slice(0, SHELL.name.lastIndexOf("-") + 1);
  event.waitUntil(
    caches
      .keys()
      .then((names) =>
        Promise.all(names.filter((each) => each.startsWith(ours) && each !== SHELL.name).map((each) => caches.delete(each))),
      )
      .then(() => self.clients.claim()),
  );
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method !== "GET") return;
  const { origin, pathname } = new URL(request.url);
  if (origin !== self.location.origin) return;
  if (request.mode === "navigate" && pathname === SHELL.page) event.respondWith(page(request));
  else if (SHELL.files.includes(pathname)) event.respondWith(file(request));
});

// The newest page where there is a network, and otherwise the one that is kept. An answer that leads elsewhere,
// such as to the sign-in page, goes through and is not kept.
async function page(request) {
  const cache = await caches.open(SHELL.name);
  const timer = new AbortController();
  const late = setTimeout(() => timer.abort(), WAIT_MS);
  try {
    const answer = await fetch(request, { signal: timer.signal });
    if (answer.ok && answer.type === "basic" && !answer.redirected) await cache.put(SHELL.page, answer.clone());
    if (answer.status < 500) return answer;
  } catch {
    // No network: below.
  } finally {
    clearTimeout(late);
  }
  return (await cache.match(SHELL.page, { ignoreVary: true })) ?? Response.error();
}

async function file(request) {
  const cache = await caches.open(SHELL.name);
  return (await cache.match(request.url, { ignoreVary: true, ignoreSearch: true })) ?? fetch(request);
}

async function keepPage(cache) {
  const answer = await fetch(SHELL.page, { credentials: "same-origin", redirect: "error" });
  if (!answer.ok) throw new Error(`The page answered ${answer.status}.`);
  await cache.put(SHELL.page, answer);
}
