import { describe, expect, it } from 'vitest';

import { problemIn, RefusedRequest, toProblem } from '../problem';

const PROBLEM = { message: 'the folder is not empty', why: 'it holds other files', fix: 'choose another folder' };

describe('toProblem', () => {
  it('takes over the words of the server', () => {
    expect(toProblem(new RefusedRequest(PROBLEM))).toEqual(PROBLEM);
  });

  it('shows the message of any other error', () => {
    expect(toProblem(new TypeError('Failed to fetch'))).toEqual({ message: 'Failed to fetch', why: '', fix: '' });
    expect(toProblem('closed')).toEqual({ message: 'closed', why: '', fix: '' });
  });
});

describe('problemIn', () => {
  it('takes over the problem in the body', () => {
    expect(problemIn(PROBLEM, 400, 'Bad Request')).toEqual(PROBLEM);
  });

  it('names the status where the body is of another server', () => {
    const problem = { message: 'The server answers 502 Bad Gateway.', why: '', fix: '' };
    expect(problemIn({}, 502, 'Bad Gateway')).toEqual(problem);
    expect(problemIn({ message: '' }, 502, 'Bad Gateway')).toEqual(problem);
  });
});

describe('RefusedRequest', () => {
  it('is an error with the message of the problem', () => {
    expect(new RefusedRequest(PROBLEM)).toMatchObject({ message: PROBLEM.message, problem: PROBLEM });
    expect(new RefusedRequest(PROBLEM)).toBeInstanceOf(Error);
  });
});
