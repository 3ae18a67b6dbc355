/** No compression: bytes pass as they are. */

import type { Framing, Step } from './framing.ts';

/** Everything is body, and the body is the output. */
export class PlainFraming implements Framing {
  readonly operation: string;
  readonly openEngine = undefined;

  constructor(operation: string) {
    this.operation = operation;
  }

  scan(input: Buffer): Step {
    return { taken: 0, body: input.length };
  }

  bodyEnded(): void {
    // There is no engine that could find an end.
  }

  output(): void {
    // There is nothing to check.
  }

  end(): void {
    // Plain bytes may end anywhere.
  }
}
