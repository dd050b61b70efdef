"""A notice comes back as it was said."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from skygarth.model.position import Incarnation, Position
from skygarth.notices.notice import Notice, channel_of, decode_notice, encode_notice

_HEX = "0123456789abcdef"
NOTICES = st.builds(
    Notice,
    repository=st.text("0123456789abcxyzABCXYZ-", min_size=1, max_size=64),
    incarnation=st.text(_HEX, min_size=32, max_size=32).map(Incarnation),
    sequence=st.integers(1, 10**16 - 1),
    size=st.integers(0, 2**63 - 1),
    digest=st.text(_HEX, min_size=64, max_size=64),
)


@given(NOTICES)
def test_a_notice_comes_back_as_it_was_said(notice: Notice) -> None:
    """Encoding and decoding undo each other."""
    assert notice == decode_notice(encode_notice(notice))


def test_a_notice_names_a_position() -> None:
    """That is what the replicator wants to know."""
    notice = Notice("r", Incarnation("a" * 32), 7, 1, "d" * 64)

    assert Position(Incarnation("a" * 32), 7) == notice.position


def test_a_channel_is_a_name_on_every_broker() -> None:
    """Subjects, queues and topics all take letters, digits and hyphens, up to 80."""
    channel = channel_of("5f" * 16)

    assert channel.replace("-", "").isalnum()
    assert len(channel) <= 40
