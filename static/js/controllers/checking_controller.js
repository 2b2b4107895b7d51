// Checking words against the sound: hear a word, see the word now heard, work by keys.
// <div data-controller="checking" data-checking-hear-value="Hear from {at}"> … templates/transcripts/checking.html
//
// The player is another controller; they talk by events on the window: see player_controller.js.
// Speakers have Ctrl Shift and a digit: plain digits would be typed into the words, Alt and Ctrl digits belong to
// browsers, and of the function keys browsers leave too few for a group.
import { Controller } from "@hotwired/stimulus";

const KEPT_AS = "wisdoms.checking.keys";

export default class extends Controller {
  static targets = ["place", "scripted", "follow", "from", "form", "key", "keysOn", "keyFields"];
  static values = { hear: String, unclear: String };

  connect() {
    this.ours = new AbortController();
    const { signal } = this.ours;
    window.addEventListener("player:time", (event) => this.heard(event.detail), { signal });
    window.addEventListener("keydown", (event) => this.pressed(event), { signal });
    this.element.addEventListener("click", (event) => this.clicked(event), { signal });
    this.element.addEventListener("keydown", (event) => this.wordPressed(event), { signal });
    this.element.addEventListener("focusin", (event) => this.focused(event), { signal });
    this.element.addEventListener("htmx:afterRequest", (event) => this.answered(event), { signal });
    window.addEventListener("beforeunload", (event) => this.leaving(event), { signal });
    this.element.addEventListener("submit", (event) => this.submitting(event), { signal, capture: true });
    this.follows = true;
    this.ms = 0;
    this.loadKeys();
  }

  disconnect() {
    this.ours.abort();
  }

  scriptedTargetConnected(element) {
    element.hidden = false;
  }

  placeTargetConnected(place) {
    this.words = null;
    for (const time of place.querySelectorAll("time[data-moment]")) {
      if (time.closest("button") || !document.querySelector("[data-controller~=player]")) continue;
      const button = document.createElement("button");
      button.type = "button";
      button.className = "button plain moment";
      button.dataset.ms = time.dataset.moment;
      button.setAttribute("aria-label", this.hearValue.replace("{at}", time.textContent));
      time.replaceWith(button);
      button.append(time);
    }
  }

  placeTargetDisconnected() {
    this.words = null;
  }

  // --- Sound -------------------------------------------------------------------------------------------
  seek(ms, play = true) {
    window.dispatchEvent(new CustomEvent("player:seek", { detail: { ms, play } }));
  }

  heard({ ms, playing }) {
    this.ms = ms;
    this.words ??= [...this.element.querySelectorAll(".words [data-ms]")].map((word) => [Number(word.dataset.ms), word]);
    const word = playing || ms > 0 ? this.wordAt(ms) : null;
    if (word === this.now) return;
    this.now?.classList.remove("now-word");
    this.now = word;
    if (!word) return;
    word.classList.add("now-word");
    if (playing) this.come(word.closest(".turn-place"));
  }

  wordAt(ms) {
    let [low, high] = [0, this.words.length - 1];
    while (low <= high) {
      const middle = (low + high) >> 1;
      if (this.words[middle][0] <= ms) low = middle + 1;
      else high = middle - 1;
    }
    return high >= 0 ? this.words[high][1] : null;
  }

  come(place) {
    // Somebody who is writing is not carried away from their words.
    const writing = document.activeElement?.matches("textarea") && this.element.contains(document.activeElement);
    if (!this.follows || !place || place === this.shownPlace || writing) return;
    this.shownPlace = place;
    this.setNow(place);
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    place.scrollIntoView({ block: "center", behavior: calm ? "auto" : "smooth" });
  }

  toggleFollow() {
    this.follows = !this.follows;
    this.followTarget.setAttribute("aria-pressed", String(this.follows));
    this.shownPlace = null;
  }

  clicked(event) {
    const word = event.target.closest("[data-ms]");
    if (!word || !this.element.contains(word)) return;
    if (!getSelection().isCollapsed) return;
    this.seek(Number(word.dataset.ms));
  }

  wordPressed(event) {
    if (event.key === "Enter" && event.target.matches(".low[data-ms]")) this.seek(Number(event.target.dataset.ms));
  }

  nextUnsure() {
    const unsure = [...this.element.querySelectorAll(".words .low[data-ms]")];
    const here = this.lastUnsure?.isConnected ? this.lastUnsure : this.current?.querySelector(".words") || null;
    const after = unsure.filter(
      (word) => !here || (word !== here && here.compareDocumentPosition(word) & Node.DOCUMENT_POSITION_FOLLOWING),
    );
    const next = after[0] || unsure[0];
    if (!next) return;
    this.lastUnsure = next;
    next.focus({ preventScroll: true });
    next.scrollIntoView({ block: "center" });
    this.seek(Math.max(0, Number(next.dataset.ms) - 1000));
  }

  hearAtCursor() {
    const area = document.activeElement;
    const place = this.current;
    if (!place) return;
    const words = [...place.querySelectorAll(".words [data-ms]")];
    if (!words.length) return;
    if (!area?.matches("textarea")) return this.seek(Number(words[0].dataset.ms));
    // The turn as shown may differ from what is being typed: the share of the text is near enough to hear it.
    const share = area.value.length ? area.selectionStart / area.value.length : 0;
    this.seek(Number(words[Math.min(words.length - 1, Math.floor(share * words.length))].dataset.ms));
  }

  // --- Turns -------------------------------------------------------------------------------------------
  get current() {
    const focused = document.activeElement?.closest(".turn-place");
    if (focused && this.element.contains(focused)) return focused;
    return this.element.querySelector(".turn.now")?.closest(".turn-place") || null;
  }

  setNow(place) {
    for (const turn of this.element.querySelectorAll(".turn.now")) turn.classList.remove("now");
    place?.querySelector(".turn")?.classList.add("now");
  }

  focused(event) {
    const place = event.target.closest(".turn-place");
    if (place) this.setNow(place);
  }

  open(place) {
    this.setNow(place);
    const details = place.querySelector(".fix");
    if (!details) return;
    details.open = true;
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    place.scrollIntoView({ block: "nearest", behavior: calm ? "auto" : "smooth" });
    // On a phone the keyboard would cover the words; there the button is enough.
    if (matchMedia("(pointer: coarse)").matches) details.querySelector("summary").focus({ preventScroll: true });
    else details.querySelector("textarea").focus({ preventScroll: true });
  }

  isChanged(form) {
    const area = form.querySelector("textarea");
    return Boolean(area) && area.value !== area.defaultValue;
  }

  submitting(event) {
    this.isSent = event.target;
    const place = event.target.closest(".turn-place");
    this.goOnFrom = this.stayAt = null;
    if (!place) return;
    const places = this.placeTargets;
    const at = places.indexOf(place);
    if (event.submitter?.value === "right") {
      this.goOnFrom = places.slice(at + 1).find((next) => next.dataset.checked === "no") || null;
    } else if (place.querySelector(".fix")?.open) {
      this.stayAt = at;
    }
  }

  answered(event) {
    if (!event.detail.successful) return;
    this.moveFrom();
    if (this.goOnFrom?.isConnected) this.open(this.goOnFrom);
    else if (this.stayAt !== null && this.placeTargets[this.stayAt]) this.open(this.placeTargets[this.stayAt]);
    this.goOnFrom = this.stayAt = null;
  }

  moveFrom() {
    // The line "from here on" stands before the turns after the last one that somebody checked.
    if (!this.hasFromTarget) return;
    const checked = this.placeTargets.filter((place) => place.dataset.checked === "yes").pop();
    if (checked) checked.after(this.fromTarget);
    if (checked === this.placeTargets.at(-1)) this.fromTarget.remove();
  }

  leaving(event) {
    const changed = this.formTargets.some((form) => form !== this.isSent && this.isChanged(form));
    if (changed) event.preventDefault();
  }

  send(form, act) {
    const button = document.createElement("button");
    Object.assign(button, { type: "submit", name: "act", value: act, hidden: true });
    form.append(button);
    // A click and not requestSubmit: htmx notes which button was pressed as it is clicked.
    button.click();
    button.remove();
  }

  unclear() {
    const area = this.current?.querySelector("textarea");
    if (!area) return;
    const { selectionStart: start, selectionEnd: end, value } = area;
    const before = start && !/\s$/.test(value.slice(0, start)) ? " " : "";
    const after = end < value.length && !/^[\s.,?!]/.test(value.slice(end)) ? " " : "";
    area.setRangeText(before + this.unclearValue + after, start, end, "end");
    area.focus();
  }

  speak(digit) {
    const form = this.current?.querySelector("form[data-checking-target=form]");
    const radio = form?.querySelector(`input[name=speaker][data-key="${digit}"]`);
    if (!radio) return false;
    radio.checked = true;
    this.send(form, this.isChanged(form) ? "keep" : "speaker");
    return true;
  }

  // --- Keys --------------------------------------------------------------------------------------------
  loadKeys() {
    let kept = {};
    try {
      kept = JSON.parse(localStorage.getItem(KEPT_AS)) || {};
    } catch {
      // A browser that keeps nothing, or something else under this name: the first keys serve.
    }
    this.off = Boolean(kept.off);
    this.keys = kept.keys || {};
    this.showKeys();
  }

  keepKeys() {
    try {
      localStorage.setItem(KEPT_AS, JSON.stringify({ off: this.off, keys: this.keys }));
    } catch {
      // They then last as long as the page.
    }
    this.showKeys();
  }

  showKeys() {
    if (this.hasKeysOnTarget) this.keysOnTarget.checked = !this.off;
    for (const key of this.keyTargets) key.textContent = this.keyFor(key);
    if (!this.hasKeyFieldsTarget) return;
    this.keyFieldsTarget.replaceChildren(
      ...this.keyTargets.map((key) => {
        const label = document.createElement("label");
        label.className = "field";
        const name = document.createElement("span");
        name.textContent = key.nextSibling.textContent.trim();
        const input = document.createElement("input");
        Object.assign(input, { className: "input", value: this.keyFor(key), autocomplete: "off", readOnly: true });
        input.dataset.act = key.dataset.act;
        input.addEventListener("keydown", (event) => this.record(event));
        label.append(name, input);
        return label;
      }),
    );
  }

  keyFor(key) {
    return this.keys[key.dataset.act] || key.dataset.default;
  }

  record(event) {
    event.stopPropagation();
    const keys = named(event);
    if (!keys) return;
    event.preventDefault();
    const { act } = event.target.dataset;
    this.keys = { ...this.keys, [act]: keys };
    this.keepKeys();
    this.keyFieldsTarget.querySelector(`[data-act="${act}"]`)?.focus();
  }

  switchKeys() {
    this.off = !this.keysOnTarget.checked;
    this.keepKeys();
  }

  defaultKeys() {
    this.keys = {};
    this.keepKeys();
  }

  pressed(event) {
    if (this.off || event.isComposing) return;
    const keys = named(event);
    if (!keys) return;
    const speaker = /^Ctrl Shift (\d)$/.exec(keys);
    if (speaker) {
      if (this.speak(speaker[1])) event.preventDefault();
      return;
    }
    const key = this.keyTargets.find((each) => this.keyFor(each) === keys);
    if (!key) return;
    event.preventDefault();
    this.act(key.dataset.act);
  }

  act(name) {
    if (name === "toggle") window.dispatchEvent(new CustomEvent("player:toggle"));
    else if (name === "back") this.seek(this.ms - 3000, false);
    else if (name === "on") this.seek(this.ms + 3000, false);
    else if (name === "here") this.hearAtCursor();
    else if (name === "unsure") this.nextUnsure();
    else if (name === "unclear") this.unclear();
    else if (name === "right") {
      const form = this.current?.querySelector("form[data-checking-target=form]");
      if (form) this.send(form, "right");
    }
  }
}

// "Ctrl Shift 1", "Alt X", "Ctrl Space"; empty for keys without Ctrl or Alt, which belong to the words.
function named(event) {
  if (event.metaKey || (!event.ctrlKey && !event.altKey)) return "";
  if (["Control", "Alt", "Shift", "AltGraph"].includes(event.key)) return "";
  if (event.getModifierState("AltGraph")) return "";
  const digit = /^(?:Digit|Numpad)(\d)$/.exec(event.code);
  const key = digit ? digit[1] : event.code === "Space" ? "Space" : event.key.length === 1 ? event.key.toUpperCase() : event.key;
  return [event.ctrlKey && "Ctrl", event.altKey && "Alt", event.shiftKey && "Shift", key].filter(Boolean).join(" ");
}
