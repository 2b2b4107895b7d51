// Finds a code by name or meaning: a plain combobox over the select list that works without scripts.
//
// <div data-controller="code-finder">
//   <div data-code-finder-target="plain"><select data-code-finder-target="select">…</select></div>
//   <div data-code-finder-target="finder" hidden>
//     <input role="combobox" data-code-finder-target="query"
//            data-action="input->code-finder#filter keydown->code-finder#key">
//   </div>
//   <ul role="listbox" data-code-finder-target="list" hidden>
//     <li role="option" data-code-finder-target="option" data-code="5" data-words="…" hidden>…</li>
//   </ul>
//   <p data-code-finder-target="nothing" hidden>No code matches.</p>
//   <button type="submit" data-code-finder-target="tag">Tag</button>
// </div>
import { Controller } from "@hotwired/stimulus";

const MOST_SHOWN = 4;

export default class extends Controller {
  static targets = ["plain", "select", "finder", "query", "list", "option", "nothing", "tag"];

  connect() {
    if (!this.hasFinderTarget) return;
    this.plainTarget.hidden = true;
    this.finderTarget.hidden = false;
    this.listTarget.hidden = false;
    this.filter();
  }

  // Every word typed must occur; a match in the name's beginning comes first.
  filter() {
    const words = this.queryTarget.value.trim().toLowerCase().split(/\s+/).filter(Boolean);
    const rank = (option) => (option.dataset.words.startsWith(words.join(" ")) ? 0 : 1);
    const matching = this.optionTargets.filter((option) =>
      words.every((word) => option.dataset.words.includes(word)),
    );
    if (words.length) matching.sort((a, b) => rank(a) - rank(b));
    const shown = matching.slice(0, MOST_SHOWN);
    for (const option of this.optionTargets) option.hidden = !shown.includes(option);
    shown.forEach((option) => this.listTarget.append(option));
    this.shown = shown;
    this.nothingTarget.hidden = shown.length > 0;
    this.mark(words.length && shown.length ? 0 : -1);
  }

  mark(place) {
    this.place = place;
    const chosen = this.shown[place] || null;
    for (const option of this.optionTargets) option.setAttribute("aria-selected", String(option === chosen));
    if (chosen) {
      this.queryTarget.setAttribute("aria-activedescendant", chosen.id);
      chosen.scrollIntoView({ block: "nearest" });
    } else {
      this.queryTarget.removeAttribute("aria-activedescendant");
    }
    this.selectTarget.value = chosen ? chosen.dataset.code : "";
  }

  key(event) {
    const last = this.shown.length - 1;
    if (event.key === "ArrowDown") this.mark(this.place >= last ? 0 : this.place + 1);
    else if (event.key === "ArrowUp") this.mark(this.place <= 0 ? last : this.place - 1);
    else if (event.key === "Enter") this.send();
    else if (event.key === "Escape") this.leave();
    else return;
    event.preventDefault();
  }

  choose(event) {
    this.mark(this.shown.indexOf(event.currentTarget));
    this.send();
  }

  send() {
    if (this.place < 0 && this.shown.length === 1) this.mark(0);
    this.tagTarget.form.requestSubmit(this.tagTarget);
  }

  leave() {
    const reading = this.application.getControllerForElementAndIdentifier(this.element, "reading");
    if (reading) reading.back();
  }

  open() {
    this.queryTarget.focus();
    this.queryTarget.select();
  }

  clear() {
    this.queryTarget.value = "";
    this.filter();
  }
}
