// The run: frames as objects, names and stages by number, pictures read block by block when they are first asked for.
const data = JSON.parse(document.getElementById("data").textContent);

const STATUSES = [
  ["recognized", "Recognized"],
  ["unknown", "Unknown"],
  ["no_face", "No face"],
  ["invalid", "Invalid"],
  ["failed", "Failed"],
  ["missing", "Missing"],
];
const statusLabel = Object.fromEntries(STATUSES);

const frames = data.frames.map(([filename, status, faces, [width, height, pictured], seconds, cold, error, id], index) => ({
  index, filename, status, width, height, pictured, seconds, cold, error, id,
  faces: faces.map(([person, distance, score, left, top, wide, high]) => ({ person, distance, score, left, top, wide, high })),
}));

const people = data.people.map(([count, best, appearances], person) => ({
  person, best,
  name: data.names[person],
  known: person !== data.unknown,
  frames: count,
  appearances: appearances.map(([start, end, count, best, confidence]) => ({ start, end, count, best, confidence })),
}));

const [unit, length] = data.timeline; // frames of a folder are counted, those of a video have a time

const END_TO_END = data.stages.findIndex((stage) => stage.name === "end_to_end_s");
const took = (frame) => frame.seconds[END_TO_END];
const byStatus = (status) => frames.filter((frame) => frame.status === status);

const blocks = new Map();

/** The picture of a frame as a data: URL; null where there is none. */
function pictureOf(frame) {
  if (!frame.pictured) return null;
  const number = Math.floor(frame.index / data.perBlock);
  if (!blocks.has(number)) {
    const block = document.getElementById(`pictures-${number}`);
    blocks.set(number, JSON.parse(block.textContent));
    block.remove();
  }
  return `data:image/jpeg;base64,${blocks.get(number)[frame.index % data.perBlock]}`;
}

const colourOf = (person) => (person === data.unknown ? "var(--stranger)" : `var(--person-${person % 10})`);
