#!/usr/bin/env python3
"""A webhook receiver and an SMTP server, for tests.

    receiver.py DIR

Writes the ports into DIR/ports ("http 1234", "smtp 1235", "smtps 1236"), one line of JSON for each thing that
arrived into DIR/arrived, and reads how to behave from DIR/behave, anew each time; it may be missing:

    ok  500  404  302  hang  huge  echo  kill (takes it, ends the process whose number DIR/victim holds, never answers)
    451 550 (of SMTP, at the end of the mail)  nologin  notls

    ages (takes it, and a minute of the clock in DIR/../now passes)

Only what was taken (ok, echo, huge, kill, ages) counts as arrived. The certificate is DIR/server.pem; the account is
post:s3cret-mail-word.
"""
import base64
import email
import email.policy
import http.server
import json
import os
import signal
import socket
import socketserver
import ssl
import sys
import threading
import time

DIR = sys.argv[1]
LOGIN = "post", "s3cret-mail-word"
LOCK = threading.Lock()


def behave():
    try:
        with open(f"{DIR}/behave") as file:
            return file.read().strip() or "ok"
    except FileNotFoundError:
        return "ok"


def arrived(what):
    with LOCK, open(f"{DIR}/arrived", "a") as file:
        file.write(json.dumps(what) + "\n")


class Hook(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        with open(f"{DIR}/asked", "a") as file:
            file.write(f"{self.command} {self.path}\n")

    def answer(self, status, body=b"", **fields):
        self.send_response(status)
        for name, value in fields.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        try:
            self.wfile.write(body)
        except OSError:
            self.close_connection = True

    def do_GET(self):
        self.do_POST()

    def do_POST(self):
        how = behave()
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if how == "hang":
            open(f"{DIR}/hanging", "w").close()
            time.sleep(60)
        if how == "ages":
            with open(f"{DIR}/../now", "r+") as file:  # the same file: who is confined reads no other
                later = int(file.read()) + 61
                file.seek(0)
                file.write(str(later))
        if how in ("ok", "echo", "huge", "kill", "ages"):
            arrived({"method": self.command, "path": self.path, "type": self.headers["Content-Type"],
                     "body": json.loads(body)})
        if how == "kill":
            while not os.path.exists(f"{DIR}/victim"):
                time.sleep(0.01)
            with open(f"{DIR}/victim") as file:
                os.kill(int(file.read()), signal.SIGKILL)
            os.remove(f"{DIR}/behave")
            return
        if how == "echo":
            self.answer(404, f"no hook {self.path} here\x1b[31m\n".encode())
        elif how == "huge":
            self.answer(200, b"x" * (10 << 20))
        elif how == "302":
            self.answer(302, Location=f"http://{self.headers['Host']}/elsewhere")
        else:
            self.answer(200 if how in ("ok", "ages") else int(how))


class Mail(socketserver.StreamRequestHandler):
    def say(self, text):
        self.wfile.write(text.encode() + b"\r\n")

    def line(self):
        return self.rfile.readline().decode("utf-8", "replace").rstrip("\r\n")

    def secure(self):
        self.request = self.server.context.wrap_socket(self.request, server_side=True)
        self.setup()
        self.tls = True

    def login(self, words):
        text = ""
        if words[0] == "PLAIN":
            text = words[1] if len(words) > 1 else (self.say("334 "), self.line())[1]
            given = tuple(base64.b64decode(text).decode().split("\0")[1:])
        else:
            given = ()
            for question in b"Username:", b"Password:":
                self.say("334 " + base64.b64encode(question).decode())
                given += (base64.b64decode(self.line()).decode(),)
        self.user = given[0] if given == LOGIN and behave() != "nologin" else None
        self.say("235 welcome" if self.user else f"535-wrong: {given[1]}\r\n535 as in AUTH PLAIN {text}")

    def data(self, mail):
        self.say("354 go on")
        text = b""
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            text += line[1:] if line.startswith(b".") else line
        how = behave()
        if how in ("451", "550", "500"):
            self.say(("451" if how == "500" else how) + " not now")
            return
        parsed = email.message_from_bytes(text, policy=email.policy.default)
        arrived({"tls": self.tls, "user": self.user, "raw": text.decode(), **mail,
                 "headers": {name.lower(): str(value) for name, value in parsed.items()},
                 "text": parsed.get_content()})
        self.say("250 taken")

    def handle(self):
        self.tls = isinstance(self.request, ssl.SSLSocket)
        self.user, mail = None, {"to": []}
        self.say("220 test")
        while line := self.line():
            verb, _, rest = line.partition(" ")
            verb = verb.upper()
            if verb == "EHLO":
                tls = not self.tls and behave() != "notls"
                self.say("250-test\r\n" + ("250-STARTTLS\r\n" if tls else "") + "250 AUTH PLAIN LOGIN")
            elif verb == "STARTTLS":
                self.say("220 go on")
                self.secure()
            elif verb == "AUTH":
                self.login(rest.split())
            elif verb == "MAIL":
                mail["from"] = rest[6:-1]
                self.say("250 fine")
            elif verb == "RCPT":
                mail["to"].append(rest[4:-1])
                self.say("250 fine")
            elif verb == "DATA":
                self.data(mail)
            elif verb == "QUIT":
                self.say("221 bye")
                return
            else:
                self.say("502 what?")


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = daemon_threads = True

    def handle_error(self, request, client_address):
        pass


class SecureServer(Server):
    def get_request(self):
        connection, address = super().get_request()
        return self.context.wrap_socket(connection, server_side=True), address


def main():
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(f"{DIR}/server.pem")
    ports = ""
    for name, kind, handler in (("http", Server, Hook), ("https", SecureServer, Hook), ("smtp", Server, Mail),
                                ("smtps", SecureServer, Mail)):
        server = kind(("127.0.0.1", 0), handler)
        server.context = context
        ports += f"{name} {server.server_address[1]}\n"
        threading.Thread(target=server.serve_forever, daemon=True).start()
    with open(f"{DIR}/ports.new", "w") as file:
        file.write(ports)
    os.rename(f"{DIR}/ports.new", f"{DIR}/ports")
    signal.pause()


main()
