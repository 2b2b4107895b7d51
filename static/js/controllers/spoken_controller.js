// Sets where a stretch of the sound begins and ends from where the player is; without it one types the times.
//   <form data-controller="spoken"> <input data-spoken-target="begins"> <input data-spoken-target="ends">
//     <p data-spoken-target="shown" hidden> <button data-action="spoken#begin"> … </form>
import { Controller } from "@hotwired/stimulus";

export default class extends Controller {
  static targets = ["begins", "ends", "shown"];

  connect() {
    this.ms = 0;
    for (const element of this.shownTargets) element.hidden = false;
    this.ours = new AbortController();
    window.addEventListener("player:time", (event) => this.moved(event.detail), { signal: this.ours.signal });
  }

  disconnect() {
    this.ours.abort();
  }

  moved({ ms, playing }) {
    this.ms = ms;
    if (playing && this.until !== undefined && ms >= this.until) {
      this.until = undefined;
      window.dispatchEvent(new CustomEvent("player:toggle"));
    }
  }

  begin() {
    this.beginsTarget.value = written(this.ms);
  }

  end() {
    this.endsTarget.value = written(this.ms);
  }

  hear() {
    const [start, end] = [read(this.beginsTarget.value), read(this.endsTarget.value)];
    if (Number.isNaN(start)) return;
    this.until = end > start ? end : undefined;
    window.dispatchEvent(new CustomEvent("player:seek", { detail: { ms: start, play: true } }));
  }
}

// Minutes, seconds and tenths, as the form takes them.
function written(ms) {
  const tenths = Math.round(ms / 100);
  const seconds = ((tenths % 600) / 10).toFixed(1).padStart(4, "0");
  return `${Math.floor(tenths / 600)}:${seconds}`;
}

function read(text) {
  const parts = text.trim().replace(",", ".").split(":").map(Number);
  return parts.reduce((sum, part) => sum * 60 + part, 0) * 1000;
}
