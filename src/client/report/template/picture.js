// A frame with its boxes, at any size: the boxes are elements on top, in shares of the picture.
const nearby = new IntersectionObserver((entries) => {
  for (const { isIntersecting, target } of entries) {
    if (!isIntersecting) continue;
    nearby.unobserve(target);
    target.src = pictureOf(frames[Number(target.dataset.frame)]);
  }
}, { rootMargin: "600px" });

function image(frame) {
  const made = make("img", { alt: "", decoding: "async", "data-frame": frame.index });
  nearby.observe(made);
  return made;
}

function box(face) {
  const name = data.names[face.person];
  return make("span", {
    class: `box ${face.top < 0.12 ? "low" : ""} ${face.high < 0.35 ? "small" : ""}`,
    style: { left: percent(face.left), top: percent(face.top), width: percent(face.wide), height: percent(face.high), "--colour": colourOf(face.person) },
  }, named(name, face.left + face.wide / 2 > 0.6 ? "leftward" : ""));
}

/** room: width / height of the space that the picture is fitted into. */
function picture(frame, room) {
  const shape = frame.width / frame.height;
  const fitted = shape > room ? { width: "100%" } : { height: "100%" };
  return make("div", { class: "picture" },
    make("div", { class: frame.pictured ? "fitted" : "fitted blank", style: { "aspect-ratio": `${frame.width} / ${frame.height}`, ...fitted } },
      frame.pictured ? image(frame) : null,
      ...frame.faces.map(box)),
    frame.pictured ? null : make("span", { class: "no-picture" }, "No picture"));
}

/** A face cut out of its frame, size px square; a letter where there is no picture. */
function portrait(person, size) {
  const frame = frames[person.best];
  const face = frame.faces.find((one) => one.person === person.person);
  const letter = person.known ? [...person.name][0] : "?";
  const made = make("span", { class: "portrait", style: { width: `${size}px`, height: `${size}px`, "--colour": colourOf(person.person) } });
  const span = Math.max(face.wide * frame.width, face.high * frame.height) * 1.35;
  if (!frame.pictured || !span) {
    made.append(letter);
    return made;
  }
  const scale = size / span;
  const inside = image(frame);
  Object.assign(inside.style, {
    width: `${frame.width * scale}px`,
    height: `${frame.height * scale}px`,
    left: `${size / 2 - (face.left + face.wide / 2) * frame.width * scale}px`,
    top: `${size / 2 - (face.top + face.high / 2) * frame.height * scale}px`,
  });
  made.append(inside);
  return made;
}
