"""Answers and findings to words: terminal, JSON, Markdown. Values in, text out; nothing is decided, opened or printed here."""
