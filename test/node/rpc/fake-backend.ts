/**
 * A backend whose execution is scripted and whose blocks are made by hand, over the real block store.
 *
 * Owns: FakeBackend and makeBlock. Does not own: real execution (solo-chain.ts).
 * Called by: unit tests of the RPC server that need to decide what the node says.
 */
import { RLP } from "@ethereumjs/rlp";
import { keccakHash } from "../../../node/crypto/hashes.ts";
import type {
  CallRequest,
  CallResult,
  ExecutedBlock,
  ExecutionPort,
  LogEntry,
  PendingTransaction,
  Receipt,
} from "../../../node/ports/execution.ts";
import type { NodeStatus, RpcBackend } from "../../../node/rpc/backend.ts";
import { BlockStore } from "../../../node/storage/block-store.ts";
import { MemoryKeyValue } from "../../../node/storage/memory-key-value.ts";
import type { CunError } from "../../../node/types/errors.ts";
import {
  type Address,
  asEpoch,
  asHeight,
  asView,
  type Hash,
  hashBytes,
  toHash,
  ZERO_HASH,
} from "../../../node/types/primitives.ts";

export const FAKE_CHAIN_ID = 2026n;
export const GAS_LIMIT = 30_000_000n;

const minimal = (value: bigint): Uint8Array => {
  const digits = value.toString(16);
  return value === 0n
    ? new Uint8Array()
    : new Uint8Array(Buffer.from(digits.length % 2 ? `0${digits}` : digits, "hex"));
};

export interface FakeTransaction {
  /** RLP list of a legacy transaction, or an EIP-2718 envelope. */
  readonly item: Uint8Array | Uint8Array[];
  readonly hash: Hash;
  readonly from: Address;
  readonly tip?: bigint;
  readonly gasUsed?: bigint;
  readonly logs?: readonly LogEntry[];
  readonly type?: number;
}

function receiptsOf(transactions: readonly FakeTransaction[], baseFee: bigint): Receipt[] {
  let cumulativeGasUsed = 0n;
  return transactions.map((transaction, transactionIndex) => {
    const gasUsed = transaction.gasUsed ?? 21_000n;
    cumulativeGasUsed += gasUsed;
    return {
      transactionHash: transaction.hash,
      transactionIndex,
      type: transaction.type ?? 0,
      succeeded: true,
      cumulativeGasUsed,
      gasUsed,
      effectiveGasPrice: baseFee + (transaction.tip ?? 0n),
      from: transaction.from,
      to: `0x${"22".repeat(20)}` as Address,
      contractAddress: undefined,
      logs: transaction.logs ?? [],
      // All bits set: every search looks inside.
      logsBloom: new Uint8Array(256).fill((transaction.logs ?? []).length > 0 ? 0xff : 0),
    };
  });
}

/** A block that nobody executed, but whose bytes and hash are right. */
export function makeBlock(
  parent: ExecutedBlock | undefined,
  transactions: readonly FakeTransaction[] = [],
  baseFee = 7n,
): ExecutedBlock {
  const height = parent ? parent.height + 1 : 0;
  const receipts = receiptsOf(transactions, baseFee);
  const gasUsed = receipts.at(-1)?.cumulativeGasUsed ?? 0n;
  const logsBloom = new Uint8Array(256).fill(receipts.some((receipt) => receipt.logs.length > 0) ? 0xff : 0);
  const word = (fill: number): Uint8Array => new Uint8Array(32).fill(fill);
  const fields = [
    hashBytes(parent?.hash ?? ZERO_HASH),
    word(1),
    new Uint8Array(20).fill(2),
    word(3),
    word(4),
    word(5),
    logsBloom,
    minimal(0n),
    minimal(BigInt(height)),
    minimal(GAS_LIMIT),
    minimal(gasUsed),
    minimal(1_700_000_000n + BigInt(height)),
    new Uint8Array(),
    word(6),
    new Uint8Array(8),
    minimal(baseFee),
    word(7),
    minimal(0n),
    minimal(0n),
    word(8),
    word(9),
  ];
  const header = RLP.encode(fields);
  return {
    hash: keccakHash(header),
    parentHash: parent?.hash ?? ZERO_HASH,
    height: asHeight(height),
    timestamp: 1_700_000_000 + height,
    context: { epoch: asEpoch(0), view: asView(height), parentView: asView(Math.max(0, height - 1)) },
    payload: RLP.encode([fields, transactions.map((transaction) => transaction.item), [], []]),
    header,
    logsBloom,
    transactionHashes: receipts.map((receipt) => receipt.transactionHash),
    receipts,
  };
}

/** What the fake node answers; tests replace what they care about. */
export interface Script {
  call(request: CallRequest): Promise<CallResult>;
  estimateGas(request: CallRequest): Promise<bigint | CallResult>;
  submit(raw: readonly Uint8Array[]): Promise<readonly (Hash | CunError)[]>;
  status: Partial<NodeStatus>;
}

export class FakeBackend implements RpcBackend {
  readonly store: BlockStore;
  readonly script: Script;
  readonly pending = new Map<Hash, PendingTransaction>();
  readonly execution: ExecutionPort;
  readonly #listeners = new Set<(transactions: readonly PendingTransaction[]) => void>();
  head: ExecutedBlock;

  private constructor(store: BlockStore, genesis: ExecutedBlock) {
    this.store = store;
    this.head = genesis;
    this.script = {
      call: async () => ({ succeeded: true, output: new Uint8Array(), gasUsed: 0n, exception: undefined }),
      estimateGas: async () => 21_000n,
      submit: async (raw) => raw.map((bytes) => keccakHash(bytes)),
      status: {},
    };
    this.execution = this.#fakeExecution(genesis);
  }

  static async create(): Promise<FakeBackend> {
    const genesis = makeBlock(undefined);
    return new FakeBackend(await BlockStore.open(new MemoryKeyValue(), genesis), genesis);
  }

  status(): NodeStatus {
    return {
      chainId: FAKE_CHAIN_ID,
      genesisHash: this.execution.genesis().hash,
      height: this.store.head().height,
      view: asView(9),
      leader: undefined,
      epoch: asEpoch(0),
      stage: "Origin",
      peers: 3,
      validators: [],
      syncing: false,
      version: "0.0.1",
      ...this.script.status,
    };
  }

  async append(transactions: readonly FakeTransaction[] = [], baseFee?: bigint): Promise<ExecutedBlock> {
    this.head = makeBlock(this.head, transactions, baseFee);
    await this.store.append(this.head, undefined);
    return this.head;
  }

  /** Who listens to the pool. */
  get listenerCount(): number {
    return this.#listeners.size;
  }

  accept(transactions: readonly PendingTransaction[]): void {
    for (const transaction of transactions) this.pending.set(transaction.hash, transaction);
    for (const listener of this.#listeners) listener(transactions);
  }

  #fakeExecution(genesis: ExecutedBlock): ExecutionPort {
    const unused = () => {
      throw new Error("not part of this fake");
    };
    const account = { nonce: 5n, balance: 10n ** 18n, codeHash: ZERO_HASH, storageRoot: ZERO_HASH };
    return {
      info: () => ({ chainId: FAKE_CHAIN_ID, genesisHash: genesis.hash }),
      genesis: () => genesis,
      head: () => this.head,
      describe: unused,
      build: unused,
      verify: unused,
      executed: unused,
      setHead: unused,
      close: async () => {},
      state: {
        account: async () => account,
        code: async () => Uint8Array.of(0x60, 0x00),
        storage: async (_header, _address, slot) => slot,
        proof: async (_header, _address, slots) => ({
          ...account,
          accountProof: [Uint8Array.of(0xc0)],
          storageProof: slots.map((key) => ({ key, value: 1n, proof: [Uint8Array.of(0xc1, 0x01)] })),
        }),
        call: (_header, request) => this.script.call(request),
        estimateGas: (_header, request) => this.script.estimateGas(request),
        nextBaseFee: () => 8n,
      },
      pool: {
        submit: (raw) => this.script.submit(raw),
        hasReady: () => this.pending.size > 0,
        get: (hash) => this.pending.get(hash),
        nextNonce: async () => 6n,
        status: () => ({ ready: this.pending.size, waiting: 0 }),
        onAccepted: (listener) => {
          this.#listeners.add(listener);
          return () => this.#listeners.delete(listener);
        },
      },
    };
  }
}

/** A hash that tests recognise: the byte repeated. */
export const hashOf = (byte: number): Hash => toHash(new Uint8Array(32).fill(byte));
