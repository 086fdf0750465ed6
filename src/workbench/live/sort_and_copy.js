// Tools at a live result: sort a table by a heading, copy a figure or a table into a slide.
// Runs once for each result, touches nothing outside it, and asks nobody for anything.
((root) => {
  if (!root || root.dataset.ready) return;
  root.dataset.ready = "yes";
  const say = JSON.parse(root.dataset.say);
  const SCALE = { "": 1, "%": 1, 万: 1e4, 亿: 1e8, 万亿: 1e12, k: 1e3, m: 1e6, bn: 1e9, tn: 1e12 };
  const number = (shown) => {
    const plain = shown.replace(/[,\s\u00a0+]/g, "").replace(/^[−–](?=\d)/, "-");
    const found = plain.match(/^[^\d()-]{0,3}(-?\d+(?:\.\d+)?)(%|万亿|万|亿|tn|bn|m|k)?(?![\d年月])/i);
    return found ? parseFloat(found[1]) * SCALE[(found[2] || "").toLowerCase()] : null;
  };
  const day = (shown) => (/^\d{1,2}[\s\u00a0][A-Z][a-z]+[\s\u00a0]\d{4}$/.test(shown)
    ? Date.parse(shown.replace(/\u00a0/g, " ")) : null);
  const before = (a, b) => {
    for (const read of [day, number]) {
      const [x, y] = [read(a), read(b)];
      if (x !== null && y !== null) return x - y;
      if (x !== null || y !== null) return x !== null ? -1 : 1;
    }
    return a.localeCompare(b, root.lang, { numeric: true });
  };
  for (const table of root.querySelectorAll("table")) {
    table.querySelectorAll("thead th").forEach((head, at) => {
      head.title = say.sort;
      head.style.cursor = "pointer";
      head.tabIndex = 0;
      head.setAttribute("role", "button");
      const sort = () => {
        const down = head.getAttribute("aria-sort") === "ascending";
        for (const each of table.querySelectorAll("thead th")) each.removeAttribute("aria-sort");
        head.setAttribute("aria-sort", down ? "descending" : "ascending");
        const body = table.tBodies[0];
        const rows = [...body.rows].map((row) => [row.cells[at].textContent.trim(), row]);
        const none = (cell) => cell === "–" || cell === "";
        rows.sort((a, b) => {
          if (none(a[0]) || none(b[0])) return none(a[0]) - none(b[0]);
          return down ? before(b[0], a[0]) : before(a[0], b[0]);
        });
        body.append(...rows.map((pair) => pair[1]));
      };
      head.addEventListener("click", sort);
      head.addEventListener("keydown", (event) => { if (event.key === "Enter") sort(); });
    });
  }
  const picture = (svg) => new Promise((done, failed) => {
    const drawn = svg.cloneNode(true);
    const box = svg.viewBox.baseVal;
    const scale = 3;
    drawn.setAttribute("width", box.width * scale);
    drawn.setAttribute("height", box.height * scale);
    const image = new Image();
    image.onload = () => {
      const canvas = document.createElement("canvas");
      canvas.width = Math.round(box.width * scale);
      canvas.height = Math.round(box.height * scale);
      const pen = canvas.getContext("2d");
      pen.fillStyle = "white";
      pen.fillRect(0, 0, canvas.width, canvas.height);
      pen.drawImage(image, 0, 0, canvas.width, canvas.height);
      canvas.toBlob((blob) => (blob ? done(blob) : failed(new Error("no picture"))), "image/png");
    };
    image.onerror = () => failed(new Error("no picture"));
    image.src = "data:image/svg+xml;charset=utf-8," +
      encodeURIComponent(new XMLSerializer().serializeToString(drawn));
  });
  const cells = (table) => [...table.rows].map((row) => [...row.cells].map((c) => c.textContent.trim()));
  const plain = (table) => cells(table).map((row) => row.join("\t")).join("\n");
  const framed = (table) => {
    const copy = table.cloneNode(true);
    for (const each of copy.querySelectorAll("th,td")) each.removeAttribute("style");
    return `<table border="1" cellspacing="0" cellpadding="4">${copy.innerHTML}</table>`;
  };
  const what = {
    figure: () => ({ "image/png": picture(root.querySelector("svg")) }),
    table: () => ({
      "text/plain": new Blob([plain(root.querySelector("table"))], { type: "text/plain" }),
      "text/html": new Blob([framed(root.querySelector("table"))], { type: "text/html" }),
    }),
  };
  for (const button of root.querySelectorAll("button[data-copy]")) {
    const label = button.textContent;
    button.addEventListener("click", async () => {
      try {
        await navigator.clipboard.write([new ClipboardItem(what[button.dataset.copy]())]);
        button.textContent = say.copied;
      } catch (refused) {
        button.textContent = say.refused;
      }
      setTimeout(() => { button.textContent = label; }, 1500);
    });
  }
})(document.getElementById("NAME"));
