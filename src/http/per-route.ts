import type { ExecutionContext } from '@nestjs/common';

/** What decorators say of a route, read once: metadata is slow to read, and guards ask at each request. */
export class PerRoute<T> {
  readonly #known = new WeakMap<object, Map<unknown, T>>();

  constructor(private readonly read: (context: ExecutionContext) => T) {}

  of(context: ExecutionContext): T {
    const [controller, handler] = [context.getClass(), context.getHandler()];
    let routes = this.#known.get(controller);
    if (!routes) this.#known.set(controller, (routes = new Map()));
    let found = routes.get(handler);
    if (found === undefined) routes.set(handler, (found = this.read(context)));
    return found;
  }
}
