/**
 * The two shapes that Troupe.look takes and gives, written and read as hex without a general ABI coder: a history reads
 * tens of thousands of views, and the coder took longer than the contracts.
 *
 * Owns: `look((uint256,address,bytes)[]) → (bool,bytes)[]`. Does not own: what is in the bytes.
 * Called by: theatre.ts.
 */
const WORD = 64;

export interface Step {
  readonly actor: bigint;
  readonly target: string;
  readonly data: string;
}

export interface RawAnswer {
  readonly accepted: boolean;
  readonly data: string;
}

/** Calldata of a call whose only argument is a list of steps. */
export function encodeSteps(selector: string, steps: readonly Step[]): string {
  const bodies = steps.map(({ actor, target, data }) => {
    const digits = data.slice(2);
    const padded = digits.padEnd(Math.ceil(digits.length / WORD) * WORD, "0");
    const head = word(actor) + target.slice(2).toLowerCase().padStart(WORD, "0") + word(96n);
    return head + word(BigInt(digits.length / 2)) + padded;
  });
  let offset = BigInt(32 * steps.length);
  const offsets = bodies.map((body) => {
    const own = word(offset);
    offset += BigInt(body.length / 2);
    return own;
  });
  return selector + word(32n) + word(BigInt(steps.length)) + offsets.join("") + bodies.join("");
}

/** What a call returned that returns a list of answers. */
export function decodeAnswers(returned: string): RawAnswer[] {
  const digits = returned.slice(2);
  const numberAt = (at: number) => Number(`0x${digits.slice(at, at + WORD)}`);
  const list = 2 * numberAt(0);
  const first = list + WORD;
  return Array.from({ length: numberAt(list) }, (_, index) => {
    const answer = first + 2 * numberAt(first + WORD * index);
    const bytes = answer + 2 * numberAt(answer + WORD);
    const data = digits.slice(bytes + WORD, bytes + WORD + 2 * numberAt(bytes));
    return { accepted: numberAt(answer) === 1, data: `0x${data}` };
  });
}

/** The words of a result whose parts have all one length: structs and tuples of numbers lie flat. */
export function wordsOf(data: string): bigint[] {
  return Array.from({ length: (data.length - 2) / WORD }, (_, index) =>
    BigInt(`0x${data.slice(2 + WORD * index, 2 + WORD * (index + 1))}`),
  );
}

const word = (value: bigint): string => value.toString(16).padStart(WORD, "0");
