import assert from 'node:assert/strict';
import { ERROR_CODES } from '../src/error-codes.ts';
import { AbortedError, connectorError, withDetails, ConnectorError } from '../src/errors.ts';

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

  it('never calls not done what an error knows to be done or unknown', () => {
    for (const outcome of ['done', 'unknown'] as const) {
      const error = connectorError('CONNECTION_LOST', 'broken', { outcome });
      assert.equal(withDetails(error, { outcome: 'not-done' }).outcome, outcome);
      assert.equal(withDetails(error, { stage: 'commit' }).outcome, outcome);
    }
  });

  it('are plain properties for a structured log, message included and cause left out', () => {
    const cause = Object.assign(new Error('row 7'), { detail: 'row 7' });
    const error = connectorError('BAD_ROW', 'a row does not fit', { stage: 'transfer', line: 7, cause });
    const logged = JSON.parse(JSON.stringify(error)) as Record<string, unknown>;
    const { code, message, stage, line, outcome, retryable } = logged;
    assert.deepEqual(
      { code, message, stage, line, outcome, retryable },
      {
        code: 'BAD_ROW',
        message: 'a row does not fit',
        stage: 'transfer',
        line: 7,
        outcome: 'not-done',
        retryable: false,
      },
    );
    assert.ok(!('cause' in logged) && !('stack' in logged));
  });
});
