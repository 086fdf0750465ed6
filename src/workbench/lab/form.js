// A form of parameters: every value is checked by the notebook's kernel as it is typed. It speaks
// to the server it came from, over a channel of its own to the same kernel.
((form) => {
  if (!form || form.dataset.ready) return;
  form.dataset.ready = "yes";
  const told = JSON.parse(form.dataset.told);
  const said = form.querySelector("[data-said]");
  const shown = form.querySelector("[data-command]");
  const config = JSON.parse((document.getElementById("jupyter-config-data") || {}).textContent || "{}");
  const own = crypto.getRandomValues(new Uint32Array(4)).join("-");
  let channel = null;
  let number = 0;
  let waiting = null;
  const values = () => Object.fromEntries([...form.elements].filter((e) => e.name).map(
    (e) => [e.name, e.type === "checkbox" ? String(e.checked) : e.value]));
  const message = (kind, content) => JSON.stringify({
    channel: "shell", buffers: [], metadata: {}, parent_header: {},
    header: { msg_id: `${own}-${kind}-${number}`, msg_type: kind, session: own, username: "",
      version: "5.3", date: new Date().toISOString() },
    content,
  });
  const connected = () => new Promise((done, failed) => {
    if (channel && channel.readyState === WebSocket.OPEN) { done(channel); return; }
    const base = new URL(config.baseUrl || "/", location.href);
    base.protocol = base.protocol === "https:" ? "wss:" : "ws:";
    const next = new WebSocket(`${base.href}api/kernels/${told.kernel}/channels?session_id=${own}`);
    next.onopen = () => {
      next.send(message("comm_open", { comm_id: own, target_name: told.target, data: {} }));
      channel = next;
      done(next);
    };
    next.onerror = () => failed(new Error("closed"));
    next.onmessage = (event) => {
      const heard = JSON.parse(event.data);
      if (heard.msg_type === "comm_msg" && heard.content.comm_id === own) answered(heard.content.data);
    };
  });
  const ask = async (apply) => {
    clearTimeout(waiting);
    number += 1;
    const data = { number, apply, notebook: told.notebook, language: told.language, values: values() };
    waiting = setTimeout(() => { said.textContent = told.say.silent; }, 10000);
    try {
      (await connected()).send(message("comm_msg", { comm_id: own, data }));
    } catch (closed) {
      said.textContent = told.say.silent;
    }
  };
  const answered = (data) => {
    if (data.asked !== number) return;
    clearTimeout(waiting);
    const wrong = Object.keys(data.errors).length > 0;
    for (const each of form.querySelectorAll("[data-wrong]")) {
      const why = data.errors[each.dataset.wrong] || "";
      each.textContent = why;
      form.elements[each.dataset.wrong].setAttribute("aria-invalid", String(Boolean(why)));
    }
    if (!wrong) shown.textContent = data.command;
    said.textContent = data.applied ? told.say.set : (wrong ? told.say.mend : "");
  };
  let later = null;
  form.noValidate = true;
  form.addEventListener("input", () => { clearTimeout(later); later = setTimeout(ask, 250, false); });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    clearTimeout(later);
    ask(true);
  });
  // The notebook must not take what is typed into a field for its own keys.
  form.addEventListener("keydown", (event) => event.stopPropagation());
})(document.getElementById("NAME"));
