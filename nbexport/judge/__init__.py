"""Notebook → `Judgement`: the one place that analyses, runs the rules, merges what the lift refuses, and suppresses."""
