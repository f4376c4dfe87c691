"""A simulation from its beginning to its end: the copy, the clock, the service, the days, and what is left of them.

FOLDER/story.md, story.json      what happened
FOLDER/report.html               the page with the state of everything at the end
FOLDER/project/                  the copy, whose log can be asked like any other
FOLDER/service.txt               what the service said
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from nbexport_runtime.pipeline.files import write_json, write_text
from nbexport_runtime.pipeline.outcome import Outcome, progress
from nbexport_runtime.pipeline.project import Project
from nbexport_runtime.platform import settings
from nbexport_runtime.platform.simulation import inputs, scratch, server
from nbexport_runtime.platform.simulation.asking import Commands
from nbexport_runtime.platform.simulation.rehearsal import Rehearsal
from nbexport_runtime.platform.simulation.scenario import Scenario
from nbexport_runtime.platform.simulation.stage import Stage
from nbexport_runtime.platform.simulation.story import Story
from nbexport_runtime.platform.simulation.world import World
from nbexport_runtime.traffic.clock import Hand


def simulate(project: Project, scenario: Scenario, output: Path) -> Outcome:
    """Simulate, and write down what happened.

    Args:
        project: The project; nothing in it is changed but `output`, if that lies in it.
        scenario: How much happens, and when.
        output: The folder of the simulation; an earlier one in it is replaced.

    Raises:
        PipelineError: There is nothing to simulate, or the service or a command failed.
    """
    progress("reading what can be asked")
    users = inputs.inputs_of(project, scenario.seed)
    # everything that was placed before is older than the first moment
    begin = (datetime.now(UTC) + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    world = World(scenario, users, begin)
    folder = scratch.prepared(output)
    copy = scratch.copied(project, folder)
    hand = Hand(folder / "clock", begin)
    try:
        environment = scratch.variables(copy, hand.path)
        commands = Commands(copy.code, environment)
        if settings.read(copy.root / settings.NAME).features:
            commands.run("features", "materialize")
        progress("starting the service")
        with server.served(copy, environment, folder / "service.txt") as service:
            placed = copy.journal.production
            story = Story(scenario, users.source, placed.version if placed else "")
            stage = Stage(world, copy, service, commands, hand, story)
            Rehearsal(stage).run(folder / "report.html")
    finally:
        hand.drop()
    write_json(folder / "story.json", story.facts())
    write_text(folder / "story.md", story.markdown())
    return Outcome(story.lines(), story.facts())
