// Asking where there is no network. Keeps each form on this device, sealed, and sends it when it can.
// The markup is templates/enquiries/field.html; what is sealed and how, static/js/field/store.js.
//
//   <main data-controller="field"> <script type="application/json" id="field-plan"> … </main>
import { Controller } from "@hotwired/stimulus";
import { all, DRAFT, HELD, keep, KeyGone, read, remove, WAITING } from "wisdoms/field/store";
import { alone, CLOSED, plainPart, sendWaiting, SIGNED_OUT } from "wisdoms/field/send";

const AGAIN_MS = 20000;
const TYPING_MS = 250;
const ALONE = ["pseudonym", "voice", "called", "full_name"];
const CHOSEN = ["is_known", "review_choice", "company", "method"];
const TICKED = ["was_adult", "copy_given"];

export default class extends Controller {
  static targets = [
    "ready", "count", "said", "noteBox", "notes", "heldBox", "held", "otherBox", "other", "form", "sheet",
    "problems", "problemList",
  ];

  connect() {
    this.plan = JSON.parse(document.getElementById("field-plan").textContent);
    this.says = this.plan.says;
    this.saving = Promise.resolve();
    this.formTarget.hidden = false;
    this.ours = new AbortController();
    const { signal } = this.ours;
    this.formTarget.addEventListener("input", (event) => this.changed(event), { signal });
    window.addEventListener("online", () => this.send(), { signal });
    window.addEventListener("pagehide", () => this.save(), { signal });
    document.addEventListener("visibilitychange", () => (document.hidden ? this.save() : this.send()), { signal });
    this.again = setInterval(() => document.hidden || this.send(), AGAIN_MS);
    this.showSheet();
    this.begin();
  }

  disconnect() {
    this.ours.abort();
    clearInterval(this.again);
  }

  async begin() {
    this.readyTarget.textContent = this.says.preparing;
    try {
      await this.restore();
      await this.getReady();
      this.readyTarget.textContent = this.says.ready;
      this.element.dataset.ready = "true";
    } catch {
      this.readyTarget.textContent = this.says.unable;
    }
    await this.refresh();
    await this.send();
  }

  // Resolves when the page and its files are kept here and would open without a network.
  async getReady() {
    if (!navigator.serviceWorker || !window.crypto?.subtle) throw new Error("too old");
    await navigator.storage?.persist?.();
    if (navigator.onLine) await navigator.serviceWorker.register(this.plan.worker).catch(() => undefined);
    const late = new Promise((_resolve, reject) => setTimeout(reject, AGAIN_MS, new Error("late")));
    await Promise.race([navigator.serviceWorker.ready, late]);
  }

  // --- Filling in ---------------------------------------------------------------------------------------

  get sheet() {
    return this.sheetTargets.find((each) => !each.hidden);
  }

  input(name) {
    return this.formTarget.elements.namedItem(name);
  }

  showSheet() {
    const wanted = this.input("form").value || this.sheetTargets[0]?.dataset.form;
    const answers = this.sheet ? this.answers() : {};
    for (const each of this.sheetTargets) each.hidden = each.dataset.form !== wanted;
    this.answer(answers);
  }

  answers() {
    const found = {};
    for (const scope of Object.keys(this.plan.scopes)) {
      const value = this.input(`v${this.sheet.dataset.form}-${scope}`)?.value;
      if (value) found[scope] = value;
    }
    return found;
  }

  answer(answers) {
    for (const scope of Object.keys(this.plan.scopes)) {
      const radios = this.input(`v${this.sheet.dataset.form}-${scope}`);
      for (const radio of radios ?? []) radio.checked = radio.value === answers[scope];
    }
  }

  raw() {
    const found = { form: this.sheet.dataset.form, answers: this.answers() };
    for (const name of [...ALONE, ...CHOSEN]) found[name] = this.input(name)?.value ?? "";
    for (const name of TICKED) found[name] = this.input(name)?.checked ?? false;
    return found;
  }

  fill(raw) {
    for (const radio of this.formTarget.querySelectorAll("input[name='form']")) radio.checked = radio.value === raw.form;
    this.showSheet();
    this.answer(raw.answers ?? {});
    for (const name of ALONE) if (this.input(name)) this.input(name).value = raw[name] ?? "";
    for (const name of CHOSEN) {
      for (const radio of this.input(name) ?? []) radio.checked = radio.value === raw[name];
    }
    for (const name of TICKED) if (this.input(name)) this.input(name).checked = raw[name] ?? false;
  }

  changed(event) {
    if (event.target.name === "form") this.showSheet();
    this.id ??= crypto.randomUUID();
    this.isChanged = true;
    clearTimeout(this.typing);
    if (event.target.matches("input[type='radio'], input[type='checkbox'], select")) this.save();
    else this.typing = setTimeout(() => this.save(), TYPING_MS);
  }

  // What is being filled in outlives a reload, and the closing of the page. One save after another.
  save() {
    if (!this.isChanged) return this.saving;
    this.isChanged = false;
    const [entry, raw] = [this.entry(DRAFT), this.raw()];
    this.saving = this.saving.then(() => keep(entry, { raw })).catch(() => this.say(this.says.unable));
    return this.saving;
  }

  entry(state) {
    return { id: this.id, enquiry: this.plan.enquiry, user: this.plan.user, state };
  }

  async restore() {
    const drafts = (await this.mine()).filter((each) => each.state === DRAFT);
    const last = drafts.at(-1);
    if (!last || this.id) return;
    try {
      const { raw } = await read(last);
      this.id = last.id;
      this.fill(raw);
    } catch (error) {
      if (!(error instanceof KeyGone)) throw error;
    }
  }

  async mine() {
    return (await all()).filter((each) => each.enquiry === this.plan.enquiry && each.user === this.plan.user);
  }

  // --- Keeping ------------------------------------------------------------------------------------------

  async keep(event) {
    event.preventDefault();
    const raw = this.raw();
    const isNotToday = event.submitter?.name === "not_today";
    if (isNotToday && raw.is_known !== "known") {
      await this.forget();
      this.say(this.says.notToday);
      return;
    }
    const problems = this.problemsOf(raw, isNotToday);
    this.showProblems(problems);
    if (problems.length) return;
    this.id ??= crypto.randomUUID();
    clearTimeout(this.typing);
    this.isChanged = false;
    await this.saving;
    await keep(this.entry(WAITING), { raw, payload: this.payload(raw, isNotToday) });
    this.empty();
    this.say(this.says.kept);
    await this.refresh();
    await this.send();
  }

  payload(raw, isNotToday) {
    const decisions = Object.entries(raw.answers).filter(([, answer]) => answer !== "later");
    return {
      wave: this.plan.wave,
      form: Number(raw.form),
      pseudonym: raw.pseudonym.trim(),
      is_known: raw.is_known === "known",
      voice: raw.voice,
      called: raw.called,
      full_name: raw.full_name,
      decisions: isNotToday ? {} : Object.fromEntries(decisions),
      method: raw.method,
      company: raw.company,
      review_choice: isNotToday ? "" : raw.review_choice,
      copy_given: raw.copy_given,
      was_adult: raw.was_adult,
      not_today: isNotToday,
      answered_ms: Date.now(),
    };
  }

  // Pairs of a sentence and the id of the part it is about, in the order of the page.
  problemsOf(raw, isNotToday) {
    const found = [];
    const lack = (isLacking, sentence, id) => isLacking && found.push([sentence, id]);
    lack(!raw.pseudonym.trim(), this.says.name, "field_pseudonym");
    lack(!raw.is_known, this.says.known, "field_is_known");
    if (isNotToday) return found;
    const decided = Object.values(raw.answers).some((answer) => answer !== "later");
    lack(this.plan.adults && decided && !raw.was_adult, this.plan.adults, "field_was_adult");
    lack(!decided && !raw.review_choice, this.says.nothing, this.sheet.id);
    // What somebody known said before is not on this device: the server looks at it when this is sent.
    if (raw.is_known !== "known") {
      for (const [scope, lacking] of unsupported(raw.answers, this.plan.needs)) {
        const sentence = this.says.needs
          .replace("{scope}", this.plan.scopes[scope])
          .replace("{needed}", this.plan.scopes[lacking]);
        found.push([sentence, `v${raw.form}-${scope}`]);
      }
    }
    lack(!raw.company, this.says.company, "field_company");
    lack(!raw.method, this.says.method, "field_method");
    return found;
  }

  showProblems(problems) {
    this.problemsTarget.hidden = !problems.length;
    this.problemListTarget.replaceChildren(
      ...problems.map(([sentence, id]) => {
        const item = document.createElement("li");
        const link = document.createElement("a");
        link.href = `#${id}`;
        link.textContent = sentence;
        item.append(link);
        return item;
      }),
    );
    if (problems.length) this.problemsTarget.focus();
  }

  empty() {
    this.noteBoxTarget.open = this.heldBoxTarget.open = this.otherBoxTarget.open = false;
    const form = this.sheet.dataset.form;
    this.formTarget.reset();
    for (const radio of this.formTarget.querySelectorAll("input[name='form']")) radio.checked = radio.value === form;
    this.showSheet();
    this.answer({});
    this.id = undefined;
    this.isChanged = false;
    window.scrollTo(0, 0);
  }

  async forget() {
    clearTimeout(this.typing);
    this.isChanged = false;
    await this.saving;
    if (this.id) await remove(this.id);
    this.showProblems([]);
    this.empty();
    await this.refresh();
  }

  // --- What waits ---------------------------------------------------------------------------------------

  async send() {
    if (this.isSending) return;
    const waits = (await this.mine()).some((each) => each.state === WAITING);
    if (!waits) {
      // Another tab may have sent it since this one said that it waits.
      if (this.countTarget.dataset.waiting !== "0") await this.refresh();
      return;
    }
    this.isSending = true;
    try {
      this.countTarget.textContent = this.says.sending;
      const { enquiry, user, state, keep: keepAt } = this.plan;
      const { result, sent, notes } = await sendWaiting({ enquiry, user, state, keepAt });
      for (const note of notes) this.note(note);
      if (sent) this.say(this.says.sent);
      if (result === SIGNED_OUT) this.say(this.says.signIn);
      if (result === CLOSED) this.say(this.says.closed);
    } finally {
      this.isSending = false;
      await this.refresh();
    }
  }

  async refresh() {
    const entries = await all();
    const mine = entries.filter((each) => each.enquiry === this.plan.enquiry && each.user === this.plan.user);
    const waiting = mine.filter((each) => each.state === WAITING).length;
    const others = entries.filter((each) => each.user !== this.plan.user).length;
    const { none, one, many } = this.says;
    let text = waiting === 0 ? none : waiting === 1 ? one : many.replace("{n}", waiting);
    if (others) text += ` ${this.says.others.replace("{n}", others)}`;
    this.countTarget.textContent = text;
    this.countTarget.dataset.waiting = waiting;
    const other = mine.filter((each) => each.state !== HELD && each.id !== this.id);
    const held = mine.filter((each) => each.state === HELD);
    this.heldTarget.replaceChildren(...(await this.items(held)));
    this.heldBoxTarget.hidden = !held.length;
    this.otherTarget.replaceChildren(...(await this.items(other)));
    this.otherBoxTarget.hidden = !other.length;
  }

  items(entries) {
    return Promise.all(entries.map((each) => this.itemOf(each)));
  }

  // One form on this device with what can be done with it: opened again, or thrown away.
  async itemOf(entry) {
    let content;
    try {
      content = await read(entry);
    } catch {
      return this.item([this.says.lost], [this.throwAwayButton(entry)], true);
    }
    const name = content.raw.pseudonym || this.says.nameless;
    const said = { [HELD]: this.says.held, [WAITING]: this.says.waits, [DRAFT]: this.says.begun }[entry.state];
    const open = button(this.says.open, () => this.openAgain(entry, content.raw));
    const sentences = [`${name}. ${said}`, ...(content.problem ? [content.problem] : [])];
    return this.item(sentences, [open, this.throwAwayButton(entry)], entry.state === HELD);
  }

  async openAgain(entry, raw) {
    await this.save();
    const isStillHere = await alone(async () => {
      if (!(await all()).some((each) => each.id === entry.id)) return false;
      await keep({ ...plainPart(entry), state: DRAFT }, { raw });
      return true;
    });
    if (isStillHere) {
      this.id = entry.id;
      this.fill(raw);
      this.heldBoxTarget.open = this.otherBoxTarget.open = false;
      this.formTarget.scrollIntoView();
    } else {
      this.say(this.says.sent);
    }
    await this.refresh();
  }

  throwAwayButton(entry) {
    let wasPressed = false;
    const made = button(this.says.throwAway, async () => {
      if (!wasPressed) {
        wasPressed = true;
        made.textContent = this.says.throwAwayAgain;
        return;
      }
      await alone(() => remove(entry.id));
      await this.refresh();
    });
    return made;
  }

  item(sentences, buttons, needsAnswer) {
    const made = document.createElement("li");
    made.className = needsAnswer ? "flash problem" : "flash";
    const box = document.createElement("div");
    box.className = "stack tight";
    for (const sentence of sentences) {
      const line = document.createElement("p");
      line.textContent = sentence;
      box.append(line);
    }
    const row = document.createElement("p");
    row.className = "row";
    row.append(...buttons);
    box.append(row);
    made.append(box);
    return made;
  }

  // Stays until it was read: the form is gone from here, and somebody has to be asked again.
  note(sentence) {
    const read = () => {
      made.remove();
      this.noteBoxTarget.hidden = !this.notesTarget.childElementCount;
    };
    const made = this.item([sentence], [button(this.says.read, read)], true);
    this.notesTarget.append(made);
    this.noteBoxTarget.hidden = false;
  }

  say(sentence) {
    this.saidTarget.textContent = sentence;
    this.saidTarget.hidden = !sentence;
  }
}

function button(text, press) {
  const made = document.createElement("button");
  made.type = "button";
  made.className = "button second";
  made.textContent = text;
  made.addEventListener("click", press);
  return made;
}

// Each yes that cannot stand, with the first thing it lacks; as enquiries/answers.py has it.
function unsupported(answers, needs) {
  const ground = (scope) => needs[scope].flatMap((each) => [...ground(each), each]);
  return Object.entries(answers)
    .filter(([, answer]) => answer === "granted")
    .map(([scope]) => [scope, ground(scope).find((each) => answers[each] !== "granted")])
    .filter(([, lacking]) => lacking);
}
