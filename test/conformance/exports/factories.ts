/** Which exports of a module make streams, told by the types that they are declared with. */
import ts from 'typescript';

export type StreamKind = 'source' | 'sink' | 'transform' | 'web stream';

const OPTIONS: ts.CompilerOptions = {
  target: ts.ScriptTarget.ESNext,
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  ...{ strict: true, skipLibCheck: true, noEmit: true, allowImportingTsExtensions: true, types: ['node'] },
};

/** The kind of stream by the name of each export, of every file, that gives one when it is called or made with `new`. */
export function streamFactories(files: readonly string[]): ReadonlyMap<string, ReadonlyMap<string, StreamKind>> {
  const program = ts.createProgram([...files], OPTIONS);
  const checker = program.getTypeChecker();
  return new Map(files.map((file) => [file, factoriesIn(file, program, checker)]));
}

function factoriesIn(file: string, program: ts.Program, checker: ts.TypeChecker): ReadonlyMap<string, StreamKind> {
  const source = program.getSourceFile(file);
  const module = source === undefined ? undefined : checker.getSymbolAtLocation(source);
  if (module === undefined) throw new Error(`${file} exports nothing`);
  const factories = new Map<string, StreamKind>();
  for (const exported of checker.getExportsOfModule(module)) {
    const isAlias = (exported.flags & ts.SymbolFlags.Alias) !== 0;
    const symbol = isAlias ? checker.getAliasedSymbol(exported) : exported;
    if ((symbol.flags & ts.SymbolFlags.Value) === 0) continue;
    const type = checker.getTypeOfSymbol(symbol);
    const made = [...type.getCallSignatures(), ...type.getConstructSignatures()].map((signature) =>
      signature.getReturnType(),
    );
    const kinds = made.flatMap((given) => kindOf(checker.getAwaitedType(given) ?? given, checker) ?? []);
    const [kind] = kinds;
    if (kind !== undefined) factories.set(exported.name, kind);
  }
  return factories;
}

function kindOf(type: ts.Type, checker: ts.TypeChecker): StreamKind | undefined {
  const has = (...names: string[]): boolean => names.every((name) => type.getProperty(name) !== undefined);
  const sides = ['readable', 'writable'].flatMap((name) => type.getProperty(name) ?? []);
  const isWeb = (of: ts.Type): boolean => ['getReader', 'getWriter'].some((name) => of.getProperty(name) !== undefined);
  if ([type, ...sides.map((side) => checker.getTypeOfSymbol(side))].some(isWeb)) return 'web stream';
  const [reads, writes] = [has('read', 'pipe'), has('write', 'end', 'cork')];
  if (reads && writes) return 'transform';
  return reads ? 'source' : writes ? 'sink' : undefined;
}
