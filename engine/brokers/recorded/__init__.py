"""Recorded sessions: read them from files, replay them as a market, record new ones."""

from engine.brokers.recorded.errors import SessionFileError
from engine.brokers.recorded.facts import SessionFacts
from engine.brokers.recorded.market import RecordedMarket
from engine.brokers.recorded.recorder import RecordingMeta, SessionRecorder
from engine.brokers.recorded.session import RecordedSession, read_session

__all__ = [
    "RecordedMarket",
    "RecordedSession",
    "RecordingMeta",
    "SessionFacts",
    "SessionFileError",
    "SessionRecorder",
    "read_session",
]
