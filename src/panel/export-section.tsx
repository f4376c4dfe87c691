import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { outputFor } from '../output-folder';
import { toProblem } from '../problem';
import type { Session } from '../session';
import type { Applied, Place, Plan, Problem } from '../wire';
import { Assumptions } from './assumptions';
import { useCancellable } from './cancellable';
import { applyRequest, canExport, changedFiles, type FileChoices } from './file-choices';
import type { PanelHost } from './host';
import { Preview } from './preview';
import { ProblemBox } from './problem-box';
import { VerifyArea } from './verify-area';

interface ExportSectionProps {
  session: Session;
  level: number;
  host: PanelHost;
}

/** A plan, with what it was made for. */
interface Previewed {
  plan: Plan;
  level: number;
  output: string;
}

/** Preview, export and verify. */
export function ExportSection({ session, level, host }: ExportSectionProps): JSX.Element {
  const { server, trans } = host;
  const [typedOutput, setTypedOutput] = React.useState<string | null>(null);
  const output = typedOutput ?? outputFor(session.notebook.path, host.settings().output);
  const [previewed, setPreviewed] = React.useState<Previewed | null>(null);
  const [choices, setChoices] = React.useState<FileChoices>({});
  const [applied, setApplied] = React.useState<Applied | null>(null);
  const [problem, setProblem] = React.useState<Problem | null>(null);
  const [runningTask, setRunningTask] = React.useState<'plan' | 'apply' | null>(null);
  const cancellable = useCancellable();
  if (previewed && (previewed.level !== level || previewed.output !== output)) {
    // a preview for another level or folder does not say what would be written now
    setPreviewed(null);
  }
  const plan = previewed?.plan ?? null;

  const runTask = (task: 'plan' | 'apply', work: (signal: AbortSignal) => Promise<void>) =>
    cancellable.run(async signal => {
      setRunningTask(task);
      setProblem(null);
      try {
        await work(signal);
      } catch (error) {
        if (!signal.aborted) {
          setProblem(toProblem(error));
        }
      }
      setRunningTask(null);
    });
  const preview = () =>
    runTask('plan', async signal => {
      setApplied(null);
      setChoices({});
      const request = { ...session.notebook.snapshot(), level, output };
      setPreviewed({ plan: await server.plan(request, signal), level, output });
    });
  const write = (previewedPlan: Plan) =>
    runTask('apply', async () => {
      await session.notebook.save();
      const request = { ...session.notebook.snapshot(), level, output };
      const result = await server.apply(applyRequest(request, previewedPlan, choices));
      setPreviewed(null);
      setApplied(result);
      host.notifyExported(result);
    });

  return (
    <section aria-labelledby="nbexport-export">
      <h3 id="nbexport-export">{trans.__('Export')}</h3>
      <label className="nbexport-output">
        {trans.__('Folder')}
        <input value={output} onChange={event => setTypedOutput(event.target.value)} spellCheck={false} />
      </label>
      <div className="nbexport-actions">
        <button type="button" onClick={() => void preview()} disabled={runningTask !== null || !output}>
          {trans.__('Preview')}
        </button>
        <button
          type="button"
          className="nbexport-main"
          onClick={() => plan && void write(plan)}
          disabled={runningTask !== null || !plan || !canExport(plan, choices)}
        >
          {trans.__('Export')}
        </button>
        {runningTask === 'plan' && (
          <button type="button" onClick={() => cancellable.cancel()}>
            {trans.__('Cancel')}
          </button>
        )}
      </div>
      {runningTask && <progress aria-label={runningTask === 'plan' ? trans.__('Preparing') : trans.__('Writing')} />}
      {problem && <ProblemBox problem={problem} />}
      {plan && (
        <PlanView
          plan={plan}
          choices={choices}
          onChoose={setChoices}
          onJump={place => void session.notebook.jump(place)}
          trans={trans}
        />
      )}
      {applied && (
        <p role="status">
          {trans.__('%1 files written.', applied.written)}{' '}
          {applied.open && (
            <button type="button" className="nbexport-link" onClick={() => host.openFile(applied.open)}>
              {applied.open}
            </button>
          )}
        </p>
      )}
      <VerifyArea session={session} output={output} host={host} />
    </section>
  );
}

interface PlanViewProps {
  plan: Plan;
  choices: FileChoices;
  onChoose: (choices: FileChoices) => void;
  onJump: (place: Place) => void;
  trans: TranslationBundle;
}

/** The files of a plan with what it assumes, or the finding that stops it. */
function PlanView({ plan, choices, onChoose, onJump, trans }: PlanViewProps): JSX.Element {
  const [refusal] = plan.refused;
  if (refusal) {
    return (
      <p role="status">{trans.__('This level cannot be exported yet: %1', `${refusal.code} ${refusal.message}`)}</p>
    );
  }
  return (
    <>
      <Assumptions plan={plan} onJump={onJump} trans={trans} />
      <Preview plan={plan} choices={choices} onChoose={onChoose} trans={trans} />
      {changedFiles(plan).length === 0 && <p role="status">{trans.__('The project is up to date.')}</p>}
    </>
  );
}
