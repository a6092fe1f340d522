/**
 * Small changes to Solidity that a good test notices: a comparison shifted, a sign turned, a check left out.
 *
 * Owns: the operators, where they apply, and drawing some of them by a seed. Does not own: running tests.
 * Called by: scripts/mutate.ts. Comments, imports, pragmas, events and error names are never changed.
 */

export interface Mutant {
  readonly path: string;
  readonly line: number;
  readonly from: string;
  readonly to: string;
  apply(source: string): string;
}

interface Source {
  readonly path: string;
  readonly text: string;
}

const OPERATORS: readonly { readonly pattern: RegExp; readonly to: string }[] = [
  { pattern: / < /g, to: " <= " },
  { pattern: / <= /g, to: " < " },
  { pattern: / > /g, to: " >= " },
  { pattern: / >= /g, to: " > " },
  { pattern: / == /g, to: " != " },
  { pattern: / != /g, to: " == " },
  { pattern: / \+ /g, to: " - " },
  { pattern: / - /g, to: " + " },
  { pattern: / \* /g, to: " / " },
  { pattern: / \+= /g, to: " -= " },
  { pattern: / -= /g, to: " += " },
  { pattern: / && /g, to: " || " },
  { pattern: / \|\| /g, to: " && " },
  { pattern: /\brestricted /g, to: "" },
  { pattern: /\breturn true;/g, to: "return false;" },
  { pattern: /\breturn false;/g, to: "return true;" },
  { pattern: /\bMath\.Rounding\.Ceil\b/g, to: "Math.Rounding.Floor" },
  { pattern: /\bdelete [^;]+;/g, to: "" },
  { pattern: /^\s*require\([^;]*\);/g, to: "" },
];

/** A line that holds code which runs. */
const isCode = (line: string): boolean =>
  !/^\s*(\/\/|\/\*|\*|import|pragma|event|error|emit|using|contract|interface|library)/.test(line);

/** All changes that the operators allow, in the order of files and lines. */
export function allMutants({ path, text }: Source): Mutant[] {
  const lines = text.split("\n");
  return lines.flatMap((line, index) =>
    isCode(line)
      ? OPERATORS.flatMap(({ pattern, to }) =>
          [...line.matchAll(pattern)].map((match) => ({
            path,
            line: index + 1,
            from: match[0].trim(),
            to: to.trim() || "nothing",
            apply: (source: string) =>
              replaceLine(source, index, line.slice(0, match.index) + to + line.slice(match.index + match[0].length)),
          })),
        )
      : [],
  );
}

function replaceLine(source: string, index: number, line: string): string {
  return source.split("\n").with(index, line).join("\n");
}

/** Draws without repetition; the same for the same seed and sources. */
export function drawMutants(sources: readonly Source[], count: number, seed: number): Mutant[] {
  const pool = sources.flatMap(allMutants);
  let state = seed >>> 0 || 1;
  const below = (limit: number): number => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % limit;
  };
  const drawn: Mutant[] = [];
  while (drawn.length < count && pool.length > 0) drawn.push(...pool.splice(below(pool.length), 1));
  return drawn;
}
