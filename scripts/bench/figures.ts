/**
 * What a benchmark returns.
 *
 * Owns: Figures. Called by: scripts/bench.
 */

/** A figure's key as issues and documents name it, its value, and what it means. */
export type Figures = Readonly<Record<string, { readonly value: number; readonly meaning: string }>>;
