import type { Session } from '../session';
import type { NextStep } from '../session/next-step';
import type { PanelHost } from './host';

type Kind = NextStep['kind'];
type Actions = {
  [K in Kind]?: (step: Extract<NextStep, { kind: K }>, session: Session, host: PanelHost) => Promise<void> | void;
};

const ACTIONS: Actions = {
  check: (_, session) => session.checkNow(),
  propose: (_, session) => session.proposing.ask(),
  accept: (_, session) => session.accept(session.proposing.open),
  insert: ({ what }, session) => session.edits.insert(what),
  resolve: (_, session) => session.goToNextFinding(),
  archive: (_, session, host) => downloadArchive(session, host),
  preview: (_, session) => session.exporting.preview(),
  refused: ({ finding }, session) => session.notebook.jump(finding.place),
  settle: (_, session, host) => host.area?.showPlan(session),
  'nothing-chosen': (_, session, host) => host.area?.showPlan(session),
  export: (_, session) => session.startJob('export'),
  verify: (_, session) => session.startJob('verify'),
  different: ({ job }, session, host) => host.area?.showVerdict(session, job),
  test: (_, session) => session.startJob('test'),
  serve: (_, session) => session.startJob('serve'),
  ask: (_, session) => session.view.setOpen('runs', true),
  failed: ({ job }, session) => session.startJob(job.kind),
  done: (_, session, host) => showReadme(session, host)
};

/** Do the next step. */
export async function performStep(step: NextStep, session: Session, host: PanelHost): Promise<void> {
  // each function is called with the step of its own kind, which TypeScript cannot follow
  const action = ACTIONS[step.kind] as
    | ((step: NextStep, session: Session, host: PanelHost) => Promise<void> | void)
    | undefined;
  await action?.(step, session, host);
}

/** Show the README of the project, or its file where there is no place to render it. */
export function showReadme(session: Session, host: PanelHost): void {
  if (host.area) {
    host.area.showReadme(session);
  } else {
    host.openFile(`${session.exporting.output}/README.md`);
  }
}

async function downloadArchive({ exporting }: Session, host: PanelHost): Promise<void> {
  const folder = exporting.output.split('/').pop() ?? '';
  await exporting.archive(archive => host.download(archive, `${folder || 'project'}.zip`));
}
