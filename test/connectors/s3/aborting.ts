/** What the tests of aborts and deadlines share: S3 behind a proxy, a signal, and both streams on them. */
import assert from 'node:assert/strict';
import { s3ObjectSink } from '../../../src/connectors/s3/object-sink.ts';
import type { S3ObjectSink, S3ObjectSinkOptions } from '../../../src/connectors/s3/object-sink.ts';
import { s3Source } from '../../../src/connectors/s3/source.ts';
import type { S3Source, S3SourceOptions } from '../../../src/connectors/s3/source.ts';
import { startChaosProxy } from '../../../src/testing/chaos-proxy/index.ts';
import type { ChaosProxy } from '../../../src/testing/chaos-proxy/index.ts';
import type { S3Server } from '../../../src/testing/s3-server/index.ts';
import { BUCKET, QUICK, listenersOn, settingsFor, useS3Server } from './support.ts';
import { BYTES, LIMITS, PART } from './writing.ts';

export interface Aborting {
  readonly s3: S3Server;
  readonly proxy: ChaosProxy;
  readonly controller: AbortController;
  /** Reads the object `key`, of `BYTES`. */
  source(options?: S3SourceOptions): S3Source;
  /** Writes the object `new`. */
  sink(options?: Partial<S3ObjectSinkOptions>): S3ObjectSink;
}

/** Made anew for each test. After each, no listener may be left on the signal. */
export function useAborting(): Aborting {
  const server = useS3Server({ limits: LIMITS });
  const current: { proxy?: ChaosProxy; controller: AbortController } = { controller: new AbortController() };
  const proxy = (): ChaosProxy => {
    assert.ok(current.proxy !== undefined);
    return current.proxy;
  };
  beforeEach(async () => {
    current.proxy = await startChaosProxy({ host: '127.0.0.1', port: server.s3.port });
    current.controller = new AbortController();
    server.s3.putObject(BUCKET, 'key', BYTES);
  });
  afterEach(async () => {
    assert.equal(listenersOn(current.controller.signal), 0);
    await current.proxy?.close();
  });
  const common = () => {
    const config = settingsFor(server.s3, proxy().port);
    return { partSize: PART, config, retry: QUICK, signal: current.controller.signal };
  };
  return {
    get s3() {
      return server.s3;
    },
    get proxy() {
      return proxy();
    },
    get controller() {
      return current.controller;
    },
    source: (options = {}) => s3Source(`s3://${BUCKET}/key`, { ...common(), ...options }),
    sink: (options = {}) => s3ObjectSink({ bucket: BUCKET, key: 'new', limits: LIMITS, ...common(), ...options }),
  };
}
