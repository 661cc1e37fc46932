// One frame, large, with all that is known of it; the arrow keys go on to the next.
const viewer = document.getElementById("viewer");
let viewed = [], at = 0;

function view(frame, list) {
  viewed = list;
  at = list.indexOf(frame);
  fill();
  if (!viewer.open) viewer.showModal();
  viewer.focus(); // the arrow keys reach it, whatever button was pressed or replaced
}

function step(by) {
  at = Math.min(Math.max(at + by, 0), viewed.length - 1);
  fill();
  viewer.focus();
}

function faceRow(face) {
  return make("li", null,
    make("i", { class: "dot", style: { "--colour": colourOf(face.person) } }),
    make("button", { type: "button", class: "link", title: "Show these frames", onclick: () => { viewer.close(); showOnly({ person: face.person }); } }, named(data.names[face.person])),
    make("small", null, face.distance === null ? "nobody is enrolled" : `distance ${face.distance.toFixed(2)}`, ` · face ${Math.round(face.score * 100)} %`));
}

function fill() {
  const frame = viewed[at];
  const list = parts(frame.seconds);
  const longest = Math.max(...list.map((part) => part.seconds), 1e-9);
  const fact = (label, value) => make("div", { class: "fact" }, make("span", null, label), value);
  viewer.replaceChildren(
    make("div", { class: "large" }, picture(frame, 4 / 3)),
    make("div", { class: "details" },
      make("div", { class: "bar-top" },
        make("button", { type: "button", class: "quiet", "aria-label": "Previous frame", disabled: at === 0, onclick: () => step(-1) }, "←"),
        make("span", null, `${count(at + 1)} of ${count(viewed.length)}`),
        make("button", { type: "button", class: "quiet", "aria-label": "Next frame", disabled: at === viewed.length - 1, onclick: () => step(1) }, "→"),
        make("button", { type: "button", class: "quiet close", "aria-label": "Close", onclick: () => viewer.close() }, "✕")),
      make("h3", null, named(frame.filename)),
      make("p", null, badge(frame.status), frame.pictured ? make("small", null, ` ${frame.width} × ${frame.height} px`) : null),
      frame.error ? make("p", { class: "reason" }, make("bdi", null, frame.error)) : null,
      frame.faces.length ? make("ul", { class: "faces" }, ...frame.faces.map(faceRow)) : null,
      list.length ? make("div", { class: "timing" },
        fact(SPAN, make("b", null, duration(took(frame)))),
        ...list.map((part) => make("div", { class: "fact stage" }, make("span", null, part.label),
          make("span", { class: "meter" }, make("span", { class: `part ${part.kind}`, style: { width: percent(part.seconds / longest) } })), make("b", null, duration(part.seconds))))) : null,
      frame.cold ? make("p", { class: "about" }, "A function had to start for this frame.") : null,
      frame.id ? fact("Request", make("code", null, frame.id)) : null));
}

viewer.addEventListener("keydown", (event) => {
  if (event.key === "ArrowLeft") step(-1);
  if (event.key === "ArrowRight") step(1);
});
viewer.addEventListener("click", (event) => event.target === viewer && viewer.close());
