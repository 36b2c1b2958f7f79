import type { TestServer } from './create-test-server.js';

export interface Route {
  method: string;
  /** With its parameters: `/api/admin/v3.0/groups/:groupId/apps` */
  path: string;
}

const LINE = /^(?<indent>.*?)[├└]── (?<segment>\S+)(?: \((?<methods>[^)]*)\))?$/;
const INDENT = 4;

/** Every route that the router has, read from its own tree, without the HEAD that comes with each GET. */
export function routesOf({ server }: TestServer): Route[] {
  const tree = server.app.getHttpAdapter().getInstance().printRoutes({ commonPrefix: false });
  const routes: Route[] = [];
  const above: string[] = [];
  for (const line of tree.split('\n')) {
    const { indent = '', segment = '', methods = '' } = LINE.exec(line)?.groups ?? {};
    if (segment === '') continue;
    const depth = indent.length / INDENT;
    above.splice(depth, Number.POSITIVE_INFINITY, segment);
    for (const method of methods.split(', ')) {
      if (method !== '' && method !== 'HEAD') routes.push({ method, path: pathOf(above) });
    }
  }
  return routes;
}

/** The tree leaves out the slash in front of a wildcard. */
function pathOf(segments: string[]): string {
  return segments.join('').replace(/(?<!\/)\*$/, '/*');
}
