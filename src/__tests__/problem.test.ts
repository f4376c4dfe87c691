import { describe, expect, it } from 'vitest';

import { problemIn, RefusedRequest, toProblem, unreachable } from '../problem';

const PROBLEM = { message: 'the folder is not empty', why: 'it holds other files', fix: 'choose another folder' };

describe('toProblem', () => {
  it('takes over the words of the server', () => {
    expect(toProblem(new RefusedRequest(PROBLEM, 409))).toEqual(PROBLEM);
  });

  it('shows the message of any other error', () => {
    expect(toProblem(new Error('disk full'))).toEqual({ message: 'disk full', why: '', fix: '' });
    expect(toProblem('closed')).toEqual({ message: 'closed', why: '', fix: '' });
  });

  it('has a sentence for no answer at all', () => {
    expect(toProblem(unreachable()).message).toBe('The server is not responding.');
  });
});

describe('problemIn', () => {
  it('takes over the problem in the body', () => {
    expect(problemIn(PROBLEM, 400)).toEqual(PROBLEM);
  });

  it('names the status where the body is of another server', () => {
    const problem = { message: 'The server answered with an error (502).', why: '', fix: '' };
    expect(problemIn({}, 502)).toEqual(problem);
    expect(problemIn({ message: '' }, 502)).toEqual(problem);
  });
});

describe('RefusedRequest', () => {
  it('is an error with the message of the problem', () => {
    expect(new RefusedRequest(PROBLEM, 409)).toMatchObject({ message: PROBLEM.message, status: 409 });
    expect(new RefusedRequest(PROBLEM, 409)).toBeInstanceOf(Error);
  });
});
