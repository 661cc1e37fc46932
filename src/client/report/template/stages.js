// Where the time went: by stage, and how frames spread over their latency.
const STAGES = {
  upload_s: ["Upload", "move"], frame_queue_s: ["Queue to detection", "wait"], fetch_s: ["Fetch", "move"], decode_s: ["Decode", "work"],
  detect_s: ["Find faces", "work"], req_queue_s: ["Queue to recognition", "wait"], embed_s: ["Embed faces", "work"], match_s: ["Match", "work"],
  store_s: ["Store the result", "move"], resp_queue_s: ["Queue to the client", "wait"],
};
const SPAN = data.run.exec_type === "local" ? "From file to answer" : "From upload to answer";
const KINDS = { work: "Working", move: "Moving and storing", wait: "Waiting in queues", rest: "Waiting for the batch, other" };

/** The stages of a frame in their order as {name, label, kind, seconds}, with what no stage accounts for. */
function parts(seconds) {
  const known = data.stages.flatMap(({ name }, number) =>
    STAGES[name] && seconds[number] !== null ? [{ name, label: STAGES[name][0], kind: STAGES[name][1], seconds: seconds[number] }] : []);
  const rest = (seconds[END_TO_END] ?? 0) - known.reduce((sum, part) => sum + part.seconds, 0);
  if (rest > 0.0005) known.push({ name: "rest", label: KINDS.rest, kind: "rest", seconds: rest });
  return known;
}

function stacked(list, whole) {
  return make("div", { class: "stacked" }, ...list.map((part) =>
    make("span", { class: `part ${part.kind}`, title: `${part.label}: ${duration(part.seconds)}`, style: { width: percent(part.seconds / whole) } })));
}

const kindKeys = (list) => make("div", { class: "legend" }, ...Object.entries(KINDS).filter(([kind]) => list.some((part) => part.kind === kind)).map(([kind, label]) =>
  make("span", { class: "key still" }, make("i", { class: `part ${kind}` }), label)));

function stageTable() {
  const timed = data.stages.filter((stage) => stage.count && STAGES[stage.name]);
  const longest = Math.max(...timed.map((stage) => stage.p95), 1e-9);
  const row = (stage) => make("tr", { "data-stage": stage.name },
    make("th", { scope: "row" }, STAGES[stage.name][0]),
    make("td", { class: "range" }, make("div", { class: "meter", title: `mean ${duration(stage.mean)}, 95 % within ${duration(stage.p95)}` },
      make("span", { class: `part ${STAGES[stage.name][1]} reach`, style: { width: percent(stage.p95 / longest) } }),
      make("span", { class: `part ${STAGES[stage.name][1]}`, style: { width: percent(Math.min(stage.mean / longest, 1)) } }))),
    ...["mean", "p50", "p95", "p99", "max"].map((figure) => make("td", { class: `number ${figure}` }, duration(stage[figure]))));
  return make("table", null,
    make("thead", null, make("tr", null, make("th", { scope: "col" }, "Stage"), make("td", { class: "range" }),
      ...["Mean", "p50", "p95", "p99", "Longest"].map((label, at) => make("th", { scope: "col", class: `number ${["mean", "p50", "p95", "p99", "max"][at]}` }, label)))),
    make("tbody", null, ...timed.map(row)));
}

function spread() {
  const times = frames.map(took).filter((seconds) => seconds !== null);
  const bins = 36;
  const end = Math.max(data.stages[END_TO_END].p99 * 1.05, 1e-6);
  const heights = new Array(bins).fill(0);
  for (const seconds of times) heights[Math.min(bins - 1, Math.floor((seconds / end) * bins))] += 1;
  const highest = Math.max(...heights);
  const mark = (figure) => make("span", { class: `mark ${figure}`, style: { left: percent(Math.min(data.stages[END_TO_END][figure] / end, 1)) } }, make("small", null, figure));
  return make("div", { class: "spread" },
    make("div", { class: "columns" }, ...heights.map((height, at) => make("span", {
      title: `${plural(height, "frame")}, ${duration((at * end) / bins)} to ${at === bins - 1 ? "the longest" : duration(((at + 1) * end) / bins)}`,
      style: { height: height ? `max(2px, ${percent(height / highest)})` : "0" },
    })), mark("p50"), mark("p95")),
    make("div", { class: "ends" }, make("span", null, "0"), make("span", null, SPAN.toLowerCase()), make("span", null, duration(end))));
}

function showStages() {
  const section = document.getElementById("time");
  section.append(heading("Where the time went", `${SPAN}, frame by frame.`));
  const timed = frames.filter((frame) => took(frame) !== null);
  if (!timed.length) {
    section.append(make("p", { class: "card empty" }, "No frame of this run has times."));
    return;
  }
  const mean = data.stages.map(({ name }, number) => {
    const known = timed.some((frame) => frame.seconds[number] !== null);
    return known ? timed.reduce((sum, frame) => sum + (frame.seconds[number] ?? 0), 0) / timed.length : null;
  });
  const list = parts(mean);
  const whole = list.reduce((sum, part) => sum + part.seconds, 0);
  section.append(make("div", { class: "split" },
    make("div", { class: "card wide" },
      make("h3", null, `An average frame took ${duration(mean[END_TO_END])}`),
      stacked(list, whole), kindKeys(list), make("div", { class: "scroll" }, stageTable())),
    make("div", { class: "card" }, make("h3", null, `How ${plural(timed.length, "frame")} spread`), spread())));
}
