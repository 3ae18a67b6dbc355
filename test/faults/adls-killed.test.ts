import assert from 'node:assert/strict';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { isTemporaryName } from '../../src/connectors/adls2/temporary-name.ts';
import { CONTAINER, PART, PATH, openSink, settingsFor, stored, useAdlsServer } from '../connectors/adls2/writing.ts';
import { assertSameBytes, patterned } from '../connectors/s3/support.ts';
import { chunked } from '../connectors/s3/writing.ts';
import { startProgram } from '../support/process.ts';
import { leavesTemporaryPaths, temporaryPaths } from '../support/watches/temporary-paths.ts';

const PROGRAM = path.join(import.meta.dirname, 'processes/write-file.ts');

describe('a process that is killed while it writes to ADLS', () => {
  const server = useAdlsServer();

  for (const { operation, nth } of [
    { operation: 'AppendFile', nth: 3 },
    { operation: 'FlushFile', nth: 1 },
    { operation: 'RenamePath', nth: 1 },
  ] as const) {
    it(`leaves the old file, and one path that a sweep knows, at ${operation}; the next run writes the file`, async () => {
      server.adls.putFile(CONTAINER, PATH, 'older');
      leavesTemporaryPaths(server.adls, 1);
      const fault = server.adls.on(operation, nth, { stall: 'before' });
      const options = { container: CONTAINER, path: PATH, partSize: PART, concurrency: 1 };
      const config = settingsFor(server.adls, server.adls.port);
      await using program = startProgram(PROGRAM, [JSON.stringify({ ...options, config })]);
      await fault.firstFired;
      program.kill('SIGKILL');
      const { signal, said } = await program.ended;
      assert.equal(signal, 'SIGKILL', said);
      assert.equal(stored(server.adls).toString(), 'older');
      const left = temporaryPaths(server.adls);
      assert.deepEqual(left.map(isTemporaryName), [true]);
      await pipeline(chunked(patterned(5 * PART)), openSink(server.adls));
      assertSameBytes(stored(server.adls), patterned(5 * PART));
    });
  }
});
