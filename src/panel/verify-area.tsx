import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { toProblem } from '../problem';
import type { Session } from '../session';
import { useCancellable } from './cancellable';
import type { PanelHost } from './host';
import { NEW_VERIFICATION, type Verdict, withFailure, withStep } from './verification';

interface VerifyAreaProps {
  session: Session;
  /** The folder of the project. */
  output: string;
  host: PanelHost;
}

/** Runs notebook and project on the server, and shows the steps and the verdict. */
export function VerifyArea({ session, output, host }: VerifyAreaProps): JSX.Element {
  const { server, trans } = host;
  const [{ steps, verdict }, setVerification] = React.useState(NEW_VERIFICATION);
  const [isRunning, setIsRunning] = React.useState(false);
  const cancellable = useCancellable();
  const verify = () =>
    cancellable.run(async signal => {
      setIsRunning(true);
      setVerification(NEW_VERIFICATION);
      try {
        await session.notebook.save();
        for await (const step of server.verify({ path: session.notebook.path, output }, signal)) {
          setVerification(verification => withStep(verification, step));
          if (step.step === null && step.equal !== null) {
            host.notifyVerified(step.equal, step.lines);
          }
        }
      } catch (error) {
        const message = signal.aborted ? trans.__('Cancelled.') : toProblem(error).message;
        setVerification(verification => withFailure(verification, message));
      }
      setIsRunning(false);
    });
  return (
    <div className="nbexport-verify">
      <div className="nbexport-actions">
        <button type="button" onClick={() => void verify()} disabled={isRunning}>
          {trans.__('Verify')}
        </button>
        {isRunning && (
          <button type="button" onClick={() => cancellable.cancel()}>
            {trans.__('Cancel')}
          </button>
        )}
        <span>{trans.__('runs notebook and project, and compares')}</span>
      </div>
      {isRunning && <progress aria-label={trans.__('Verifying')} />}
      {steps.length > 0 && (
        <pre role="log" tabIndex={0} aria-label={trans.__('Steps')}>
          {steps.join('\n')}
        </pre>
      )}
      {verdict && <VerdictBox verdict={verdict} trans={trans} />}
    </div>
  );
}

function VerdictBox({ verdict, trans }: { verdict: Verdict; trans: TranslationBundle }): JSX.Element {
  const { isEqual, lines, error } = verdict;
  const word = isEqual ? trans.__('Equal') : trans.__('Different');
  return (
    <div className="nbexport-verdict" data-equal={String(isEqual)} role="status">
      <strong>{isEqual === null ? error : word}</strong>
      {lines.map(line => (
        <p key={line}>{line}</p>
      ))}
    </div>
  );
}
