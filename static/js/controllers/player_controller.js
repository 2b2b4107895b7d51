// Plays one recording and shows where it is. The whole markup is templates/components/listen.html:
//   <section data-controller="player" data-player-duration-value="1120000"> <audio data-player-target="audio" …>
//
// Other parts of a page talk with it by events on the window, with times in milliseconds:
//   player:seek   {ms, play}   go there; play from there when `play` is true
//   player:toggle              play or pause
//   player:time   {ms, playing}   told while the sound goes on, and when it is moved
import { Controller } from "@hotwired/stimulus";

const SPEEDS = [1, 1.25, 1.5, 0.75];

export default class extends Controller {
  static targets = ["audio", "shown", "play", "playIcon", "pauseIcon", "wave", "heard", "here", "time", "said", "speed"];
  static values = {
    duration: Number,
    keys: Boolean,
    width: { type: Number, default: 1040 },
    play: String,
    pause: String,
    of: String,
    speed: String,
    problem: String,
  };

  connect() {
    // Without this controller the browser's own player is there; with it, ours is.
    this.audioTarget.controls = false;
    this.audioTarget.hidden = true;
    for (const element of this.shownTargets) element.hidden = false;
    this.ours = new AbortController();
    const { signal } = this.ours;
    for (const name of ["play", "pause", "ended"]) {
      this.audioTarget.addEventListener(name, () => this.changed(), { signal });
    }
    for (const name of ["timeupdate", "seeked"]) this.audioTarget.addEventListener(name, () => this.show(), { signal });
    this.audioTarget.addEventListener("error", () => this.say(this.problemValue), { signal });
    window.addEventListener("player:seek", (event) => this.seek(event.detail.ms, event.detail.play), { signal });
    window.addEventListener("player:toggle", () => this.toggle(), { signal });
    if (this.keysValue) window.addEventListener("keydown", (event) => this.key(event), { signal });
    this.show();
  }

  disconnect() {
    this.ours.abort();
    this.audioTarget.pause();
    cancelAnimationFrame(this.frame);
  }

  get ms() {
    // A place asked for before the sound is loaded counts until the browser knows it.
    return this.waiting ?? Math.round(this.audioTarget.currentTime * 1000);
  }

  toggle() {
    if (this.audioTarget.paused) this.start();
    else this.audioTarget.pause();
  }

  start() {
    this.say("");
    this.audioTarget.play().catch((error) => {
      if (error.name !== "AbortError") this.say(this.problemValue);
    });
  }

  step(event) {
    this.seek(this.ms + event.params.ms);
  }

  point(event) {
    const box = this.waveTarget.getBoundingClientRect();
    this.seek(((event.clientX - box.left) / box.width) * this.durationValue);
  }

  seek(ms, play = false) {
    const wanted = Math.min(Math.max(0, ms), this.durationValue);
    if (this.audioTarget.readyState >= HTMLMediaElement.HAVE_METADATA) {
      this.audioTarget.currentTime = wanted / 1000;
    } else {
      // Nothing is fetched before somebody wants to hear: hearing is written down.
      const first = this.waiting === undefined;
      this.waiting = wanted;
      if (first) {
        this.audioTarget.addEventListener(
          "loadedmetadata",
          () => {
            this.audioTarget.currentTime = this.waiting / 1000;
            this.waiting = undefined;
          },
          { once: true, signal: this.ours.signal },
        );
      }
    }
    if (play) this.start();
    this.show();
  }

  faster() {
    const next = SPEEDS[(SPEEDS.indexOf(this.audioTarget.playbackRate) + 1) % SPEEDS.length];
    this.audioTarget.playbackRate = next;
    this.speedTarget.textContent = this.speedValue.replace("{speed}", String(next));
  }

  key(event) {
    if (!event.ctrlKey || event.altKey || event.metaKey) return;
    if (event.code === "Space") this.toggle();
    else if (event.key === ",") this.seek(this.ms - 3000);
    else if (event.key === ".") this.seek(this.ms + 3000);
    else return;
    event.preventDefault();
  }

  changed() {
    const playing = !this.audioTarget.paused;
    this.playTarget.setAttribute("aria-label", playing ? this.pauseValue : this.playValue);
    this.playIconTarget.toggleAttribute("hidden", playing);
    this.pauseIconTarget.toggleAttribute("hidden", !playing);
    cancelAnimationFrame(this.frame);
    if (playing) this.follow();
    this.show();
  }

  follow() {
    this.show();
    this.frame = requestAnimationFrame(() => this.follow());
  }

  show() {
    const ms = this.ms;
    const share = this.durationValue ? Math.min(1, ms / this.durationValue) : 0;
    const x = (share * this.widthValue).toFixed(1);
    this.heardTarget.setAttribute("width", x);
    this.hereTarget.setAttribute("d", `M${x} -6v84`);
    const text = this.ofValue.replace("{here}", clock(ms)).replace("{whole}", clock(this.durationValue));
    if (text !== this.timeTarget.textContent) this.timeTarget.textContent = text;
    const detail = { ms, playing: !this.audioTarget.paused };
    window.dispatchEvent(new CustomEvent("player:time", { detail }));
  }

  say(sentence) {
    this.saidTarget.textContent = sentence;
    this.saidTarget.hidden = !sentence;
  }
}

function clock(ms) {
  const all = Math.floor(ms / 1000);
  const [hours, minutes, seconds] = [Math.floor(all / 3600), Math.floor((all % 3600) / 60), all % 60];
  const two = (number) => String(number).padStart(2, "0");
  return hours ? `${hours}:${two(minutes)}:${two(seconds)}` : `${minutes}:${two(seconds)}`;
}
