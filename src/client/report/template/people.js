// Who appears when: a row per person, a bar per appearance.
const FIRST_PEOPLE = 12;
const FINEST = 400; // bars closer than this share of the row are drawn as one

/** A place on the timeline as words: the number of a frame, or minutes and seconds. */
function place(at) {
  if (unit === "frame") return count(at);
  const seconds = length < 20 ? (at % 60).toFixed(1).padStart(4, "0") : String(Math.floor(at % 60)).padStart(2, "0");
  const minutes = Math.floor(at / 60);
  return minutes < 60 ? `${minutes}:${seconds}` : `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, "0")}:${seconds}`;
}

function when({ start, end }) {
  if (unit === "second") return `${place(start)} to ${place(end)}`;
  return end - start === 1 ? `frame ${place(end)}` : `frames ${place(start + 1)} to ${place(end)}`;
}

const distanceIn = (number, person) => frames[number].faces.find((face) => face.person === person.person)?.distance ?? 9;

function bars(person) {
  const drawn = [];
  for (const appearance of person.appearances) {
    const before = drawn.at(-1);
    if (before && frames.length > FINEST && (appearance.start - before.end) / length < 1 / FINEST) {
      if (distanceIn(appearance.best, person) < distanceIn(before.best, person)) before.best = appearance.best;
      Object.assign(before, { end: Math.max(before.end, appearance.end), count: before.count + appearance.count, confidence: null });
    } else drawn.push({ ...appearance });
  }
  return drawn.map((appearance) => {
    const { start, end, best, confidence } = appearance;
    const sure = confidence === null ? "" : `, confidence ${confidence.toFixed(2)}`;
    return make("button", {
      type: "button", class: "bar", tabindex: "-1",
      title: `${person.name}: ${when(appearance)}, in ${plural(appearance.count, "frame")}${sure}`,
      style: { left: percent(start / length), width: percent((end - start) / length), "--colour": colourOf(person.person) },
      onclick: () => view(frames[best], frames),
    });
  });
}

function personRow(person) {
  const times = person.appearances.length;
  return make("div", { class: "person", "data-person": person.person },
    make("button", { type: "button", class: "who", title: "Show these frames", onclick: () => showOnly({ person: person.person }) },
      portrait(person, 38),
      make("span", null,
        named(person.name),
        make("small", null, `${plural(person.frames, "frame")}, ${times === 1 ? "at one time" : `at ${count(times)} times`}`))),
    make("div", { class: "track" }, ...bars(person)));
}

const STEPS = { frame: [1, 2, 5, 10], second: [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600] };

function ticks() {
  const wished = length / 6;
  const magnitude = unit === "frame" ? 10 ** Math.floor(Math.log10(Math.max(wished, 1))) : 1;
  const step = STEPS[unit].map((factor) => factor * magnitude).find((step) => step >= wished) ?? Math.ceil(wished / 3600) * 3600;
  const made = unit === "frame" ? [1] : [0];
  for (let tick = step; tick < length - step / 3; tick += step) if (tick > made[0]) made.push(tick);
  return length > made[0] ? [...made, length] : made;
}

function axis() {
  const shift = unit === "frame" ? 0.5 : 0;
  return make("div", { class: "person axis", "aria-hidden": "true" }, make("span", { class: "who" }, unit === "frame" ? "Frame" : "Time in the video"),
    make("div", { class: "track" }, ...ticks().map((tick) => make("span", { style: { left: percent((tick - shift) / length) } }, place(tick)))));
}

function showPeople() {
  const section = document.getElementById("people");
  section.append(heading("People", `Who appears when${unit === "frame" ? ", in the order of the frames" : ""}. Choose a person to see only their frames.`));
  if (!people.length) {
    section.append(make("p", { class: "card empty" }, "No face was found in any frame."));
    return;
  }
  const rows = make("div", { class: "rows" }, ...people.slice(0, FIRST_PEOPLE).map(personRow));
  const card = make("div", { class: "card timeline" }, rows, axis());
  if (people.length > FIRST_PEOPLE) {
    const more = make("button", { type: "button", class: "quiet more" }, `Show all ${count(people.length)}`);
    more.addEventListener("click", () => {
      rows.append(...people.slice(FIRST_PEOPLE).map(personRow));
      more.remove();
    });
    card.append(more);
  }
  section.append(card);
}
