"use strict";
const field = document.getElementById("case");
const kinds = Array.from(document.querySelectorAll("input[type=checkbox]"));
const entries = Array.from(document.getElementById("entries").children);
const count = document.getElementById("count");

/* Shows the entries that name the case, if one is asked for, of the kinds that are wanted. */
function filter() {
  const wanted = field.value.trim();
  let shown = 0;
  for (const entry of entries) {
    const isOfKind = kinds.every((kind) => kind.checked || !entry.classList.contains(kind.value));
    const isOfCase = wanted === "" || (entry.dataset.cases || "").split(" ").includes(wanted);
    entry.hidden = !(isOfKind && isOfCase);
    shown += entry.hidden ? 0 : 1;
  }
  count.textContent = shown + " of " + entries.length + " shown";
}

for (const control of [field, ...kinds]) {
  control.addEventListener("input", filter);
}
filter();
