"""For testing what is built on Skygarth, and Skygarth itself: clouds in virtual time."""

from skygarth.testing.faulty_bucket import Fate, FaultyBucket, Request
from skygarth.testing.simulated_cloud import SimulatedCloud
from skygarth.testing.simulation import History, SimulationReport, run_seed, simulate
from skygarth.testing.weather import CALM, Fault, Weather

__all__ = [
    "CALM",
    "Fate",
    "Fault",
    "FaultyBucket",
    "History",
    "Request",
    "SimulatedCloud",
    "SimulationReport",
    "Weather",
    "run_seed",
    "simulate",
]
