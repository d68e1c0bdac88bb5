"""The actions by subject, each with its keys, place and risk; the registry lists them all."""
