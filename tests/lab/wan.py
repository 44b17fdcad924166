#!/usr/bin/env python3
"""The lab's WAN in user space, because small kernels have no netem.

One TUN device `wan0` in every site's router namespace; a packet is routed by the longest prefix of its destination,
held for the delay of the pair, and written to the other site's device. A cut swallows packets, as a dead link does.
Commands come over a unix datagram socket:

  cut A B | heal A B | cut1 A B (one way) | heal1 A B | delay A B MS [JITTER_MS] | loss A B PERCENT | stat

Usage: wan.py SOCKET MAX_SECONDS SITES.json, SITES = [{"site", "ns", "address", "prefixes": [...]}, ...]. It ends by itself after MAX_SECONDS.
"""
import ctypes
import fcntl
import heapq
import ipaddress
import json
import os
import random
import select
import socket
import struct
import subprocess
import sys
import time

TUNSETIFF, IFF_TUN, IFF_NO_PI, CLONE_NEWNET = 0x400454CA, 0x0001, 0x1000, 0x40000000
libc = ctypes.CDLL("libc.so.6", use_errno=True)


def setns(path):
    fd = os.open(path, os.O_RDONLY)
    try:
        if libc.setns(fd, CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), "setns " + path)
    finally:
        os.close(fd)


def open_tun(ns, home):
    """A TUN device lives in the namespace it is made in; the descriptor works from anywhere."""
    setns("/var/run/netns/" + ns)
    fd = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(fd, TUNSETIFF, struct.pack("16sH", b"wan0", IFF_TUN | IFF_NO_PI))
    setns(home)
    return fd


class Wan:
    """The sites, the state of each ordered pair, and the queue of delayed packets."""

    def __init__(self, sites):
        home = "/proc/self/fd/%d" % os.open("/proc/self/ns/net", os.O_RDONLY)
        self.fds, self.routes, self.cache, self.queue, self.sequence = {}, [], {}, [], 0
        for s in sites:
            self.fds[s["site"]] = open_tun(s["ns"], home)
            commands = ["addr add %s/32 dev wan0" % s["address"], "link set wan0 mtu 1500 up"]
            commands += ["route add %s dev wan0" % p for o in sites if o is not s for p in o["prefixes"]]
            subprocess.run(["ip", "-n", s["ns"], "-batch", "-"], input="\n".join(commands), text=True, check=True)
            self.routes += [(ipaddress.ip_network(p), s["site"]) for p in s["prefixes"] + [s["address"] + "/32"]]
        self.routes.sort(key=lambda r: -r[0].prefixlen)
        names = list(self.fds)
        self.pairs = {(a, b): {"cut": False, "delay": 0.0, "jitter": 0.0, "loss": 0.0, "sent": 0, "dropped": 0}
                      for a in names for b in names if a != b}

    def site_of(self, destination):
        if destination not in self.cache:
            address = ipaddress.ip_address(destination)
            self.cache[destination] = next((s for n, s in self.routes if address in n), None)
        return self.cache[destination]

    def command(self, words):
        name, both = words[0], not words[0].endswith("1")
        if name == "stat":
            return json.dumps({"%s>%s" % k: v for k, v in self.pairs.items()})
        ways = [self.pairs[words[1], words[2]]] + ([self.pairs[words[2], words[1]]] if both else [])
        for way in ways:
            if name in ("cut", "cut1", "heal", "heal1"):
                way["cut"] = name.startswith("cut")
            elif name == "delay":
                way["delay"], way["jitter"] = float(words[3]) / 1000, (float(words[4]) / 1000 if len(words) > 4 else 0.0)
            elif name == "loss":
                way["loss"] = float(words[3]) / 100
            else:
                return "error: no command " + name
        return "ok"

    def forward(self, source):
        for _ in range(256):  # bounded, so that one busy device does not starve the others
            try:
                packet = os.read(self.fds[source], 65535)
            except OSError:
                return
            target = self.site_of(packet[16:20]) if packet[0] >> 4 == 4 else None
            if target is None or target == source:
                continue
            way = self.pairs[source, target]
            if way["cut"] or (way["loss"] and random.random() < way["loss"]):
                way["dropped"] += 1
                continue
            way["sent"] += 1
            self.sequence += 1
            due = time.monotonic() + way["delay"] + random.uniform(0, way["jitter"])
            heapq.heappush(self.queue, (due, self.sequence, target, packet))

    def deliver(self):
        now = time.monotonic()
        while self.queue and self.queue[0][0] <= now:
            _, _, target, packet = heapq.heappop(self.queue)
            try:
                os.write(self.fds[target], packet)
            except OSError:
                pass  # a device that goes down loses packets, as a link does


def main():
    path, end = sys.argv[1], time.monotonic() + float(sys.argv[2])
    with open(sys.argv[3]) as f:
        wan = Wan(json.load(f))
    control = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    control.bind(path)
    poll, by_fd = select.epoll(), {fd: site for site, fd in wan.fds.items()}
    for fd in [*by_fd, control.fileno()]:
        poll.register(fd, select.EPOLLIN)
    print("wan up", flush=True)
    while time.monotonic() < end:
        wan.deliver()
        pause = min(1.0, wan.queue[0][0] - time.monotonic()) if wan.queue else 1.0
        for fd, _ in poll.poll(max(pause, 0)):
            if fd != control.fileno():
                wan.forward(by_fd[fd])
                continue
            message, peer = control.recvfrom(4096)
            try:
                answer = wan.command(message.decode().split())
            except (KeyError, IndexError, ValueError) as e:
                answer = "error: %r" % (e,)
            if peer:
                control.sendto(answer.encode(), peer)
    os.unlink(path)


if __name__ == "__main__":
    main()
