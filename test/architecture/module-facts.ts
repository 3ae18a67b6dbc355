/** What one source file imports, re-exports and reaches for, from its syntax tree. */
import ts from 'typescript';

/** `value` runs at import, `type` is erased, `dynamic` is an `import()` that runs when it is reached. */
export type ImportKind = 'value' | 'type' | 'dynamic';

export interface ModuleImport {
  readonly specifier: string;
  readonly kind: ImportKind;
}

export interface ModuleFacts {
  readonly imports: readonly ModuleImport[];
  /** Whether some statement is an `export ... from`. */
  readonly reExports: boolean;
  /** Whether every statement is an `export ... from`. */
  readonly onlyReExports: boolean;
  readonly usesConsole: boolean;
  readonly readsEnvironment: boolean;
}

export function moduleFacts(path: string, text: string): ModuleFacts {
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true, ts.ScriptKind.TS);
  const nodes = nodesBelow(file);
  const imports = nodes.map(importOf).filter((found) => found !== undefined);
  return {
    imports,
    reExports: file.statements.some(isReExport),
    onlyReExports: file.statements.every(isReExport),
    usesConsole: nodes.some(isConsole) || imports.some(isConsoleModule),
    readsEnvironment: nodes.some(isEnvironment),
  };
}

function nodesBelow(node: ts.Node): ts.Node[] {
  const nodes: ts.Node[] = [];
  const visit = (below: ts.Node): void => {
    nodes.push(below);
    ts.forEachChild(below, visit);
  };
  visit(node);
  return nodes;
}

function isConsoleModule({ kind, specifier }: ModuleImport): boolean {
  return kind !== 'type' && /^(node:)?console$/.test(specifier);
}

function isReExport(statement: ts.Statement): boolean {
  return ts.isExportDeclaration(statement) && statement.moduleSpecifier !== undefined;
}

function importOf(node: ts.Node): ModuleImport | undefined {
  if (ts.isImportDeclaration(node)) return made(node.moduleSpecifier, importsTypes(node) ? 'type' : 'value');
  if (ts.isExportDeclaration(node)) return made(node.moduleSpecifier, node.isTypeOnly ? 'type' : 'value');
  if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) return made(node.argument.literal, 'type');
  if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
    return made(node.arguments[0], 'dynamic');
  }
  return undefined;
}

// `import { type A }` keeps the import at run time under verbatimModuleSyntax, so only `import type` counts as erased.
function importsTypes(node: ts.ImportDeclaration): boolean {
  return node.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword;
}

function made(specifier: ts.Node | undefined, kind: ImportKind): ModuleImport | undefined {
  return specifier !== undefined && ts.isStringLiteralLike(specifier) ? { specifier: specifier.text, kind } : undefined;
}

function isConsole(node: ts.Node): boolean {
  if (!ts.isIdentifier(node) || node.text !== 'console') return false;
  const { parent } = node;
  const names = ts.isPropertyAccessExpression(parent) ? parent.name : undefined;
  return names !== node || isGlobal(parent, 'console');
}

/** `process.env`, `process['env']`, `{ env } = process`, and `env` imported from `node:process`. */
function isEnvironment(node: ts.Node): boolean {
  if (ts.isPropertyAccessExpression(node)) return node.name.text === 'env' && isProcess(node.expression);
  if (ts.isElementAccessExpression(node)) {
    const key = node.argumentExpression;
    return ts.isStringLiteralLike(key) && key.text === 'env' && isProcess(node.expression);
  }
  if (ts.isVariableDeclaration(node)) {
    if (node.initializer === undefined || !isProcess(node.initializer)) return false;
    return ts.isObjectBindingPattern(node.name) && node.name.elements.some((element) => named(element) === 'env');
  }
  if (ts.isImportSpecifier(node)) {
    const { moduleSpecifier } = node.parent.parent.parent;
    return (
      named(node) === 'env' && ts.isStringLiteralLike(moduleSpecifier) && /^(node:)?process$/.test(moduleSpecifier.text)
    );
  }
  return false;
}

function isProcess(node: ts.Node): boolean {
  return (ts.isIdentifier(node) && node.text === 'process') || isGlobal(node, 'process');
}

function isGlobal(node: ts.Node, name: string): boolean {
  return (
    ts.isPropertyAccessExpression(node) &&
    node.name.text === name &&
    ts.isIdentifier(node.expression) &&
    ['globalThis', 'global'].includes(node.expression.text)
  );
}

function named(element: ts.BindingElement | ts.ImportSpecifier): string {
  const name = element.propertyName ?? element.name;
  return ts.isIdentifier(name) || ts.isStringLiteralLike(name) ? name.text : '';
}
