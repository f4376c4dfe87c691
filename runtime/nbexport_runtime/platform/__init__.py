"""What a team needs where machine learning is the product; everything runs on one machine.

lines/         the prediction log as tables: read, compacted, searched
outcomes/      what became of predictions, and the quality that follows from it
drift/         whether inputs and outputs still look like those of training
features/      named values of entities, the same in training and in service
experiments/   A/B tests
guard/         the watch over a rollout and over production, which goes back by itself
page/          one page with the state of everything
simulation/    weeks of traffic in minutes
commands/      the command lines of a project
settings.py    what `platform.toml` says
extras.py      what it adds to the service
"""
