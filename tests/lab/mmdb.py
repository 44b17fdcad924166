#!/usr/bin/env python3
"""The smallest writer of geo databases in the MaxMind DB format, for tests of name servers.

  mmdb.py OUT < PLACES     PLACES: lines of `network continent country subdivision latitude longitude`, `-` for unknown

It writes the City data model as far as gdnsd reads it: codes and coordinates. Real databases are brought by their owners.
"""
import ipaddress
import struct
import sys

MARKER = b"\xab\xcd\xefMaxMind.com"
STRING, DOUBLE, UINT16, UINT32, MAP, UINT64, ARRAY = 2, 3, 5, 6, 7, 9, 11
RECORD_BITS = 32


class Number(int):
    """An unsigned integer of a given type of the format."""

    kind = UINT32

    def __new__(cls, value, kind=UINT32):
        number = super().__new__(cls, value)
        number.kind = kind
        return number


def head(kind, size):
    """The control bytes of a field: three bits of type, five of size; types from 8 on take a byte of their own."""
    if size >= 285:
        raise ValueError("a field of %d bytes is not needed here" % size)
    long = bytes([size - 29]) if size >= 29 else b""
    first = min(size, 29)
    return bytes([first, kind - 7]) + long if kind > 7 else bytes([kind << 5 | first]) + long


def encode(value):
    if isinstance(value, dict):
        return head(MAP, len(value)) + b"".join(encode(k) + encode(v) for k, v in value.items())
    if isinstance(value, list):
        return head(ARRAY, len(value)) + b"".join(encode(v) for v in value)
    if isinstance(value, str):
        text = value.encode()
        return head(STRING, len(text)) + text
    if isinstance(value, float):
        return head(DOUBLE, 8) + struct.pack(">d", value)
    size = (value.bit_length() + 7) // 8
    return head(value.kind, size) + int(value).to_bytes(size, "big")


def record(continent, country, subdivision, latitude, longitude):
    found = {}
    if continent != "-":
        found["continent"] = {"code": continent}
    if country != "-":
        found["country"] = {"iso_code": country}
    if subdivision != "-":
        found["subdivisions"] = [{"iso_code": subdivision}]
    if latitude != "-":
        found["location"] = {"latitude": float(latitude), "longitude": float(longitude)}
    return found


def bits(network):
    """The path of a network in the tree, which is one of IPv6; IPv4 lies below ::/96."""
    above = [0] * (128 - network.max_prefixlen)
    number, width = int(network.network_address), network.max_prefixlen
    return above + [number >> (width - 1 - i) & 1 for i in range(network.prefixlen)]


def tree(places):
    """Nodes of two branches; a branch is a node's number, a place's bytes or nothing. Wider networks must come first."""
    nodes = [[None, None]]
    for network, place in sorted(places, key=lambda p: p[0].prefixlen + (96 if p[0].version == 4 else 0)):
        path, at = bits(network), 0
        for step in path[:-1]:
            below = nodes[at][step]
            if not isinstance(below, int):
                nodes.append([below, below])
                below = nodes[at][step] = len(nodes) - 1
            at = below
        nodes[at][path[-1]] = place
    return nodes


def database(places):
    data, offsets = b"", {}
    for _, place in places:
        if place not in offsets:
            offsets[place] = len(data)
            data += place
    nodes = tree(places)
    count = len(nodes)

    def branch(value):
        if value is None:
            return count
        return value if isinstance(value, int) else count + 16 + offsets[value]

    out = b"".join(struct.pack(">II", branch(left), branch(right)) for left, right in nodes)
    metadata = {
        "binary_format_major_version": Number(2, UINT16), "binary_format_minor_version": Number(0, UINT16),
        "build_epoch": Number(1, UINT64), "database_type": "GeoLite2-City", "description": {"en": "test places"},
        "ip_version": Number(6, UINT16), "languages": ["en"], "node_count": Number(count),
        "record_size": Number(RECORD_BITS, UINT16),
    }
    return out + bytes(16) + data + MARKER + encode(metadata)


def main():
    places = []
    for line in sys.stdin:
        parts = line.split("#")[0].split()
        if parts:
            places.append((ipaddress.ip_network(parts[0]), encode(record(*parts[1:]))))
    with open(sys.argv[1], "wb") as out:
        out.write(database(places))


if __name__ == "__main__":
    main()
