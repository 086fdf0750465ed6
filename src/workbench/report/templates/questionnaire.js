const form = document.getElementById("form");
const at = (id) => document.getElementById(id);
const started = clock();
let warned = false;

/* This device's time, to the second, without a zone: as the bank writes times down. */
function clock() {
  const now = new Date();
  return new Date(now - now.getTimezoneOffset() * 60000).toISOString().slice(0, 19);
}

function speak(language) {
  document.documentElement.lang = language;
  document.title = settings.titles[language.slice(0, 2)];
  for (const each of document.querySelectorAll("[data-language]"))
    each.setAttribute("aria-pressed", String(each.dataset.language === language));
}

/* The code as it is printed, or nothing where a letter or the check letter is wrong. */
function code() {
  const letters = at("code").value.normalize("NFKC").toUpperCase().replace(/[\s\-\u2010-\u2014_.]+/g, "");
  const places = [...letters].map((each) => settings.alphabet.indexOf(each));
  if (places.length !== settings.letters + 1 || places.includes(-1)) return "";
  const sum = places.slice(0, -1).reduce((all, each, place) => all + (place + 1) * each, 0);
  if (sum % settings.alphabet.length !== places.at(-1)) return "";
  let begin = 0;
  return settings.groups.map((size) => letters.slice(begin, (begin += size))).join("-");
}

function chosen(name) {
  const field = form.elements[name];
  return field ? field.value.trim() : "";
}

function items() {
  return [...document.querySelectorAll("[data-item]")].map((each) => each.dataset.item);
}

function answers() {
  const given = {};
  for (const item of items()) {
    const value = chosen(item);
    if (value) given[item] = /^\d+$/.test(value) && at(item) === null ? Number(value) : value;
  }
  return given;
}

function settle() {
  const declines = chosen("consent") === "no";
  at("questions").hidden = declines;
  at("declined").hidden = !declines;
  for (const each of document.querySelectorAll("[data-clears]")) each.hidden = !chosen(each.dataset.clears);
  warn(false);
}

function warn(on) {
  warned = on;
  at("unanswered").hidden = !on;
  at("save-anyway").hidden = !on;
  at("save-plain").hidden = on;
}

/* Shows what is missing and goes to the first of it. */
function flawed() {
  const wrong = [];
  if (!code()) wrong.push(["code", "code-wrong"]);
  if (!chosen("consent")) wrong.push(["consent", "consent-wrong"]);
  for (const id of ["code", "consent"]) {
    const own = wrong.find((each) => each[0] === id);
    at(`${id}-wrong`).hidden = !own;
    at(id).setAttribute("aria-invalid", String(Boolean(own)));
  }
  if (wrong.length) (wrong[0][0] === "code" ? at("code") : form.elements.consent[0]).focus();
  return wrong.length > 0;
}

function save(event) {
  event.preventDefault();
  if (flawed()) return;
  const consents = chosen("consent") === "yes";
  const given = consents ? answers() : {};
  const closed = items().filter((item) => at(item) === null);
  const open = closed.filter((item) => !(item in given)).length;
  if (consents && open && !warned) {
    at("count").textContent = String(open);
    warn(true);
    return;
  }
  const said = {
    form: "questionnaire", wave_id: settings.wave, edition: settings.edition, code: code(),
    language: document.documentElement.lang, consent: consents ? "yes" : "no",
    started_at: started, completed_at: clock(), answers: given,
  };
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([JSON.stringify(said, null, 1)], { type: "application/json" }));
  link.download = `answers-${settings.wave}-${said.code}.json`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60000);
  warn(false);
  at("file").textContent = link.download;
  at("done").hidden = false;
  at("done").focus();
}

for (const each of document.querySelectorAll("[data-language]"))
  each.addEventListener("click", () => speak(each.dataset.language));
for (const each of document.querySelectorAll("[data-clears]"))
  each.addEventListener("click", () => {
    for (const point of form.elements[each.dataset.clears]) point.checked = false;
    settle();
  });
/* A code behind # is never sent anywhere, unlike one behind a question mark. */
const given = new URLSearchParams(location.hash.slice(1)).get("code");
if (given) at("code").value = given;
form.addEventListener("change", settle);
form.addEventListener("submit", save);
speak(document.documentElement.lang);
settle();
