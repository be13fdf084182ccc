"""The walk of README: runs every command that it shows, and compares what each prints.

readme.py README MACHINE

What is between `<!-- walk -->` and `<!-- walk ends -->` is done from top to bottom:

    ```console         lines "# COMMAND" are root's, "anna$ COMMAND" are anna's, what follows is what the command prints
    ```FORMAT          with `<!-- walk: file PATH -->` or `<!-- walk: append PATH -->` before it: becomes that file

and, in comments, what a reader cannot do for the test (`<!-- walk: … -->`):

    stage WORD…        something happens in the world, as readme.bash says
    stand-in COMMAND   is run as root instead of the next command of a console
    ends N             the next block's last command ends with N; others end with 0

Of what is printed every number may differ but those of builds; `…` stands for anything in a line, a line
of `…` for any lines. MACHINE is readme.bash.
"""

import re
import subprocess
import sys

ANSI = re.compile(r"\x1b\[[0-9;]*m")
PROMPT = re.compile(r"^(?:(\w+)\$|(#)) (.*)$")
BUILD = re.compile(r"16\.0\.\d+\.\d+")
NUMBER = re.compile(r"\d[\d.,:/-]*\d|\d")


class Step:
    """A command of a console, and what it must print."""

    def __init__(self, line, person, command):
        self.line, self.person, self.command, self.expected, self.status = line, person, command, [], 0


def fenced(lines, at):
    """The lines of the block whose fence stands at `at`, and the line after its end."""
    end = next(i for i in range(at + 1, len(lines)) if lines[i].startswith("```"))
    return lines[at + 1 : end], end + 1


def steps_of(block, first):
    """The commands of a console; a line that ends with a backslash goes on in the next."""
    steps = []
    going_on = False
    for number, text in enumerate(block, first):
        found = PROMPT.match(text)
        if going_on:
            steps[-1].command += "\n" + text
        elif found:
            steps.append(Step(number, found[1] or "root", found[3]))
        elif steps:
            steps[-1].expected.append(text)
        else:
            raise SystemExit(f"README:{number}: no prompt: {text}")
        going_on = steps[-1].command.endswith("\\") if found or going_on else False
    return steps


class Walk:
    """One walk: the machine, and what the next block means."""

    def __init__(self, machine):
        self.machine = machine
        self.directive, self.commands, self.wrong = None, 0, 0
        self.stand_in, self.ends = None, 0

    def call(self, *command, **more):
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
                              stdin=None if "input" in more else subprocess.DEVNULL, **more)
        return done.returncode, ANSI.sub("", done.stdout)

    def fail(self, line, text, printed):
        self.wrong += 1
        print(f"README:{line}: {text}\n  " + "\n  ".join(printed.splitlines()), flush=True)

    def direct(self, line, words):
        verb, _, rest = words.partition(" ")
        if verb == "stage":
            status, printed = self.call(self.machine, "stage", *rest.split())
            if status:
                raise SystemExit(f"README:{line}: {words} failed: {printed}")
        elif verb == "stand-in":
            self.stand_in = rest
        elif verb == "ends":
            self.ends = int(rest)
        elif verb in ("file", "append"):
            self.directive = verb, rest
        else:
            raise SystemExit(f"README:{line}: unknown: {words}")

    def write(self, line, block):
        verb, path = self.directive
        self.directive = None
        more = ">>" if verb == "append" else ">"
        status, printed = self.call(self.machine, "run", "sh", "-ec", f'mkdir -p "${{0%/*}}"; cat {more}"$0"', path,
                                    input="\n".join(block) + "\n")
        if status:
            self.fail(line, path, printed)

    def do(self, step):
        command = self.stand_in or step.command
        self.stand_in = None
        print(f"{step.person}: {command}", flush=True)
        person = [] if step.person == "root" else ["runuser", "-u", step.person, "--"]
        status, printed = self.call(self.machine, "run", *person, "sh", "-c", f"cd /tmp; . /run/clock; {command}")
        self.commands += 1
        if status != step.status:
            self.fail(step.line, f"ends with {status}, not {step.status}: {step.command}", printed)
        elif step.expected and not matches(step.expected, printed):
            self.fail(step.line, f"prints otherwise: {step.command}", printed)

    def console(self, block, first):
        steps = steps_of(block, first)
        steps[-1].status, self.ends = self.ends, 0
        for step in steps:
            self.do(step)


def pattern(line):
    parts = []
    for part in line.split("…"):
        text, at = "", 0
        for found in re.finditer(f"{BUILD.pattern}|{NUMBER.pattern}", part):
            text += re.escape(part[at : found.start()])
            text += re.escape(found[0]) if BUILD.fullmatch(found[0]) else NUMBER.pattern.join(["(?:", ")"])
            at = found.end()
        parts.append(text + re.escape(part[at:]))
    return ".*".join(parts)


def matches(expected, printed):
    """Lines of README as one pattern; blank lines and spaces at ends of lines do not count."""
    lines = [line.rstrip() for line in expected if line.strip()]
    text = "".join(line.rstrip() + "\n" for line in printed.splitlines() if line.strip())
    whole = "".join(r"(?:.*\n)*?" if line.strip() == "…" else f"{pattern(line)}\n" for line in lines)
    return re.fullmatch(whole, text) is not None


def main(readme, machine):
    with open(readme, encoding="utf-8") as file:
        lines = file.read().splitlines()
    walk = Walk(machine)
    at = lines.index("<!-- walk -->") + 1
    while lines[at] != "<!-- walk ends -->":
        found = re.fullmatch(r"<!-- walk: (.*) -->", lines[at])
        if found:
            walk.direct(at + 1, found[1])
        elif lines[at].startswith("```"):
            block, after = fenced(lines, at)
            if walk.directive:
                walk.write(at + 1, block)
            elif lines[at] == "```console":
                walk.console(block, at + 2)
            at = after - 1
        at += 1
    print(f"{walk.commands} commands of README, {walk.wrong} wrong")
    return 1 if walk.wrong else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
