"""The error of a request that cannot be carried out."""

from __future__ import annotations


class RefusedError(Exception):
    """A request that cannot be carried out; the sentence says why and what to do."""
