#!/usr/bin/env python3
"""mmdb.py FILE NETWORK=CONTINENT,COUNTRY,REGION,LATITUDE,LONGITUDE ... : writes a small GeoLite2-City database, enough for a GeoDNS server.

Format: MaxMind DB 2.0, https://maxmind.github.io/MaxMind-DB/ : a binary tree over the bits of IPv6 addresses (IPv4 under ::/96), records of 24 bits;
a record is a node, the number of nodes for "nothing", or a place in the data section 16 after that.
"""
import ipaddress
import struct
import sys

MARK = b"\xab\xcd\xefMaxMind.com"


def head(kind, size):
    """Type and size; types over 7 take a second byte. Sizes here stay below 285."""
    low = size if size < 29 else 29
    first = bytes([(kind << 5 | low) if kind < 8 else low]) + (bytes([kind - 7]) if kind > 7 else b"")
    return first + (bytes([size - 29]) if size >= 29 else b"")


def pack(value):
    if isinstance(value, str):
        data = value.encode()
        return head(2, len(data)) + data
    if isinstance(value, float):
        return head(3, 8) + struct.pack(">d", value)
    if isinstance(value, tuple):  # (type, bytes) of an unsigned number
        number = value[1].to_bytes(8, "big").lstrip(b"\0")
        return head(value[0], len(number)) + number
    if isinstance(value, dict):
        return head(7, len(value)) + b"".join(pack(k) + pack(v) for k, v in value.items())
    return head(11, len(value)) + b"".join(map(pack, value))


def city(text):
    continent, country, region, latitude, longitude = text.split(",")
    record = {"continent": {"code": continent}, "country": {"iso_code": country}, "location": {"latitude": float(latitude), "longitude": float(longitude)}}
    if region:
        record["subdivisions"] = [{"iso_code": region}]
    return record


def main():
    nodes, data = [[None, None]], b""  # a branch is None, a node's number, or ("data", place)
    for argument in sys.argv[2:]:
        text, _, place = argument.partition("=")
        network = ipaddress.ip_network(text)
        bits = format(int(network.network_address), "0128b") if network.version == 6 else "0" * 96 + format(int(network.network_address), "032b")
        length, at = network.prefixlen + (0 if network.version == 6 else 96), 0
        for bit in bits[:length - 1]:
            if nodes[at][int(bit)] is None:
                nodes.append([None, None])
                nodes[at][int(bit)] = len(nodes) - 1
            at = nodes[at][int(bit)]
        nodes[at][int(bits[length - 1])] = ("data", len(data))
        data += pack(city(place))
    count = len(nodes)
    number = lambda r: count if r is None else r if isinstance(r, int) else count + 16 + r[1]
    tree = b"".join(number(r).to_bytes(3, "big") for node in nodes for r in node)
    meta = {"binary_format_major_version": (5, 2), "binary_format_minor_version": (5, 0), "build_epoch": (9, 1767225600), "database_type": "GeoLite2-City",
            "description": {"en": "lab"}, "ip_version": (5, 6), "languages": ["en"], "node_count": (6, count), "record_size": (5, 24)}
    with open(sys.argv[1], "wb") as f:
        f.write(tree + bytes(16) + data + MARK + pack(meta))


if __name__ == "__main__":
    main()
