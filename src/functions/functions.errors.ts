import { LatchkeyError } from '../errors/latchkey-error.js';

export class FunctionNotFound extends LatchkeyError {
  readonly code = 'FunctionNotFound';

  constructor(name?: unknown) {
    super(typeof name === 'string' ? `function not found: '${name.slice(0, 64)}'` : 'function not found');
  }
}

export class FunctionDuplicateName extends LatchkeyError {
  readonly code = 'FunctionDuplicateName';

  constructor(name: string) {
    super(`a function named '${name}' exists already`);
  }
}
