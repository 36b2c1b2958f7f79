export interface FunctionCall {
  clientAppId: string;
  /** As the caller gave them: what was Extended JSON is ObjectId, Date and so on. */
  arguments: readonly unknown[];
}

/**
 * A function that providers can name: who logs in with `custom-function`, what becomes of a registration or of a reset.
 * Extend it, provide it in a Nest module, and register it with `FunctionRegistry` in that module's constructor. It serves
 * all apps, unless an app has a webhook of the same name.
 */
export abstract class AuthFunction {
  /** By which providers call it; the same rule as for names of function records. */
  abstract readonly name: string;

  /**
   * Has five seconds.
   *
   * @throws FunctionRefused to say no, with a text for the client; anything else is logged and counts as a failure
   */
  abstract run(call: FunctionCall): Promise<unknown>;
}
