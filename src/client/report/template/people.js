// Who appears when: a row per person, a bar per appearance.
const FIRST_PEOPLE = 12;
const FINEST = 400; // bars closer than this share of the row are drawn as one

function bars(person) {
  const total = frames.length;
  const drawn = [];
  for (const appearance of person.appearances) {
    const before = drawn.at(-1);
    if (before && (appearance.first - before.last - 1) / total < 1 / FINEST && total > FINEST) {
      if (distanceIn(appearance.best, person) < distanceIn(before.best, person)) before.best = appearance.best;
      Object.assign(before, { last: appearance.last, count: before.count + appearance.count });
    } else drawn.push({ ...appearance });
  }
  return drawn.map((appearance) => {
    const { first, last, best } = appearance;
    const where = first === last ? `frame ${count(first + 1)}` : `frames ${count(first + 1)} to ${count(last + 1)}`;
    return make("button", {
      type: "button", class: "bar", tabindex: "-1",
      title: `${person.name}: ${where}, in ${plural(appearance.count, "frame")}`,
      style: { left: percent(first / total), width: percent((last - first + 1) / total), "--colour": colourOf(person.person) },
      onclick: () => view(frames[best], frames),
    });
  });
}

function distanceIn(number, person) {
  return frames[number].faces.find((face) => face.person === person.person).distance ?? 9;
}

function personRow(person) {
  const best = person.appearances.reduce((a, b) => (distanceIn(b.best, person) < distanceIn(a.best, person) ? b : a));
  return make("div", { class: "person", "data-person": person.person },
    make("button", { type: "button", class: "who", title: "Show these frames", onclick: () => showOnly({ person: person.person }) },
      portrait(person, best, 38),
      make("span", null,
        named(person.name),
        make("small", null, `${plural(person.frames, "frame")}, ${person.appearances.length === 1 ? "at one time" : `at ${count(person.appearances.length)} times`}`))),
    make("div", { class: "track" }, ...bars(person)));
}

function axis() {
  const total = frames.length;
  const raw = total / 6;
  const magnitude = 10 ** Math.floor(Math.log10(Math.max(raw, 1)));
  const step = Math.max(1, [1, 2, 5, 10].find((factor) => factor * magnitude >= raw) * magnitude);
  const ticks = [1];
  for (let tick = step; tick <= total - step / 3; tick += step) if (tick > 1) ticks.push(tick);
  if (total > 1) ticks.push(total);
  return make("div", { class: "person axis", "aria-hidden": "true" }, make("span", { class: "who" }, "Frame"),
    make("div", { class: "track" }, ...ticks.map((tick) => make("span", { style: { left: percent((tick - 0.5) / total) } }, count(tick)))));
}

function showPeople() {
  const section = document.getElementById("people");
  section.append(heading("People", "Who appears when, in the order of the frames. Choose a person to see only their frames."));
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
