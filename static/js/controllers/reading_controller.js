// Selecting words while reading, and where the focus goes after each answer.
//
// <div data-controller="reading code-finder" data-reading-code-finder-outlet="[data-controller~='code-finder']">
//   <p data-reading-target="words" data-segment="12" data-number="3">the words of one passage</p>
//   <input type="checkbox" name="segment" value="12" data-reading-target="tick">
//   <form data-reading-target="form"> hidden fields: selected, start, end; a sentence: chosen </form>
// </div>
//
// Offsets are UTF-16 units of the passage's words, as the DOM counts; the server turns them into code points.
// Initials such as "B4" stand between the words but are not part of them.
import { Controller } from "@hotwired/stimulus";

export default class extends Controller {
  static targets = ["words", "tick", "hear", "form", "selected", "start", "end", "chosen", "note"];
  static outlets = ["code-finder"];

  connect() {
    this.onSelection = () => this.selectionChanged();
    this.onKey = (event) => this.keyPressed(event);
    this.onKept = (event) => this.focusOn(event.detail && event.detail.next);
    document.addEventListener("selectionchange", this.onSelection);
    document.addEventListener("keydown", this.onKey);
    document.body.addEventListener("reading:kept", this.onKept);
  }

  disconnect() {
    document.removeEventListener("selectionchange", this.onSelection);
    document.removeEventListener("keydown", this.onKey);
    document.body.removeEventListener("reading:kept", this.onKept);
  }

  // --- Sound: one strip on the page plays it ---------------------------------------------------------

  hearTargetConnected(button) {
    button.hidden = !document.querySelector("[data-controller~='player']");
  }

  hear(event) {
    const detail = { ms: Number(event.params.ms), play: true };
    window.dispatchEvent(new CustomEvent("player:seek", { detail }));
  }

  // --- Words -----------------------------------------------------------------------------------------

  selectionChanged() {
    const found = this.selectedStretch();
    // Going to the finder takes the selection away; what was chosen stays until other words are.
    if (!found) return;
    this.selectedTarget.value = found.segment;
    this.startTarget.value = found.start;
    this.endTarget.value = found.end;
    this.say();
  }

  selectedStretch() {
    const selection = document.getSelection();
    if (!selection || selection.isCollapsed || !selection.rangeCount || !this.hasFormTarget) return null;
    const range = selection.getRangeAt(0);
    const words = this.wordsTargets.find((one) => range.intersectsNode(one));
    if (!words) return null;
    const start = words.contains(range.startContainer)
      ? this.offsetOf(words, range.startContainer, range.startOffset)
      : 0;
    const whole = this.offsetOf(words, words, words.childNodes.length);
    const end = words.contains(range.endContainer)
      ? this.offsetOf(words, range.endContainer, range.endOffset)
      : whole;
    if (start >= end) return null;
    return { segment: words.dataset.segment, number: words.dataset.number, start, end };
  }

  // Length of the words before a place, initials left out.
  offsetOf(words, node, offset) {
    const before = document.createRange();
    before.selectNodeContents(words);
    before.setEnd(node, offset);
    const copy = before.cloneContents();
    copy.querySelectorAll(".initial").forEach((initial) => initial.remove());
    return copy.textContent.length;
  }

  keyPressed(event) {
    if (event.key !== "Enter" || event.defaultPrevented) return;
    if (event.target.closest("a, button, input, textarea, select, summary")) return;
    if (!this.selectedStretch() || !this.hasCodeFinderOutlet) return;
    event.preventDefault();
    this.codeFinderOutlet.open();
  }

  // --- Tick boxes ------------------------------------------------------------------------------------

  ticked() {
    this.say();
  }

  // "Other code": tick the passage and go to the finder.
  other(event) {
    const tick = this.tickTargets.find((one) => one.value === String(event.params.segment));
    if (tick) tick.checked = true;
    this.clearWords();
    this.say();
    if (this.hasCodeFinderOutlet) {
      event.preventDefault();
      this.codeFinderOutlet.open();
    }
  }

  say() {
    if (!this.hasChosenTarget) return;
    const numbers = this.tickTargets.filter((one) => one.checked).map((one) => one.nextElementSibling.textContent);
    const words = this.chosenWords();
    const parts = [];
    if (words) parts.push(`“${words}”`);
    if (numbers.length) parts.push(numbers.join("; "));
    this.before ??= this.chosenTarget.textContent;
    this.chosenTarget.textContent = parts.length ? parts.join(" · ") : this.before;
  }

  chosenWords() {
    const words = this.wordsTargets.find((one) => one.dataset.segment === this.selectedTarget.value);
    if (!words) return "";
    const copy = words.cloneNode(true);
    copy.querySelectorAll(".initial").forEach((initial) => initial.remove());
    const chosen = copy.textContent.slice(Number(this.startTarget.value), Number(this.endTarget.value)).trim();
    return chosen.length > 80 ? `${chosen.slice(0, 40).trimEnd()} … ${chosen.slice(-36).trimStart()}` : chosen;
  }

  // --- Afterwards ------------------------------------------------------------------------------------

  kept(event) {
    if (!event.detail.successful) return;
    this.clearWords();
    this.tickTargets.forEach((one) => (one.checked = false));
    if (this.hasNoteTarget) this.noteTarget.value = "";
    if (this.hasCodeFinderOutlet) this.codeFinderOutlet.clear();
    this.say();
  }

  clearWords() {
    for (const target of [this.selectedTarget, this.startTarget, this.endTarget]) target.value = "";
  }

  // Escape in the finder: back to the passage that the words are in.
  back() {
    const segment = this.selectedTarget.value;
    if (segment) this.focusOn(`passage-${segment}`);
  }

  focusOn(id) {
    const element = id && document.getElementById(id);
    if (!element) return;
    element.focus({ preventScroll: true });
    element.scrollIntoView({ block: "nearest" });
  }
}
