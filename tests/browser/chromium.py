"""A headless Chromium without a network, driven by its DevTools protocol.

Only what this machine itself serves can be reached: names are resolved to nothing. What a page
says on its console, what it throws and what it asks of other hosts is kept, and so a test can say
that there was none.
"""

import base64
import json
import os
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import websocket

PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "chrome")
FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-extensions",
    "--disable-default-apps",
    "--mute-audio",
    "--remote-debugging-port=0",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
)
OWN = {"", "127.0.0.1", "localhost"}
INSIDE = {"data", "blob", "about", "chrome", "file", "devtools"}
SECONDS = 300.0
"""How long anything is waited for unless a test says otherwise.

Whatever is waited for is a condition that is looked at again and again, so that a limit costs
nothing when all is well; on a machine that has ten other things to do all of it is slow.
"""


def program() -> str:
    """Return the path of a Chromium; a test skips where there is none."""
    found = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, PROGRAMS)), None)
    if not found:
        pytest.skip(f"no Chromium on this machine (looked for {', '.join(PROGRAMS)}, $CHROMIUM)")
    return found


@contextmanager
def opened(folder: Path, *, width: int = 1280, height: int = 900) -> Iterator["Page"]:
    """Give a page of a new Chromium whose profile is in `folder`; it is ended afterwards."""
    profile = folder / "chromium"
    command = [program(), *FLAGS, f"--user-data-dir={profile}", f"--window-size={width},{height}"]
    environment = {**os.environ, "HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}
    with (folder / "chromium.log").open("wb") as log:
        process = subprocess.Popen(
            [*command, "about:blank"],
            stdout=log,
            stderr=log,
            env=environment,
            start_new_session=True,
        )
    page = None
    try:
        page = Page(_address(profile / "DevToolsActivePort", process))
        page.size(width, height)
        yield page
    finally:
        if page:
            page.close()
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _address(told: Path, process: "subprocess.Popen[bytes]") -> str:
    """Return the address of the first page, once Chromium has written where it listens."""
    import http.client

    end = time.monotonic() + SECONDS
    while time.monotonic() < end and process.poll() is None:
        with suppress(OSError, ValueError, StopIteration, http.client.HTTPException):
            port = int(told.read_text().splitlines()[0])
            asked = http.client.HTTPConnection("127.0.0.1", port, timeout=SECONDS)
            try:
                asked.request("GET", "/json/list")
                targets = json.loads(asked.getresponse().read())
            finally:
                asked.close()
            return next(each for each in targets if each["type"] == "page")["webSocketDebuggerUrl"]
        time.sleep(0.05)
    raise AssertionError(f"Chromium did not start; see {told.parent.parent / 'chromium.log'}")


class Page:
    """One page.

    Attributes
    ----------
    errors : list of str
        What it wrote to the console as an error, threw and did not catch, or failed to load.
    outside : list of str
        Addresses on other hosts that it asked for.
    """

    def __init__(self, address: str) -> None:
        self.errors: list[str] = []
        self.outside: list[str] = []
        self._answers: dict[int, dict[str, Any]] = {}
        self._arrived = threading.Condition()
        self._last = 0
        self._socket = websocket.create_connection(address, suppress_origin=True, timeout=None)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.send(f"{domain}.enable")

    def send(self, method: str, **values: Any) -> dict[str, Any]:
        """Call `method` of the protocol and return its result."""
        with self._arrived:
            self._last += 1
            number = self._last
        self._socket.send(json.dumps({"id": number, "method": method, "params": values}))
        with self._arrived:
            if not self._arrived.wait_for(lambda: number in self._answers, timeout=SECONDS):
                raise AssertionError(f"Chromium did not answer {method}")
            answer = self._answers.pop(number)
        if "error" in answer:
            raise AssertionError(f"{method}: {answer['error']['message']}")
        return answer["result"]

    def size(self, width: int, height: int, *, phone: bool = False) -> None:
        """Make the page as large as a screen of `width` and `height`."""
        self.send(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=phone,
        )

    def go(self, address: str) -> None:
        """Open `address` and wait until the document is there."""
        self.send("Page.navigate", url=address)
        self.until("document.readyState === 'complete' && location.href !== 'about:blank'")

    def run(self, script: str) -> Any:
        """Return what `script`, an expression or a promise, comes to."""
        result = self.send(
            "Runtime.evaluate",
            expression=script,
            awaitPromise=True,
            returnByValue=True,
            userGesture=True,
        )
        if "exceptionDetails" in result:
            thrown = result["exceptionDetails"]
            said = thrown.get("exception", {}).get("description", thrown["text"])
            raise AssertionError(f"{script[:200]}: {said}")
        return result["result"].get("value")

    def until(self, script: str, seconds: float = SECONDS) -> Any:
        """Return the first true value of `script`; fail, with what the page says, without one."""
        end = time.monotonic() + seconds
        # An element has no value of its own that could be handed over.
        asked = f"Promise.resolve({script}).then((v) => (v instanceof Node ? true : v))"
        while time.monotonic() < end:
            with suppress(AssertionError):
                if value := self.run(asked):
                    return value
            time.sleep(0.1)
        seen = self.run("document.body ? document.body.innerText.slice(0, 2000) : ''")
        raise AssertionError(f"not within {seconds:g} s: {script}; errors {self.errors}; {seen}")

    def click(self, target: str, *, right: bool = False) -> None:
        """Click, as a mouse does, the middle of the element that the script `target` returns.

        It is waited for until it is there and rests: what is drawn above it may still move it.
        """
        place = self.until(
            f"(async () => {{ const e = {target}; if (!e) return null;"
            " e.scrollIntoView({block: 'center', inline: 'center'});"
            " const r = e.getBoundingClientRect();"
            " await new Promise((done) => setTimeout(done, 50));"
            " const s = e.getBoundingClientRect();"
            " return r.width && r.x === s.x && r.y === s.y"
            " ? [r.x + r.width / 2, r.y + r.height / 2] : null; })()"
        )
        button = "right" if right else "left"
        for kind in ("mouseMoved", "mousePressed", "mouseReleased"):
            held = "none" if kind == "mouseMoved" else button
            self.send(
                "Input.dispatchMouseEvent",
                type=kind,
                x=place[0],
                y=place[1],
                button=held,
                clickCount=0 if kind == "mouseMoved" else 1,
            )

    def write(self, words: str) -> None:
        """Type `words` where the cursor stands."""
        self.send("Input.insertText", text=words)

    def allow(self, origin: str, *permissions: str) -> None:
        """Grant `origin` permissions such as `clipboardReadWrite`, as a click of a person would."""
        self.send("Browser.grantPermissions", origin=origin, permissions=list(permissions))

    def picture(self, path: Path) -> None:
        """Save what is seen as a PNG file."""
        taken = self.send("Page.captureScreenshot", format="png")
        path.write_bytes(base64.b64decode(taken["data"]))

    def pdf(self) -> bytes:
        """Return the page as it is printed."""
        printed = self.send("Page.printToPDF", printBackground=True)
        return base64.b64decode(printed["data"])

    def close(self) -> None:
        """Let go of the page."""
        with suppress(OSError, websocket.WebSocketException):
            self._socket.close()
        self._reader.join(timeout=5)

    def _read(self) -> None:
        with suppress(OSError, ValueError, websocket.WebSocketException):
            while said := self._socket.recv():
                message = json.loads(said)
                if "id" in message:
                    with self._arrived:
                        self._answers[message["id"]] = message
                        self._arrived.notify_all()
                else:
                    self._heard(message["method"], message["params"])

    def _heard(self, method: str, told: dict[str, Any]) -> None:
        if method == "Runtime.consoleAPICalled" and told["type"] in {"error", "assert"}:
            parts = [str(each.get("value", each.get("description"))) for each in told["args"]]
            self.errors.append(" ".join(parts))
        elif method == "Runtime.exceptionThrown":
            thrown = told["exceptionDetails"]
            self.errors.append(thrown.get("exception", {}).get("description", thrown["text"]))
        elif method == "Log.entryAdded" and told["entry"]["level"] == "error":
            self.errors.append(f"{told['entry']['text']} {told['entry'].get('url', '')}".strip())
        elif method == "Network.requestWillBeSent":
            self._asked(told["request"]["url"])
        elif method == "Network.webSocketCreated":
            self._asked(told["url"])

    def _asked(self, address: str) -> None:
        parts = urlsplit(address)
        if parts.scheme not in INSIDE and (parts.hostname or "") not in OWN:
            self.outside.append(address)
