/**
 * The ExecutionPort with an EVM inside the process: nothing to install, one database.
 *
 * Owns: executed blocks above the head, the head and its durability, one verdict per block however often it is asked.
 * Does not own: building (builder.ts), checking (verifier.ts), the pool (pool.ts), reads (state-reader.ts, simulator.ts).
 * Called by: app, benches. The head is written with its state in one batch; after a crash it may lag behind the
 * block store but is never torn, and the node replays finalised blocks through verify and setHead.
 */
import { type ClockPort, systemClock } from "../ports/clock.ts";
import type {
  BuildRequest,
  BuiltBlock,
  ChainInfo,
  ExecutedBlock,
  ExecutionPort,
  HeaderSummary,
  StatePort,
  Verdict,
} from "../ports/execution.ts";
import type { KeyValuePort } from "../ports/storage.ts";
import { CunError } from "../types/errors.ts";
import type { Genesis } from "../types/genesis.ts";
import { MAX_BUILD_TRANSACTION_MS, MAX_CALL_MS } from "../types/limits.ts";
import { type Address, type Hash, hashBytes } from "../types/primitives.ts";
import { EMPTY_CODE_HASH } from "./account-data.ts";
import { type DecodedBlock, decodeBlock, encodeBlock } from "./block-body.ts";
import { nextBaseFee } from "./block-rules.ts";
import { buildBlock } from "./builder.ts";
import { createChainCommon } from "./chain-common.ts";
import type { BlockRecord } from "./executor.ts";
import { type GenesisBlock, genesisBlock } from "./genesis-block.ts";
import { bytesEqual, hexOf } from "./hashing.ts";
import { decodeHeader, summaryOf } from "./header.ts";
import { MachineShelf } from "./machine.ts";
import { orderedRoot } from "./ordered-root.ts";
import { Pool, type PoolLimits } from "./pool.ts";
import { RecordTree } from "./record-tree.ts";
import { Simulator } from "./simulator.ts";
import { StateReader } from "./state-reader.ts";
import { isDelegation } from "./system-contracts.ts";
import { type Transaction, TransactionDecoder } from "./transaction.ts";
import { LazyNode } from "./trie-node.ts";
import { TrieStore } from "./trie-store.ts";
import { verifyBlock } from "./verifier.ts";

export interface EmbeddedExecutionOptions {
  readonly genesis: Genesis;
  /** Holds states and the head; closed together with the engine. */
  readonly keyValue: KeyValuePort;
  readonly clock?: ClockPort;
  readonly poolLimits?: PoolLimits;
  /** Real time for one transaction while building, and for one call. */
  readonly buildTransactionMs?: number;
  readonly callMs?: number;
  /** Trie nodes kept in memory. */
  readonly residentNodes?: number;
  /** Told when a transaction is thrown out of the pool because it can never be executed. */
  onEvicted?(hash: Hash, error: CunError): void;
}

const HEAD = "head";
const GENESIS = "genesis";

/** @throws CunError genesisMismatch, stateMissing, storageFailed */
export async function createEmbeddedExecution(options: EmbeddedExecutionOptions): Promise<ExecutionPort> {
  const store = new TrieStore(options.keyValue, options.residentNodes);
  const genesis = genesisBlock(options.genesis);
  const genesisHash = genesis.sealed.hash;
  const stored = await store.meta(GENESIS);
  if (stored !== undefined && hexOf(stored) !== genesisHash) {
    throw new CunError("genesisMismatch", { found: hexOf(stored), expected: genesisHash });
  }
  if (stored === undefined) {
    await store.persist(genesis.root, { [GENESIS]: hashBytes(genesisHash), [HEAD]: genesis.sealed.encoded });
  }
  const sealed = decodeHeader((await store.meta(HEAD)) ?? genesis.sealed.encoded);
  const first = genesisRecord(genesis);
  const head =
    sealed.hash === genesisHash ? first : { sealed, root: new LazyNode(sealed.header.stateRoot), ...NOTHING };
  return new EmbeddedExecution(options, store, first.executed, head);
}

/** What is left of the head when it is found in the database. */
const NOTHING = { executed: undefined, transactions: [] } as const;

function genesisRecord({ sealed, root }: GenesisBlock): BlockRecord & { readonly executed: ExecutedBlock } {
  const { encoded, header } = sealed;
  const executed: ExecutedBlock = {
    ...summaryOf(sealed),
    payload: encodeBlock(encoded, []),
    header: encoded,
    logsBloom: header.logsBloom,
    transactionHashes: [],
    receipts: [],
  };
  return { sealed, root, executed, transactions: [] };
}

class EmbeddedExecution implements ExecutionPort {
  readonly #options: EmbeddedExecutionOptions;
  readonly #store: TrieStore;
  readonly #info: ChainInfo;
  readonly #genesis: ExecutedBlock;
  readonly #clock: ClockPort;
  readonly #shelf: MachineShelf;
  readonly #decoder: TransactionDecoder;
  readonly #records: RecordTree;
  readonly #reader: StateReader;
  readonly #running = new Map<Hash, { readonly payload: Uint8Array; readonly verdict: Promise<Verdict> }>();
  /** Heads are set one after the other. */
  #settled: Promise<void> = Promise.resolve();
  readonly state: StatePort;
  readonly pool: Pool;

  constructor(options: EmbeddedExecutionOptions, store: TrieStore, genesis: ExecutedBlock, head: BlockRecord) {
    this.#options = options;
    this.#store = store;
    this.#clock = options.clock ?? systemClock;
    this.#info = { chainId: BigInt(options.genesis.chainId), genesisHash: genesis.hash };
    this.#genesis = genesis;
    const common = createChainCommon(options.genesis.chainId);
    this.#shelf = new MachineShelf(common, store);
    this.#decoder = new TransactionDecoder(common);
    this.#records = new RecordTree(head);
    this.#reader = new StateReader(store, (stateRoot) => this.#records.rootOf(stateRoot));
    this.pool = this.#makePool();
    const rootOf = (header: Uint8Array) => this.#reader.rootOf(header);
    const limitMs = options.callMs ?? MAX_CALL_MS;
    const simulator = new Simulator({ common, shelf: this.#shelf, clock: this.#clock, limitMs, rootOf });
    this.state = makeStatePort(this.#reader, simulator);
  }

  info(): ChainInfo {
    return this.#info;
  }

  genesis(): ExecutedBlock {
    return this.#genesis;
  }

  describe(payload: Uint8Array): HeaderSummary {
    return summaryOf(decodeBlock(payload).sealed);
  }

  head(): HeaderSummary {
    return summaryOf(this.#records.head.sealed);
  }

  executed(hash: Hash): ExecutedBlock | undefined {
    return this.#records.get(hash)?.executed;
  }

  async build(request: BuildRequest): Promise<BuiltBlock> {
    const parent = this.#records.get(request.parent);
    if (parent === undefined) throw this.#unknown(request.parent);
    const transactionMs = this.#options.buildTransactionMs ?? MAX_BUILD_TRANSACTION_MS;
    const parts = { shelf: this.#shelf, clock: this.#clock, transactionMs };
    const record = await buildBlock(parts, parent, request, {
      rows: () => this.pool.rows(),
      refused: (transaction, error) => this.#refused(transaction, error, parent === this.#records.head),
    });
    this.#records.add(record);
    return {
      ...summaryOf(record.sealed),
      payload: record.executed!.payload,
      transactionCount: record.transactions.length,
    };
  }

  async verify(payload: Uint8Array): Promise<Verdict> {
    let block: DecodedBlock;
    try {
      block = decodeBlock(payload);
    } catch (error) {
      return invalid(error);
    }
    const { hash } = block.sealed;
    const known = this.#records.get(hash);
    if (known !== undefined && isBodyOf(known, block, payload)) {
      return { status: "valid", block: summaryOf(known.sealed) };
    }
    const running = this.#running.get(hash);
    if (running !== undefined && bytesEqual(running.payload, payload)) return running.verdict;
    const verdict = this.#verify(block, payload);
    if (running !== undefined) return verdict;
    this.#running.set(hash, { payload, verdict });
    try {
      return await verdict;
    } finally {
      this.#running.delete(hash);
    }
  }

  async #verify(block: DecodedBlock, payload: Uint8Array): Promise<Verdict> {
    const parentHash = hexOf(block.sealed.header.parentHash) as Hash;
    const parent = this.#records.get(parentHash);
    if (parent === undefined) return { status: "unknownParent", parentHash };
    try {
      const waiting = (hash: Hash) => this.pool.get(hash);
      const parts = { shelf: this.#shelf, decoder: this.#decoder, waiting };
      const record = await verifyBlock(parts, parent, block, payload);
      this.#records.add(record);
      return { status: "valid", block: summaryOf(record.sealed) };
    } catch (error) {
      return invalid(error);
    }
  }

  setHead(hash: Hash): Promise<void> {
    const done = this.#settled.then(() => this.#setHead(hash));
    this.#settled = done.catch(() => undefined);
    return done;
  }

  async #setHead(hash: Hash): Promise<void> {
    const head = this.#records.head;
    if (hash === head.sealed.hash) return;
    const record = this.#records.get(hash);
    if (record === undefined) throw this.#unknown(hash);
    const parent = hexOf(record.sealed.header.parentHash);
    if (parent !== head.sealed.hash) throw new CunError("headNotChild", { hash, parent, head: head.sealed.hash });
    await this.#store.persist(record.root, { [HEAD]: record.sealed.encoded });
    this.#records.moveHead(record);
    await this.pool.headMoved(record);
    this.#store.trim(record.root);
  }

  async close(): Promise<void> {
    await this.#settled;
    await Promise.allSettled([...this.#running.values()].map(({ verdict }) => verdict));
    await this.#store.close();
  }

  #unknown(hash: Hash): CunError {
    return new CunError("blockNotExecuted", { hash });
  }

  /**
   * On the head's state a refusal is for good (except for a fee that may fall again); on a speculative one it
   * may be the ancestor's doing, and the transaction keeps its place; unless it took too long, for trying costs time.
   */
  #refused(transaction: Transaction, error: CunError, isOnHead: boolean): void {
    if (error.errorName === "transactionTooSlow") {
      this.pool.evictSlow(transaction, error);
      this.#options.onEvicted?.(transaction.hash, error);
      return;
    }
    if (!isOnHead || error.errorName === "transactionFeeTooLow") return;
    if (error.errorName === "transactionNonceTooLow") {
      this.pool.refresh(transaction.sender).catch(() => undefined);
      return;
    }
    this.pool.evict(transaction);
    this.#options.onEvicted?.(transaction.hash, error);
  }

  #makePool(): Pool {
    const records = this.#records;
    const sealedAt = (hash: Hash | undefined) => (hash && records.get(hash)?.sealed) ?? records.head.sealed;
    return new Pool(
      this.#decoder,
      {
        account: (address) => this.#poolAccount(address),
        headHash: () => records.head.sealed.hash,
        gasLimit: () => records.head.sealed.header.gasLimit,
        baseFee: (parent) => nextBaseFee(sealedAt(parent).header),
        isIncluded: (hash, parent) => records.isIncluded(hash, parent),
      },
      this.#options.poolLimits,
    );
  }

  async #poolAccount(address: Address) {
    const data = await this.#reader.data(this.#records.head.root, address);
    const codeHash = data?.codeHash ?? EMPTY_CODE_HASH;
    const hasCode = !bytesEqual(codeHash, EMPTY_CODE_HASH);
    const isContract = hasCode && !isDelegation(await this.#reader.codeOf(data));
    return {
      nonce: data?.nonce ?? 0n,
      balance: data?.balance ?? 0n,
      isContract,
      codeHash: hexOf(codeHash) as Hash,
    };
  }
}

/** The head that was found in the database has only its header here: the body must fit that. */
function isBodyOf({ executed, sealed }: BlockRecord, { transactions }: DecodedBlock, payload: Uint8Array): boolean {
  if (executed !== undefined) return bytesEqual(executed.payload, payload);
  return bytesEqual(orderedRoot(transactions), sealed.header.transactionsRoot);
}

/** A rule was broken; anything else (a failing disk, our own bug) goes up. */
function invalid(error: unknown): Verdict {
  if (!(error instanceof CunError) || error.action === "stop") throw error;
  return { status: "invalid", error };
}

function makeStatePort(reader: StateReader, simulator: Simulator): StatePort {
  return {
    account: async (header, address) => reader.account(reader.rootOf(header), address),
    code: async (header, address) => reader.codeOf(await reader.data(reader.rootOf(header), address)),
    storage: async (header, address, slot) => reader.storage(reader.rootOf(header), address, slot),
    proof: async (header, address, slots) => reader.proof(reader.rootOf(header), address, slots),
    call: (header, request, overrides) => simulator.call(header, request, overrides),
    estimateGas: (header, request) => simulator.estimateGas(header, request),
    nextBaseFee: (header) => nextBaseFee(decodeHeader(header).header),
  };
}
