// Sends what waits on this device, one form after another. Each bears an id made here, so that the server keeps
// it once however often it comes; it leaves the device only after the server said that it is kept.
import { all, HELD, keep, KeyGone, read, remove, WAITING } from "wisdoms/field/store";

export const SENT = "sent";
export const NO_NETWORK = "no network";
export const SIGNED_OUT = "signed out";
export const CLOSED = "closed";
const PATIENCE_MS = 20000;

// Does something while nothing is being sent, in this tab or another.
export function alone(work) {
  return navigator.locks ? navigator.locks.request("field-send", work) : work();
}

// What came of it: {result, sent, notes}. Notes are sentences for whoever asked, about forms that were kept.
export function sendWaiting({ enquiry, user, state, keepAt }) {
  return alone(() => send({ enquiry, user, state, keepAt }));
}

async function send({ enquiry, user, state, keepAt }) {
  let sent = 0;
  const notes = [];
  const waiting = (await all()).filter(
    (each) => each.state === WAITING && each.enquiry === enquiry && each.user === user,
  );
  if (!waiting.length) return { result: SENT, sent, notes };
  const session = await ask(state);
  if (!session.body || session.body.user !== user) return { result: session.result ?? SIGNED_OUT, sent, notes };
  for (const entry of waiting) {
    const result = await sendOne(entry, session.body.token, keepAt, notes);
    if (result === SENT) sent += 1;
    else if (result !== HELD) return { result, sent, notes };
  }
  return { result: SENT, sent, notes };
}

// Whose session this is. An answer that leads elsewhere is the way to sign in.
async function ask(address) {
  try {
    const answer = await fetch(address, {
      redirect: "manual",
      cache: "no-store",
      headers: { Accept: "application/json" },
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    if (answer.type === "opaqueredirect" || answer.status === 401 || answer.status === 403) return { result: SIGNED_OUT };
    if (answer.status === 404) return { result: CLOSED };
    return answer.ok ? { body: await answer.json() } : { result: NO_NETWORK };
  } catch {
    return { result: NO_NETWORK };
  }
}

async function sendOne(entry, token, address, notes) {
  let content;
  try {
    content = await read(entry);
  } catch (error) {
    if (error instanceof KeyGone) return HELD;
    throw error;
  }
  let answer, said;
  try {
    answer = await fetch(address, {
      method: "POST",
      redirect: "manual",
      headers: { "Content-Type": "application/json", "X-CSRFToken": token, Accept: "application/json" },
      body: JSON.stringify({ ...content.payload, key: entry.id, device_ms: Date.now() }),
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    said = await answer.json().catch(() => ({}));
  } catch {
    return NO_NETWORK;
  }
  if (answer.ok && said.kept === entry.id) {
    await remove(entry.id);
    if (said.note) notes.push(said.note);
    return SENT;
  }
  if (answer.status === 422 && said.problem) {
    await keep({ ...plainPart(entry), state: HELD }, { ...content, problem: said.problem });
    return HELD;
  }
  if (answer.type === "opaqueredirect" || answer.status === 403) return SIGNED_OUT;
  return answer.status === 404 ? CLOSED : NO_NETWORK;
}

export function plainPart({ id, enquiry, user, state }) {
  return { id, enquiry, user, state };
}
