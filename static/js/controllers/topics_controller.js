// After a decision about a group: the focus goes to the next one that waits.
//
// <div data-controller="topics"> groups: <article id="group-7" tabindex="-1"> </div>
// The server answers a kept decision with the event "topics:kept" and {next: "group-8"}.
import { Controller } from "@hotwired/stimulus";

export default class extends Controller {
  connect() {
    this.onKept = (event) => this.focusOn(event.detail && event.detail.next);
    this.onOpened = (event) => this.opened(event);
    document.body.addEventListener("topics:kept", this.onKept);
    this.element.addEventListener("htmx:afterSettle", this.onOpened);
  }

  disconnect() {
    document.body.removeEventListener("topics:kept", this.onKept);
    this.element.removeEventListener("htmx:afterSettle", this.onOpened);
  }

  // A form that opened, or came back with a problem, takes the focus at its first field in need.
  opened(event) {
    const group = event.target.closest && event.target.closest(".proposal");
    if (!group) return;
    const field = group.querySelector("[aria-invalid='true']") || group.querySelector("form .input");
    if (field) field.focus({ preventScroll: true });
  }

  focusOn(id) {
    const element = id && document.getElementById(id);
    if (!element) return;
    element.focus({ preventScroll: true });
    element.scrollIntoView({ block: "start" });
  }
}
