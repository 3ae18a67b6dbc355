/** docs/reference/faults.md, from the table of faults and the guards that hold them. */
import { faultAreas } from './faults/index.ts';
import type { Fault, FaultArea } from './fault.ts';
import { guards } from './guards/index.ts';

/** The page as Markdown, not yet formatted. A fault that no guard holds is not promised. */
export function faultsPage(): string {
  const held = faultAreas.map(({ title, faults }) => ({ title, faults: faults.filter(isHeld) }));
  return `# Faults

What goes wrong between a source and a sink, and what happens then. This page lists what is tested, and nothing else.

A test that cannot fail holds nothing. So each guard in the source has a named switch that takes it out, and
\`npm run test:mutate\` requires that some test turns red without it. The number at each fault leads to its switches.

${held.map(overview).join('\n\n')}

## What holds them

${held.flatMap(({ faults }) => faults.map(detail)).join('\n\n')}

This page is written by \`node scripts/fault-docs.js\`.
`;
}

function isHeld({ id }: Fault): boolean {
  return guards.some(({ faults }) => faults.includes(id));
}

function overview({ title, faults }: FaultArea): string {
  const rows = faults.map(({ id, fault, outcome }) => `| [${id}](#${id.toLowerCase()}) | ${fault} | ${outcome} |`);
  return `## ${title}\n\n| | What goes wrong | What happens |\n| --- | --- | --- |\n${rows.join('\n')}`;
}

function detail({ id, fault, tests = [] }: Fault): string {
  const holding = guards.filter(({ faults }) => faults.includes(id));
  const files = [...new Set([...holding.flatMap((guard) => guard.tests), ...tests])].sort();
  const links = files.map((file) => `[${file.replace(/^test\//, '')}](../../${file})`);
  const switches = holding.map(({ name, promise }) => `- \`${name}\`: ${promise}.`);
  return `### ${id}\n\n${fault} Held by ${links.join(', ')}.\n\n${switches.join('\n')}`;
}
