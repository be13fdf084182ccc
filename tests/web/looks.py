"""looks.py AXE PROXY TCP [PICTURES]: the page at every size, in light and dark, is readable by everybody; over TCP
nobody can decide. With a folder PICTURES, pictures of it lie there afterwards."""

import sys

from browser import Browser

AXE, PROXY, TCP, *PICTURES = sys.argv[1:]
LONG = "Quarter closing: no changes to any office machine until the books are closed and everybody has said so. " * 3
SCREENS = {"desktop": (1440, 900, "light"), "phone": (360, 780, "dark"), "phone-light": (360, 780, "light"), "tablet": (768, 1024, "light"),
           "wall": (2560, 1440, "dark")}

with Browser() as browser:
    browser.be("games")
    browser.screen(1440, 900)
    browser.open(PROXY)
    browser.click("article[data-key=production] [data-act=hold]")
    browser.keys(LONG)
    browser.click("dialog [type=submit]")
    browser.sees("article[data-key=production] .brief", "Quarter closing", "more")
    browser.sees("article[data-key=pilot]", "Publishing", "0 of 1 required site live", "1 needed", "oslo: unseen")
    for name, (width, height, scheme) in SCREENS.items():
        browser.screen(width, height, scheme)
        browser.open(PROXY)
        browser.run("for (const one of document.querySelectorAll('details')) one.open = true")
        browser.judge(AXE, name)
        torn = browser.run("return [...document.querySelectorAll('.folding td')].filter((one) => one.childNodes.length > 1)"
                           ".map((one) => one.innerText)")
        assert torn == [], f"{name}: cells that a phone tears apart: {torn}"
        if PICTURES:
            browser.picture(f"{PICTURES[0]}/{name}.png")
        folded = browser.run("return getComputedStyle(document.querySelector('#history-body thead')).position === 'absolute'")
        assert folded == name.startswith("phone"), f"{name}: tables are folded: {folded}"
        if name.startswith("phone"):
            browser.click("article[data-key=production] [data-act=approve]")
            browser.judge(AXE, f"{name}, dialog")
    browser.screen(1366, 768, "dark")
    browser.open(TCP)
    assert browser.run("return document.querySelector('.top').offsetHeight") < 80, "the menu is wrapped"
    browser.click("#history-filter option[value=all]")
    browser.click("#history-filter [name=text]")
    browser.keys("hold quarter")
    browser.sees("#history-body [role=status]", "1 entry")
    browser.sees("#history-body tbody", "games", "hold", "production")
    browser.judge(AXE, "read only, dark")
    assert browser.count("[data-act]") == 0, "a decision is offered over TCP"
    browser.sees(".pulse", "Read only")
    browser.sees("#foot", "Read only: ")
    assert browser.complaints() == [], browser.complaints()
