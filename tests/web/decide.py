"""decide.py URL NOW BUILD OLD BACK: games and news approve BUILD for production, proxy promotes it, and everybody sees it
live. Then upstream goes back, which news has seen, and pilot goes back to OLD.

URL is that of the proxy, which asks for name and password; NOW the file that is the service's clock; BACK a program that
lets upstream go back. The service's world is that of page.bats: pilot had OLD before BUILD, production soaks for three
days, needs two approvals, and who promotes has not approved.
"""

import os
import subprocess
import sys

from browser import Browser, Keys

URL, NOW, BUILD, OLD, BACK = sys.argv[1:]
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
    browser.sees("#dialog-command", f"ringmgr approve production {BUILD} --reason")
    assert "sudo" not in browser.text("#dialog-command"), "the service itself decides who may"
    browser.click("dialog [type=submit]")
    browser.until(lambda: browser.count("dialog[open]") == 0, f"the approval of {person} is taken")
    browser.sees("#toast", "Approved")
    browser.sees(CARD, *seen)
    browser.sees("#history-body tbody tr:first-child", person, "approve", "production")


def hold_and_lift(browser):
    for action, said, after in (("hold", "is on hold", "On hold"), ("unhold", "is lifted", "Soaking")):
        browser.click(act(action))
        browser.keys(EVIL)
        browser.click("dialog [type=submit]")
        browser.sees("#toast", said)
        browser.sees(CARD, after)


def reason_stays_text(browser):
    browser.sees("#history-body tbody tr:first-child .reason", EVIL)
    assert browser.count("main img, main script, main iframe") == 0, "a reason has become an element"
    assert "harm" not in browser.driver.title, "a reason has run"


def refused(browser, words):
    """The dialog says it before, stays, and says why in the gate's own sentence; Escape leaves everything as it was."""
    browser.click(act("promote"))
    browser.sees("dialog[open] .shut-gates", words)
    browser.click("dialog [type=submit]")
    browser.sees("#dialog-refusal", "Refused:", words)
    assert "`" not in browser.text("#dialog-refusal"), "a command is no command"
    browser.keys(Keys.ESCAPE)
    browser.until(lambda: browser.count("dialog[open]") == 0, "Escape closes the dialog")
    assert browser.run("return document.activeElement.matches(arguments[0])", act("promote")), "the focus is lost"


def four_eyes(browser):
    """news has approved, and is told that another must promote."""
    browser.sees(CARD, "You have approved it: who promotes it must be somebody else.")
    assert browser.count(act("promote")) == 0, "who has approved is offered to promote"
    assert browser.count(act("rollback")) == 0, "a roll-back is offered where nothing was live before"


def pause(browser):
    for now, then in (("Pause updates", "Resume updates"), ("Resume updates", "Pause updates")):
        browser.sees("#pause", now)
        browser.click("#pause")
        browser.sees("#pause", then)
    browser.sees("#asof", "as of", "UTC")
    browser.sees("#foot", "Times are those of UTC")


def no_answer(browser):
    """What is shown stays, and the page says who did not answer, until somebody does."""
    browser.run("window.there = window.fetch; window.fetch = async () => new Response('<html>', {status: 502, statusText: 'Bad Gateway'})")
    pause(browser)
    browser.sees("#trouble", "The service does not answer: the web server in front of the service answered 502 Bad Gateway. What is shown is as of")
    browser.run("window.fetch = window.there")
    pause(browser)
    browser.until(lambda: browser.text("#trouble") == "", "the trouble is over")


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


def mark_seen(browser):
    subprocess.run([BACK], check=True, stdout=subprocess.DEVNULL)
    browser.be("news")
    browser.open(URL)
    browser.sees("#attention-body", "pilot", "upstream")
    browser.click("#attention-body [data-act=ack]")
    browser.sees("dialog[open]", "Mark as seen", "upstream", "ringmgr ack")
    browser.keys(EVIL)
    browser.click("dialog [type=submit]")
    browser.sees("#toast", "Marked as seen")
    browser.sees("#attention-body", "Nothing needs a person")
    browser.sees("#history-body tbody tr:first-child", "news", "ack")
    assert browser.run("return document.activeElement !== document.body"), "the focus is lost"
    reason_stays_text(browser)


def roll_back(browser):
    card = "article[data-key=pilot]"
    browser.click(f"{card} [data-act=rollback]")
    browser.sees("dialog[open]", f"Roll back pilot to {OLD.removeprefix('16.0.')}", f"goes back to {OLD}", f"Away goes {BUILD}",
                 "takes no machine back", f"ringmgr rollback pilot --to {OLD} --reason TEXT -o DIR", "never again in this ring")
    browser.click("dialog [type=submit]")  # without a reason nothing is sent
    assert browser.count("dialog textarea:invalid") == 1, "no reason is asked for"
    browser.keys("it breaks macros")
    browser.sees("#dialog-command", "ringmgr rollback pilot --block ring --reason 'it breaks macros'")
    browser.click("dialog [type=submit]")
    browser.until(lambda: browser.count("dialog[open]") == 0, "pilot is rolled back")
    browser.sees("#toast", "pilot was rolled back to")
    browser.sees(f"{card} dl", OLD.removeprefix("16.0."), "by news")
    browser.sees("#history-body tbody tr:nth-child(2)", "news", "rollback", "pilot", "it breaks macros")
    browser.sees("#journey-body", f"Left pilot, for {OLD}", "Blocked in pilot by news")


with Browser() as browser:
    browser.screen(1440, 900)
    browser.be("games")
    browser.open(URL)
    why_it_waits(browser)
    no_answer(browser)
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
    four_eyes(browser)
    promote_by_keyboard(browser)
    mark_seen(browser)
    roll_back(browser)
    assert browser.complaints() == [], browser.complaints()
