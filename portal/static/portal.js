/* What makes the pages smoother; every page works without it.
   Nothing here knows a page: behaviour hangs on data attributes that the component macros write. */
"use strict";

const $ = (selector, root = document) => root.querySelector(selector);
const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
const within = (selector, root) => (root.matches?.(selector) ? [root, ...$$(selector, root)] : $$(selector, root));
const on = (type, listener, target = document, capture = false) => target.addEventListener(type, listener, capture);

/* ── Forms: sent once, asked before, warned when left ─────────────────────── */

const busy = (button, state) => {
  if (!button || button.matches("[data-rows-add], [data-rows-remove]")) return;
  const words = $("span", button);
  if (state) {
    button.setAttribute("aria-busy", "true");
    if (button.dataset.busy && words) [button.dataset.idle, words.textContent] = [words.textContent, button.dataset.busy];
  } else {
    button.removeAttribute("aria-busy");
    if (button.dataset.idle && words) words.textContent = button.dataset.idle;
  }
};

on("submit", (event) => {
  const form = event.target;
  const method = (form.getAttribute("method") || "get").toLowerCase();
  if (event.defaultPrevented || method === "dialog") return;
  const button = event.submitter;
  const dialog = button?.dataset.dialog && document.getElementById(button.dataset.dialog);
  if (dialog && !form.dataset.confirmed) {
    event.preventDefault();
    event.stopImmediatePropagation();
    dialog.returnValue = "";
    dialog.addEventListener("close", () => {
      if (dialog.returnValue !== "confirm") return;
      form.dataset.confirmed = "true";
      form.requestSubmit(button);
      delete form.dataset.confirmed;
    }, { once: true });
    dialog.showModal();
    $("[data-dialog-keep]", dialog)?.focus();
    return;
  }
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  delete form.dataset.dirty;
  if (method !== "post" || form.matches("[hx-post], [hx-put], [hx-delete]") || button?.matches("[hx-post]")) return;
  form.dataset.sent = "true";
  busy(button, true);
  /* A download leaves the page where it is: the button comes back. */
  setTimeout(() => { delete form.dataset.sent; busy(button, false); }, 10_000);
}, document, true);

on("pageshow", (event) => {
  if (!event.persisted) return;
  $$("form[data-sent]").forEach((form) => delete form.dataset.sent);
  $$("[aria-busy]").forEach((element) => busy(element, false));
}, window);

on("input", (event) => {
  const form = event.target.closest?.("form[data-dirty-check]");
  if (form) form.dataset.dirty = "true";
  count(event.target);
});

on("beforeunload", (event) => {
  if ($("form[data-dirty-check][data-dirty]")) event.preventDefault();
}, window);

/* ── Characters typed so far ──────────────────────────────────────────────── */

const count = (field) => {
  const words = field.id && $(`[data-count-for="${CSS.escape(field.id)}"]`);
  if (words) words.textContent = words.dataset.count.replace("{n}", [...field.value].length);
};

/* ── Tables: select all, and how many are selected ────────────────────────── */

const picked = (table) => {
  const boxes = $$("[data-pick]", table);
  const chosen = boxes.filter((box) => box.checked);
  boxes.forEach((box) => box.closest("tr").toggleAttribute("data-picked", box.checked));
  const all = $("[data-check-all]", table);
  if (all) {
    all.checked = boxes.length > 0 && chosen.length === boxes.length;
    all.indeterminate = chosen.length > 0 && !all.checked;
  }
  const bar = $("[data-picked-words]", table.closest("form, section, main"));
  if (bar) bar.textContent = bar.dataset.pickedWords.replace("{n}", chosen.length);
};

on("change", (event) => {
  const table = event.target.closest?.("table");
  if (!table || !event.target.matches("[data-pick], [data-check-all]")) return;
  if (event.target.matches("[data-check-all]")) {
    $$("[data-pick]", table).forEach((box) => { box.checked = event.target.checked; });
  }
  picked(table);
});

/* ── Rows that are added and removed ──────────────────────────────────────── */

const number = (rows) => $$("[data-row]", rows).forEach((row, index) => {
  $$("[data-row-number]", row).forEach((place) => { place.textContent = index + 1; });
});

on("click", (event) => {
  const add = event.target.closest?.("[data-rows-add]");
  const remove = event.target.closest?.("[data-rows-remove]");
  if (!add && !remove) return;
  event.preventDefault();
  const rows = (add || remove).closest("[data-rows]");
  if (add) {
    const index = Number(rows.dataset.rows);
    const holder = document.createElement("template");
    holder.innerHTML = $("template", rows).innerHTML.replaceAll("__n__", index);
    rows.dataset.rows = index + 1;
    $("[data-rows-list]", rows).append(holder.content);
    $("[data-row]:last-child :is(input, select, textarea)", rows)?.focus();
  } else {
    const row = remove.closest("[data-row]");
    const next = row.nextElementSibling || row.previousElementSibling;
    row.remove();
    ($("[data-rows-remove]", next || document.createElement("i")) || $("[data-rows-add]", rows)).focus();
  }
  number(rows);
  const form = rows.closest("form[data-dirty-check]");
  if (form) form.dataset.dirty = "true";
});

/* ── Suggestions under a search field ─────────────────────────────────────── */

const suggest = (input, list, at) => {
  const options = $$("[role=option]", list);
  options.forEach((option, index) => option.setAttribute("aria-selected", String(index === at)));
  if (at >= 0) input.setAttribute("aria-activedescendant", options[at].id);
  else input.removeAttribute("aria-activedescendant");
};

const unfold = (input, list, open) => {
  list.hidden = !open;
  input.setAttribute("aria-expanded", String(open));
  if (!open) suggest(input, list, -1);
};

on("keydown", (event) => {
  const input = event.target;
  const list = input.dataset?.suggest && document.getElementById(input.dataset.suggest);
  if (!list || list.hidden) return;
  const options = $$("[role=option]", list);
  const at = options.findIndex((option) => option.getAttribute("aria-selected") === "true");
  if (event.key === "ArrowDown") suggest(input, list, (at + 1) % options.length);
  else if (event.key === "ArrowUp") suggest(input, list, (at < 0 ? options.length : at) - 1);
  else if (event.key === "Escape") unfold(input, list, false);
  else if (event.key === "Enter" && at >= 0) location.assign(options[at].dataset.href);
  else return;
  event.preventDefault();
});

on("mousedown", (event) => {
  const option = event.target.closest?.(".p-suggest [role=option]");
  if (option) location.assign(option.dataset.href);
});

on("focusout", (event) => {
  const input = event.target;
  const list = input.dataset?.suggest && document.getElementById(input.dataset.suggest);
  if (list) unfold(input, list, false);
});

/* ── Files dropped on their field ─────────────────────────────────────────── */

for (const type of ["dragover", "dragleave", "drop"]) {
  on(type, (event) => {
    const place = event.target.closest?.("[data-drop]");
    if (!place) return;
    event.preventDefault();
    place.toggleAttribute("data-over", type === "dragover");
    if (type !== "drop" || !event.dataTransfer.files.length) return;
    const input = $("input[type=file]", place);
    input.files = event.dataTransfer.files;
    input.dispatchEvent(new Event("change", { bubbles: true }));
  });
}

/* ── Polling: not while hidden, paused or typed in ────────────────────────── */

const resting = (element) => document.hidden || element.dataset.paused !== undefined
  || (element.contains(document.activeElement) && document.activeElement.matches("input, select, textarea"))
  || $("dialog[open]") !== null;

on("click", (event) => {
  const toggle = event.target.closest?.("[data-poll-toggle]");
  const element = toggle && document.getElementById(toggle.dataset.pollToggle);
  if (!element) return;
  const paused = element.toggleAttribute("data-paused");
  const words = $("span", toggle);
  [words.textContent, toggle.dataset.resume] = [toggle.dataset.resume, words.textContent];
  toggle.setAttribute("aria-pressed", String(paused));
});

/* ── htmx: dimming, failures, focus ───────────────────────────────────────── */

const slow = new WeakMap();

on("htmx:beforeRequest", (event) => {
  const { elt, target } = event.detail;
  if (elt.matches("[data-poll]")) {
    if (resting(elt)) event.preventDefault();
    return;
  }
  if (target.matches("[role=listbox]")) return;
  target.setAttribute("aria-busy", "true");
  slow.set(target, setTimeout(() => target.setAttribute("data-slow", ""), 400));
});

on("htmx:afterRequest", (event) => {
  const { target } = event.detail;
  clearTimeout(slow.get(target));
  target.removeAttribute("data-slow");
  target.removeAttribute("aria-busy");
  const input = target.id && $(`[data-suggest="${CSS.escape(target.id)}"]`);
  if (input) unfold(input, target, target.children.length > 0 && document.activeElement === input);
  if (event.detail.failed && event.detail.elt.matches("form[data-dirty-check]")) event.detail.elt.dataset.dirty = "true";
});

/* Disclosures stay as their reader left them. */
let disclosures = new Map();
on("htmx:beforeSwap", () => {
  disclosures = new Map($$("details[id]").map((element) => [element.id, element.open]));
});

/* A refusal never takes the place of what somebody has typed or is looking at: it stands above the page. */
on("htmx:beforeSwap", (event) => {
  const { detail } = event;
  if (!detail.requestConfig || detail.xhr.status < 400 || !detail.serverResponse.includes("data-failure")) return;
  if (detail.requestConfig.elt.matches("[data-poll]")) {
    /* A part that follows by itself stays as it was, but for an ended session: its figures would be stale. */
    if (detail.xhr.status !== 401 || $("#messages [data-failure]")) {
      detail.shouldSwap = false;
      return;
    }
  }
  if (detail.target.matches("[data-lazy]")) return;
  detail.target = $("#messages");
  detail.swapOverride = "innerHTML";
});

for (const type of ["htmx:sendError", "htmx:timeout"]) {
  on(type, (event) => {
    if (event.detail.elt.matches("[data-poll]")) return;
    const place = $("#messages");
    const note = document.createElement("div");
    Object.assign(note, { className: "p-note", tabIndex: -1, textContent: place.dataset.offline });
    note.dataset.kind = "over";
    note.setAttribute("role", "alert");
    place.replaceChildren(note);
    note.focus();
  });
}

on("htmx:afterSwap", (event) => {
  const polled = event.detail.requestConfig?.elt.matches("[data-poll]");
  if (!polled && !event.target.closest("#messages")) $("#messages")?.replaceChildren();
});

on("htmx:afterSettle", (event) => {
  settle(event.detail.elt);
  within("[data-tells]", document).forEach((status) => {
    const words = document.getElementById(status.dataset.tells)?.textContent.trim();
    if (words && words !== status.textContent) status.textContent = words;
  });
  const wanted = event.detail.requestConfig?.elt.dataset.focus;
  if (wanted) $("summary", document.getElementById(wanted) || document)?.focus();
});

/* ── What a page or fragment needs once it is there ───────────────────────── */

const settle = (root) => {
  within("[data-check-all], [data-poll-toggle]", root).forEach((element) => { element.hidden = false; });
  within("[data-rows]", root).forEach(number);
  within("table", root).forEach((table) => { if ($("[data-pick]", table)) picked(table); });
  within("[data-count-for]", root).forEach((words) => count(document.getElementById(words.dataset.countFor)));
  within("details[id]", root).forEach((element) => {
    if (disclosures.has(element.id)) element.open = disclosures.get(element.id);
  });
  within("[data-suggest]", root).forEach((input) => {
    const list = document.getElementById(input.dataset.suggest);
    const roles = { role: "combobox", "aria-expanded": "false", "aria-controls": list.id, "aria-autocomplete": "list" };
    list.setAttribute("role", "listbox");
    Object.entries(roles).forEach(([name, value]) => input.setAttribute(name, value));
  });
  const summary = within("[data-error-summary], [data-failure]", root)[0];
  if (!summary) return;
  const prefix = summary.dataset.errorSummary;
  if (prefix && !document.title.startsWith(prefix)) document.title = prefix + document.title;
  summary.focus();
};

/* Filters that a browser cannot show open by style alone are opened by hand where there is room. */
const fold = () => {
  if (CSS.supports("selector(::details-content)") || matchMedia("(max-width: 60rem)").matches) return;
  $$("details.p-fold").forEach((element) => { element.open = true; });
};

document.documentElement.dataset.script = "";
settle(document);
fold();
