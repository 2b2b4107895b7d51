// Taking names out: words selected in the text go into the form, and after a decision the next offer has focus.
// <div data-controller="names"> … templates/transcripts/names.html
import { Controller } from "@hotwired/stimulus";

export default class extends Controller {
  static targets = ["work", "offer", "turn", "missed", "scripted"];

  connect() {
    this.ours = new AbortController();
    const { signal } = this.ours;
    document.addEventListener("selectionchange", () => this.selected(), { signal });
    this.element.addEventListener("htmx:beforeRequest", (event) => this.deciding(event), { signal });
    this.element.addEventListener("htmx:afterSettle", () => this.decided(), { signal });
  }

  disconnect() {
    this.ours.abort();
  }

  scriptedTargetConnected(element) {
    element.hidden = false;
  }

  selected() {
    const selection = getSelection();
    if (!this.hasMissedTarget || !selection.rangeCount || selection.isCollapsed) return;
    const range = selection.getRangeAt(0);
    const turn = this.turnTargets.find((each) => each.contains(range.startContainer) && each.contains(range.endContainer));
    if (!turn) return;
    const before = document.createRange();
    before.setStart(turn, 0);
    before.setEnd(range.startContainer, range.startOffset);
    // Counted as browsers count, in UTF-16 units; the server turns them into code points.
    let first = before.toString().length;
    let words = range.toString();
    first += words.length - words.trimStart().length;
    words = words.trim();
    if (!words) return;
    const fields = this.missedTarget.elements;
    fields.words.value = words;
    fields.turn.value = turn.dataset.index;
    fields.first.value = first;
    fields.last.value = first + words.length;
    this.forgetWhenEdited(fields);
  }

  forgetWhenEdited(fields) {
    fields.words.oninput = () => {
      for (const name of ["turn", "first", "last"]) fields[name].value = "";
    };
  }

  deciding(event) {
    const offer = event.target.closest("[data-start]");
    this.from = offer ? Number(offer.dataset.start) : null;
  }

  decided() {
    if (this.from === null || this.from === undefined) return;
    const next = this.offerTargets.find((offer) => Number(offer.dataset.start) >= this.from) || this.offerTargets[0];
    this.from = null;
    const place = next?.querySelector("[aria-invalid], button:not(.visually-hidden)") || document.getElementById("offers");
    place?.focus({ preventScroll: false });
  }
}
