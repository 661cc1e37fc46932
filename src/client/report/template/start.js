// Light, dark or as the system has it; then everything is drawn.
const THEMES = { system: "◐ System", light: "☀ Light", dark: "☾ Dark" };

function setTheme(theme) {
  if (theme === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  const button = document.getElementById("theme");
  button.textContent = THEMES[theme];
  button.dataset.now = theme;
  button.title = "Light, dark, or as the system has it";
}

document.getElementById("theme").addEventListener("click", (event) => {
  const order = Object.keys(THEMES);
  setTheme(order[(order.indexOf(event.currentTarget.dataset.now) + 1) % order.length]);
});

setTheme("system");
document.title = `Facelane: ${data.run.title ?? data.run.run_id ?? "report"}`;
showSummary();
showPeople();
showStages();
showTrouble();
showFrames();
document.documentElement.dataset.ready = "yes"; // a test waits for this
