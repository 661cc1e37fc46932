// What the run was, in a few figures, and how its frames ended.
function tile(label, value, about) {
  return make("div", { class: "tile" }, make("span", { class: "label" }, label), make("strong", null, value), make("span", { class: "about" }, about ?? ""));
}

function showSummary() {
  const { run } = data;
  const known = people.filter((person) => person.known);
  const faces = frames.reduce((sum, frame) => sum + frame.faces.length, 0);
  const strangers = frames.reduce((sum, frame) => sum + frame.faces.filter((face) => face.person === data.unknown).length, 0);
  const latency = data.stages[END_TO_END];
  const cold = frames.filter((frame) => frame.cold).length;
  const kinds = STATUSES.map(([status]) => ({ status, frames: byStatus(status).length })).filter((kind) => kind.frames);
  const facts = [
    run.model && `recognizer ${run.model}`,
    run.exec_type && (run.exec_type === "local" ? "on this machine, without the cloud" : "through the deployment"),
    run.skipped_files && `${plural(run.skipped_files, "other file")} skipped`,
    `report of ${run.made.replace("T", ", ").replace("+00:00", " UTC")}`,
  ].filter(Boolean);
  document.getElementById("summary").append(
    make("div", { class: "title" },
      make("h1", null, "Who is in ", run.title ? named(run.title) : "these frames", "?"),
      make("p", null, run.run_id ? make("code", null, run.run_id) : null, `${run.run_id ? " · " : ""}${facts.join(" · ")}`)),
    make("div", { class: "tiles" },
      tile("Frames", count(frames.length), run.seconds ? `in ${duration(run.seconds)}` : ""),
      tile("People", count(known.length), known.length ? "recognized by name" : "nobody was recognized"),
      tile("Faces", count(faces), strangers ? `${count(strangers)} of unknown people` : "all of known people"),
      tile("Typical frame", duration(latency.p50), latency.count ? `95 % within ${duration(latency.p95)}` : ""),
      tile("Throughput", run.frames_per_s ? `${run.frames_per_s.toFixed(1)}/s` : "–", cold ? `${plural(cold, "frame")} met a cold start` : "frames per second")),
    make("div", { class: "outcome" },
      make("div", { class: "share", role: "img", "aria-label": kinds.map((kind) => `${kind.frames} ${statusLabel[kind.status]}`).join(", ") },
        ...kinds.map((kind) => make("span", { class: `fill ${kind.status}`, style: { "flex-grow": kind.frames } }))),
      make("div", { class: "legend" }, ...kinds.map((kind) =>
        make("button", { type: "button", class: "key", "data-status": kind.status, title: "Show these frames", onclick: () => showOnly({ status: kind.status }) },
          make("i", { class: `fill ${kind.status}` }), statusLabel[kind.status], make("b", null, count(kind.frames)))))),
  );
}
