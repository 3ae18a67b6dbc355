/** The shell text that runs a script of `bench/contenders`, as JavaScript: nobody's users strip types at every start. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';

export const CONTENDERS = path.join(import.meta.dirname, '..', 'contenders');
/** Inside the package, so that `sluice` is the built library under its own name. */
export const BUILT = path.join(import.meta.dirname, '..', '.built');

/** `node <script> <args as JSON>`, on the Node that runs this. */
export function nodeCommand(script: string, args: object): string {
  return runScript(path.join(BUILT, `${script}.js`), args);
}

/** The same for any file. */
export function runScript(file: string, args: object): string {
  return [process.execPath, file, JSON.stringify(args)].map(shellWord).join(' ');
}

/** Compiles all contenders. */
export function buildContenders(): void {
  mkdirSync(BUILT, { recursive: true });
  for (const name of readdirSync(CONTENDERS)) {
    const { outputText } = ts.transpileModule(readFileSync(path.join(CONTENDERS, name), 'utf8'), {
      fileName: name,
      compilerOptions: {
        target: ts.ScriptTarget.ES2024,
        module: ts.ModuleKind.ESNext,
        verbatimModuleSyntax: true,
        rewriteRelativeImportExtensions: true,
      },
    });
    writeFileSync(path.join(BUILT, `${path.basename(name, '.ts')}.js`), outputText);
  }
}

/** One word of a POSIX shell, whatever it holds. */
export function shellWord(text: string): string {
  return /^[\w./:@%+=,-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
