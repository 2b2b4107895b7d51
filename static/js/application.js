// Starts Stimulus and fetches a controller the first time a page uses it.
// <div data-controller="player"> loads "wisdoms/controllers/player_controller".
import { Application } from "@hotwired/stimulus";

const application = Application.start();
const asked = new Set();

function fetchControllers(root) {
  const elements = root.querySelectorAll ? [root, ...root.querySelectorAll("[data-controller]")] : [];
  for (const element of elements) {
    const names = (element.getAttribute && element.getAttribute("data-controller")) || "";
    for (const name of names.split(/\s+/).filter(Boolean)) {
      if (asked.has(name)) continue;
      asked.add(name);
      import(`wisdoms/controllers/${name.replaceAll("-", "_")}_controller`).then((module) =>
        application.register(name, module.default),
      );
    }
  }
}

fetchControllers(document.documentElement);
new MutationObserver((changes) => {
  for (const change of changes) for (const node of change.addedNodes) fetchControllers(node);
}).observe(document.documentElement, { childList: true, subtree: true });
