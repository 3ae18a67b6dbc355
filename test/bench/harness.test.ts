import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import type { BenchCase, Contender } from '../../bench/harness/case.ts';
import { measure, parseTimes } from '../../bench/harness/measure.ts';
import { shellWord } from '../../bench/harness/node-command.ts';
import { selfTimes } from '../../bench/harness/profile.ts';
import { rotated, Rounds } from '../../bench/harness/rounds.ts';
import { selectPaths } from '../../bench/harness/select.ts';
import { ensureTools, toolVersion } from '../../bench/harness/tools.ts';

describe('rounds of a benchmark', () => {
  it('begin with another contender each time, in the same circle', () => {
    assert.deepEqual(
      [0, 1, 2, 3].map((round) => rotated(['a', 'b', 'c'], round).join('')),
      ['abc', 'bca', 'cab', 'abc'],
    );
  });

  it('measure every contender once a round, after a round that warms up', async () => {
    const runs: string[] = [];
    const contenders = ['a', 'b'].map((name): Contender => ({
      name,
      role: 'peer',
      command: `echo ${name}`,
      idle: 'true',
      verify: (output) => {
        runs.push(output.trim());
      },
    }));
    const rounds = new Rounds(contenders, () => undefined);
    await rounds.warmUp();
    await rounds.idle();
    await rounds.run(3);
    assert.equal(runs.join(''), 'ababbaab');
    assert.deepEqual(
      rounds.results().map(({ name, samples, idle }) => [name, samples.length, idle.length]),
      [
        ['a', 3, 3],
        ['b', 3, 3],
      ],
    );
  });

  it('fail when a contender has not done its work', async () => {
    const contender: Contender = {
      name: 'liar',
      role: 'peer',
      command: 'true',
      idle: 'true',
      verify: () => {
        throw new Error('nothing arrived');
      },
    };
    await assert.rejects(new Rounds([contender], () => undefined).warmUp(), /nothing arrived/);
  });
});

describe('a measured command', () => {
  it('is charged for every process of its pipeline', async () => {
    const { sample, output } = await measure('head -c 200000000 /dev/zero | md5sum | cut -c 1-4');
    assert.equal(output.trim(), '1d54');
    assert.ok(sample.cpuS > 0.05, `${sample.cpuS} s of CPU`);
    assert.ok(sample.wallS > 0.05, `${sample.wallS} s`);
  });

  it('shows the peak of its largest process and of all together', async () => {
    const hold = `${shellWord(process.execPath)} -e 'Buffer.alloc(150e6, 1); setTimeout(() => {}, 300)'`;
    const { sample } = await measure(`${hold} | ${hold}`);
    assert.ok(sample.residentBytes > 150e6 && sample.residentBytes < 290e6, `${sample.residentBytes} bytes`);
    assert.ok(sample.residentSumBytes > 300e6, `${sample.residentSumBytes} bytes`);
  });

  it('fails with what it said when any process of it fails', async () => {
    await assert.rejects(measure('{ echo out of luck >&2; exit 3; } | cat'), /exit code 3.*out of luck/s);
  });

  it('sees nothing of the environment but where programs and files are', async () => {
    const { output } = await measure('env | cut -d = -f 1 | sort | tr "\\n" " "', { WANTED: '1' });
    assert.doesNotMatch(output, /npm_|NODE_|AWS_|PROXY/i);
    assert.match(output, /\bWANTED\b/);
  });

  it('has its times in the form that bash prints', () => {
    assert.deepEqual(parseTimes('1.250 0.400 0.100'), { wallS: 1.25, cpuS: 0.5 });
    assert.equal(parseTimes('bash: no such file'), undefined);
  });

  it('takes any text as one word', () => {
    const awkward = `it's "$HOME" \\ and\nmore`;
    assert.equal(execFileSync('sh', ['-c', `printf %s ${shellWord(awkward)}`], { encoding: 'utf8' }), awkward);
  });
});

describe('a CPU profile', () => {
  it('is summed by function, largest first', () => {
    const node = (id: number, functionName: string) => ({
      id,
      callFrame: { functionName, url: functionName === '' ? 'file:///x/lib/core/sink.js' : '', lineNumber: 6 },
    });
    const profile = {
      nodes: [node(1, '(idle)'), node(2, ''), node(3, '')],
      samples: [1, 2, 3, 2],
      timeDeltas: [1_000, 2_000, 3_000, 500],
    };
    assert.deepEqual(selfTimes(profile), [
      { frame: '(anonymous) lib/core/sink.js:7', ms: 5.5 },
      { frame: '(idle)', ms: 1 },
    ]);
  });
});

describe('choosing benchmarks', () => {
  const path = { title: '', rounds: { full: 1, short: 1 }, tools: [], open: () => Promise.reject(new Error('unused')) };
  const cases: readonly BenchCase[] = [
    { name: 'load', paths: [{ ...path, name: 'real' }, { ...path, name: 'draining' }] }, // prettier-ignore
    { name: 'read', paths: [{ ...path, name: 'loopback' }] },
  ];
  const names = (...words: string[]): string[] =>
    selectPaths(cases, words).map((chosen) => `${chosen.benchCase.name}/${chosen.path.name}`);

  it('takes whole cases, single paths, or all', () => {
    assert.deepEqual(names('load'), ['load/real', 'load/draining']);
    assert.deepEqual(names('read', 'load/draining'), ['load/draining', 'read/loopback']);
    assert.equal(names().length, 3);
  });

  it('refuses a name that nothing has', () => {
    assert.throws(() => names('laod'), /no case laod; there are load, read/);
  });

  it('finds the programs that every Debian has', () => {
    ensureTools(['gzip']);
    assert.match(toolVersion('gzip'), /^\d+\.\d+/);
  });
});
