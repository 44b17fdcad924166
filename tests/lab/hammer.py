#!/usr/bin/env python3
"""hammer.py SECONDS ADDRESS PORT HOST PATH CA [HEADER:VALUE] : asks as fast as it can over four TLS connections; prints how many answers of each status came, and
the seconds from the first request to the last answer, as JSON."""
import collections
import http.client
import json
import socket
import ssl
import sys
import threading
import time

seconds, address, port, host, path, ca = float(sys.argv[1]), sys.argv[2], int(sys.argv[3]), *sys.argv[4:7]
headers = {"Host": host, **dict(h.split(":", 1) for h in sys.argv[7:])}
context = ssl.create_default_context(cafile=ca)
seen, lock, times = collections.Counter(), threading.Lock(), []


def connect():
    connection = http.client.HTTPSConnection(host, port, timeout=5, context=context)
    connection.sock = context.wrap_socket(socket.create_connection((address, port), timeout=5), server_hostname=host)
    return connection


def work():
    connection, mine, end = connect(), collections.Counter(), time.monotonic() + seconds
    first = time.monotonic()
    while time.monotonic() < end:
        try:
            connection.request("GET", path, headers=headers)
            answer = connection.getresponse()
            answer.read()
            mine[str(answer.status)] += 1
            if answer.will_close:
                connection = connect()
        except (OSError, http.client.HTTPException):
            mine["no answer"] += 1
            connection = connect()
    with lock:
        seen.update(mine)
        times.extend((first, time.monotonic()))


threads = [threading.Thread(target=work) for _ in range(4)]
for t in threads:
    t.start()
for t in threads:
    t.join()
print(json.dumps({"seconds": max(times) - min(times), **seen}))
