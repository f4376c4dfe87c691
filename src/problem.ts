import type { Problem } from './wire';

/** A request that the server refused, with the reason in its own words. */
export class RefusedRequest extends Error {
  constructor(
    readonly problem: Problem,
    /** The HTTP status of the answer. */
    readonly status: number
  ) {
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
export function problemIn(body: Partial<Problem>, status: number): Problem {
  return {
    message: body.message || `The server answered with an error (${status}).`,
    why: body.why ?? '',
    fix: body.fix ?? ''
  };
}

/** No answer at all. The browser's own words for it ("Failed to fetch") differ from one to the next, and help nobody. */
export function unreachable(): RefusedRequest {
  return new RefusedRequest({ message: 'The server is not responding.', why: '', fix: '' }, 0);
}
