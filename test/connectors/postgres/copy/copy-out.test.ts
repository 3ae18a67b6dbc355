import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import { CopyOut } from '../../../../src/connectors/postgres/copy/copy-out.ts';

const KIB = 1024;

function message(type: string, body: Buffer | string): Buffer {
  const bytes = Buffer.from(body);
  const head = Buffer.alloc(5);
  head.write(type);
  head.writeUInt32BE(bytes.length + 4, 1);
  return Buffer.concat([head, bytes]);
}

const BEGIN = message('H', Buffer.of(0, 0, 0));
const END = Buffer.concat([message('c', ''), message('C', 'COPY 1\0'), message('Z', 'T')]);
const rows = (bytes: number): Buffer => message('d', Buffer.alloc(bytes, 'x'));

describe('COPY TO on a wire', () => {
  const begun = () => {
    const wire = new PassThrough();
    const heard: Buffer[] = [];
    wire.on('data', (bytes: Buffer) => heard.push(bytes));
    const connection = { stream: wire, query: () => undefined, sendCopyFail: () => undefined, once: () => undefined };
    const copy = new CopyOut('COPY t TO STDOUT');
    assert.equal(copy.submit(connection), undefined);
    return { wire, copy, heard: () => Buffer.concat(heard).toString('latin1') };
  };
  const readAll = async (copy: CopyOut): Promise<number> => {
    let bytes = 0;
    for (let chunk = await copy.read(); chunk !== undefined; chunk = await copy.read()) bytes += chunk.length;
    return bytes;
  };

  it('holds the server back while nobody reads, and lets it go on when somebody does', async () => {
    const { wire, copy } = begun();
    wire.write(Buffer.concat([BEGIN, rows(300 * KIB)]));
    await turn();
    assert.equal(wire.isPaused(), true);
    wire.write(Buffer.concat([rows(100 * KIB), END]));
    assert.equal(await readAll(copy), 400 * KIB);
  });

  it('gives the wire back flowing, though its rows still wait', async () => {
    const { wire, copy, heard } = begun();
    wire.write(Buffer.concat([BEGIN, rows(300 * KIB), END]));
    wire.write('more');
    await turn();
    assert.equal(heard(), `${BEGIN.toString('latin1')}${END.toString('latin1')}more`);
    assert.equal(await readAll(copy), 300 * KIB);
  });

  it('has no more rows when the server has said that these were all, whatever it says next', async () => {
    const { wire, copy } = begun();
    wire.write(Buffer.concat([BEGIN, rows(10), message('c', '')]));
    assert.equal(await readAll(copy), 10);
    assert.equal(copy.isOver, false);
    copy.handleReadyForQuery();
    await copy.over;
  });

  it('is refused by a connection that nobody reads', () => {
    const connection = {
      ...{ stream: new PassThrough(), query: () => undefined },
      ...{ sendCopyFail: () => undefined, once: () => undefined },
    };
    const refused = new CopyOut('COPY t TO STDOUT').submit(connection);
    assert.equal(Reflect.get(refused ?? {}, 'code'), 'CONFIG_INVALID');
  });
});
