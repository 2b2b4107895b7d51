// Leaves the site at once: blanks the page, then puts another site in its place in the history.
//
// <aside data-controller="exit">
//   <a href="https://…" data-exit-target="way" data-action="exit#leave">Leave this page</a>
//   <span data-exit-target="key" hidden>Pressing Shift three times does the same.</span>
// </aside>
//
// Without this script the link works by itself. Shift and not Escape: Escape stops a page from loading, and
// screen readers use it. Three presses within two seconds, with no other key between them.
import { Controller } from "@hotwired/stimulus";

const PRESSES = 3;
const WITHIN_MS = 2000;

export default class extends Controller {
  static targets = ["way", "key"];

  connect() {
    this.presses = [];
    this.onKey = this.pressed.bind(this);
    this.onReturn = this.returned.bind(this);
    document.addEventListener("keydown", this.onKey);
    window.addEventListener("pageshow", this.onReturn);
    for (const hint of this.keyTargets) hint.hidden = false;
  }

  disconnect() {
    document.removeEventListener("keydown", this.onKey);
    window.removeEventListener("pageshow", this.onReturn);
  }

  pressed(event) {
    if (event.key !== "Shift") {
      this.presses = [];
      return;
    }
    if (event.repeat) return;
    const now = event.timeStamp;
    this.presses = [...this.presses.filter((at) => now - at < WITHIN_MS), now];
    if (this.presses.length >= PRESSES) this.leave(event);
  }

  leave(event) {
    event.preventDefault();
    const away = this.wayTarget.href;
    document.title = "";
    document.body.replaceChildren();
    window.location.replace(away);
  }

  // A browser that kept the page in memory must not show it again.
  returned(event) {
    if (event.persisted && !document.body.childElementCount) window.location.replace("about:blank");
  }
}
