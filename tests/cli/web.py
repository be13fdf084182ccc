#!/usr/bin/env python3
"""Clients of the page that no browser is.

  web.py ADDRESS idle N        opens N connections one after the other, says how many it opened, and holds them until
                               its standard input ends
  web.py ADDRESS slow          sends a head, a body, and nothing but a connection, a byte at a time; says how each ended
  web.py ADDRESS raw           sends what standard input holds, prints what comes back
  web.py ADDRESS many N PATH   asks N times at once; prints how often which status came
  web.py ADDRESS flood N       keeps N connections busy, half of them with who asks, each another account, half with
                               questions of its own, until its standard input ends; says "up" when all have asked

ADDRESS is a path, or a port of this machine.
"""
import os
import select
import socket
import sys
import time


def connect(address):
    if address.isdigit():
        one = socket.create_connection(("127.0.0.1", int(address)))
    else:
        one = socket.socket(socket.AF_UNIX)
        one.connect(address)
    return one


def idle(address, count):
    held = [connect(address) for _ in range(count)]
    print(len(held), flush=True)
    sys.stdin.read()


# Who drips bytes is ended all the same.
def slow(address):
    head = b"POST /api/approve HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nX-Ringmgr: 1\r\n"
    drips = {"head": b"GET / HTTP/1.1\r\nX-", "body": head + b"Content-Length: 9000\r\n\r\n{", "nothing": b""}
    open_ones = {}
    for name, first in drips.items():
        one = connect(address)
        one.sendall(first)
        open_ones[one] = name
    began = time.monotonic()
    while open_ones and time.monotonic() - began < 60:
        for one in list(open_ones):
            try:
                if open_ones[one] != "nothing":
                    one.send(b"x")
                ended = select.select([one], [], [], 0)[0] and not one.recv(65536)
            except OSError:
                ended = True
            if ended:
                print(open_ones.pop(one), "ended", flush=True)
        time.sleep(0.2)


def answer_of(one):
    got = b""
    while part := one.recv(65536):
        got += part
    return got


def raw(address):
    one = connect(address)
    try:
        one.sendall(sys.stdin.buffer.read())
        one.shutdown(socket.SHUT_WR)
    except OSError:
        pass  # it has heard enough
    try:
        sys.stdout.buffer.write(answer_of(one))
    except OSError:
        print("reset")


def many(address, count, path):
    held = []
    for number in range(count):
        one = connect(address)
        one.sendall(b"GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n" % path.replace("#", str(number)).encode())
        held.append(one)
    statuses = {}
    for one in held:
        status = answer_of(one)[9:12].decode()
        statuses[status] = statuses.get(status, 0) + 1
    print(" ".join(f"{status}:{times}" for status, times in sorted(statuses.items())))


class Flood:
    def __init__(self, address, count):
        self.address, self.number, self.poll, self.live = address, 0, select.epoll(), {}
        self.poll.register(0, select.EPOLLIN)
        for _ in range(count):
            self.ask()
        print("up", flush=True)
        while self.turn():
            pass

    def ask(self):
        self.number += 1
        one = connect(self.address)
        number = self.number // 60
        question = f"me HTTP/1.1\r\nX-Remote-User: u{self.number}" if self.number % 2 else f"history?actor={number} HTTP/1.1"
        one.sendall(f"GET /api/{question}\r\nHost: localhost\r\n\r\n".encode())
        self.live[one.fileno()] = one
        self.poll.register(one, select.EPOLLIN)

    def turn(self):
        for fd, _ in self.poll.poll():
            if fd == 0:
                return False
            try:
                if self.live[fd].recv(65536):
                    continue
            except OSError:
                pass
            self.poll.unregister(fd)
            self.live.pop(fd).close()
            self.ask()
        return True


def main():
    address, what, *rest = sys.argv[1:]
    if what == "idle":
        idle(address, int(rest[0]))
    elif what == "slow":
        slow(address)
    elif what == "raw":
        raw(address)
    elif what == "flood":
        Flood(address, int(rest[0]))
    else:
        many(address, int(rest[0]), rest[1])
    sys.stdout.flush()
    os._exit(0)  # thousands of sockets need not be closed one by one


main()
