import { type ITranslator, nullTranslator, type TranslationBundle } from '@jupyterlab/translation';

/** Our texts in the language of the application; in English where it has no translator. */
export function loadTranslation(translator: ITranslator | null): TranslationBundle {
  return (translator ?? nullTranslator).load('nbexport');
}
