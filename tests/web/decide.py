"""decide.py URL NOW BUILD: games and news approve BUILD for production, proxy promotes it, and everybody sees it live.

URL is that of the proxy, which asks for name and password; NOW the file that is the service's clock. The service's
world is that of page.bats: production soaks for three days, needs two approvals, and who promotes has not approved.
"""

import os
import sys

from browser import Browser, Keys

URL, NOW, BUILD = sys.argv[1:4]
CARD = "article[data-key=production]"
# A reason that would do harm if it ever became more than text.
EVIL = "<img src=x onerror=\"document.title='harm'\"><script>document.title='harm'</script> & 'tried'"


def act(action):
    return f"{CARD} [data-act={action}]"


def pass_days(days):
    with open(NOW, encoding="ascii") as file:
        later = int(file.read()) + days * 86400
    with open(NOW + ".new", "w", encoding="ascii") as file:
        file.write(str(later))
    os.rename(NOW + ".new", NOW)


def why_it_waits(browser):
    browser.sees(CARD, "Soaking", "needs 3 days of soak", "needs 2 approvals, has none")
    browser.click(f"{CARD} details > summary")
    browser.sees(f"{CARD} .gates", "complete open", "soak shut", "approvals shut", "opens by itself 4 Sep 2026, 10:00")


def approve(browser, person, reason, seen):
    browser.be(person)
    browser.open(URL)
    browser.click(act("approve"))
    browser.sees("dialog[open]", "for production", "What changes", "a machine fetches")
    browser.keys(reason)
    browser.sees("#dialog-command", f"sudo ringmgr approve production {BUILD} --reason")
    browser.click("dialog [type=submit]")
    browser.until(lambda: browser.count("dialog[open]") == 0, f"the approval of {person} is taken")
    browser.sees("#toast", "Approved")
    browser.sees(CARD, *seen)
    browser.sees("#history-body tbody tr:first-child", person, "approve", "production")


def hold_and_lift(browser):
    for action, said, after in (("hold", "is on hold", "On hold"), ("unhold", "is lifted", "Soaking")):
        browser.click(act(action))
        browser.keys("month end")
        browser.click("dialog [type=submit]")
        browser.sees("#toast", said)
        browser.sees(CARD, after)


def reason_stays_text(browser):
    browser.sees("#history-body tbody tr:first-child .reason", EVIL)
    assert browser.count("main img, main script, main iframe") == 0, "a reason has become an element"
    assert "harm" not in browser.driver.title, "a reason has run"


def refused(browser, words):
    """The dialog stays, and says why in the gate's own sentence; Escape leaves everything as it was."""
    browser.click(act("promote"))
    browser.click("dialog [type=submit]")
    browser.sees("#dialog-refusal", "Refused:", words)
    browser.keys(Keys.ESCAPE)
    browser.until(lambda: browser.count("dialog[open]") == 0, "Escape closes the dialog")
    assert browser.run("return document.activeElement.matches(arguments[0])", act("promote")), "the focus is lost"


def promote_by_keyboard(browser):
    browser.be("proxy")
    browser.open(URL)
    browser.sees("#attention-body", "production is ready to take")
    browser.tab_to(act("promote"))
    browser.keys(Keys.ENTER)
    browser.sees("dialog[open]", "Promote production")
    browser.keys(Keys.ENTER)
    browser.until(lambda: browser.count("dialog[open]") == 0, "the promotion is done")
    browser.sees(f"{CARD} dl", "Live", BUILD.removeprefix("16.0."))
    browser.sees(CARD, "Up to date", "by proxy")
    browser.sees("#news", f"production now offers {BUILD}")
    browser.sees("#journey-body", "Live in production by proxy")
    assert browser.run("return document.activeElement.closest('article')?.dataset.key") == "production", "the focus is lost"


with Browser() as browser:
    browser.screen(1440, 900)
    browser.be("games")
    browser.open(URL)
    why_it_waits(browser)
    refused(browser, "needs 3 days of soak")
    hold_and_lift(browser)
    approve(browser, "games", EVIL, ["has 1 (games)"])
    reason_stays_text(browser)
    approve(browser, "news", "seen in pilot", ["needs 3 days of soak"])
    # The page asks again by itself, and keeps what is unfolded and where the reader is.
    browser.click(f"{CARD} details > summary")
    pass_days(4)
    browser.sees(CARD, "Ready to promote", "All gates: open")
    assert browser.count(f"{CARD} details[open]") == 1, "the refresh has folded the gates"
    browser.sees("#news", "production: Ready to promote.")
    assert browser.driver.title.startswith("(1) "), browser.driver.title
    refused(browser, "news")
    promote_by_keyboard(browser)
    assert browser.complaints() == [], browser.complaints()
