import assert from 'node:assert/strict';
import { Duplex } from 'node:stream';
import { CopyIn } from '../../../../src/connectors/postgres/copy/copy-in.ts';

const COMMAND = 'COPY t FROM STDIN';
const ROW = Buffer.from('1\n');

/** The client's end of a wire: notes what is sent, and breaks when it is told to. */
class Wire extends Duplex {
  readonly sent: Buffer[] = [];
  readonly words: string[] = [];
  broken: Error | undefined;
  readonly connection = {
    stream: this,
    query: (text: string) => void this.words.push(text),
    sendCopyFail: (text: string) => void this.words.push(`CopyFail: ${text}`),
    once: () => undefined,
  };

  override _read(): void {
    // The test speaks for the server.
  }

  override _write(chunk: Buffer, _encoding: string, done: (error?: Error) => void): void {
    this.sent.push(Buffer.from(chunk));
    done(this.broken);
  }
}

describe('COPY FROM on a wire', () => {
  const begun = () => {
    const wire = new Wire().on('error', () => undefined);
    const failures: unknown[] = [];
    const copy = new CopyIn(COMMAND, (error) => failures.push(error));
    copy.submit(wire.connection);
    return { wire, copy, failures };
  };

  it('sends rows once the server has asked for them, and is done when the server has checked them', async () => {
    const { wire, copy } = begun();
    const sending = copy.send([ROW]);
    assert.equal(wire.sent.length, 0);
    copy.handleCopyInResponse(wire.connection);
    await sending;
    let isDone = false;
    const finishing = copy.finish().then(() => (isDone = true));
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(isDone, false);
    copy.handleCommandComplete({ text: 'COPY 1' });
    copy.handleReadyForQuery();
    await finishing;
    assert.equal(Buffer.concat(wire.sent).toString('latin1'), 'd\0\0\0\u00061\nc\0\0\0\u0004');
    assert.equal(copy.rowCount, 1);
  });

  it('that is stopped before the server has asked for rows is ended as soon as it asks, and sends none', async () => {
    const { wire, copy, failures } = begun();
    copy.stop('no more');
    assert.deepEqual(wire.words, [COMMAND]);
    copy.handleCopyInResponse(wire.connection);
    assert.deepEqual(wire.words, [COMMAND, 'CopyFail: no more']);
    await assert.rejects(copy.send([ROW]), { code: 'ABORTED' });
    copy.handleError(new Error('57014'));
    assert.deepEqual([wire.sent, failures], [[], []]);
  });

  it('that the server ends without having asked for rows fails, and waits for nothing', async () => {
    const { copy } = begun();
    const sending = copy.send([ROW]);
    copy.handleReadyForQuery();
    await assert.rejects(sending, { code: 'SERVER_ERROR' });
  });

  it('fails the rows that the wire did not take', async () => {
    const { wire, copy } = begun();
    copy.handleCopyInResponse(wire.connection);
    wire.broken = new Error('EPIPE');
    await assert.rejects(copy.send([ROW]), wire.broken);
  });

  it('tells of a failure once, and fails what is sent after it', async () => {
    const { wire, copy, failures } = begun();
    copy.handleCopyInResponse(wire.connection);
    const refused = new Error('22P02');
    copy.handleError(refused);
    copy.handleError(new Error('closed'));
    assert.deepEqual(failures, [refused]);
    await assert.rejects(copy.send([ROW]), refused);
    await assert.rejects(copy.finish(), refused);
    assert.equal(wire.sent.length, 0);
  });
});
