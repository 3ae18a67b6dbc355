import assert from 'node:assert/strict';
import type { PathResult } from '../../bench/harness/result.ts';
import { pathChart } from '../../bench/report/chart.ts';
import { merged, withGenerated } from '../../bench/report/document.ts';
import { floorTable } from '../../bench/report/floor-table.ts';
import { memoryChart } from '../../bench/report/memory-chart.ts';
import { reportMarkdown } from '../../bench/report/page.ts';
import { renderSvg } from '../../bench/report/svg.ts';
import { formatEstimate, markdown, resultTable } from '../../bench/report/table.ts';

describe('the report of a benchmark', () => {
  it('lists the fastest first and compares ours with each in the same rounds', () => {
    const lines = resultTable(result()).split('\n').map(cellsOf);
    assert.deepEqual(lines[0], [
      '',
      'MB/s',
      'once started',
      'start-up s',
      'wall s (min to max)',
      'CPU s/GB',
      'peak RSS MB',
      'ours is',
      'of its CPU',
    ]);
    assert.deepEqual(lines[2], ['**ours**', '100', '111', '0.10', '1.00 (1.00 to 1.00)', '10.00', '50', '', '']);
    assert.deepEqual(lines[3], [
      'a \\| b',
      '50',
      '53',
      '0.10',
      '2.00 (2.00 to 2.00)',
      '20.00',
      '30 (all: 60)',
      '2.00 (2.00 to 2.00) x as fast',
      '0.50 (0.50 to 0.50) x',
    ]);
    assert.equal(lines[4]?.[0], '_limit_ (limit)');
  });

  it('says what a million rows cost where rows are counted', () => {
    const [head = [], , ours = []] = resultTable({ ...result(), rows: 500_000 })
      .split('\n')
      .map(cellsOf);
    const column = head.indexOf('CPU s/M rows');
    assert.deepEqual([head[column - 1], head[column + 1]], ['CPU s/GB', 'peak RSS MB']);
    assert.deepEqual(ours.slice(column - 1, column + 2), ['10.00', '2.00', '50']);
    assert.equal(ours.length, head.length);
  });

  it('says how sure a mean is from the third round on', () => {
    assert.equal(formatEstimate({ mean: 1.5, low: 0, high: Infinity, count: 1 }), '1.50');
    assert.equal(formatEstimate({ mean: 1.416, low: 1.38, high: 12.5, count: 5 }), '1.42 (1.38 to 12.5)');
  });

  it('pads its tables and keeps bars within cells', () => {
    assert.equal(markdown(['a', 'long'], [['x|y', 'z']]), '| a    | long |\n| ---- | ---- |\n| x\\|y | z    |');
  });

  it('points at the reason where a floor is not reached, and nowhere else', () => {
    const floor = { path: 'x/y', metric: 'cpu', peer: 'p', floor: 1.5, held: 2.2, why: '#copying' } as const;
    const estimate = { mean: 2, low: 1.9, high: 2.1, count: 5 };
    const row = (verdict: 'held' | 'floor'): string => floorTable([{ floor, estimate, verdict }]).split('\n')[2] ?? '';
    assert.deepEqual(cellsOf(row('held')), [
      'x/y',
      'CPU time of p',
      '2.00 (1.90 to 2.10)',
      '<= 1.5',
      '',
      '<= 2.2',
      'held, [why](#copying)',
    ]);
    assert.doesNotMatch(row('floor'), /why/);
  });
});

describe('the page of the benchmarks', () => {
  const machine = {
    cpu: 'Abacus 3',
    cores: 2,
    memoryGb: 24,
    system: 'Debian 12',
    kernel: '6.1',
    versions: { node: '24.0.0', psql: '15.1' },
  };

  it('says where, when and with which versions it was measured, and how much moved', () => {
    const page = reportMarkdown({ machine, results: [{ ...result(), rows: 1_234_567 }] }, []);
    assert.match(page, /2 x Abacus 3, 24 GB, Debian 12, Linux 6\.1; node 24\.0\.0, psql 15\.1/);
    assert.match(
      page,
      /`npm run bench x\/y`: 100 MB, 1,234,567 rows, 3 rounds on 2026-11-20, load average before them 0.05/,
    );
    assert.match(page, /!\[a path\]\(benchmarks\/x-y\.svg\)/);
  });

  it('judges each floor whose path was run', () => {
    const floor = { metric: 'throughput', peer: 'a | b', floor: 1.5 } as const;
    const page = reportMarkdown({ machine, results: [result()] }, [
      { ...floor, path: 'x/y' },
      { ...floor, path: 'x/other' },
    ]);
    assert.match(page, /x\/y .* floor reached/);
    assert.doesNotMatch(page, /x\/other/);
  });

  it('puts new results in the place of old ones and keeps the others', () => {
    const named = (path: string, bytes: number): PathResult => ({ ...result(), path, bytes });
    const before = { machine, results: [named('a', 1), named('b', 1)] };
    const { results } = merged(before, { machine, results: [named('c', 2), named('a', 2)] });
    assert.deepEqual(
      results.map(({ path, bytes }) => `${path}${bytes}`),
      ['a2', 'b1', 'c2'],
    );
    assert.deepEqual(merged(before, undefined), before);
    assert.throws(() => merged(undefined, undefined), /nothing has been measured/);
  });

  it('never mixes the figures of two machines', () => {
    const before = { machine, results: [result()] };
    const elsewhere = { ...machine, cpu: 'Abacus 4' };
    assert.throws(
      () => merged(before, { machine: elsewhere, results: [{ ...result(), path: 'b' }] }),
      /another machine/,
    );
    assert.equal(merged(before, { machine: elsewhere, results: [result()] }).machine.cpu, 'Abacus 4');
  });

  it('keeps what is written by hand', () => {
    const page = 'before\n<!-- measured -->\nold\n<!-- /measured -->\nafter\n';
    const written = withGenerated(page, 'new');
    assert.equal(written, 'before\n<!-- measured -->\n\nnew\n\n<!-- /measured -->\nafter\n');
    assert.equal(withGenerated(written, 'new'), written);
    assert.throws(() => withGenerated('no markers', 'new'), /markers/);
  });
});

describe('the charts of the benchmarks', () => {
  it('show every contender with its figure and its ratio, on axes from zero', async () => {
    const svg = await renderSvg(pathChart(result()));
    for (const text of ['a path', 'ours', 'a | b', 'limit', '100', 'ours 2.00 x', 'MB/s: more is better']) {
      assert.ok(svg.includes(`>${text}<`), `no '${text}' in the chart`);
    }
    assert.match(svg, /X-axis titled 'MB\/s: more is better' for a linear scale with values from 0\b/);
  });

  it('show memory beside its bound', async () => {
    const svg = await renderSvg(memoryChart([{ ...result(), budgetBytes: 64 * 1024 * 1024 }]));
    assert.ok(svg.includes('>38 of 64<'), 'growth of 50 MB over 10 MB');
  });
});

function result(): PathResult {
  const sample = (wallS: number, cpuS: number, mb: number, allMb = mb) => ({
    wallS,
    cpuS,
    residentBytes: mb * 1e6,
    residentSumBytes: allMb * 1e6,
  });
  const contender = (
    name: string,
    role: 'ours' | 'peer' | 'limit',
    ...measured: [number, number, number, number?]
  ) => ({
    name,
    role,
    samples: Array.from({ length: 3 }, () => sample(...measured)),
    idle: [sample(0.1, 0.1, 10)],
  });
  return {
    case: 'x',
    path: 'y',
    title: 'a path',
    scale: 'full',
    date: '2026-11-20',
    loadBefore: 0.05,
    bytes: 100e6,
    contenders: [
      contender('limit', 'limit', 3, 1, 1),
      contender('a | b', 'peer', 2, 2, 30, 60),
      contender('ours', 'ours', 1, 1, 50),
    ],
  };
}

function cellsOf(line: string): string[] {
  return line
    .split(/(?<!\\)\|/)
    .slice(1, -1)
    .map((cell) => cell.trim());
}
