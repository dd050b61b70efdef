"""Values of TXT records as Route 53 writes them: quoted strings, odd bytes in octal."""

from __future__ import annotations

import re

from skygarth.naming.port import Text

_STRING = re.compile(r'"((?:[^"\\]|\\.)*)"|(\S+)', re.DOTALL)
_ESCAPE = re.compile(r"\\([0-7]{3}|.)", re.DOTALL)
_PLAIN = range(0x20, 0x7F)


def write_text(text: Text) -> str:
    """The value of a TXT record that holds these strings."""
    return " ".join(f'"{_escaped(each)}"' for each in text)


def read_text(value: str) -> Text:
    """The strings of a TXT record's value."""
    return tuple(_unescaped(quoted or bare) for quoted, bare in _STRING.findall(value))


def _escaped(string: str) -> str:
    octets = string.encode(errors="surrogateescape")
    return "".join(_escaped_octet(octet) for octet in octets)


def _escaped_octet(octet: int) -> str:
    character = chr(octet)
    if character in {'"', "\\"}:
        return f"\\{character}"
    return character if octet in _PLAIN else f"\\{octet:03o}"


def _unescaped(string: str) -> str:
    def octet(found: re.Match[str]) -> str:
        what = found[1]
        return chr(int(what, 8) & 0xFF) if len(what) == 3 else what

    octets = _ESCAPE.sub(octet, string)
    return octets.encode("latin-1", errors="replace").decode(errors="surrogateescape")
