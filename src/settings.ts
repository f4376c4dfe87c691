import type { Ci } from './server';

/** What the user has set for all notebooks; the names are those of `extension/schema/plugin.json`. */
export interface Settings {
  level: number;
  output: string;
  ci: Ci;
  strict: boolean;
  checkAsYouType: boolean;
  ignore: string[];
}

/** What holds until JupyterLab has loaded the settings, and where it has none. */
export const DEFAULT_SETTINGS: Settings = {
  level: 2,
  output: '{folder}/{name}',
  ci: 'github',
  strict: false,
  checkAsYouType: true,
  ignore: []
};
