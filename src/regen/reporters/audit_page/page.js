"use strict";
// Comfort only: all of the page can be read without this.
(() => {
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const button = (text, press) => {
    const made = document.createElement("button");
    made.type = "button";
    made.className = "tool";
    made.textContent = text;
    made.addEventListener("click", () => press(made));
    return made;
  };

  // Links open the unit that they lead to.
  const open = () => {
    const place = location.hash && document.getElementById(location.hash.slice(1));
    if (place && place.tagName === "DETAILS") { place.open = true; place.scrollIntoView(); }
  };
  addEventListener("hashchange", open);
  open();

  // Paper can't be unfolded.
  let folded = [];
  addEventListener("beforeprint", () => {
    folded = all("details:not([open])");
    folded.forEach((one) => { one.open = true; });
  });
  addEventListener("afterprint", () => folded.forEach((one) => { one.open = false; }));

  for (const block of all(".copyable")) {
    block.append(button("Copy", async (pressed) => {
      const code = block.querySelector("pre");
      try {
        await navigator.clipboard.writeText(code.textContent);
        pressed.textContent = "Copied";
      } catch {
        getSelection().selectAllChildren(code);
        pressed.textContent = "Selected";
      }
      setTimeout(() => { pressed.textContent = "Copy"; }, 1500);
    }));
  }

  const table = document.querySelector(".sortable");
  if (!table) return;
  const body = table.tBodies[0];
  all("thead th", table).forEach((head, column) => {
    const name = head.textContent;
    head.textContent = "";
    head.append(button(name, () => {
      const up = head.getAttribute("aria-sort") !== "ascending";
      all("thead th", table).forEach((other) => other.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", up ? "ascending" : "descending");
      const value = (row) => row.cells[column].dataset.value;
      const order = (a, b) => (column ? value(a) - value(b) : value(a).localeCompare(value(b)));
      body.append(...[...body.rows].sort((a, b) => (up ? order(a, b) : order(b, a))));
    }));
    head.firstChild.className = "";
  });

  const tools = document.getElementById("tools");
  const search = document.createElement("input");
  search.type = "search";
  search.placeholder = "Filter by name";
  search.setAttribute("aria-label", "Filter units by name");
  const shown = document.createElement("span");
  shown.className = "hint";
  shown.setAttribute("role", "status");
  let level = "";
  const apply = () => {
    const word = search.value.toLowerCase();
    let count = 0;
    for (const one of all("tr[data-unit], .unit")) {
      one.hidden = !one.dataset.unit.toLowerCase().includes(word) || (level !== "" && one.dataset.level !== level);
      if (!one.hidden && one.tagName === "TR") count += 1;
    }
    shown.textContent = word || level ? `${count} of ${body.rows.length} shown` : "";
  };
  const choices = [["", "All"], ["unsafe", "Not safe"], ["within", "Safe within the tests"], ["safe", "Safe"]].map(([value, text]) => {
    const choice = button(text, () => {
      level = value;
      choices.forEach((other) => other.setAttribute("aria-pressed", String(other === choice)));
      apply();
    });
    choice.setAttribute("aria-pressed", String(value === ""));
    return choice;
  });
  search.addEventListener("input", apply);
  tools.append(search, ...choices, shown);
  tools.hidden = false;
})();
