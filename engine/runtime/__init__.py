"""A running desk: scheduler, order router, requests, watches, restart and snapshots."""
