// Tools at a live result: sort a table by a heading, copy a figure or a table into a slide.
// Runs once for each result, touches nothing outside it, and asks nobody for anything.
((root) => {
  if (!root || root.dataset.ready) return;
  root.dataset.ready = "yes";
  const say = JSON.parse(root.dataset.say);
  const number = (shown) => {
    const plain = shown.replace(/[,\s\u00a0%+]/g, "").replace(/[−–](?=\d)/, "-");
    const found = plain.match(/^-?\d+(\.\d+)?/);
    if (!found) return null;
    const scale = { 万: 1e4, 亿: 1e8, k: 1e3, m: 1e6, bn: 1e9 };
    const unit = plain.slice(found[0].length).match(/^(亿|万|bn|m|k)/i);
    return parseFloat(found[0]) * (unit ? scale[unit[1].toLowerCase()] : 1);
  };
  const before = (a, b) => {
    const [x, y] = [number(a), number(b)];
    if (x !== null && y !== null) return x - y;
    if (x !== null || y !== null) return x !== null ? -1 : 1;
    return a.localeCompare(b, document.documentElement.lang || "zh", { numeric: true });
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
        rows.sort((a, b) => (down ? before(b[0], a[0]) : before(a[0], b[0])));
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
