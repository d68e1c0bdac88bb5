"""Alpaca's words: orders to calls, answers to views. Pure; nothing here opens a connection."""
