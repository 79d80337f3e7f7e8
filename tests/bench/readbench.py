#!/usr/bin/python3
# SPDX-License-Identifier: EUPL-1.2
"""How long article/body reads on mails that are made to cost, and how much memory that takes.

    UMLAUF_BUILD=build tests/bench/readbench.py

Prints a line each: milliseconds of the processor, KiB over the message itself, the name.  Exit status
1 where one of them takes more than a second or 100 MiB.
"""

import base64
import os
import pathlib
import struct
import subprocess
import tempfile

BUILD = pathlib.Path(os.environ.get("UMLAUF_BUILD", "."))
HEAD = b"Subject: x\r\nMIME-Version: 1.0\r\n"
MIXED = HEAD + b"Content-Type: multipart/mixed; boundary=m\r\n\r\n"
SIGNED = b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02"
SMIME = b"Content-Type: application/pkcs7-mime\r\nContent-Transfer-Encoding: binary\r\n\r\n"


def encoded(kind, octets):
    return (b"Content-Type: " + kind + b"\r\nContent-Transfer-Encoding: base64\r\n\r\n"
            + base64.encodebytes(octets).replace(b"\n", b"\r\n"))


def attribute(number, octets):
    return struct.pack("<BHHI", 1, number, 6, len(octets)) + octets + b"\0\0"


def tnef(*attributes):
    octets = struct.pack("<IH", 0x223e9f78, 1) + b"".join(attributes)
    return encoded(b"application/ms-tnef", octets)


def properties(count, octets):
    return attribute(0x9003, struct.pack("<I", count) + octets)


def long_property(kind, number, octets):
    filling = b"\0" * (-len(octets) % 4)
    return struct.pack("<HHII", kind, number, 1, len(octets)) + octets + filling


def der(tag, content):
    return bytes([tag, 0x84]) + struct.pack(">I", len(content)) + content


def signed(content):
    inner = der(0x30, b"\x06\x01x" + der(0xa0, der(0x04, content)))
    return SMIME + der(0x30, SIGNED + der(0xa0, der(0x30, b"\x02\x01\x01\x31\x00" + inner)))


def nested_signed(depth):
    message = b"Content-Type: text/plain\r\n\r\n" + b"z\r\n" * 5000000
    for _ in range(depth):
        message = signed(message)
    return HEAD + message


def nested(count, between):
    return HEAD + b"".join(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n)
                           + between for n in range(count))


RICH = struct.pack("<IIII", 0, 0x7fffffff, 0x75465a4c, 0) + b"\xff" + b"\x0f\xff" * 9000000
PIECES = b"\x30\x80" + SIGNED + (b"\xa0\x80\x30\x80\x02\x01\x01\x31\x00\x30\x80\x06\x01x\xa0\x80"
                                 b"\x24\x80") + b"\x04\x01x" * 8000000

MAILS = {
    "10,000 nested multiparts": lambda: nested(10000, b""),
    "messages in multiparts": lambda: nested(
        10, b"Content-Type: message/rfc822\r\n\r\n") + b"\r\n" + b"--b\r\n" * 5000000,
    "1,000,000 parts": lambda: MIXED + b"--m\r\n\r\nx\r\n" * 1000000,
    "200 parts of HTML": lambda: MIXED + (
        b"--m\r\nContent-Type: text/html\r\n\r\n" + b"<td><div>ab " * 1500 + b"\r\n") * 200,
    "100,000 header fields": lambda: HEAD + b"X: y\r\n" * 100000 + b"\r\nx\r\n",
    "a field of 50 MB": lambda: HEAD + b"X: " + b"x" * 50000000 + b"\r\n\r\nx\r\n",
    "a Content-Type of 50 MB": lambda: HEAD + b"Content-Type: multipart/mixed"
                                       + b"; boundary*0*=x" * 3500000 + b"\r\n\r\nx\r\n",
    "base64, 100 MB": lambda: HEAD + b"Content-Transfer-Encoding: base64\r\n\r\n"
                              + (b"QUFB" * 19 + b"\r\n") * 1300000,
    "HTML, many end tags": lambda: HEAD + b"Content-Type: text/html\r\n\r\n" + b"<i>" * 390
                                   + b"</b><!x>" * 3000000,
    "NUL, 25 MB": lambda: HEAD + b"\r\n" + b"\0" * 25000000,
    "CR, 25 MB": lambda: HEAD + b"\r\n" + b"\r" * 25000000,
    "CR in the header, 25 MB": lambda: b"a: b\r" * 5000000,
    "winmail.dat, rich text": lambda: HEAD + tnef(
        properties(1, long_property(0x102, 0x1009, RICH))),
    "winmail.dat, HTML": lambda: HEAD + tnef(
        properties(1, long_property(0x102, 0x1013, b"<b><p>" * 3000000))),
    "winmail.dat, attachments": lambda: HEAD + tnef(attribute(0x9002, b"") * 700000),
    "winmail.dat, properties": lambda: HEAD + tnef(
        properties(0xffffffff, long_property(0x1e, 0x1000, b"x") * 900000)),
    "150 of winmail.dat": lambda: MIXED + (b"--m\r\n" + tnef(
        properties(1, long_property(0x102, 0x1013, b"<b><p>" * 20000)))) * 150,
    "S/MIME in S/MIME": lambda: nested_signed(4),
    "S/MIME in pieces": lambda: HEAD + SMIME + PIECES,
    "appointments": lambda: HEAD + b"Content-Type: text/calendar\r\n\r\nBEGIN:VCALENDAR\r\n"
                            + b"BEGIN:VEVENT\r\nDTSTART:20270112T100000\r\nEND:VEVENT\r\n" * 300000,
}


def measure(path):
    done = subprocess.run([BUILD / "tests/unit/readmail", "time"], check=True, encoding="utf-8",
                          input=f"{path}\n", capture_output=True)
    milliseconds, kib = done.stdout.split()[:2]
    return int(milliseconds), int(kib)


def main():
    bad = False
    with tempfile.TemporaryDirectory() as scratch:
        path = pathlib.Path(scratch) / "mail"
        for name, make in MAILS.items():
            path.write_bytes(make())
            milliseconds, kib = measure(path)
            bad = bad or milliseconds > 1000 or kib > 102400
            print(f"{milliseconds:6} ms {kib:8} KiB  {name}", flush=True)
    return bad


if __name__ == "__main__":
    raise SystemExit(main())
