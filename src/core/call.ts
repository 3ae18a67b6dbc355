/** One operation that is awaited, and no stream: its clock, its telemetry, and whose error it ends with. */
import type { ConnectorError } from '../errors.ts';
import { withDetails } from '../errors.ts';
import { Deadline } from './deadline.ts';
import type { DeadlineOptions } from './deadline.ts';
import { Operation } from './operation.ts';
import type { OperationInfo, OperationTotals } from './operation.ts';

/** Ends with `done` or `failed`, once. */
export class Call {
  readonly deadline: Deadline;
  readonly operation: Operation;

  constructor(info: OperationInfo, options: DeadlineOptions) {
    this.operation = new Operation(info);
    this.deadline = new Deadline(options, (stage) => this.operation.stage(stage));
  }

  /** The error to throw: it names the operation, and where that stood. */
  failed(error: ConnectorError): ConnectorError {
    const { connector, operation, profile } = this.operation.info;
    const fault = withDetails(error, { connector, operation, profile, stage: this.deadline.work });
    this.deadline.close();
    this.operation.fail(fault, {});
    return fault;
  }

  done(totals: OperationTotals): void {
    this.deadline.close();
    this.operation.end(totals);
  }
}

/**
 * Runs `work` as one operation.
 *
 * @throws what `work` throws, as `classify` calls it. A signal that has already fired starts nothing.
 */
export async function call<T>(
  info: OperationInfo,
  options: DeadlineOptions,
  classify: (error: unknown) => ConnectorError,
  work: (call: Call) => Promise<readonly [value: T, totals: OperationTotals]>,
): Promise<T> {
  const one = new Call(info, options);
  one.operation.start();
  try {
    one.deadline.throwIfEnded();
    const [value, totals] = await work(one);
    one.done(totals);
    return value;
  } catch (error) {
    throw one.failed(classify(error));
  }
}
