"""Option quotes as libraries, tables and programs hand them over, read as a chain."""
