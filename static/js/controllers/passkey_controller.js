// Asks the browser for a passkey, or makes a new one, and sends what it gives with the form.
// <form data-controller="passkey" data-passkey-data-value="js_data" data-passkey-problem-value="Nothing came. Try again.">
//   <input type="hidden" name="credential" data-passkey-target="credential">
//   <button type="button" data-passkey-target="button" data-action="passkey#ask" hidden>Use your passkey</button>
//   <p role="alert" data-passkey-target="problem" hidden></p>
// </form>
// The options lie in a JSON script element (data-passkey-data-value), or come from an address (…-from-value).
// Without scripts the button stays hidden, and a <noscript> sentence says what else to use.
import { Controller } from "@hotwired/stimulus";

const toBytes = (text) =>
  Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));
const toText = (buffer) =>
  buffer
    ? btoa(String.fromCharCode(...new Uint8Array(buffer)))
        .replaceAll("+", "-")
        .replaceAll("/", "_")
        .replace(/=+$/, "")
    : null;
const withBytes = (list) => (list || []).map((each) => ({ ...each, id: toBytes(each.id) }));

export default class extends Controller {
  static targets = ["credential", "button", "problem", "alone"];
  static values = { data: String, from: String, problem: String, place: String };

  connect() {
    if (!window.PublicKeyCredential) return;
    for (const button of this.buttonTargets) button.hidden = false;
  }

  async ask(event) {
    event.preventDefault();
    this.say("");
    try {
      const options = await this.options();
      const given = options.creation_options
        ? await this.make(options.creation_options.publicKey)
        : await this.find(options.request_options.publicKey);
      this.credentialTarget.value = JSON.stringify(given);
      this.element.submit();
    } catch (problem) {
      // A number for an address cannot have passkeys; everything else is a change of mind or a lost device.
      this.say(problem.name === "SecurityError" ? this.placeValue : this.problemValue);
    }
  }

  async options() {
    if (this.dataValue) return JSON.parse(document.getElementById(this.dataValue).textContent);
    const answer = await fetch(this.fromValue, { headers: { Accept: "application/json" } });
    if (!answer.ok) throw new Error(String(answer.status));
    return answer.json();
  }

  async make(told) {
    const selection = { ...told.authenticatorSelection };
    if (this.hasAloneTarget) {
      const alone = this.aloneTarget.querySelector("input[type=checkbox]").checked;
      selection.residentKey = alone ? "required" : "discouraged";
      selection.requireResidentKey = alone;
      if (alone) selection.userVerification = "required";
    }
    const made = await navigator.credentials.create({
      publicKey: {
        ...told,
        challenge: toBytes(told.challenge),
        user: { ...told.user, id: toBytes(told.user.id) },
        excludeCredentials: withBytes(told.excludeCredentials),
        authenticatorSelection: selection,
      },
    });
    return this.told(made, {
      clientDataJSON: toText(made.response.clientDataJSON),
      attestationObject: toText(made.response.attestationObject),
      transports: made.response.getTransports ? made.response.getTransports() : [],
    });
  }

  async find(told) {
    const found = await navigator.credentials.get({
      publicKey: {
        ...told,
        challenge: toBytes(told.challenge),
        allowCredentials: withBytes(told.allowCredentials),
      },
    });
    return this.told(found, {
      clientDataJSON: toText(found.response.clientDataJSON),
      authenticatorData: toText(found.response.authenticatorData),
      signature: toText(found.response.signature),
      userHandle: toText(found.response.userHandle),
    });
  }

  told(credential, response) {
    return {
      id: credential.id,
      rawId: toText(credential.rawId),
      type: credential.type,
      authenticatorAttachment: credential.authenticatorAttachment,
      clientExtensionResults: credential.getClientExtensionResults(),
      response,
    };
  }

  say(sentence) {
    this.problemTarget.textContent = sentence;
    this.problemTarget.hidden = !sentence;
  }
}
