// Sends the form of a recording and says how far it is; without it the browser sends the same form itself.
//   <form data-controller="upload" data-action="submit->upload#send"
//         data-upload-far-value="{done} of {total} MB.">
//     <input type="file" data-upload-target="file"> <div data-upload-target="progress" hidden> … </div>
import { Controller } from "@hotwired/stimulus";

export default class extends Controller {
  static targets = ["file", "sendButton", "progress", "bar", "far", "said"];
  static values = { far: String, reading: String, dropped: String, choose: String };

  disconnect() {
    this.request?.abort();
  }

  send(event) {
    if (!this.fileTarget.files.length) return; // the server says what is missing
    event.preventDefault();
    if (this.request) return;
    const request = new XMLHttpRequest();
    this.request = request;
    request.open("POST", this.element.action);
    request.setRequestHeader("X-Upload", "script");
    request.upload.addEventListener("progress", (sent) => this.show(sent));
    request.upload.addEventListener("load", () => (this.farTarget.textContent = this.readingValue));
    request.addEventListener("load", () => this.answered(request));
    request.addEventListener("error", () => this.stopped(this.droppedValue));
    request.addEventListener("abort", () => this.stopped(""));
    this.saidTarget.hidden = true;
    this.progressTarget.hidden = false;
    this.sendButtonTarget.hidden = true;
    request.send(new FormData(this.element));
  }

  stop() {
    this.request?.abort();
  }

  show(sent) {
    if (!sent.lengthComputable) return;
    this.barTarget.max = sent.total;
    this.barTarget.value = sent.loaded;
    const size = (bytes) => (bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0);
    const text = this.farValue.replace("{done}", size(sent.loaded)).replace("{total}", size(sent.total));
    this.farTarget.textContent = text;
  }

  answered(request) {
    const address = request.getResponseHeader("Location");
    if (request.status === 201 && address) {
      window.location.assign(address);
      return;
    }
    this.request = undefined;
    const answer = new DOMParser().parseFromString(request.responseText, "text/html");
    const form = answer.querySelector("form[data-controller~='upload']");
    if (!form) {
      this.stopped(this.droppedValue);
      return;
    }
    this.element.replaceWith(form);
    (form.querySelector(".problem") ?? form).scrollIntoView({ block: "nearest" });
    form.querySelector("input[type='file']")?.focus();
  }

  stopped(sentence) {
    this.request = undefined;
    this.progressTarget.hidden = true;
    this.sendButtonTarget.hidden = false;
    this.saidTarget.textContent = sentence;
    this.saidTarget.hidden = !sentence;
  }
}
