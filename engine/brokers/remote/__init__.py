"""A broker and a market in another process of this machine, behind an owner-only socket."""
