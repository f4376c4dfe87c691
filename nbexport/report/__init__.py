"""Findings, plans, proposals and verdicts → text: for people, and for each tool its own format."""
