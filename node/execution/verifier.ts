/**
 * Executes a block that somebody proposed and compares everything its header says.
 *
 * Owns: the order of the checks, the error for each.
 * Does not own: execution (executor.ts), header rules (block-rules.ts), the memory of verdicts (embedded.ts).
 * Called by: embedded. Whatever the bytes are, the answer is a record or a CunError.
 */
import { CunError } from "../types/errors.ts";
import type { Hash } from "../types/primitives.ts";
import type { DecodedBlock } from "./block-body.ts";
import { brokenRule, type HeaderFrame } from "./block-rules.ts";
import { type BlockRecord, BlockRun, hashOf, type Results } from "./executor.ts";
import { bytesEqual, hexOf } from "./hashing.ts";
import type { Header } from "./header.ts";
import type { MachineShelf } from "./machine.ts";
import type { Transaction, TransactionDecoder } from "./transaction.ts";

export interface VerifierParts {
  readonly shelf: MachineShelf;
  readonly decoder: TransactionDecoder;
  /** A transaction of the pool: its sender is known. */
  readonly waiting: (hash: Hash) => Transaction | undefined;
}

/** @throws CunError block… when the block breaks a rule */
export async function verifyBlock(
  { shelf, decoder, waiting }: VerifierParts,
  parent: BlockRecord,
  { sealed, transactions: raws }: DecodedBlock,
  payload: Uint8Array,
): Promise<BlockRecord> {
  const broken = brokenRule(sealed.header, parent.sealed, hashOf(parent));
  if (broken !== undefined) throw broken;
  return BlockRun.run(shelf, parent.root, frameOf(sealed.header), async (run) => {
    for (const [index, raw] of raws.entries()) await addAt(run, index, () => decoder.decode(raw, waiting));
    const { results, root } = await run.finish();
    const wrong = wrongResult(sealed.header, results);
    if (wrong !== undefined) throw wrong;
    return run.record(sealed, root, payload);
  });
}

async function addAt(run: BlockRun, index: number, decode: () => Transaction): Promise<void> {
  try {
    await run.add(decode());
  } catch (error) {
    if (!(error instanceof CunError) || error.action === "stop") throw error;
    throw new CunError("blockTransactionInvalid", { index, reason: error.message }, { cause: error });
  }
}

function frameOf(header: Header): HeaderFrame {
  const { stateRoot, transactionsRoot, receiptsRoot, logsBloom, gasUsed, requestsHash, ...frame } = header;
  return frame;
}

/** The transactions root is compared first: a wrong one means that the body is not this header's. */
const COMPARED: readonly (keyof Results)[] = [
  "transactionsRoot",
  "gasUsed",
  "logsBloom",
  "receiptsRoot",
  "requestsHash",
  "stateRoot",
];

function wrongResult(header: Header, results: Results): CunError | undefined {
  const show = (value: bigint | Uint8Array): string => (typeof value === "bigint" ? `${value}` : hexOf(value));
  for (const field of COMPARED) {
    const [value, computed] = [header[field], results[field]];
    const isSame = typeof value === "bigint" ? value === computed : bytesEqual(value, computed as Uint8Array);
    if (!isSame) return new CunError("blockResultInvalid", { field, computed: show(computed), value: show(value) });
  }
  return undefined;
}
