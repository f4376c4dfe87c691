import { URLExt } from '@jupyterlab/coreutils';
import { ServerConnection } from '@jupyterlab/services';

import { problemIn, RefusedRequest, unreachable } from './problem';
import type { WireChoices } from './session/choices';
import type {
  Answer,
  Catalogue,
  Check,
  Fixed,
  Inserted,
  Job,
  Jobs,
  Plan,
  Problem,
  Suggestion,
  Together,
  Undo
} from './wire';

/** A notebook as the server gets it: its path, and its cells as they are in the browser, saved or not. */
export interface NotebookSnapshot {
  path: string;
  content: unknown;
}

/** What has changed in a notebook since the server checked it: `order` are the ids of all cells. */
export interface CheckDelta {
  of: string;
  order: string[];
  changed: unknown[];
  metadata: unknown;
}

/** The paths of all notebooks that become one project, in the order in which they run; left out for one alone. */
export interface Members {
  notebooks?: string[];
}

/** A notebook whole, or what has changed in it. */
export type CheckRequest = Members & { path: string; ignore: string[] } & (
    | { content: unknown }
    | { delta: CheckDelta }
  );

/** Which findings are fixed: one, all that are safe, or the safe ones of some rules. */
export type FixChoice = { key: string } | { all: true } | { codes: string[] };

/** Where the workflows of a project run. */
export type Ci = 'github' | 'gitlab';

export interface ProjectRequest extends NotebookSnapshot {
  level: number;
  ci: Ci;
}

export interface PlanRequest extends ProjectRequest, Members {
  output: string;
  strict: boolean;
}

export interface JobRequest extends PlanRequest, Partial<WireChoices> {
  kind: Job['kind'];
  /** The digest of the plan that was previewed, for an export. */
  digest?: string;
}

/** The help and the type of a parameter, as its comment and annotation say them. */
export interface ParameterEdit {
  name: string;
  help: string;
  type: string;
}

/** Which export is taken back; `force` replaces files that were edited by hand, and keeps them beside as `.orig`. */
export interface UndoRequest {
  output: string;
  step: string;
  force: boolean;
}

/** A request to a running service. */
export interface ServiceRequest {
  method: string;
  path: string;
  body: string;
}

/** Says which page asks: a check replaces an earlier one of the same page, and no other person's. */
const PAGE = String(Math.random());

type Method = 'GET' | 'POST' | 'DELETE';

/** The routes of the server. */
export class Server {
  constructor(private readonly settings: ServerConnection.ISettings = ServerConnection.makeSettings()) {}

  catalogue(): Promise<Catalogue> {
    return this.json('GET', 'catalogue');
  }

  check(request: CheckRequest, signal?: AbortSignal): Promise<Check> {
    return this.json('POST', 'check', { ...request, page: PAGE }, signal);
  }

  tag(request: NotebookSnapshot): Promise<Suggestion> {
    return this.json('POST', 'tag', request);
  }

  fix(request: NotebookSnapshot & FixChoice): Promise<Fixed> {
    return this.json('POST', 'fix', request);
  }

  /** The notebook with a cell that fills `metrics`, or that defines `predict`. */
  insert(request: NotebookSnapshot & { what: 'metrics' | 'predict' }): Promise<Inserted> {
    return this.json('POST', 'insert', request);
  }

  /** The notebook with the numbers of its stages as parameters. */
  options(request: NotebookSnapshot): Promise<Fixed> {
    return this.json('POST', 'options', request);
  }

  /** The notebook with another help or type of one parameter. */
  parameter(request: NotebookSnapshot & ParameterEdit): Promise<Fixed> {
    return this.json('POST', 'parameter', request);
  }

  /** The notebooks that become one project with one, as its folder and a project say. */
  together(notebook: string, project: string): Promise<Together> {
    return this.json('GET', `together${URLExt.objectToQueryString({ notebook, project })}`);
  }

  /** Write into the configuration of their folder which notebooks become one project. */
  keepTogether(request: { path: string; notebooks: readonly string[] }): Promise<Together> {
    return this.json('POST', 'together', request);
  }

  plan(request: PlanRequest, signal?: AbortSignal): Promise<Plan> {
    return this.json('POST', 'plan', request, signal);
  }

  /** The project as a zip archive, for a notebook that is not a file on the server. */
  async archive(request: ProjectRequest): Promise<Blob> {
    return (await this.send('POST', 'archive', request)).blob();
  }

  /** The jobs of a notebook, newest first. */
  async jobs(path: string): Promise<Job[]> {
    const answer = await this.json<Jobs>('GET', `jobs${URLExt.objectToQueryString({ notebook: path })}`);
    return answer.jobs;
  }

  job(id: string): Promise<Job> {
    return this.json('GET', `jobs/${encodeURIComponent(id)}`);
  }

  startJob(request: JobRequest): Promise<Job> {
    return this.json('POST', 'jobs', request);
  }

  cancelJob(id: string): Promise<Job> {
    return this.json('DELETE', `jobs/${encodeURIComponent(id)}`);
  }

  /** What taking back the last export to a folder would do. */
  lastExport(project: string): Promise<Undo> {
    return this.json('GET', `undo${URLExt.objectToQueryString({ project })}`);
  }

  /** Take the export back that was shown. */
  undo(request: UndoRequest): Promise<Undo> {
    return this.json('POST', 'undo', request);
  }

  /** Ask the service that a job runs. */
  ask(id: string, request: ServiceRequest): Promise<Answer> {
    return this.json('POST', `jobs/${encodeURIComponent(id)}/ask`, request);
  }

  private async json<T>(method: Method, route: string, body?: unknown, signal?: AbortSignal): Promise<T> {
    return (await this.send(method, route, body, signal)).json();
  }

  private async send(method: Method, route: string, body?: unknown, signal?: AbortSignal): Promise<Response> {
    const url = URLExt.join(this.settings.baseUrl, 'nbexport', 'api', route);
    const init: RequestInit = body === undefined ? { method } : { method, body: JSON.stringify(body) };
    const response = await ServerConnection.makeRequest(url, { ...init, signal: signal ?? null }, this.settings).catch(
      (error: unknown) => {
        throw error instanceof ServerConnection.NetworkError ? unreachable() : error;
      }
    );
    if (!response.ok) {
      const answer: Partial<Problem> = await response.json().catch(() => ({}));
      throw new RefusedRequest(problemIn(answer, response.status), response.status);
    }
    return response;
  }
}
