import type { Problem } from './wire';

/** A request that the server refused, with the reason in its own words. */
export class RefusedRequest extends Error {
  constructor(readonly problem: Problem) {
    super(problem.message);
  }
}

/** Any error in the form in which the panel shows it. */
export function toProblem(error: unknown): Problem {
  if (error instanceof RefusedRequest) {
    return error.problem;
  }
  return { message: error instanceof Error ? error.message : String(error), why: '', fix: '' };
}

/** The problem in the body of a refused request; another server in between may have answered with something else. */
export function problemIn(body: Partial<Problem>, status: number, statusText: string): Problem {
  return {
    message: body.message || `The server answers ${status} ${statusText}.`,
    why: body.why ?? '',
    fix: body.fix ?? ''
  };
}
