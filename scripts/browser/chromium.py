"""A Chromium without a window, spoken to over two pipes: the DevTools protocol needs no port and no library then."""

import base64
import fcntl
import json
import os
import pathlib
import select
import shutil
import signal
import tempfile
import time

NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"]
# A page of a few megabytes on a busy machine with two cores takes seconds, not minutes.
PATIENCE = 60
KEYS = {
    "Tab": (9, ""),
    "Space": (32, " "),
    "Enter": (13, "\r"),
    "Escape": (27, ""),
    "Home": (36, ""),
    "ArrowLeft": (37, ""),
    "ArrowUp": (38, ""),
    "ArrowRight": (39, ""),
    "ArrowDown": (40, ""),
}


def find():
    """The browser that CHROMIUM names, else the first on PATH that has one of its names; None if there is none."""
    named = os.environ.get("CHROMIUM")
    found = [shutil.which(name) for name in ([named] if named else NAMES)]
    return next((path for path in found if path), None)


class Browser:
    """One browser process with one page; its own profile is thrown away with it."""

    def __init__(self, path):
        self.profile = tempfile.mkdtemp(prefix="browser-check-")
        take, self.send_to = os.pipe()
        self.read_from, give = os.pipe()
        # The browser reads from 3 and writes to 4. Moved out of the way first, so that neither lands on the other.
        take_high, give_high = (fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, 10) for end in (take, give))
        os.close(take)
        os.close(give)
        arguments = [
            path,
            "--headless=new",
            "--remote-debugging-pipe",
            f"--user-data-dir={self.profile}",
            "--no-first-run",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--hide-scrollbars",
            "about:blank",
        ]
        if os.geteuid() == 0:
            # Chromium refuses its sandbox to root; the only page it opens here is ours.
            arguments.insert(1, "--no-sandbox")
        quiet = os.open(os.devnull, os.O_RDWR)
        actions = [(os.POSIX_SPAWN_DUP2, quiet, end) for end in (0, 1, 2)]
        actions += [(os.POSIX_SPAWN_DUP2, take_high, 3), (os.POSIX_SPAWN_DUP2, give_high, 4)]
        self.process = os.posix_spawn(path, arguments, os.environ, file_actions=actions, setsid=True)
        for end in (quiet, take_high, give_high):
            os.close(end)
        self.rest, self.number, self.session, self.events = b"", 0, None, []
        targets = self.call("Target.getTargets")["targetInfos"]
        target = next(one["targetId"] for one in targets if one["type"] == "page")
        self.session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")

    def call(self, method, **parameters):
        """Calls a method of the protocol; events that arrive before its answer are kept."""
        self.number += 1
        message = {"id": self.number, "method": method, "params": parameters}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.send_to, json.dumps(message).encode() + b"\0")
        while True:
            answer = self.receive(f"an answer to {method}")
            if answer.get("id") == self.number:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']['message']}")
                return answer["result"]

    def receive(self, what):
        """The next message; an event is kept as well."""
        end = time.monotonic() + PATIENCE
        while b"\0" not in self.rest:
            ready, _, _ = select.select([self.read_from], [], [], max(0.0, end - time.monotonic()))
            part = os.read(self.read_from, 1 << 20) if ready else None
            if not part:
                raise RuntimeError(f"the browser {'is gone' if ready else 'is silent'}, waiting for {what}")
            self.rest += part
        line, self.rest = self.rest.split(b"\0", 1)
        message = json.loads(line)
        if "method" in message:
            self.events.append(message)
        return message

    def open(self, url):
        """Opens a page and waits until it is loaded; earlier events are forgotten."""
        self.events = []
        failure = self.call("Page.navigate", url=url).get("errorText")
        if failure:
            raise RuntimeError(f"{url}: {failure}")
        while not any(event["method"] == "Page.loadEventFired" for event in self.events):
            self.receive("the page to load")

    def view(self, width, height, scheme, script=True, media=""):
        """Sets size, colour scheme, and whether scripts run; the next page opened has them."""
        phone = width < 600
        self.call(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=phone
        )
        scheme = [{"name": "prefers-color-scheme", "value": scheme}]
        self.call("Emulation.setEmulatedMedia", media=media, features=scheme)
        self.call("Emulation.setScriptExecutionDisabled", value=not script)

    def ask(self, expression):
        """The value of a JavaScript expression on the page."""
        answer = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in answer:
            details = answer["exceptionDetails"]
            raise RuntimeError(f"{expression}: {details.get('exception', details).get('description', details)}")
        return answer["result"].get("value")

    def press(self, key):
        """Presses and releases a key, as a person would."""
        code, text = KEYS[key]
        names = {"key": text.strip("\r") or key, "code": key, "windowsVirtualKeyCode": code}
        down = {"text": text} if text else {}
        self.call("Input.dispatchKeyEvent", type="keyDown" if text else "rawKeyDown", **names, **down)
        self.call("Input.dispatchKeyEvent", type="keyUp", **names)

    def picture(self, file, whole=False):
        """Writes what is seen, or the whole page, as PNG."""
        parameters = {"format": "png"}
        if whole:
            size = self.call("Page.getLayoutMetrics")["cssContentSize"]
            # Higher pictures than this are more than Chromium draws.
            clip = {"x": 0, "y": 0, "width": size["width"], "height": min(size["height"], 12000), "scale": 1}
            parameters.update(captureBeyondViewport=True, clip=clip)
        data = self.call("Page.captureScreenshot", **parameters)["data"]
        pathlib.Path(file).write_bytes(base64.b64decode(data))

    def close(self):
        """Ends the browser and everything it started, and removes its profile."""
        try:
            os.killpg(self.process, signal.SIGKILL)
        except ProcessLookupError:
            pass
        os.waitpid(self.process, 0)
        shutil.rmtree(self.profile, ignore_errors=True)
