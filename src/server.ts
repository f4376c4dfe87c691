import { URLExt } from '@jupyterlab/coreutils';
import { ServerConnection } from '@jupyterlab/services';

import { problemIn, RefusedRequest } from './problem';
import { readChunks, readSteps } from './steps';
import type { Applied, Catalogue, Check, Fixed, Plan, Problem, Step, Suggestion } from './wire';

/** A notebook as the server gets it: its path, and its cells as they are in the browser, saved or not. */
export interface NotebookSnapshot {
  path: string;
  content: unknown;
}

export interface CheckRequest extends NotebookSnapshot {
  ignore: string[];
}

export interface FixRequest extends NotebookSnapshot {
  /** The key of the finding. */
  key: string;
}

export interface PlanRequest extends NotebookSnapshot {
  level: number;
  output: string;
}

export interface ApplyRequest extends PlanRequest {
  /** The digest of the plan that was previewed. */
  digest: string;
  keep: string[];
  take: string[];
}

export interface VerifyRequest {
  path: string;
  output: string;
}

/** The routes of the server. */
export class Server {
  constructor(private readonly settings: ServerConnection.ISettings = ServerConnection.makeSettings()) {}

  catalogue(): Promise<Catalogue> {
    return this.json('catalogue');
  }

  check(request: CheckRequest, signal?: AbortSignal): Promise<Check> {
    return this.json('check', request, signal);
  }

  tag(request: NotebookSnapshot): Promise<Suggestion> {
    return this.json('tag', request);
  }

  fix(request: FixRequest): Promise<Fixed> {
    return this.json('fix', request);
  }

  plan(request: PlanRequest, signal?: AbortSignal): Promise<Plan> {
    return this.json('plan', request, signal);
  }

  apply(request: ApplyRequest): Promise<Applied> {
    return this.json('apply', request);
  }

  /** Runs notebook and project; yields each step, and the verdict last. Aborting ends the processes. */
  async *verify(request: VerifyRequest, signal: AbortSignal): AsyncGenerator<Step> {
    const response = await this.send('verify', request, signal);
    if (response.body) {
      yield* readSteps(readChunks(response.body));
    }
  }

  private async json<T>(route: string, body?: unknown, signal?: AbortSignal): Promise<T> {
    return (await this.send(route, body, signal)).json();
  }

  private async send(route: string, body?: unknown, signal?: AbortSignal): Promise<Response> {
    const url = URLExt.join(this.settings.baseUrl, 'nbexport', 'api', route);
    const init: RequestInit = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) };
    const response = await ServerConnection.makeRequest(url, { ...init, signal: signal ?? null }, this.settings);
    if (!response.ok) {
      const answer: Partial<Problem> = await response.json().catch(() => ({}));
      throw new RefusedRequest(problemIn(answer, response.status, response.statusText));
    }
    return response;
  }
}
