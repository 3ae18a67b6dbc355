/**
 * Which container and path a request may name. The SDK puts a path into a URL, which folds `..` and empty segments: what
 * it then names may lie in another container.
 */
import { refused } from './refusal.ts';

/** A path, as requests name it. */
export interface PathTarget {
  readonly container: string;
  readonly path: string;
}

/** "Naming and referencing containers, blobs, and metadata"; `$root`, `$web` and `$logs` are the service's own. */
const CONTAINER = /^(?:\$(?:root|web|logs)|(?=.{3,63}$)[a-z0-9]+(?:-[a-z0-9]+)*)$/;
/** Characters. */
export const MAX_PATH = 1_024;

/** @throws ConfigError `CONFIG_INVALID` for what is no container's name, before any request. */
export function checkContainer(container: string): void {
  if (CONTAINER.test(container)) return;
  throw refused('the name of a container is 3 to 63 lower-case letters, digits and single hyphens between them');
}

/** @throws ConfigError `CONFIG_INVALID` for a container or a file's path that no request could name, before any. */
export function checkTarget(container: string, path: string): void {
  checkContainer(container);
  const problem = pathProblem(path);
  if (problem !== undefined) throw refused(problem);
}

/** @throws ConfigError `CONFIG_INVALID` for what no path of a container begins with. */
export function checkPrefix(container: string, prefix: string): void {
  checkContainer(container);
  const slash = prefix.lastIndexOf('/');
  const problem = slash === -1 ? undefined : pathProblem(prefix.slice(0, slash));
  if (problem !== undefined) throw refused(problem);
}

/** What is wrong with the path of a file or a directory; undefined for one that is as it should be. */
export function pathProblem(path: string): string | undefined {
  if (path === '') return 'the path is empty';
  if (path.includes('\0')) return 'a path holds no NUL';
  if (!path.isWellFormed()) return 'a path holds half of a surrogate pair, which has no UTF-8 form';
  if (path.length > MAX_PATH) return `a path has at most ${MAX_PATH} characters, and this one ${path.length}`;
  const segments = path.split('/');
  if (segments.includes('')) return 'a path neither begins nor ends with /, and holds no //';
  if (segments.includes('.') || segments.includes('..')) return 'no segment of a path is . or ..';
  return undefined;
}
