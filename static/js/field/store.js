// Forms that wait on this device, sealed. What stands in the open is an id, whose form it is, of which enquiry,
// and whether it is being filled in, waits, or is held back; everything somebody answered is ciphertext.
//
// The key is made here, cannot be taken out of the browser, and is thrown away as soon as nothing waits.
const NAME = "wisdoms-field";
const VERSION = 1;
export const DRAFT = "draft";
export const WAITING = "waiting";
export const HELD = "held";

export class KeyGone extends Error {}

function open() {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, VERSION);
    request.onupgradeneeded = () => {
      request.result.createObjectStore("keys");
      request.result.createObjectStore("forms", { keyPath: "id" });
    };
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
    request.onblocked = () => reject(new Error("blocked"));
  });
}

// One transaction over both stores: `work` gets them and a function to answer with. Resolves when it is on disk.
async function transact(mode, work) {
  const database = await open();
  try {
    return await new Promise((resolve, reject) => {
      const transaction = database.transaction(["keys", "forms"], mode, { durability: "strict" });
      let answer;
      work(transaction.objectStore("keys"), transaction.objectStore("forms"), (value) => (answer = value));
      transaction.oncomplete = () => resolve(answer);
      transaction.onerror = () => reject(transaction.error);
      transaction.onabort = () => reject(transaction.error ?? new Error("aborted"));
    });
  } finally {
    database.close();
  }
}

async function currentKey() {
  const found = await transact("readonly", (keys, _forms, answer) => {
    keys.get("now").onsuccess = (event) => answer(event.target.result);
  });
  if (found) return found;
  const made = {
    id: crypto.randomUUID(),
    key: await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]),
  };
  // Another tab may have made one meanwhile: the first stays.
  return transact("readwrite", (keys, _forms, answer) => {
    keys.get("now").onsuccess = (event) => {
      if (!event.target.result) keys.put(made, "now");
      answer(event.target.result ?? made);
    };
  });
}

function bound(entry) {
  return new TextEncoder().encode(JSON.stringify([entry.id, entry.enquiry, entry.user]));
}

// Seals `content` and puts it down under `entry` (id, enquiry, user, state). On disk when this resolves.
export async function keep(entry, content) {
  for (;;) {
    const { id: keyId, key } = await currentKey();
    const iv = crypto.getRandomValues(new Uint8Array(12));
    const plain = new TextEncoder().encode(JSON.stringify(content));
    const sealed = await crypto.subtle.encrypt({ name: "AES-GCM", iv, additionalData: bound(entry) }, key, plain);
    const isKept = await transact("readwrite", (keys, forms, answer) => {
      keys.get("now").onsuccess = (event) => {
        // Thrown away by another tab between sealing and here: seal again under the next one.
        const isCurrent = event.target.result?.id === keyId;
        if (isCurrent) forms.put({ ...entry, keyId, iv, sealed, at: Date.now() });
        answer(isCurrent);
      };
    });
    if (isKept) return;
  }
}

// Everything on this device, the oldest first, still sealed.
export async function all() {
  const found = await transact("readonly", (_keys, forms, answer) => {
    forms.getAll().onsuccess = (event) => answer(event.target.result);
  });
  return found.sort((one, other) => one.at - other.at);
}

// What was sealed. KeyGone where the key is not the one it was sealed with.
export async function read(entry) {
  const { id, key } = await currentKey();
  if (id !== entry.keyId) throw new KeyGone();
  try {
    const plain = await crypto.subtle.decrypt({ name: "AES-GCM", iv: entry.iv, additionalData: bound(entry) }, key, entry.sealed);
    return JSON.parse(new TextDecoder().decode(plain));
  } catch {
    throw new KeyGone();
  }
}

// Removes one form, and the key with the last of them.
export function remove(id) {
  return transact("readwrite", (keys, forms) => {
    forms.delete(id);
    forms.count().onsuccess = (event) => {
      if (event.target.result === 0) keys.clear();
    };
  });
}

// Everything this device holds for the field: forms, key, the pages kept and those who keep them.
export async function wipe() {
  await transact("readwrite", (keys, forms) => {
    forms.clear();
    keys.clear();
  });
  await new Promise((resolve) => {
    const request = indexedDB.deleteDatabase(NAME);
    request.onsuccess = request.onerror = request.onblocked = () => resolve();
  });
  if ("caches" in window) {
    const names = await caches.keys();
    await Promise.all(names.filter((name) => name.startsWith("field-")).map((name) => caches.delete(name)));
  }
  if (navigator.serviceWorker) {
    const workers = await navigator.serviceWorker.getRegistrations();
    await Promise.all(workers.filter((each) => each.scope.endsWith("/field/")).map((each) => each.unregister()));
  }
}

// Whether anything may be here, without making a database where there is none.
export async function mayHoldSomething() {
  if (!window.indexedDB) return false;
  if (!indexedDB.databases) return true;
  return (await indexedDB.databases()).some((each) => each.name === NAME);
}
