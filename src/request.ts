import { URLExt } from '@jupyterlab/coreutils';
import { ServerConnection } from '@jupyterlab/services';

import { Applied, Catalogue, Check, Fixed, Plan, Problem, Step, Suggestion } from './wire';

/** A notebook as the server gets it: where it lies, and what it holds in the browser. */
export interface Asked {
  path: string;
  content: unknown;
}

/** What the server says no to, in its own words. */
export class Refused extends Error {
  constructor(readonly problem: Problem) {
    super(problem.message);
  }
}

/** The routes of the server. */
export class Server {
  constructor(private readonly settings: ServerConnection.ISettings = ServerConnection.makeSettings()) {}

  catalogue(): Promise<Catalogue> {
    return this.json('catalogue');
  }

  check(asked: Asked & { ignore: string[] }, signal?: AbortSignal): Promise<Check> {
    return this.json('check', asked, signal);
  }

  tag(asked: Asked): Promise<Suggestion> {
    return this.json('tag', asked);
  }

  fix(asked: Asked & { key: string }): Promise<Fixed> {
    return this.json('fix', asked);
  }

  plan(asked: Asked & { level: number; output: string }, signal?: AbortSignal): Promise<Plan> {
    return this.json('plan', asked, signal);
  }

  apply(
    asked: Asked & { level: number; output: string; digest: string; keep: string[]; take: string[] }
  ): Promise<Applied> {
    return this.json('apply', asked);
  }

  /** Runs notebook and project; tells each step, and the verdict last. Aborting ends the processes. */
  async verify(asked: { path: string; output: string }, onStep: (step: Step) => void, signal: AbortSignal): Promise<void> {
    const response = await this.ask('verify', asked, signal);
    const reader = response.body!.getReader();
    const decoder = new TextDecoder();
    let rest = '';
    for (;;) {
      const { done, value } = await reader.read();
      if (done) {
        return;
      }
      rest += decoder.decode(value, { stream: true });
      const lines = rest.split('\n');
      rest = lines.pop()!;
      lines.forEach(line => onStep(JSON.parse(line)));
    }
  }

  private async json<T>(route: string, body?: unknown, signal?: AbortSignal): Promise<T> {
    return (await this.ask(route, body, signal)).json();
  }

  private async ask(route: string, body?: unknown, signal?: AbortSignal): Promise<Response> {
    const url = URLExt.join(this.settings.baseUrl, 'nbexport', 'api', route);
    const init: RequestInit = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) };
    const response = await ServerConnection.makeRequest(url, { ...init, signal }, this.settings);
    if (response.ok) {
      return response;
    }
    const problem: Problem = await response.json().catch(() => ({}));
    const message = problem.message || `The server answers ${response.status} ${response.statusText}.`;
    throw new Refused({ message, why: problem.why ?? '', mend: problem.mend ?? '' });
  }
}
