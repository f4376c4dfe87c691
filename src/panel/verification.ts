import type { Step } from '../wire';

/** How it ended: equal, different, or neither because it was cancelled or went wrong. */
export interface Verdict {
  isEqual: boolean | null;
  lines: readonly string[];
  error: string | null;
}

/** A verification as the panel shows it. */
export interface Verification {
  steps: readonly string[];
  verdict: Verdict | null;
}

export const NEW_VERIFICATION: Verification = { steps: [], verdict: null };

/** The verification after one more line of the server: a step that begins, or the verdict. */
export function withStep(verification: Verification, { step, equal, lines, error }: Step): Verification {
  if (step !== null) {
    return { ...verification, steps: [...verification.steps, step] };
  }
  return { ...verification, verdict: { isEqual: equal, lines, error } };
}

/** The verification after it failed here or was cancelled. */
export function withFailure(verification: Verification, error: string): Verification {
  return { ...verification, verdict: { isEqual: null, lines: [], error } };
}
