"""``skygarth doctor``: probe what a node depends on, before it depends on it."""

from __future__ import annotations

from dataclasses import asdict

from cyclopts import App
from rich.console import Group, RenderableType

from skygarth.bucket.probe import Finding, probe_bucket
from skygarth.cli.faults import DONE, UNHEALTHY
from skygarth.cli.options import SPEAK, USUAL, Output, SettingsFile
from skygarth.cli.terminal import Terminal, table
from skygarth.cli.waiting import MACHINE
from skygarth.clock.chance import Chance
from skygarth.model.errors import NotFound

app = App(name="doctor", help="Probe what a node depends on.", help_format="plaintext")


@app.command
def bucket(
    url: str | None = None, /, *, output: Output = SPEAK, where: SettingsFile = USUAL
) -> int:
    """Find out what a bucket can do, by writing and reading a few small keys.

    Exits with 9 where something breaks on this bucket.

    Args:
        url: URL of the bucket; by default that of the settings.
    """
    from skygarth.bucket.opening import open_bucket  # only here: --help must be fast

    if url is not None:
        _refuse_absent_folder(url)
    address = url or where.settings(refuse_unsupported=False).replication.bucket
    chance = Chance()
    opened = open_bucket(
        address,
        sleep=MACHINE.sleep,
        random=lambda: chance.uniform(0.0, 1.0),
        now_ms=MACHINE.now_ms,
    )
    try:
        report = probe_bucket(
            opened,
            chance.bytes(8).hex(),
            stopwatch=MACHINE.monotonic,
            now_ms=MACHINE.now_ms,
        )
    finally:
        opened.close()
    raw = {"verdict": report.verdict, **asdict(report)}
    findings = [(each.verdict, each.code, each.probed) for each in report.findings]
    latencies = [
        (each.request, each.tries, f"{each.median_ms:.1f} ms") for each in report.latencies
    ]

    def draw() -> RenderableType:
        return Group(
            f"{report.url}: {report.verdict}",
            "",
            table(["verdict", "code", "probed"], findings),
            "",
            table(["request", "tries", "median"], latencies),
            *(line for each in report.findings if each.verdict != "ok" for line in _advice(each)),
        )

    Terminal(output).facts(raw, draw)
    return UNHEALTHY if report.verdict == "bad" else DONE


def _refuse_absent_folder(url: str) -> None:
    """A typing error, or a share that is not mounted, must not pass the probe."""
    from skygarth.bucket.codes import NO_BUCKET  # only here: --help must be fast
    from skygarth.bucket.opening import folder_at

    folder = folder_at(url)
    if folder is not None and not folder.exists():
        raise NotFound(
            f"there is no such folder. bucket='{url}'",
            code=NO_BUCKET,
            hint=f"mount it, or make it: mkdir -p {folder}",
        )


def _advice(finding: Finding) -> list[str]:
    return [
        "",
        f"{finding.code}: {finding.probed}",
        f"  why it matters: {finding.why}",
        f"  fix: {finding.fix}",
    ]


@app.command
def clock(url: str | None = None, /, *, output: Output = SPEAK, where: SettingsFile = USUAL) -> int:
    """Compare this machine's clock with the bucket's, which all nodes go by.

    Exits with 9 where a node would publish nothing under this clock.

    Args:
        url: URL of the bucket; by default that of the settings.
    """
    from skygarth.bucket.opening import open_bucket  # only here: --help must be fast
    from skygarth.bucket.probe import probe_clock

    chance = Chance()
    opened = open_bucket(
        url or where.settings(refuse_unsupported=False).replication.bucket,
        sleep=MACHINE.sleep,
        random=lambda: chance.uniform(0.0, 1.0),
        now_ms=MACHINE.now_ms,
    )
    try:
        finding, offset_ms = probe_clock(opened, MACHINE.now_ms)
    finally:
        opened.close()
    ahead_ms = None if offset_ms is None else -offset_ms
    raw = {"url": opened.url, "clock_ahead_ms": ahead_ms, **asdict(finding)}
    advice = [f"  why it matters: {finding.why}", f"  fix: {finding.fix}"] if finding.why else []
    Terminal(output).facts(
        raw, lambda: "\n".join([f"{finding.verdict}: {finding.probed}", *advice])
    )
    return UNHEALTHY if finding.verdict == "bad" else DONE


@app.command
def notices(*names: str, output: Output = SPEAK, where: SettingsFile = USUAL) -> int:
    """Find out whether notices get through, by saying some where no node listens.

    Exits with 9 where a broker is away, refuses us, or loses what is said.

    Args:
        names: transports, such as nats; by default those of the settings.
    """
    from skygarth.notices.probe import probe_transports  # only here: --help must be fast

    settings = where.settings(refuse_unsupported=False).notices
    unique = Chance().bytes(8).hex()
    probed = probe_transports(names or settings.use, settings.brokers, unique, clock=MACHINE)
    raw = {"transports": [asdict(each) for each in probed]}
    rows = [
        (each.verdict, each.name, each.broker, _ms(each.connect_ms), _ms(each.median_ms))
        for each in probed
    ]
    advice = [
        line
        for each in probed
        if each.fault
        for line in ("", f"{each.name}: {each.fault}", f"  fix: {each.fix}")
    ]

    def draw() -> RenderableType:
        if not rows:
            return "no transport is in use: nodes find news by looking into the bucket"
        heads = ["verdict", "transport", "broker", "connected in", "heard after"]
        return Group(table(heads, rows), *advice)

    Terminal(output).facts(raw, draw)
    return UNHEALTHY if any(each.verdict == "bad" for each in probed) else DONE


@app.command
def dns(*, name: str | None = None, output: Output = SPEAK, where: SettingsFile = USUAL) -> int:
    """Find out whether this node could enter its names, by trying all of it beside them.

    Exits with 9 where a server is away or refuses what a node has to do.

    Args:
        name: Only this name; by default every one of the settings.
    """
    from skygarth.cli.commands.dns import names_of  # only here: --help must be fast
    from skygarth.naming.probe import probe_name, resolved_here

    probed = [
        (
            opened,
            probe_name(
                opened.name.zone,
                opened.name.name,
                token=Chance().bytes(8).hex(),
                ttl=opened.name.ttl,
                now_seconds=MACHINE.now_ms() / 1000,
                resolve=resolved_here,
            ),
        )
        for opened in names_of(where.settings(refuse_unsupported=False), name)
    ]
    raw = [
        {"name": opened.name.name, "view": opened.view.label, **asdict(finding)}
        for opened, findings in probed
        for finding in findings
    ]
    found = [finding for _, findings in probed for finding in findings]
    advice = [
        line
        for each in found
        if each.fix
        for line in ("", f"{each.code}: {each.probed}", f"  fix: {each.fix}")
    ]

    def draw() -> RenderableType:
        rows = [(each.verdict, each.code, each.probed) for each in found]
        return Group(table(["verdict", "code", "probed"], rows), *advice)

    Terminal(output).facts({"findings": raw}, draw)
    return UNHEALTHY if any(each.verdict == "bad" for each in found) else DONE


def _ms(amount: float | None) -> str | None:
    return None if amount is None else f"{amount:.1f} ms"
