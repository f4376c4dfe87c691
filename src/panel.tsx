import { ReactWidget } from '@jupyterlab/apputils';
import { TranslationBundle } from '@jupyterlab/translation';
import { Signal } from '@lumino/signaling';
import * as React from 'react';

import { Preview } from './preview';
import { Server } from './request';
import { outputFor } from './roles';
import { Said } from './said';
import { asRefused, Session, Settings } from './session';
import { Applied, Catalogue, Finding, Level, Parameter, Plan, Proposal, Step } from './wire';

/** What the panel needs of the application around it. */
export interface Around {
  server: Server;
  catalogue: Promise<Catalogue>;
  settings: () => Settings;
  trans: TranslationBundle;
  explain: (code: string) => void;
  open: (path: string) => void;
  exported: (applied: Applied) => void;
  verified: (equal: boolean, lines: string[]) => void;
}

/** The side panel: one notebook at a time, the one in front. */
export class ExportPanel extends ReactWidget {
  private session: Session | null = null;
  private readonly replaced = new Signal<this, void>(this);

  constructor(private readonly around: Around) {
    super();
    this.id = 'nbexport-panel';
    this.addClass('nbexport-Panel');
    this.title.caption = around.trans.__('Export to production');
    this.node.setAttribute('role', 'region');
    this.node.setAttribute('aria-label', around.trans.__('Export to production'));
  }

  /** Show another notebook. */
  show_(session: Session | null): void {
    if (session !== this.session) {
      this.session = session;
      this.replaced.emit();
    }
  }

  render(): JSX.Element {
    return <Shown owner={this} replaced={this.replaced} current={() => this.session} around={this.around} />;
  }
}

function Shown(props: {
  owner: ExportPanel;
  replaced: Signal<ExportPanel, void>;
  current: () => Session | null;
  around: Around;
}): JSX.Element {
  const [session, setSession] = React.useState(props.current());
  const [catalogue, setCatalogue] = React.useState<Catalogue | null>(null);
  const [silent, setSilent] = React.useState(false);
  React.useEffect(() => {
    const change = () => setSession(props.current());
    props.replaced.connect(change);
    change();
    void props.around.catalogue.then(setCatalogue, () => setSilent(true));
    return () => void props.replaced.disconnect(change);
  }, []);
  const { trans } = props.around;
  if (!session) {
    return <p className="nbexport-hint">{trans.__('Open a notebook to see how far it is from production.')}</p>;
  }
  if (silent) {
    return (
      <Trouble
        problem={{
          message: trans.__('The server part of nbexport does not answer.'),
          why: trans.__('It is installed where this page comes from, but not enabled where Jupyter runs.'),
          mend: trans.__('Run `jupyter server extension enable nbexport` in its environment and start Jupyter again.')
        }}
      />
    );
  }
  if (!catalogue) {
    return (
      <p className="nbexport-hint" role="status">
        {trans.__('Asking the server…')}
      </p>
    );
  }
  return <Notebook key={session.path} session={session} catalogue={catalogue} around={props.around} />;
}

function Notebook(props: { session: Session; catalogue: Catalogue; around: Around }): JSX.Element {
  const { session, catalogue, around } = props;
  const { trans } = around;
  const [, redraw] = React.useReducer((count: number) => count + 1, 0);
  // what is set holds until somebody chooses; settings may arrive after the panel is drawn
  const [chosen, setLevel] = React.useState<number | null>(null);
  const level = chosen ?? around.settings().level;
  React.useEffect(() => {
    session.changed.connect(redraw);
    return () => void session.changed.disconnect(redraw);
  }, [session]);
  const { check, problem } = session;
  return (
    <>
      <h2>{session.path.split('/').pop()}</h2>
      {problem && <Trouble problem={problem.problem} />}
      {check && (
        <>
          <Ladder levels={check.ladder} catalogue={catalogue} chosen={level} choose={setLevel} trans={trans} />
          <Findings findings={check.findings} session={session} around={around} />
          <Proposals session={session} roles={check.roles} trans={trans} />
          <Parameters parameters={check.parameters} trans={trans} />
          <Export session={session} level={level} levels={check.ladder} around={around} />
        </>
      )}
      {!check && !problem && <p role="status">{trans.__('Checking…')}</p>}
    </>
  );
}

function Trouble(props: { problem: { message: string; why: string; mend: string } }): JSX.Element {
  const { message, why, mend } = props.problem;
  return (
    <div className="nbexport-trouble" role="alert">
      <strong>{message}</strong>
      {why && <span>{why}</span>}
      {mend && <span>{mend}</span>}
    </div>
  );
}

function Ladder(props: {
  levels: Level[];
  catalogue: Catalogue;
  chosen: number;
  choose: (level: number) => void;
  trans: TranslationBundle;
}): JSX.Element {
  const { trans } = props;
  return (
    <section aria-labelledby="nbexport-ladder">
      <h3 id="nbexport-ladder">{trans.__('Where it stands')}</h3>
      <ol className="nbexport-ladder" start={0}>
        {props.levels.map(level => {
          const about = props.catalogue.levels.find(other => other.number === level.number);
          return (
            <li key={level.number} data-reached={level.reached}>
              <label>
                {about?.exports && (
                  <input
                    type="radio"
                    name="nbexport-level"
                    checked={props.chosen === level.number}
                    onChange={() => props.choose(level.number)}
                  />
                )}
                <b>
                  {level.number} {level.name}
                </b>{' '}
                <em>{level.reached ? trans.__('ready') : trans.__('not yet')}</em>
                <span>{about?.summary}</span>
              </label>
              {level.needs.length > 0 && props.chosen === level.number && (
                <ul aria-label={trans.__('What it needs')}>
                  {level.needs.map(need => (
                    <li key={need}>
                      <Said text={need} />
                    </li>
                  ))}
                </ul>
              )}
            </li>
          );
        })}
      </ol>
    </section>
  );
}

function Findings(props: { findings: Finding[]; session: Session; around: Around }): JSX.Element {
  const { findings, session, around } = props;
  const { trans } = around;
  const cells = [...new Set(findings.map(finding => finding.place.cell))].sort((a, b) => a - b);
  return (
    <section aria-labelledby="nbexport-findings">
      <h3 id="nbexport-findings">{trans.__('Findings (%1)', findings.length)}</h3>
      {findings.length === 0 && <p>{trans.__('Nothing stands in the way, and nothing is hidden.')}</p>}
      {cells.map(cell => (
        <div key={cell} className="nbexport-cell">
          <h4>{cell < 0 ? trans.__('Notebook') : trans.__('Cell %1', cell + 1)}</h4>
          {findings
            .filter(finding => finding.place.cell === cell)
            .map(finding => (
              <div key={finding.key} className="nbexport-finding" data-severity={finding.severity}>
                <button
                  className="nbexport-link"
                  onClick={() => void session.jump(finding.place)}
                  title={trans.__('Go to the line')}
                >
                  <Said text={finding.message} />
                </button>
                <p>
                  <Said text={finding.hint} />
                </p>
                <div className="nbexport-actions">
                  <button onClick={() => around.explain(finding.code)}>{trans.__('%1: why?', finding.code)}</button>
                  {finding.fix && (
                    <button onClick={() => void session.fix(finding)} title={finding.fix.message}>
                      {finding.fix.safe ? trans.__('Fix') : trans.__('Fix (may change results)')}
                    </button>
                  )}
                </div>
              </div>
            ))}
        </div>
      ))}
    </section>
  );
}

function Proposals(props: { session: Session; roles: string[][]; trans: TranslationBundle }): JSX.Element {
  const { session, trans } = props;
  const { suggestion } = session;
  const [busy, setBusy] = React.useState(false);
  const ask = async () => {
    setBusy(true);
    await session.suggest();
    setBusy(false);
  };
  const open = suggestion?.proposals.filter(p => p.roles.length > 0 && !p.tagged) ?? [];
  const none = props.roles.every(roles => roles.length === 0);
  return (
    <section aria-labelledby="nbexport-roles">
      <h3 id="nbexport-roles">{trans.__('Roles of the cells')}</h3>
      {none && !suggestion && <p>{trans.__('No cell has a role yet. A role says what becomes of a cell.')}</p>}
      <div className="nbexport-actions">
        <button onClick={() => void ask()} disabled={busy}>
          {trans.__('Propose roles')}
        </button>
        {open.length > 0 && (
          <button onClick={() => session.accept(open)}>{trans.__('Accept all (%1)', open.length)}</button>
        )}
      </div>
      {suggestion && open.length === 0 && <p role="status">{trans.__('There is nothing more to propose.')}</p>}
      {open.map(proposal => (
        <OneProposal key={`${proposal.cell_id} ${proposal.cell}`} proposal={proposal} session={session} trans={trans} />
      ))}
      {suggestion?.notes.map(note => (
        <p key={note}>
          <Said text={note} />
        </p>
      ))}
    </section>
  );
}

function OneProposal(props: { proposal: Proposal; session: Session; trans: TranslationBundle }): JSX.Element {
  const { proposal, session, trans } = props;
  const place = { cell: proposal.cell, cell_id: proposal.cell_id, row: 1, column: 1, end_row: 1, end_column: 1 };
  return (
    <div className="nbexport-proposal">
      <button className="nbexport-link" onClick={() => void session.jump(place)}>
        {trans.__('Cell %1', proposal.cell + 1)}: <b data-role={proposal.roles[0]}>{proposal.roles.join(', ')}</b>
      </button>
      <p>
        <Said text={proposal.reason} /> ({trans.__('sure: %1 %', Math.round(proposal.confidence * 100))})
      </p>
      <button
        onClick={() => session.accept([proposal])}
        aria-label={trans.__('Accept %1 for cell %2', proposal.roles.join(', '), proposal.cell + 1)}
      >
        {trans.__('Accept')}
      </button>
    </div>
  );
}

function Parameters(props: { parameters: Parameter[]; trans: TranslationBundle }): JSX.Element | null {
  const { parameters, trans } = props;
  if (parameters.length === 0) {
    return null;
  }
  return (
    <section aria-labelledby="nbexport-parameters">
      <h3 id="nbexport-parameters">{trans.__('Options of train.py')}</h3>
      <ul className="nbexport-parameters">
        {parameters.map(one => (
          <li key={one.name}>
            <code>{one.option}</code> {one.type}, <code>{one.default}</code>
            {one.help && <span>{one.help}</span>}
          </li>
        ))}
      </ul>
    </section>
  );
}

function Export(props: { session: Session; level: number; levels: Level[]; around: Around }): JSX.Element {
  const { session, level, around } = props;
  const { server, trans } = around;
  const [typed, setTyped] = React.useState<string | null>(null);
  const output = typed ?? outputFor(session.path, around.settings().output);
  const [plan, setPlan] = React.useState<Plan | null>(null);
  const [busy, setBusy] = React.useState('');
  const [problem, setProblem] = React.useState<{ message: string; why: string; mend: string } | null>(null);
  const [choices, setChoices] = React.useState<Record<string, 'keep' | 'take'>>({});
  const [done, setDone] = React.useState<Applied | null>(null);
  const stop = React.useRef<AbortController | null>(null);
  React.useEffect(() => () => stop.current?.abort(), []);
  React.useEffect(() => setPlan(null), [level, output]);
  const attempt = async (name: string, work: (signal: AbortSignal) => Promise<void>) => {
    const control = (stop.current = new AbortController());
    setBusy(name);
    setProblem(null);
    try {
      await work(control.signal);
    } catch (error) {
      if (!control.signal.aborted) {
        setProblem(asRefused(error).problem);
      }
    }
    setBusy('');
  };
  const preview = () =>
    attempt('plan', async signal => {
      setDone(null);
      setChoices({});
      setPlan(await server.plan({ ...session.asked(), level, output }, signal));
    });
  const write = () =>
    attempt('apply', async () => {
      await session.panel.context.save();
      const of = (choice: string) => Object.keys(choices).filter(path => choices[path] === choice);
      const asked = { ...session.asked(), level, output, digest: plan!.digest, keep: of('keep'), take: of('take') };
      const applied = await server.apply(asked);
      setPlan(null);
      setDone(applied);
      around.exported(applied);
    });
  const conflicts = plan?.files.filter(file => file.action === 'conflict' && !choices[file.path]) ?? [];
  const changes = plan?.files.filter(file => file.action !== 'same') ?? [];
  const chosen = changes.filter(file => choices[file.path] !== 'keep' || file.action === 'conflict');
  return (
    <section aria-labelledby="nbexport-export">
      <h3 id="nbexport-export">{trans.__('Export')}</h3>
      <label className="nbexport-output">
        {trans.__('Folder')}
        <input value={output} onChange={event => setTyped(event.target.value)} spellCheck={false} />
      </label>
      <div className="nbexport-actions">
        <button onClick={() => void preview()} disabled={busy !== '' || !output}>
          {trans.__('Preview')}
        </button>
        <button
          className="nbexport-main"
          onClick={() => void write()}
          disabled={busy !== '' || !plan || plan.refused.length > 0 || conflicts.length > 0 || chosen.length === 0}
        >
          {trans.__('Export')}
        </button>
        {busy === 'plan' && <button onClick={() => stop.current?.abort()}>{trans.__('Cancel')}</button>}
      </div>
      {busy !== '' && <progress aria-label={busy === 'plan' ? trans.__('Preparing') : trans.__('Writing')} />}
      {problem && <Trouble problem={problem} />}
      {plan && plan.refused.length > 0 && (
        <p role="status">
          {trans.__('This level cannot be exported yet: %1', `${plan.refused[0].code} ${plan.refused[0].message}`)}
        </p>
      )}
      {plan && plan.refused.length === 0 && (
        <Preview plan={plan} choices={choices} choose={setChoices} trans={trans} />
      )}
      {plan && plan.refused.length === 0 && changes.length === 0 && (
        <p role="status">{trans.__('The project is up to date.')}</p>
      )}
      {done && (
        <p role="status">
          {trans.__('%1 files written.', done.written)}{' '}
          {done.open && (
            <button className="nbexport-link" onClick={() => around.open(done.open)}>
              {done.open}
            </button>
          )}
        </p>
      )}
      <Verify session={session} output={output} around={around} />
    </section>
  );
}

function Verify(props: { session: Session; output: string; around: Around }): JSX.Element {
  const { session, output, around } = props;
  const { trans } = around;
  const [steps, setSteps] = React.useState<string[]>([]);
  const [verdict, setVerdict] = React.useState<Step | null>(null);
  const [running, setRunning] = React.useState<AbortController | null>(null);
  const current = React.useRef<AbortController | null>(null);
  React.useEffect(() => () => current.current?.abort(), []);
  const run = async () => {
    const control = (current.current = new AbortController());
    setRunning(control);
    setSteps([]);
    setVerdict(null);
    try {
      await session.panel.context.save();
      await around.server.verify(
        { path: session.path, output },
        step => {
          if (step.step !== null) {
            setSteps(before => [...before, step.step!]);
          } else {
            setVerdict(step);
            if (step.equal !== null) {
              around.verified(step.equal, step.lines);
            }
          }
        },
        control.signal
      );
    } catch (error) {
      const message = control.signal.aborted ? trans.__('Cancelled.') : asRefused(error).message;
      setVerdict({ step: null, equal: null, lines: [], error: message });
    }
    setRunning(null);
  };
  return (
    <div className="nbexport-verify">
      <div className="nbexport-actions">
        <button onClick={() => void run()} disabled={running !== null}>
          {trans.__('Verify')}
        </button>
        {running && <button onClick={() => running.abort()}>{trans.__('Cancel')}</button>}
        <span>{trans.__('runs notebook and project, and compares')}</span>
      </div>
      {running && <progress aria-label={trans.__('Verifying')} />}
      {steps.length > 0 && (
        <pre role="log" tabIndex={0} aria-label={trans.__('Steps')}>
          {steps.join('\n')}
        </pre>
      )}
      {verdict && (
        <div className="nbexport-verdict" data-equal={String(verdict.equal)} role="status">
          <strong>
            {verdict.equal === null ? verdict.error : verdict.equal ? trans.__('Equal') : trans.__('Different')}
          </strong>
          {verdict.lines.map(line => (
            <p key={line}>{line}</p>
          ))}
        </div>
      )}
    </div>
  );
}
