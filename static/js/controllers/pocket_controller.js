// Says on the button what pressing it will keep. Without script the button says "Keep this".
//
// <form data-controller="pocket" data-pocket-pattern-value="Keep: met {name}, {where}" data-action="change->pocket#say">
//   <input type="radio" data-pocket-target="who" data-says="Robin">
//   <input type="radio" data-pocket-target="where" data-says="outdoors">
//   <button data-pocket-target="keep">Keep this</button>
import { Controller } from "@hotwired/stimulus";

export default class extends Controller {
  static targets = ["who", "where", "keep"];
  static values = { pattern: String };

  connect() {
    this.plain = this.keepTarget.textContent;
    this.say();
  }

  say() {
    const name = this.whoTargets.find((input) => input.checked)?.dataset.says;
    const where = this.whereTargets.find((input) => input.checked)?.dataset.says;
    this.keepTarget.textContent =
      name && where ? this.patternValue.replace("{name}", name).replace("{where}", where) : this.plain;
  }
}
