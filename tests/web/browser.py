"""Drives Debian's Chromium at the page of `ringmgr serve`: Debian's python3-selenium and chromium-driver."""

import base64
import json

from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

PATIENCE_S = 30
FLAGS = ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars",
         "--no-first-run", "--disable-extensions", "--disable-background-networking", "--disable-component-update")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


class Browser:
    """A headless Chromium with one page open. Ends with its `with` block."""

    def __init__(self):
        options = webdriver.ChromeOptions()
        for flag in FLAGS:
            options.add_argument(flag)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        self.width = 0
        self.driver = webdriver.Chrome(service=Service("/usr/bin/chromedriver"), options=options)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.driver.quit()

    # ---- opening ----

    def cdp(self, command, **values):
        return self.driver.execute_cdp_cmd(command, values)

    def be(self, person):
        """From now on every request carries this person's name and password, as after the browser's own question."""
        word = base64.b64encode(f"{person}:{person}".encode()).decode()
        self.cdp("Network.enable")
        self.cdp("Network.setExtraHTTPHeaders", headers={"Authorization": f"Basic {word}"})

    def screen(self, width, height, scheme="light"):
        self.width = width
        self.cdp("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1,
                 mobile=width < 500)
        self.cdp("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])

    def open(self, url):
        """Opens the page and waits until it has shown what the service says."""
        self.driver.get(url)
        try:
            self.until(lambda: self.run("return document.body.dataset.ready === 'yes'"), "")
        except Exception:
            raise AssertionError(f"{url} stays empty: {self.text('body')} {self.complaints()}") from None

    # ---- looking ----

    def run(self, script, *values):
        return self.driver.execute_script(script, *values)

    def until(self, condition, what):
        WebDriverWait(self.driver, PATIENCE_S, poll_frequency=0.1).until(lambda _: condition(), f"never: {what}")

    def text(self, selector):
        """What a reader sees of the element, on one line; "" where there is none."""
        return self.run("return document.querySelector(arguments[0])?.innerText.replace(/\\s+/g, ' ') ?? ''", selector)

    def sees(self, selector, *words):
        """Waits until all the words stand in the element."""
        try:
            self.until(lambda: all(word in self.text(selector) for word in words), "")
        except Exception:
            raise AssertionError(f"{selector} does not say {words} but: {self.text(selector)}") from None

    def count(self, selector):
        return len(self.driver.find_elements(By.CSS_SELECTOR, selector))

    # ---- acting ----

    def click(self, selector):
        element = self.driver.find_element(By.CSS_SELECTOR, selector)
        self.run("arguments[0].scrollIntoView({block: 'center', behavior: 'instant'})", element)
        element.click()

    def keys(self, *keys):
        self.driver.switch_to.active_element.send_keys(*keys)

    def tab_to(self, selector):
        """Goes there with the Tab key alone."""
        for _ in range(300):
            self.keys(Keys.TAB)
            if self.run("return document.activeElement.matches(arguments[0])", selector):
                return
        raise AssertionError(f"Tab does not reach {selector}")

    # ---- judging ----

    def judge(self, axe, where):
        """axe-core finds nothing serious or critical, and nothing overflows sideways."""
        if not self.run("return Boolean(window.axe)"):
            with open(axe, encoding="utf-8") as file:
                self.run(file.read())
        result = self.driver.execute_async_script(
            "const [rules, done] = arguments; axe.run({runOnly: rules}).then(done, (error) => done({error: String(error)}))", RULES)
        assert len(result.get("passes", [])) > 20, f"{where}: axe did not look: {json.dumps(result)[:500]}"
        bad = [one for one in result["violations"] if one["impact"] in ("serious", "critical")]
        assert not bad, f"{where}: {json.dumps([[one['id'], [node['html'] for node in one['nodes']]] for one in bad], indent=1)}"
        wide = self.run("return document.documentElement.scrollWidth")  # innerWidth of a phone grows with the page
        assert wide <= self.width, f"{where}: {wide} pixels wide, with room for {self.width}"

    def complaints(self):
        """What the console says, but for answers of refusal, which the browser notes by itself."""
        return [line["message"] for line in self.driver.get_log("browser") if "status of 409" not in line["message"]]

    def picture(self, path):
        with open(path, "wb") as file:
            file.write(base64.b64decode(self.cdp("Page.captureScreenshot", captureBeyondViewport=True)["data"]))
