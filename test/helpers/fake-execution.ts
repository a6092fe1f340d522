/**
 * An execution engine without an EVM, for tests of the shell around it: a block is a few fields as JSON.
 *
 * Owns: FakeExecution and its payloads. Does not own: exactness (test/compliance/execution.ts).
 * Called by: test/node/app.
 */
import { keccakHash } from "../../node/crypto/hashes.ts";
import type {
  BuildRequest,
  BuiltBlock,
  ConsensusContext,
  ExecutedBlock,
  ExecutionPort,
  HeaderSummary,
  PendingTransaction,
  PoolPort,
  StatePort,
  Verdict,
} from "../../node/ports/execution.ts";
import { CunError } from "../../node/types/errors.ts";
import { asEpoch, asHeight, asView, type Hash, ZERO_HASH } from "../../node/types/primitives.ts";

interface Body {
  readonly parentHash: Hash;
  readonly height: number;
  readonly timestamp: number;
  readonly context: ConsensusContext;
  /** A block that breaks a rule. */
  readonly bad?: boolean;
  /** Tells blocks apart that are alike. */
  readonly salt?: number;
  /** Executing it ends the epoch. */
  readonly closes?: boolean;
}

const encode = (body: Body): Uint8Array => new TextEncoder().encode(JSON.stringify(body));

export const fakePayload = (body: Partial<Body> & { parentHash: Hash; height: number }): Uint8Array =>
  encode({
    timestamp: 0,
    context: { epoch: asEpoch(0), view: asView(body.height), parentView: asView(Math.max(0, body.height - 1)) },
    ...body,
  });

/** Whether a block ends its epoch; its header is its payload. */
export const closesEpoch = (header: Uint8Array): boolean => bodyOf(header).closes === true;

const bodyOf = (payload: Uint8Array): Body => JSON.parse(new TextDecoder().decode(payload)) as Body;

export const fakeHash = keccakHash;

function executedOf(payload: Uint8Array): ExecutedBlock {
  return {
    ...describe(payload),
    payload,
    header: payload,
    logsBloom: new Uint8Array(256),
    transactionHashes: [],
    receipts: [],
  };
}

function describe(payload: Uint8Array): HeaderSummary {
  const { parentHash, height, timestamp, context } = bodyOf(payload);
  return { hash: keccakHash(payload), parentHash, height: asHeight(height), timestamp, context };
}

/** A pool that the test fills by hand. */
export class FakePool implements PoolPort {
  ready = false;
  readonly submitted: Uint8Array[] = [];
  /** What the next submission is answered with, by transaction hash; accepted when absent. */
  readonly refusals = new Map<Hash, CunError>();
  readonly #listeners = new Set<(transactions: readonly PendingTransaction[]) => void>();

  async submit(raw: readonly Uint8Array[]): Promise<readonly (Hash | CunError)[]> {
    this.submitted.push(...raw);
    const results = raw.map((bytes) => this.refusals.get(keccakHash(bytes)) ?? keccakHash(bytes));
    const accepted = raw.filter((_, index) => !(results[index] instanceof CunError));
    this.accept(accepted);
    return results;
  }
  accept(raws: readonly Uint8Array[]): void {
    if (raws.length === 0) return;
    this.ready = true;
    const pending = raws.map((raw) => ({ hash: keccakHash(raw), raw, sender: "0x00" as never, nonce: 0n }));
    for (const listener of this.#listeners) listener(pending);
  }
  hasReady(): boolean {
    return this.ready;
  }
  get(): undefined {
    return undefined;
  }
  async nextNonce(): Promise<bigint> {
    return 0n;
  }
  status() {
    return { ready: 0, waiting: 0 };
  }
  onAccepted(listener: (transactions: readonly PendingTransaction[]) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}

export interface FakeExecutionOptions {
  /** Keeps the head, durably; `headPayload` brings it back. */
  readonly keepHead?: (payload: Uint8Array) => Promise<void>;
  readonly headPayload?: Uint8Array | undefined;
  /** How long building and verifying take. */
  readonly pause?: () => Promise<void>;
  /** Makes each block that is built another. */
  readonly salt?: () => number;
  /** Which blocks that are built here end their epoch. */
  readonly closes?: (height: number) => boolean;
}

export class FakeExecution implements ExecutionPort {
  readonly pool = new FakePool();
  readonly #options: FakeExecutionOptions;
  readonly #blocks = new Map<Hash, ExecutedBlock>();
  #head: ExecutedBlock;
  readonly builds: BuildRequest[] = [];

  constructor(options: FakeExecutionOptions = {}) {
    this.#options = options;
    this.#head = options.headPayload ? executedOf(options.headPayload) : this.genesis();
    this.#blocks.set(this.#head.hash, this.#head);
  }
  get state(): StatePort {
    throw new Error("the fake has no state");
  }
  info() {
    return { chainId: 1n, genesisHash: this.genesis().hash };
  }
  genesis(): ExecutedBlock {
    return executedOf(fakePayload({ parentHash: ZERO_HASH, height: 0 }));
  }
  describe(payload: Uint8Array): HeaderSummary {
    return describe(payload);
  }
  head(): HeaderSummary {
    return this.#head;
  }
  async build(request: BuildRequest): Promise<BuiltBlock> {
    this.builds.push(request);
    const parent = this.#blocks.get(request.parent);
    if (!parent) throw new CunError("blockNotExecuted", { hash: request.parent });
    const payload = fakePayload({
      parentHash: request.parent,
      height: parent.height + 1,
      timestamp: request.timestamp,
      context: request.context,
      ...(this.#options.salt && { salt: this.#options.salt() }),
      ...(this.#options.closes?.(parent.height + 1) && { closes: true }),
    });
    await this.#options.pause?.();
    const block = executedOf(payload);
    this.#add(block);
    return { ...block, transactionCount: 0 };
  }
  async verify(payload: Uint8Array): Promise<Verdict> {
    const body = bodyOf(payload);
    const known = this.#blocks.get(keccakHash(payload));
    if (known) return { status: "valid", block: known };
    if (!this.#blocks.has(body.parentHash)) return { status: "unknownParent", parentHash: body.parentHash };
    if (body.bad) {
      const error = new CunError("payloadInvalid", { view: 0, digest: keccakHash(payload), reason: "it is bad" });
      return { status: "invalid", error };
    }
    await this.#options.pause?.();
    const block = executedOf(payload);
    this.#add(block);
    return { status: "valid", block };
  }
  executed(hash: Hash): ExecutedBlock | undefined {
    const block = this.#blocks.get(hash);
    // As a real engine: of the head that it was restored with it has the state, not what executing it gave.
    return block?.payload === this.#options.headPayload ? undefined : block;
  }
  async setHead(hash: Hash): Promise<void> {
    const block = this.#blocks.get(hash);
    if (!block) throw new CunError("blockNotExecuted", { hash });
    if (block === this.#head) return;
    const { parentHash: parent } = block;
    if (parent !== this.#head.hash) throw new CunError("headNotChild", { hash, parent, head: this.#head.hash });
    await this.#options.keepHead?.(block.payload);
    this.#head = block;
    // As a real engine: what does not descend from the head is forgotten, its ancestors too.
    for (const known of [...this.#blocks.keys()]) if (!this.#descends(known)) this.#blocks.delete(known);
  }
  /** Unless its parent was forgotten meanwhile. */
  #add(block: ExecutedBlock): void {
    if (this.#blocks.has(block.parentHash)) this.#blocks.set(block.hash, block);
  }
  #descends(hash: Hash): boolean {
    let block = this.#blocks.get(hash);
    while (block && block !== this.#head) block = this.#blocks.get(block.parentHash);
    return block !== undefined;
  }
  async close(): Promise<void> {}
}

/** A chain of payloads on the fake genesis. */
export function fakeChain(
  length: number,
): { payload: Uint8Array; digest: Hash; height: ReturnType<typeof asHeight> }[] {
  const chain = [];
  let parentHash = new FakeExecution().genesis().hash;
  for (let height = 1; height <= length; height++) {
    const payload = fakePayload({ parentHash, height });
    parentHash = keccakHash(payload);
    chain.push({ payload, digest: parentHash, height: asHeight(height) });
  }
  return chain;
}
