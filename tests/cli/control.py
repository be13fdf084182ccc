"""Talks to the service's socket as no command of ringmgr would.

    control.py SOCKET say FDS WORD…      one message: its words, and so many descriptors of /dev/null; prints the answer;
                                         +++ FDS WORD… behind it is another one, of another connection
    control.py SOCKET raw FDS FILE       the same with the bytes of a file as they are
    control.py SOCKET fd PATH WORD…      the same with a descriptor of PATH as standard input
    control.py SOCKET idle N             N connections that say nothing, until stdin ends; prints how many there are
    control.py SOCKET stuck N WORD…      N messages whose standard output and error nobody reads, until stdin ends
    control.py SOCKET gone WORD…         one message, and goes at once
    control.py - tty COMMAND…            runs the command on a terminal, types "yes" when it is asked, prints what it said
    control.py - tty-interrupt COMMAND…  types Ctrl-C instead
    control.py - tty-never COMMAND…      types nothing
"""
import array
import os
import pty
import socket
import sys

path, what, rest = sys.argv[1], sys.argv[2], sys.argv[3:]


def connect():
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    connection.connect(path)
    connection.settimeout(20)
    return connection


def words(texts):
    return b"".join(text.encode() + b"\0" for text in texts)


def send(connection, data, fds):
    rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", fds))] if fds else []
    connection.sendmsg([data], rights)


def answer(connection):
    got = connection.recv(65536)
    print(" ".join(part.decode() for part in got.split(b"\0")).strip() if got else "closed")


def many_nulls(count):
    return [os.open("/dev/null", os.O_RDWR) for _ in range(count)]


def on_terminal(keys):
    pid, terminal = pty.fork()
    if pid == 0:
        os.execvp(rest[0], rest)
    said = b""
    while True:
        try:
            some = os.read(terminal, 4096)
        except OSError:
            break
        if not some:
            break
        said += some
        sys.stdout.write(some.decode().replace("\r", ""))
        sys.stdout.flush()
        if keys and b"Type yes: " in said:
            os.write(terminal, keys)
            keys = b""
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    sys.exit(status if status >= 0 else 128 - status)


if what == "say":
    while rest:
        end = rest.index("+++") if "+++" in rest else len(rest)
        line, nulls = connect(), many_nulls(int(rest[0]))
        send(line, words(rest[1:end]), nulls)
        answer(line)
        for null in nulls:
            os.close(null)
        rest = rest[end + 1:]
elif what == "raw":
    line = connect()
    with open(rest[1], "rb") as file:
        send(line, file.read(), many_nulls(int(rest[0])))
    answer(line)
elif what == "fd":
    line = connect()
    send(line, words(rest[1:]), [os.open(rest[0], os.O_RDONLY)] + many_nulls(2))
    answer(line)
elif what == "idle":
    idle = [connect() for _ in range(int(rest[0]))]
    print(len(idle), flush=True)
    sys.stdin.read()
elif what == "stuck":
    reader, writer = os.pipe()
    os.write(writer, b" " * 65536)
    stuck = [connect() for _ in range(int(rest[0]))]
    for line in stuck:
        send(line, words(rest[1:]), many_nulls(1) + [writer, writer])
    sys.stdin.read()
elif what == "gone":
    send(connect(), words(rest), many_nulls(3))
elif what == "tty":
    on_terminal(b"yes\n")
elif what == "tty-interrupt":
    on_terminal(b"\x03")
elif what == "tty-never":
    on_terminal(b"")
