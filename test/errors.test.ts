import assert from 'node:assert/strict';
import { AbortedError, ERROR_CODES, connectorError, withDetails, ConnectorError } from '../src/errors.ts';

describe('errors', () => {
  it('makes the class that the table names, for every code', () => {
    for (const code of Object.keys(ERROR_CODES) as (keyof typeof ERROR_CODES)[]) {
      const error = connectorError(code, 'x');
      assert.ok(error instanceof ConnectorError);
      assert.equal(error.retryable, ERROR_CODES[code].retryable);
      assert.equal(error.outcome, 'not-done');
    }
  });

  it('keeps what an error knows when details are added, and adds the rest', () => {
    const reason = new Error('why');
    const error = withDetails(connectorError('ABORTED', 'stopped', { stage: 'pool', cause: reason }), {
      stage: 'transfer',
      operation: 'copy_from',
      outcome: 'unknown',
    });
    assert.ok(error instanceof AbortedError);
    assert.equal(error.name, 'AbortError');
    assert.equal(error.stage, 'pool');
    assert.equal(error.operation, 'copy_from');
    assert.equal(error.outcome, 'unknown');
    assert.equal(error.cause, reason);
  });
});
