// What wants a look: frames that failed or never were answered, and the slowest ones.
const SLOWEST = 8, MOST_FAILURES = 50;

function entry(frame, ...more) {
  return make("li", null, make("button", { type: "button", class: "entry", onclick: () => view(frame, frames) },
    make("span", { class: "mini" }, picture(frame, 4 / 3)),
    make("span", { class: "words" }, named(frame.filename), ...more)));
}

function showTrouble() {
  const failed = frames.filter((frame) => ["failed", "missing", "invalid"].includes(frame.status));
  const slow = frames.filter((frame) => took(frame) !== null).sort((a, b) => took(b) - took(a)).slice(0, SLOWEST);
  const longest = slow.length ? took(slow[0]) : 1;
  const reason = (frame) => frame.error ?? (frame.status === "missing" ? "No answer came." : "No reason was given.");
  const fine = () => make("p", { class: "card fine" }, make("i", { class: "fill recognized" }), "Every frame has a result: none failed, none is missing, none was unreadable.");
  const failures = () => make("div", { class: "card" },
    make("h3", null, `${plural(failed.length, "frame")} without a result`),
    make("ul", { class: "entries", id: "failures" }, ...failed.slice(0, MOST_FAILURES).map((frame) =>
      entry(frame, make("small", null, badge(frame.status), " ", make("bdi", null, reason(frame)))))),
    failed.length > MOST_FAILURES ? make("p", { class: "empty rest-note" }, `and ${count(failed.length - MOST_FAILURES)} more: choose their status under Frames.`) : null);
  const slowest = make("div", { class: "card" },
    make("h3", null, "Slowest frames"),
    slow.length
      ? make("ul", { class: "entries", id: "slowest" }, ...slow.map((frame) =>
          entry(frame, make("small", { class: "lasting" }, stacked(parts(frame.seconds), longest), make("b", null, duration(took(frame)))))))
      : make("p", { class: "empty" }, "No frame of this run has times."));
  document.getElementById("trouble").append(heading("Worth a look"),
    ...(failed.length ? [make("div", { class: "split even" }, failures(), slowest)] : [fine(), slowest]));
}
