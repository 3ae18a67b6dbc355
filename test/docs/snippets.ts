/** The fenced `ts` blocks of Markdown documents, written out as modules that keep their documents' line numbers. */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';

export interface Snippet {
  /** The document, from the top of the checkout, with forward slashes. */
  readonly document: string;
  /** The line of the opening fence, counted from 1. */
  readonly line: number;
  readonly text: string;
}

const OPENING = /^(\s*)(`{3,}|~{3,})\s*(ts|typescript)\b[^`]*$/;

/** Every fenced `ts` block of one document. */
export function snippetsOf(document: string, markdown: string): Snippet[] {
  const snippets: Snippet[] = [];
  const lines = markdown.split(/\r?\n/);
  let line = 0;
  while (line < lines.length) {
    const opening = /^(\s*)(`{3,}|~{3,})/.exec(lines[line] ?? '');
    const start = line++;
    if (opening === null) continue;
    const [, , fence = ''] = opening;
    const closes = (text: string): boolean => new RegExp(`^\\s*${fence}[\`~]*\\s*$`).test(text);
    while (line < lines.length && !closes(lines[line] ?? '')) line += 1;
    const text = lines.slice(start + 1, line).join('\n');
    if (OPENING.test(lines[start] ?? '')) snippets.push({ document, line: start + 1, text: `${text}\n` });
    line += 1;
  }
  return snippets;
}

/** Every fenced `ts` block of README.md and docs/ below `root`. */
export function snippetsBelow(root: string): Snippet[] {
  const docs = readdirSync(path.join(root, 'docs'), { recursive: true, encoding: 'utf8' });
  const documents = [
    'README.md',
    ...docs.sort().map((file) => path.posix.join('docs', file.replaceAll(path.sep, '/'))),
  ];
  return documents
    .filter((document) => document.endsWith('.md') && existsSync(path.join(root, document)))
    .flatMap((document) => snippetsOf(document, readFileSync(path.join(root, document), 'utf8')));
}

/** The snippet as a module whose line numbers are those of its document. */
export function asModule({ document, line, text }: Snippet): { readonly file: string; readonly text: string } {
  return { file: `${document.replace(/\.md$/, '')}.line-${line}.ts`, text: '\n'.repeat(line) + text };
}
