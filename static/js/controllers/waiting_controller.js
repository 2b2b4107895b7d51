// Says on every page that forms wait on this device, and holds back a signing out that would lose them once.
//   <p data-controller="waiting" data-waiting-one-value="…" hidden> <a data-waiting-target="link">…</a> </p>
//   <form data-controller="waiting" data-action="submit->waiting#leave"> <p data-waiting-target="said" hidden></p>
import { Controller } from "@hotwired/stimulus";
import { all, DRAFT, mayHoldSomething, wipe } from "wisdoms/field/store";

export default class extends Controller {
  static targets = ["line", "link", "said"];
  static values = { one: String, many: String, path: String };

  async connect() {
    if (!this.hasLineTarget || !(await mayHoldSomething())) return;
    const waiting = (await all()).filter((each) => each.state !== DRAFT);
    if (!waiting.length) return;
    this.lineTarget.textContent = this.sentence(waiting.length);
    this.linkTarget.href = this.pathValue.replace("/0/", `/${waiting[0].enquiry}/`);
    this.element.hidden = false;
  }

  // The first press is held back while something waits. The second signs out and leaves nothing behind.
  async leave(event) {
    if (this.isWiped) return;
    event.preventDefault();
    const held = (await mayHoldSomething()) ? (await all()).length : 0;
    if (held && !this.wasTold) {
      this.wasTold = true;
      this.saidTarget.textContent = this.sentence(held);
      this.saidTarget.hidden = false;
      return;
    }
    try {
      await wipe();
    } finally {
      this.isWiped = true;
      this.element.requestSubmit();
    }
  }

  sentence(count) {
    return count === 1 ? this.oneValue : this.manyValue.replace("{n}", count);
  }
}
