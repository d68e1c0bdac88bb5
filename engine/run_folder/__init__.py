"""The files of a run beside its journal: paths, lock, latch, mailbox, open orders."""
