// The one way in which text becomes markup by script: htmx putting in what our own server answered.
// Browsers that know Trusted Types ask here first (the content policy makes them); a piece that could run
// anything is refused. Loaded before htmx, and only by pages that have it: on all others nothing passes.
(() => {
  if (!window.trustedTypes) return;
  const inspect = window.trustedTypes.createPolicy("inspect", { createHTML: (text) => text });
  const NEVER = "script, iframe, frame, object, embed, base, meta[http-equiv], link, [srcdoc]";
  const ADDRESSES = ["href", "src", "action", "formaction", "xlink:href"];

  function runs(element) {
    return element.getAttributeNames().some((name) => {
      if (/^(hx-|data-hx-)?on/i.test(name)) return true;
      return ADDRESSES.includes(name) && /^[\s\u0000-\u001f]*(javascript|data|vbscript):/i.test(element.getAttribute(name));
    });
  }

  // Parsed apart from the page: nothing in such a document loads or runs. htmx wraps its pieces in a template.
  function isQuiet(text) {
    const parsed = new DOMParser().parseFromString(inspect.createHTML(text), "text/html");
    const roots = [parsed.body, ...[...parsed.querySelectorAll("template")].map((each) => each.content)];
    return roots.every((root) => !root.querySelector(NEVER) && ![...root.querySelectorAll("*")].some(runs));
  }

  // The one script that is named by its address: the worker of a field page, which keeps that page and its files.
  const WORKER = /^\/workspace\/enquiries\/\d+\/field\/worker\.js$/;

  function isFieldWorker(address) {
    const { origin, pathname } = new URL(address, document.baseURI);
    return origin === window.location.origin && WORKER.test(pathname);
  }

  window.trustedTypes.createPolicy("default", {
    createHTML: (text) => (isQuiet(text) ? text : null),
    createScriptURL: (address) => (isFieldWorker(address) ? address : null),
  });
})();
