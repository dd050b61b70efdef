"""What makes nodes a cloud that trusts itself: the key that they share."""

from __future__ import annotations

from dataclasses import dataclass

from skygarth.node.cluster_key import ClusterKeys, parse_key
from skygarth.node.setting_kinds import SECRET, Secret, maybe
from skygarth.node.setting_layers import SettingLayers


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterSettings:
    """The cluster's key, and those that were it or will be.

    Attributes:
        key: signs, and is accepted.
        accepted_keys: are accepted too, while the key is being exchanged; with commas.
    """

    key: Secret | None = None
    accepted_keys: Secret | None = None

    @property
    def keys(self) -> ClusterKeys:
        """All of them, the one that signs first.

        Raises:
            Invalid: one is no key (SG-KEY-001).
        """
        if self.key is None:
            return ClusterKeys(())
        more = self.accepted_keys.value.split(",") if self.accepted_keys else []
        return ClusterKeys([parse_key(text) for text in (self.key.value, *more)])


def read_cluster(layers: SettingLayers) -> ClusterSettings:
    """The settings of ``[cluster]``.

    Raises:
        Invalid: a key stands in a file in plain text.
        NotFound: what a setting refers to is not there.
    """
    return ClusterSettings(
        key=layers.read_secret("cluster.key", maybe(SECRET), None),
        accepted_keys=layers.read_secret("cluster.accepted_keys", maybe(SECRET), None),
    )
