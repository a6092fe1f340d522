/**
 * What consensus asks of an execution engine, shaped after the Engine API so that an Ethereum execution client fits.
 *
 * Owns: ExecutionPort (build, verify, setHead), StatePort (reads at a block), PoolPort (pending transactions).
 * Does not own: consensus, storage of finalised blocks (ports/chain.ts). Adapter: node/execution/embedded.
 * test/compliance/execution.ts runs against every adapter.
 * Called by: app, rpc. Quantities are bigint in wei or gas; heights and timestamps (seconds) are numbers.
 */
import type { CunError } from "../types/errors.ts";
import type { Address, Epoch, Hash, Height, View } from "../types/primitives.ts";

/** The place of a block in consensus; every block carries it in its header (docs/protocol/blocks.md). */
export interface ConsensusContext {
  readonly epoch: Epoch;
  readonly view: View;
  readonly parentView: View;
}

export interface ChainInfo {
  readonly chainId: bigint;
  readonly genesisHash: Hash;
}

export interface HeaderSummary {
  readonly hash: Hash;
  readonly parentHash: Hash;
  readonly height: Height;
  /** Seconds. Equal timestamps of neighbours are allowed: several blocks fit in a second. */
  readonly timestamp: number;
  readonly context: ConsensusContext;
}

export interface BuildRequest {
  readonly parent: Hash;
  readonly context: ConsensusContext;
  /** Seconds; raised to the parent's when lower. */
  readonly timestamp: number;
  readonly feeRecipient: Address;
  /** Stop adding transactions after this long and seal what there is. */
  readonly deadlineMs: number;
}

export interface BuiltBlock extends HeaderSummary {
  /** RLP of the block: what a proposal carries. At most MAX_PAYLOAD_BYTES. */
  readonly payload: Uint8Array;
  readonly transactionCount: number;
}

export type Verdict =
  | { readonly status: "valid"; readonly block: HeaderSummary }
  /** The block breaks a rule: the proposer is at fault. */
  | { readonly status: "invalid"; readonly error: CunError }
  /** The parent has not been verified here: fetch it first. */
  | { readonly status: "unknownParent"; readonly parentHash: Hash };

/** A log as it stands in a receipt. */
export interface LogEntry {
  readonly address: Address;
  readonly topics: readonly Hash[];
  readonly data: Uint8Array;
}

export interface Receipt {
  readonly transactionHash: Hash;
  readonly transactionIndex: number;
  /** EIP-2718 type byte. */
  readonly type: number;
  readonly succeeded: boolean;
  readonly cumulativeGasUsed: bigint;
  readonly gasUsed: bigint;
  readonly effectiveGasPrice: bigint;
  readonly from: Address;
  readonly to: Address | undefined;
  readonly contractAddress: Address | undefined;
  readonly logs: readonly LogEntry[];
  readonly logsBloom: Uint8Array;
}

/** A block that was executed here, with all that a block store keeps. */
export interface ExecutedBlock extends HeaderSummary {
  readonly payload: Uint8Array;
  /** RLP of the header alone: hashes (keccak-256) to `hash`. */
  readonly header: Uint8Array;
  readonly logsBloom: Uint8Array;
  readonly transactionHashes: readonly Hash[];
  readonly receipts: readonly Receipt[];
}

export interface ExecutionPort {
  info(): ChainInfo;
  /** Block 0, which a new block store begins with. */
  genesis(): ExecutedBlock;
  /** What a payload says of itself, unchecked: for synchronising and after a restart. @throws CunError blockMalformed */
  describe(payload: Uint8Array): HeaderSummary;
  /** The block whose state is durable: after a restart the node replays finalised blocks from here. */
  head(): HeaderSummary;
  /** Builds on any verified parent, from the pool. Never fails because of a bad transaction, never moves the head. */
  build(request: BuildRequest): Promise<BuiltBlock>;
  /** Executes and checks everything, speculatively, on any verified parent. Idempotent; cached by hash. */
  verify(payload: Uint8Array): Promise<Verdict>;
  /** A block that was built or verified here and is not yet pruned. */
  executed(hash: Hash): ExecutedBlock | undefined;
  /** Makes a verified child of the head the new head, persists its state, drops other branches, cleans the pool. */
  setHead(hash: Hash): Promise<void>;
  readonly state: StatePort;
  readonly pool: PoolPort;
  close(): Promise<void>;
}

export interface AccountState {
  readonly nonce: bigint;
  readonly balance: bigint;
  readonly codeHash: Hash;
  readonly storageRoot: Hash;
}

export interface CallRequest {
  readonly from?: Address;
  readonly to?: Address;
  readonly gas?: bigint;
  readonly gasPrice?: bigint;
  readonly maxFeePerGas?: bigint;
  readonly maxPriorityFeePerGas?: bigint;
  readonly value?: bigint;
  readonly data?: Uint8Array;
  readonly accessList?: readonly { readonly address: Address; readonly storageKeys: readonly Hash[] }[];
}

export interface StateOverride {
  readonly balance?: bigint;
  readonly nonce?: bigint;
  readonly code?: Uint8Array;
  readonly stateDiff?: Readonly<Record<Hash, Hash>>;
}

export interface CallResult {
  readonly succeeded: boolean;
  /** Return data, or revert data when it did not succeed. */
  readonly output: Uint8Array;
  readonly gasUsed: bigint;
  /** What stopped it, in the EVM's words ("revert", "out of gas", …), when it did not succeed. */
  readonly exception: string | undefined;
}

export interface AccountProof extends AccountState {
  readonly accountProof: readonly Uint8Array[];
  readonly storageProof: readonly {
    readonly key: Hash;
    readonly value: bigint;
    readonly proof: readonly Uint8Array[];
  }[];
}

/** Reads at a finalised block, given by its RLP header (the state root stands there). Old states are kept. */
export interface StatePort {
  account(header: Uint8Array, address: Address): Promise<AccountState>;
  code(header: Uint8Array, address: Address): Promise<Uint8Array>;
  storage(header: Uint8Array, address: Address, slot: Hash): Promise<Hash>;
  proof(header: Uint8Array, address: Address, slots: readonly Hash[]): Promise<AccountProof>;
  /** Runs a message in the context of the block's child-to-be, without a nonce or fee check; changes nothing. */
  call(
    header: Uint8Array,
    request: CallRequest,
    overrides?: Readonly<Record<Address, StateOverride>>,
  ): Promise<CallResult>;
  /** Smallest gas limit with which the transaction succeeds; when none does, the failing result. */
  estimateGas(header: Uint8Array, request: CallRequest): Promise<bigint | CallResult>;
  /** Base fee of the block that follows this one, in wei. */
  nextBaseFee(header: Uint8Array): bigint;
}

export interface PendingTransaction {
  readonly hash: Hash;
  readonly raw: Uint8Array;
  readonly sender: Address;
  readonly nonce: bigint;
}

/** Transactions waiting for a block; the sender is recovered once, here. */
export interface PoolPort {
  /** One result per transaction: its hash, or the error that refused it. */
  submit(raw: readonly Uint8Array[]): Promise<readonly (Hash | CunError)[]>;
  /**
   * True when a block can be built that is not empty: on this parent, not counting what its unfinalised ancestors
   * hold; without a parent, not counting what any unfinalised block holds.
   */
  hasReady(parent?: Hash): boolean;
  get(hash: Hash): PendingTransaction | undefined;
  /** Next nonce of an account counting what waits in the pool in a row. */
  nextNonce(address: Address): Promise<bigint>;
  status(): { readonly ready: number; readonly waiting: number };
  /** Calls back with newly accepted transactions (to gossip them, to wake a leader); returns the unsubscriber. */
  onAccepted(listener: (transactions: readonly PendingTransaction[]) => void): () => void;
}
