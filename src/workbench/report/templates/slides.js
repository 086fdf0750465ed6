(() => {
  "use strict";
  const printing = /[?&]view=print/.test(location.search);
  let speaker = null;

  const notes = () => Reveal.configure({ showNotes: !Reveal.getConfig().showNotes });
  const print = () => { location.search = "?view=print"; };

  // The speaker's window takes a copy of what the page already holds.
  const tell = () => {
    if (!speaker || speaker.closed) return;
    const here = Reveal.getCurrentSlide();
    const next = here.nextElementSibling;
    const held = here.querySelector("aside.notes");
    const page = speaker.document;
    page.body.replaceChildren();
    const put = (tag, words) => {
      const part = page.createElement(tag);
      part.textContent = words;
      page.body.append(part);
    };
    const headed = (slide) => slide.querySelector("h1, h2").textContent;
    put("h2", headed(here));
    if (held) page.body.append(page.importNode(held, true));
    if (next) put("p", `${document.body.dataset.next}: ${headed(next)}`);
  };
  const speak = () => {
    speaker = window.open("", "speaker", "width=720,height=560");
    if (!speaker) return notes();
    speaker.document.title = document.body.dataset.speaker;
    speaker.document.body.style.cssText = "font: 18px/1.6 sans-serif; margin: 24px; color: #1f2937";
    tell();
  };

  document.querySelectorAll("footer .at").forEach((mark) => {
    const all = [...document.querySelectorAll(".slides > section")];
    mark.textContent = `${all.indexOf(mark.closest("section")) + 1} / ${all.length}`;
  });

  Reveal.on("slidechanged", tell);
  Reveal.on("pdf-ready", () => window.print());
  Reveal.initialize({
    width: 1280, height: 720, margin: 0, minScale: 0.2, maxScale: 4, center: false,
    hash: true, transition: "none", backgroundTransition: "none", controlsTutorial: false,
    pdfMaxPagesPerSlide: 1, showNotes: printing ? "separate-page" : false,
    keyboard: { 78: notes, 80: print, 83: speak },
  });
})();
