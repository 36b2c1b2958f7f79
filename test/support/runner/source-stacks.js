import { findSourceMap } from 'node:module';
import { fileURLToPath } from 'node:url';

/**
 * In place of `Error.prepareStackTrace`: names places of the TypeScript sources. Node could do so itself, but calls functions
 * without a name `<anonymous>`, and frames of that name are what Jest hides.
 */
export function prepareSourceStack(error, frames) {
  const shown = frames.filter(isNotOurs).map((frame) => `    at ${inSource(frame.toString())}`);
  return [headOf(error), ...shown].join('\n');
}

const isNotOurs = (frame) => !frame.getFileName()?.startsWith(new URL('.', import.meta.url).href);

function headOf(error) {
  try {
    return String(error);
  } catch {
    return 'Error';
  }
}

function inSource(frame) {
  return frame.replace(/(file:\S+):(\d+):(\d+)/, (place, url, line, column) => {
    const found = findSourceMap(url)?.findEntry(line - 1, column - 1);
    if (!found?.originalSource) return place;
    return `${fileURLToPath(found.originalSource)}:${found.originalLine + 1}:${found.originalColumn + 1}`;
  });
}
