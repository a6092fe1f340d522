/**
 * What the JSON-RPC server needs from the node behind it.
 *
 * Owns: RpcBackend, NodeStatus, RpcLogger. Does not own: any of their implementations (node/app supplies them).
 * Called by: app (implements), every file of this room. Nothing here can sign or change consensus.
 */
import type { BlockStorePort } from "../ports/chain.ts";
import type { ExecutionPort } from "../ports/execution.ts";
import type { Address, Epoch, Hash, Height, PeerId, View } from "../types/primitives.ts";

/** A validator of the current set, in the order of its bit in certificates. */
export interface ValidatorStatus {
  readonly operator: Address;
  /** Compressed G1, 48 bytes, as hex. */
  readonly blsPublicKey: `0x${string}`;
  readonly weight: bigint;
  /** Fingerprint of its node certificate, when the node knows it. */
  readonly peerId?: PeerId;
}

export interface NodeStatus {
  readonly chainId: bigint;
  readonly genesisHash: Hash;
  /** Newest finalised height. */
  readonly height: Height;
  readonly view: View;
  /** Operator of the validator that leads the current view. */
  readonly leader: Address | undefined;
  readonly epoch: Epoch;
  /** Name of the network's stage: Origin, CapeOfGoodHope or NewGeneration. */
  readonly stage: string;
  /** Connected peers. */
  readonly peers: number;
  readonly validators: readonly ValidatorStatus[];
  /** False when the node follows the head; otherwise how far it has come. */
  readonly syncing: false | { readonly startingHeight: Height; readonly highestHeight: Height };
  /** Version of the software, as in package.json. */
  readonly version: string;
}

export interface RpcBackend {
  readonly execution: ExecutionPort;
  readonly store: BlockStorePort;
  /** Cheap and synchronous: called for every eth_syncing, net_peerCount and cun_* call. */
  status(): NodeStatus;
}

/** The part of a pino logger that is used here. Fields, not sentences; never parameters of calls. */
export interface RpcLogger {
  debug(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}
