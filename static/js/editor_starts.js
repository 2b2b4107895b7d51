// Starts the widgets of Wagtail's editor. Wagtail starts them by a small script inside the page, for which the
// content policy would have to allow every script inside a page; ours say the same as data:
// <template data-starts="ImageChooser" data-id="id_logo" data-options='{"modalUrl": "…"}'></template>
// Only the names below are started, so whatever gets into a page cannot start anything else.
(() => {
  const NAMES = new Set([
    "Chooser", "PageChooser", "ImageChooser", "DocumentChooser", "SnippetChooser",
    "InlinePanel", "MultipleChooserPanel", "initDateChooser", "initTimeChooser", "initDateTimeChooser",
  ]);

  function start(place) {
    const name = place.dataset.starts;
    // A form that is only a pattern for others to be made from is started when one is made.
    if (place.started || !NAMES.has(name) || place.dataset.id?.includes("__prefix__")) return;
    place.started = true;
    const options = JSON.parse(place.dataset.options);
    const given = place.dataset.id ? [place.dataset.id, options] : [options];
    const what = window[name];
    if (name.startsWith("init")) what(...given);
    else new what(...given);
  }

  function startAll(root) {
    if (root.matches?.("[data-starts]")) start(root);
    root.querySelectorAll?.("[data-starts]").forEach(start);
  }

  function begin() {
    startAll(document);
    new MutationObserver((changes) => {
      for (const change of changes) for (const node of change.addedNodes) startAll(node);
    }).observe(document.documentElement, { childList: true, subtree: true });
  }

  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", begin);
  else begin();
})();
