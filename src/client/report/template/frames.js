// The frames as cards, filtered by person, status and file name; drawn as one scrolls.
const AT_ONCE = 48;
const wanted = { person: -1, statuses: new Set(), text: "", order: "run" };
const controls = {};
let chosen = frames;
let shown = 0;

const fits = (frame) =>
  (wanted.person < 0 || frame.faces.some((face) => face.person === wanted.person)) &&
  (!wanted.statuses.size || wanted.statuses.has(frame.status)) &&
  (!wanted.text || frame.filename.toLowerCase().includes(wanted.text));

const ORDERS = {
  run: ["In order", (a, b) => a.index - b.index],
  slow: ["Slowest first", (a, b) => (took(b) ?? -1) - (took(a) ?? -1) || a.index - b.index],
  faces: ["Most faces first", (a, b) => b.faces.length - a.faces.length || a.index - b.index],
};

function card(frame) {
  const names = frame.faces.map((face) => data.names[face.person]);
  return make("button", { type: "button", class: "frame", "data-frame": frame.index, onclick: () => view(frame, chosen) },
    picture(frame, 4 / 3),
    make("span", { class: "caption" },
      named(frame.filename),
      make("span", { class: "line" }, badge(frame.status), make("small", { title: names.join(", ") }, duration(took(frame))))));
}

function moreCards() {
  controls.grid.append(...chosen.slice(shown, shown + AT_ONCE).map(card));
  shown = Math.min(shown + AT_ONCE, chosen.length);
  controls.end.hidden = shown >= chosen.length;
}

const arrival = new IntersectionObserver((entries) => {
  if (!entries.some((entry) => entry.isIntersecting) || shown >= chosen.length) return;
  moreCards();
  arrival.unobserve(controls.end); // observed anew: it may still be in sight
  arrival.observe(controls.end);
}, { rootMargin: "900px" });

function refresh() {
  chosen = frames.filter(fits).sort(ORDERS[wanted.order][1]);
  shown = 0;
  controls.grid.replaceChildren();
  controls.person.value = String(wanted.person);
  controls.text.value = controls.text.value.toLowerCase() === wanted.text ? controls.text.value : wanted.text;
  for (const button of controls.statuses) button.setAttribute("aria-pressed", wanted.statuses.has(button.dataset.status));
  const all = chosen.length === frames.length;
  controls.count.textContent = all ? plural(frames.length, "frame") : `${count(chosen.length)} of ${plural(frames.length, "frame")}`;
  controls.clear.hidden = wanted.person < 0 && !wanted.statuses.size && !wanted.text;
  controls.none.hidden = chosen.length > 0;
  for (const row of document.querySelectorAll(".person[data-person]")) row.classList.toggle("chosen", Number(row.dataset.person) === wanted.person);
  moreCards();
}

/** Filter to one person or one status, and go to the frames. */
function showOnly({ person = -1, status = null }) {
  Object.assign(wanted, { person, text: "", statuses: new Set(status ? [status] : []) });
  refresh();
  document.getElementById("frames").scrollIntoView({ behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth" });
}

function toggle(status) {
  if (!wanted.statuses.delete(status)) wanted.statuses.add(status);
  refresh();
}

function showFrames() {
  controls.person = make("select", { id: "person", "aria-label": "Person", onchange: (event) => { wanted.person = Number(event.target.value); refresh(); } },
    make("option", { value: "-1" }, "Everyone"),
    ...people.map((person) => make("option", { value: person.person }, `${person.name} (${count(person.frames)})`)));
  controls.order = make("select", { id: "order", "aria-label": "Order", onchange: (event) => { wanted.order = event.target.value; refresh(); } },
    ...Object.entries(ORDERS).map(([key, [label]]) => make("option", { value: key }, label)));
  controls.text = make("input", { id: "text", type: "search", placeholder: "File name", "aria-label": "File name",
    oninput: (event) => { wanted.text = event.target.value.toLowerCase(); refresh(); } });
  controls.statuses = STATUSES.filter(([status]) => byStatus(status).length).map(([status, label]) =>
    make("button", { type: "button", class: "chip", "data-status": status, "aria-pressed": "false", onclick: () => toggle(status) },
      make("i", { class: `fill ${status}` }), label));
  controls.count = make("output", { id: "count" });
  controls.clear = make("button", { type: "button", class: "quiet", id: "clear", onclick: () => { Object.assign(wanted, { person: -1, text: "", statuses: new Set() }); refresh(); } }, "Clear");
  controls.grid = make("div", { class: "grid" });
  controls.none = make("p", { class: "card empty", hidden: true }, "No frame fits this filter.");
  controls.end = make("div", { class: "end" });
  document.getElementById("frames").append(
    heading("Frames"),
    make("div", { class: "filter" }, controls.person, controls.text, make("span", { class: "chips" }, ...controls.statuses),
      make("span", { class: "found" }, controls.count, controls.clear, controls.order)),
    controls.grid, controls.none, controls.end);
  refresh();
  arrival.observe(controls.end);
}
