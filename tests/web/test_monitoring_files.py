"""The alerts for Prometheus and the dashboard for Grafana speak of metrics that nodes have."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.web.cloud_nodes import CloudNode, running

DEPLOY = Path(__file__).parents[2] / "deploy"
ALERTS = DEPLOY / "prometheus" / "alerts.yml"
DASHBOARD = DEPLOY / "grafana" / "dashboard.json"
PROMTOOL = shutil.which("promtool")
NAME = re.compile(r"\bskygarth_\w+")


def _named(expression: str) -> set[str]:
    """The metrics that an expression names."""
    return set(NAME.findall(expression))


@pytest.fixture(scope="module")
def metrics(tmp_path_factory: pytest.TempPathFactory) -> Iterator[set[str]]:
    """Names of every series that a node offers."""
    with running("a", tmp_path_factory.mktemp("cloud"), notices=("memory",)) as node:
        yield _offered(node)


def _offered(node: CloudNode) -> set[str]:
    kinds = dict(
        line.split()[2:4]
        for line in node.app.get("/metrics").text.splitlines()
        if line.startswith("# TYPE")
    )
    histograms = {name for name, kind in kinds.items() if kind == "histogram"}
    parts = {f"{name}_{part}" for name in histograms for part in ("bucket", "sum", "count")}
    return {*kinds, *parts} - histograms


def _rules() -> list[dict[str, Any]]:
    (group,) = yaml.safe_load(ALERTS.read_text())["groups"]
    return [rule for rule in group["rules"] if "alert" in rule]


def _expressions() -> list[str]:
    board = json.loads(DASHBOARD.read_text())
    asked = [t["expr"] for panel in board["panels"] for t in panel.get("targets", [])]
    return [*asked, *(v["query"] for v in board["templating"]["list"])]


def test_alerts_name_metrics_that_exist(metrics: set[str]) -> None:
    """An alert on a metric that nobody offers never rings."""
    named = set().union(*(_named(rule["expr"]) for rule in _rules()))

    assert len(named) >= 10
    assert named - metrics == set()


def test_the_dashboard_names_metrics_that_exist(metrics: set[str]) -> None:
    """A panel of a metric that nobody offers stays empty."""
    named = set().union(*map(_named, _expressions()))

    assert len(named) >= 15
    assert named - metrics == set()


def test_each_alert_says_what_is_wrong_and_what_helps() -> None:
    """As the dashboard of a node does."""
    for rule in _rules():
        notes = rule["annotations"]

        assert set(notes) == {"summary", "description", "command"}, rule["alert"]
        assert rule["labels"]["severity"] in {"critical", "warning"}
        assert notes["command"].split()[0] in {"skygarth", "timedatectl", "df"}


def test_panels_have_places_of_their_own_and_say_what_they_show() -> None:
    """Ids once, nothing over anything else, a sentence for each."""
    panels = json.loads(DASHBOARD.read_text())["panels"]
    cells: set[tuple[int, int]] = set()
    for panel in panels:
        at = panel["gridPos"]
        mine = {(at["x"] + x, at["y"] + y) for x in range(at["w"]) for y in range(at["h"])}

        assert not cells & mine, panel["title"]
        assert panel["type"] == "row" or panel["description"]
        assert at["x"] + at["w"] <= 24
        cells |= mine
    assert len({panel["id"] for panel in panels}) == len(panels)


def _promtool(*words: str) -> subprocess.CompletedProcess[str]:
    if PROMTOOL is None:
        pytest.skip("promtool is absent: apt-get install --no-install-recommends prometheus")
    return subprocess.run(
        [PROMTOOL, *words], check=False, capture_output=True, text=True, timeout=30
    )


@pytest.mark.server
def test_promtool_accepts_the_alerts() -> None:
    """Expressions and templates are valid to Prometheus itself."""
    checked = _promtool("check", "rules", str(ALERTS))

    assert checked.returncode == 0, checked.stdout + checked.stderr


@pytest.mark.server
def test_alerts_ring_when_they_should_and_only_then(tmp_path: Path) -> None:
    """Edits that pile up do, edits under way don't; a lag that is unknown is no lag."""
    series = {
        'skygarth_unpublished_commits{instance="piling"}': "1+5x30",
        'skygarth_unpublished_commits{instance="busy"}': "0 9 0 4 0 7 0 1 0 9 0 4 0 7 0 3 0 5 0",
        'skygarth_replication_lag_seconds{instance="slow", peer="a"}': "0+10x30",
        'skygarth_replication_lag_seconds{instance="blind", peer="a"}': " ".join(["NaN"] * 30),
        'skygarth_clock_offset_seconds{instance="early"}': "-3x30",
        'skygarth_clock_offset_seconds{instance="right"}': "1.2x30",
    }
    expected = {
        "SkygarthUnpublishedEditsGrow": ["piling"],
        "SkygarthLagging": ["slow"],
        "SkygarthClockOff": ["early"],
    }
    test = {
        "rule_files": [str(ALERTS)],
        "evaluation_interval": "1m",
        "tests": [
            {
                "interval": "1m",
                "input_series": [{"series": s, "values": v} for s, v in series.items()],
                "promql_expr_test": [
                    {
                        "expr": f'count by (instance) (ALERTS{{alertname="{name}", '
                        'alertstate="firing"})',
                        "eval_time": "16m",
                        "exp_samples": [
                            {"labels": f'{{instance="{instance}"}}', "value": 1}
                            for instance in instances
                        ],
                    }
                    for name, instances in expected.items()
                ],
            }
        ],
    }
    file = tmp_path / "test.yml"
    file.write_text(yaml.safe_dump(test))
    tested = _promtool("test", "rules", str(file))

    assert tested.returncode == 0, tested.stdout + tested.stderr
