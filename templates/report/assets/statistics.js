// Numbers of a range of days that the reader chooses, added up from the facts of each day; the range lives in the address.
"use strict";

(() => {
  const form = document.getElementById("range");
  const facts = JSON.parse(document.getElementById("facts").textContent);
  const table = document.getElementById("ranges");
  const figure = document.querySelector('figure[data-chart="trend"]');
  const last = facts.days.length - 1;
  const NO_DATA = "no data yet";

  const sum = (column, [first, end]) => column.slice(first, end + 1).reduce((total, value) => total + value, 0);

  // The same words as ftc/render/amounts.py and ftc/core/binomial.py give.
  const LEAST = 0.001;
  const percent = (value) => {
    if ((value >= 0.1 && value <= 0.9) || value === 0 || value === 1) return `${(value * 100).toFixed(0)}%`;
    if (value < LEAST) return `under ${(LEAST * 100).toFixed(1)}%`;
    return value > 1 - LEAST ? `over ${((1 - LEAST) * 100).toFixed(1)}%` : `${(value * 100).toFixed(1)}%`;
  };
  const share = (part, rest) => (part + rest ? `${percent(part / (part + rest))} (${part} of ${part + rest})` : NO_DATA);
  const span = (seconds) => {
    const minutes = Math.floor(seconds / 60), hours = Math.floor(minutes / 60);
    if (minutes < 60) return `${minutes} min`;
    return hours < 48 ? `${hours} h` : `${Math.floor(hours / 24)} d`;
  };

  const count = (name, range) => sum(facts.counts[name], range);
  const mean = (name, range) => {
    const many = sum(facts.spans[name].count, range);
    return many ? span(sum(facts.spans[name].seconds, range) / many) : NO_DATA;
  };

  // A column of our own beside the fixed ranges, made once.
  const cells = [...table.rows].map((row, index) => {
    const cell = document.createElement(index ? "td" : "th");
    if (!index) cell.scope = "col";
    cell.className = "number chosen";
    row.insertBefore(cell, row.cells[1]);
    return cell;
  });
  const projectHeads = ["found", "fixed", "failed"].map((name) => {
    const head = document.createElement("th");
    head.scope = "col";
    head.className = "number chosen";
    head.textContent = `In range: ${name}`;
    return head;
  });
  const projects = document.getElementById("projects");
  projects.tHead.rows[0].append(...projectHeads);
  const projectCells = [...projects.tBodies[0].rows].map((row) => ["found", "merged", "failed"].map((name) => {
    const cell = row.insertCell();
    cell.className = "number chosen";
    return { cell, column: facts.projects.find((item) => item.repo === row.dataset.project)[name] };
  }));

  const value = (row, range) => {
    const { fact, share: parts, mean: name } = row.dataset;
    if (fact) return count(fact, range);
    if (parts) return share(...parts.split(" ").map((part) => count(part, range)));
    return mean(name, range);
  };

  const show = (range) => {
    const [first, end] = range.map((index) => facts.days[index]);
    form.elements.from.value = first;
    form.elements.to.value = end;
    document.getElementById("chosen").textContent = `${range[1] - range[0] + 1} days, ${first} to ${end}`;
    cells.forEach((cell, index) => { cell.textContent = index ? value(table.rows[index], range) : "Chosen"; });
    projectCells.flat().forEach(({ cell, column }) => { cell.textContent = sum(column, range); });
    for (const button of form.querySelectorAll("[data-days]")) {
      button.setAttribute("aria-pressed", String(range[1] === last && range[1] - range[0] + 1 === Number(button.dataset.days)));
    }
    const columns = { Found: "found", Fixed: "merged", Failed: "failed" };
    const series = Object.fromEntries(Object.entries(columns).map(([name, key]) => [name, facts.counts[key].slice(range[0], range[1] + 1)]));
    figure.dispatchEvent(new CustomEvent("values", { detail: { days: facts.days.slice(range[0], range[1] + 1), series } }));
  };

  const within = (day, fallback) => {
    const index = facts.days.indexOf(day);
    return index < 0 ? fallback : index;
  };

  const asked = (from, to) => {
    const end = within(to, last), first = within(from, Math.max(0, end - 29));
    return first <= end ? [first, end] : [end, first];
  };

  const choose = (range) => {
    history.replaceState(null, "", `#from=${facts.days[range[0]]}&to=${facts.days[range[1]]}`);
    show(range);
  };

  const recall = () => {
    const given = new URLSearchParams(location.hash.slice(1));
    show(asked(given.get("from"), given.get("to")));
  };

  form.addEventListener("change", () => choose(asked(form.elements.from.value, form.elements.to.value)));
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("click", (event) => {
    const days = Number(event.target.dataset.days);
    if (days) choose([Math.max(0, last - days + 1), last]);
  });
  addEventListener("hashchange", recall);
  form.hidden = false;
  recall();
})();
