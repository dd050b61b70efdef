"""Real DNS servers on this machine: Knot and BIND for RFC 2136, two that speak like Route 53.

A node's key may change only what stands at two names and below them, as
docs/dns.md tells operators to set it up. Of the two Route 53s, ministack checks
what a DELETE names against what stands, as Amazon does; moto does not, so
whoever races on moto proves nothing.
"""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import boto3
import dns.exception
import dns.message
import dns.query
import dns.rdatatype
import dns.tsig
import dns.update
from tests.servers.running import ServerAbsent, free_ports, spawn, wait_until

from skygarth.naming.opening import ZoneAccess

ZONE = "example.org"
WEB, SEARCH, FOREIGN = "www.example.org", "search.example.org", "foreign.example.org"
KEY_NAME = "skygarth"
KEY = "bm90IGEgc2VjcmV0LCBvbmx5IGZvciB0ZXN0cyBoZXJl"
MASTER = "bWFzdGVyIGtleSwgb25seSBmb3IgdGVzdHMgaGVyZSE="

CREDENTIALS = {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing"}

_INSTALL = {
    "knotd": "apt-get install knot, or .ci/servers.sh (Debian, as root)",
    "named": "apt-get install bind9, or .ci/servers.sh (Debian, as root)",
    "moto_server": "pip install 'moto[server]', or .ci/servers.sh",
    "ministack": ".ci/servers.sh, which gives it an environment of its own",
}

_SETTINGS = """
server:
  listen: 127.0.0.1@{port}
  rundir: {folder}
database:
  storage: {folder}/db
log:
  - target: stderr
    any: info
key:
  - id: skygarth
    algorithm: hmac-sha256
    secret: {key}
  - id: master
    algorithm: hmac-sha256
    secret: {master}
acl:
  - id: nodes
    key: skygarth
    action: update
    update-owner: name
    update-owner-match: sub-or-equal
    update-owner-name: [www, search]
    update-type: [A, AAAA, TXT]
  - id: person
    key: master
    action: update
zone:
  - domain: example.org
    storage: {folder}
    file: zone
    acl: [nodes, person]
    zonefile-load: difference-no-serial
    zonefile-sync: -1
    journal-content: all
"""
_BIND_SETTINGS = """
options {
  directory "%(folder)s";
  pid-file "%(folder)s/pid";
  session-keyfile "%(folder)s/session.key";
  listen-on port %(port)d { 127.0.0.1; };
  listen-on-v6 { none; };
  recursion no;
  notify no;
};
controls { };
key "skygarth" { algorithm hmac-sha256; secret "%(key)s"; };
key "master" { algorithm hmac-sha256; secret "%(master)s"; };
zone "example.org" {
  type primary;
  file "zone";
  update-policy {
    grant skygarth subdomain www.example.org. A AAAA TXT;
    grant skygarth subdomain search.example.org. A AAAA TXT;
    grant master zonesub ANY;
  };
};
"""
_CONTENTS = """$ORIGIN example.org.
@ 60 SOA ns.example.org. root.example.org. 1 60 60 3600 1
@ 60 NS ns
ns 60 A 127.0.0.1
alias 60 CNAME www
"""


class NameServer:
    """One that holds the zone example.org, which a test may stop and start again."""

    kind = ""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        (self.port,) = free_ports(1)
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def access(self) -> ZoneAccess:
        """How a node reaches it."""
        raise NotImplementedError

    def put(self, name: str, kind: str, *values: str) -> None:
        """Add records as a person would, past our own code."""
        raise NotImplementedError

    def values(self, name: str, kind: str) -> set[str]:
        """What stands at a name, past our own code."""
        raise NotImplementedError

    def start(self) -> None:
        """Start it and wait until it answers."""
        log = self.folder / "log"
        self.process = spawn(self._command(), log, self._environ())
        wait_until(self._answers, self.kind, seconds=30, log=log, processes=[self.process])
        self._prepare()

    def stop(self) -> None:
        """End it at once."""
        if self.process is not None:
            self.process.kill()
            self.process.wait(10)
            self.process = None

    def _command(self) -> list[str | Path]:
        raise NotImplementedError

    def _environ(self) -> dict[str, str]:
        return {}

    def _prepare(self) -> None:
        """Make the zone, where it is not there from the start."""

    def _answers(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1):
                return True
        except OSError:
            return False


class DynamicServer(NameServer):
    """One that takes updates by RFC 2136."""

    @property
    def access(self) -> ZoneAccess:
        """With the key that may change www and search."""
        server = f"127.0.0.1:{self.port}"
        return ZoneAccess(provider="rfc2136", server=server, key_name=KEY_NAME, secret=KEY)

    def put(self, name: str, kind: str, *values: str) -> None:
        """Add records, with the key of a person."""
        key = dns.tsig.Key("master", MASTER, "hmac-sha256.")
        update = dns.update.UpdateMessage(ZONE, keyring=key)
        update.add(f"{name}.", 60, kind, *values)
        answer = dns.query.tcp(update, "127.0.0.1", port=self.port, timeout=5)
        assert answer.rcode() == 0, answer

    def values(self, name: str, kind: str) -> set[str]:
        """Ask as a resolver does."""
        query = dns.message.make_query(name, kind)
        answer = dns.query.tcp(query, "127.0.0.1", port=self.port, timeout=5)
        wanted = dns.rdatatype.from_text(kind)
        return {
            record.to_text()
            for found in answer.answer
            if found.rdtype == wanted
            for record in found
        }

    def _answers(self) -> bool:
        """Its port may be open before its zone is loaded."""
        try:
            return bool(self.values(ZONE, "SOA"))
        except (dns.exception.DNSException, OSError, EOFError):
            return False


class Knot(DynamicServer):
    """knotd; its journal keeps changes over a restart."""

    kind = "knot"

    def _command(self) -> list[str | Path]:
        (self.folder / "db").mkdir(exist_ok=True)
        (self.folder / "zone").write_text(_CONTENTS)
        settings = self.folder / "knot.conf"
        settings.write_text(
            _SETTINGS.format(port=self.port, folder=self.folder, key=KEY, master=MASTER)
        )
        return [find("knotd"), "-c", settings]


class Bind(DynamicServer):
    """named."""

    kind = "bind"

    def _command(self) -> list[str | Path]:
        (self.folder / "zone").write_text(_CONTENTS)
        settings = self.folder / "named.conf"
        settings.write_text(
            _BIND_SETTINGS
            % {"port": self.port, "folder": self.folder, "key": KEY, "master": MASTER}
        )
        return [find("named"), "-g", "-c", settings]


class Route53Server(NameServer):
    """A server that speaks like Route 53, with one hosted zone."""

    @property
    def access(self) -> ZoneAccess:
        """The hosted zone by its name."""
        return ZoneAccess(provider="route53", server=f"http://127.0.0.1:{self.port}", zone=ZONE)

    def put(self, name: str, kind: str, *values: str) -> None:
        """Create a set of records."""
        records = [{"Value": value} for value in values]
        found = {"Name": name, "Type": kind, "TTL": 60, "ResourceRecords": records}
        self.change("CREATE", found)

    def change(self, action: str, record_set: object) -> None:
        """Send one change."""
        batch = {"Changes": [{"Action": action, "ResourceRecordSet": record_set}]}
        self._client().change_resource_record_sets(HostedZoneId=self.zone_id, ChangeBatch=batch)

    def values(self, name: str, kind: str) -> set[str]:
        """List the zone."""
        listed = self._client().list_resource_record_sets(HostedZoneId=self.zone_id)
        return {
            record["Value"]
            for found in listed["ResourceRecordSets"]
            if found["Name"].rstrip(".") == name and found["Type"] == kind
            for record in found["ResourceRecords"]
        }

    @property
    def zone_id(self) -> str:
        """The hosted zone's id."""
        (zone,) = self._client().list_hosted_zones()["HostedZones"]
        return str(zone["Id"]).rpartition("/")[2]

    def _prepare(self) -> None:
        self._client().create_hosted_zone(Name=ZONE, CallerReference="tests")

    def _client(self) -> Any:
        return boto3.client(
            "route53",
            region_name="us-east-1",
            endpoint_url=f"http://127.0.0.1:{self.port}",
            aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
        )


class Ministack(Route53Server):
    """ministack."""

    kind = "ministack"

    def _command(self) -> list[str | Path]:
        return [find("ministack")]

    def _environ(self) -> dict[str, str]:
        return {"GATEWAY_PORT": str(self.port), "BIND_HOST": "127.0.0.1"}


class Moto(Route53Server):
    """moto."""

    kind = "moto"

    def _command(self) -> list[str | Path]:
        return [find("moto_server"), "-H", "127.0.0.1", "-p", str(self.port)]


SERVERS: dict[str, type[NameServer]] = {
    "knot": Knot,
    "bind": Bind,
    "ministack": Ministack,
    "moto": Moto,
}


def find(program: str) -> Path:
    """A program beside this Python, in an environment of its own below it, or in the system.

    Raises:
        ServerAbsent: naming the command that installs it.
    """
    here = Path(sys.executable).parent
    for beside in (here / program, here.parent / program / "bin" / program):
        if beside.exists():
            return beside
    found = shutil.which(program, path="/usr/sbin:/usr/bin:/usr/local/bin")
    if found is None:
        raise ServerAbsent(f"{program} is not installed: {_INSTALL[program]}")
    return Path(found)
