// Search and filters of the list. They live in the address after "#", so that a filtered list can be kept as a link.
"use strict";

(() => {
  const form = document.getElementById("filters");
  const table = document.getElementById("list");
  if (!form || !table) return;
  const count = document.getElementById("count");
  const nothing = document.getElementById("nothing");
  const rows = [...table.querySelectorAll("tr[data-row]")].map((element) => ({
    element,
    text: element.dataset.q,
    fields: {
      state: [element.dataset.state],
      project: [element.dataset.project],
      framework: [element.dataset.framework],
      label: JSON.parse(element.dataset.labels),
    },
  }));
  const bodies = [...table.tBodies];

  const wanted = () => Object.fromEntries([...new FormData(form)].filter(([, value]) => value !== ""));

  const matches = (row, filters) => {
    const words = (filters.q || "").toLowerCase().split(/\s+/).filter(Boolean);
    return words.every((word) => row.text.includes(word))
      && Object.entries(row.fields).every(([name, values]) => !filters[name] || values.includes(filters[name]));
  };

  const show = () => {
    const filters = wanted();
    let shown = 0;
    for (const row of rows) {
      row.element.hidden = !matches(row, filters);
      shown += row.element.hidden ? 0 : 1;
    }
    for (const body of bodies) {
      const left = body.querySelectorAll("tr[data-row]:not([hidden])").length;
      body.hidden = left === 0;
      body.querySelector("[data-shown]").textContent = left;
    }
    count.textContent = `${shown} of ${rows.length} shown`;
    nothing.hidden = shown > 0;
    return filters;
  };

  const remember = () => {
    const kept = new URLSearchParams(show()).toString();
    history.replaceState(null, "", kept ? `#${kept}` : location.pathname);
  };

  // An address without "=" is an anchor inside the page and filters nothing.
  const recall = () => {
    const given = new URLSearchParams(location.hash.includes("=") ? location.hash.slice(1) : "");
    for (const field of form.elements) {
      if (field.name) field.value = given.get(field.name) || "";
    }
    show();
  };

  form.addEventListener("input", remember);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(remember));
  addEventListener("hashchange", recall);
  form.hidden = false;
  recall();
})();
