"""Weeks of traffic in minutes, on the real service, before anything goes live.

scenario.py     how many days, users and requests, and on which day what happens
world.py        who asks what, and what becomes of it: seeded
inputs.py       the requests, from the rows held back or the project's examples
scratch.py      the copy of the project that all of it happens in
candidates.py   a broken model and a better one
entering.py     the better model is registered, in a process of its own
server.py       the service in a process of its own, and its users
asking.py       the project's commands, run as a team would run them
stage.py        all of these together, and the clock
steps.py        the broken candidate, the experiment, the drift
rehearsal.py    day by day
simulated.py    from the copy to the story
story.py        what happened, as text, JSON and Markdown

The traffic, the outcomes, who belongs to which arm and the moments of commands follow from the seed. What does not:
latencies, and the order in which requests that are sent together are answered.
"""
